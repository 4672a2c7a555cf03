//! PLY, text and binary, after Greg Turk's "The PLY Polygon File Format", 1994.
//!
//! A header of text lines declares elements (`vertex`, `face`, others) with a count and with
//! properties, scalars or lists; the values follow in that order. Only the places of vertices and
//! the corners of faces are read. Written here, since the crate `ply-rs-bw` keeps every value it
//! reads in a map and repeats an element without properties as often as a hostile header says.

use glam::Vec3;

use super::{MeshError, memory::Memory};

/// More of them than any program writes; a header is kept in memory.
const MOST_ELEMENTS: usize = 100;
const MOST_PROPERTIES: usize = 1000;

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<[Vec3; 3]>, MeshError> {
    let header = Header::parse(bytes)?;
    let layout = Layout::find(&header, bytes)?;
    let mut memory = Memory::for_file_of(bytes.len());
    memory.take::<Vec3>(layout.vertex_count, || {
        format!("{} vertices", layout.vertex_count)
    })?;
    // A polygon of many corners has few bytes for each of its triangles.
    memory.take::<[Vec3; 3]>(layout.triangle_count, || {
        format!("{} triangles", layout.triangle_count)
    })?;
    let vertices = layout.vertices()?;
    let triangles = layout.triangles(&vertices)?;
    if triangles.is_empty() {
        return Err(MeshError::Invalid("the mesh has no triangles".into()));
    }
    Ok(triangles)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Text,
    LittleEndian,
    BigEndian,
}

#[derive(Clone, Copy, Debug)]
enum Scalar {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Scalar {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "char" | "int8" => Self::I8,
            "uchar" | "uint8" => Self::U8,
            "short" | "int16" => Self::I16,
            "ushort" | "uint16" => Self::U16,
            "int" | "int32" => Self::I32,
            "uint" | "uint32" => Self::U32,
            "float" | "float32" => Self::F32,
            "double" | "float64" => Self::F64,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    fn is_integer(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }
}

/// What a property is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A coordinate of a vertex: x, y or z.
    Axis(usize),
    /// The vertices of a face.
    Corners,
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Property {
    role: Role,
    /// Of the length, if it is a list.
    length: Option<Scalar>,
    /// Of the value, or of each value of the list.
    value: Scalar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ElementKind {
    Vertex,
    Face,
    Other,
}

#[derive(Debug)]
struct Element {
    kind: ElementKind,
    /// Where the header declares it.
    line: usize,
    count: usize,
    properties: Vec<Property>,
}

impl Element {
    fn has(&self, role: Role) -> bool {
        self.properties.iter().any(|property| property.role == role)
    }

    /// The fewest bytes that one of it can take.
    fn least_size(&self, encoding: Encoding) -> usize {
        self.properties
            .iter()
            .map(|property| match encoding {
                // A digit and a space.
                Encoding::Text => 2,
                _ => property.length.unwrap_or(property.value).size(),
            })
            .sum()
    }
}

#[derive(Debug)]
struct Header {
    encoding: Encoding,
    elements: Vec<Element>,
    /// Where the values begin.
    end: usize,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, MeshError> {
        let mut encoding = None;
        let mut elements: Vec<Element> = Vec::new();
        let mut properties = 0;
        let mut end = 0;
        for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let number = index + 1;
            let invalid = |detail: &str| MeshError::Invalid(format!("line {number}: {detail}"));
            end += line.len();
            if index == 0 {
                if line.trim_ascii_end() != b"ply" {
                    return Err(MeshError::Invalid(
                        "the file does not begin with the line `ply`".into(),
                    ));
                }
                continue;
            }
            if [&b"comment"[..], b"obj_info"]
                .iter()
                .any(|word| line.starts_with(word))
            {
                continue;
            }
            let line = std::str::from_utf8(line).map_err(|_| invalid("not a line of a header"))?;
            let mut words = line.split_ascii_whitespace();
            let mut next = || words.next().unwrap_or_default();
            match next() {
                "format" => {
                    encoding = Some(match next() {
                        "ascii" => Encoding::Text,
                        "binary_little_endian" => Encoding::LittleEndian,
                        "binary_big_endian" => Encoding::BigEndian,
                        _ => return Err(invalid("not a known format")),
                    });
                    if next() != "1.0" {
                        return Err(invalid("only version 1.0 is known"));
                    }
                }
                "element" => {
                    let kind = match next() {
                        "vertex" => ElementKind::Vertex,
                        "face" => ElementKind::Face,
                        _ => ElementKind::Other,
                    };
                    let known = |element: &Element| element.kind == kind;
                    if kind != ElementKind::Other && elements.iter().any(known) {
                        return Err(invalid("this element was declared before"));
                    }
                    if elements.len() == MOST_ELEMENTS {
                        return Err(invalid("there are too many elements"));
                    }
                    elements.push(Element {
                        kind,
                        line: number,
                        count: next()
                            .parse()
                            .map_err(|_| invalid("an element has a name and a count"))?,
                        properties: Vec::new(),
                    });
                }
                "property" => {
                    let Some(element) = elements.last_mut() else {
                        return Err(invalid("a property of no element"));
                    };
                    let scalar = |word: &str| {
                        Scalar::parse(word).ok_or_else(|| invalid("not a known type of numbers"))
                    };
                    let (length, value) = match next() {
                        "list" => (Some(scalar(next())?), scalar(next())?),
                        word => (None, scalar(word)?),
                    };
                    if length.is_some_and(|length| !length.is_integer()) {
                        return Err(invalid("the length of a list is an integer"));
                    }
                    let role = match (element.kind, next(), length) {
                        (ElementKind::Vertex, "x", None) => Role::Axis(0),
                        (ElementKind::Vertex, "y", None) => Role::Axis(1),
                        (ElementKind::Vertex, "z", None) => Role::Axis(2),
                        (ElementKind::Face, "vertex_indices" | "vertex_index", Some(_)) => {
                            Role::Corners
                        }
                        _ => Role::Other,
                    };
                    if role != Role::Other && element.has(role) {
                        return Err(invalid("this property was declared before"));
                    }
                    if role == Role::Corners && !value.is_integer() {
                        return Err(invalid("the corners of a face are integers"));
                    }
                    properties += 1;
                    if properties > MOST_PROPERTIES {
                        return Err(invalid("there are too many properties"));
                    }
                    element.properties.push(Property {
                        role,
                        length,
                        value,
                    });
                }
                "end_header" => {
                    let encoding = encoding.ok_or_else(|| invalid("the format is missing"))?;
                    return Ok(Self {
                        encoding,
                        elements,
                        end,
                    });
                }
                "" => {}
                _ => return Err(invalid("not a line of a header")),
            }
        }
        Err(MeshError::Invalid(
            "the file ends before its `end_header`".into(),
        ))
    }
}

/// Where the elements are that matter, and how much is in them. Faces may come before vertices,
/// and their number of triangles is only known when all of them were passed.
struct Layout<'a> {
    vertex: &'a Element,
    vertices_at: Values<'a>,
    vertex_count: usize,
    face: &'a Element,
    faces_at: Values<'a>,
    triangle_count: usize,
}

impl<'a> Layout<'a> {
    fn find(header: &'a Header, bytes: &'a [u8]) -> Result<Self, MeshError> {
        let mut values = Values {
            bytes,
            at: header.end,
            encoding: header.encoding,
        };
        let mut vertices = None;
        let mut faces = None;
        let mut triangle_count = 0_usize;
        for element in &header.elements {
            match element.kind {
                ElementKind::Vertex => vertices = Some((element, values)),
                ElementKind::Face => faces = Some((element, values)),
                ElementKind::Other => {}
            }
            triangle_count = triangle_count.saturating_add(values.pass(element)?);
        }
        let missing = |what: &str| MeshError::Invalid(format!("the header declares no {what}"));
        let (vertex, vertices_at) = vertices.ok_or_else(|| missing("element `vertex`"))?;
        let (face, faces_at) = faces.ok_or_else(|| missing("element `face`"))?;
        if !(0..3).all(|axis| vertex.has(Role::Axis(axis))) {
            return Err(missing("`x`, `y` and `z` of vertices"));
        }
        if !face.has(Role::Corners) {
            return Err(missing("list `vertex_indices` of faces"));
        }
        Ok(Self {
            vertex,
            vertices_at,
            vertex_count: vertex.count,
            face,
            faces_at,
            triangle_count,
        })
    }

    fn vertices(&self) -> Result<Vec<Vec3>, MeshError> {
        let mut values = self.vertices_at;
        let mut vertices = Vec::with_capacity(self.vertex_count);
        for index in 0..self.vertex_count {
            let mut vertex = Vec3::ZERO;
            for property in &self.vertex.properties {
                if let Role::Axis(axis) = property.role {
                    vertex[axis] = values.number(property.value)? as f32;
                } else {
                    values.pass_property(property)?;
                }
            }
            if !vertex.is_finite() {
                return Err(values.invalid(&format!("vertex {index} is not finite")));
            }
            vertices.push(vertex);
        }
        Ok(vertices)
    }

    /// Polygons are split into fans around their first corner; what has less than three corners
    /// has no surface.
    fn triangles(&self, vertices: &[Vec3]) -> Result<Vec<[Vec3; 3]>, MeshError> {
        let mut values = self.faces_at;
        let mut triangles = Vec::with_capacity(self.triangle_count);
        for index in 0..self.face.count {
            for property in &self.face.properties {
                let (Role::Corners, Some(length)) = (property.role, property.length) else {
                    values.pass_property(property)?;
                    continue;
                };
                let mut fan = [Vec3::ZERO; 2];
                for corner in 0..values.length(length)? {
                    let number = values.number(property.value)?;
                    let vertex = if number >= 0.0 && number.fract() == 0.0 {
                        vertices.get(number as usize)
                    } else {
                        None
                    };
                    let &vertex = vertex.ok_or_else(|| {
                        values.invalid(&format!(
                            "face {index} has the corner {number}, but there are {} vertices",
                            vertices.len()
                        ))
                    })?;
                    match corner {
                        0 => fan[0] = vertex,
                        1 => {}
                        _ => triangles.push([fan[0], fan[1], vertex]),
                    }
                    fan[1] = vertex;
                }
            }
        }
        Ok(triangles)
    }
}

/// Reads the values after the header.
#[derive(Clone, Copy)]
struct Values<'a> {
    bytes: &'a [u8],
    at: usize,
    encoding: Encoding,
}

impl<'a> Values<'a> {
    /// Passes all of an element, and tells how many triangles are in it.
    fn pass(&mut self, element: &Element) -> Result<usize, MeshError> {
        let least = element.least_size(self.encoding);
        let left = self.bytes.len() - self.at;
        // The last number of a text needs no space after it.
        if element
            .count
            .checked_mul(least)
            .is_none_or(|size| size > left + 1)
        {
            return Err(MeshError::Invalid(format!(
                "line {}: {} of this element are declared, but only {left} bytes are left for them",
                element.line, element.count
            )));
        }
        if least == 0 {
            return Ok(0);
        }
        let mut triangles = 0_usize;
        for _ in 0..element.count {
            for property in &element.properties {
                let length = self.pass_property(property)?;
                if property.role == Role::Corners {
                    triangles += length.saturating_sub(2);
                }
            }
        }
        Ok(triangles)
    }

    /// Passes a property, and tells how many values it had.
    fn pass_property(&mut self, property: &Property) -> Result<usize, MeshError> {
        let count = match property.length {
            Some(length) => self.length(length)?,
            None => 1,
        };
        if self.encoding == Encoding::Text {
            for _ in 0..count {
                self.word()?;
            }
        } else {
            self.take(count.saturating_mul(property.value.size()))?;
        }
        Ok(count)
    }

    /// The length of a list.
    fn length(&mut self, scalar: Scalar) -> Result<usize, MeshError> {
        let number = self.number(scalar)?;
        if number >= 0.0 && number.fract() == 0.0 {
            Ok(number as usize)
        } else {
            Err(self.invalid(&format!("a list cannot have {number} values")))
        }
    }

    /// Any number; `f64` holds all of them exactly.
    fn number(&mut self, scalar: Scalar) -> Result<f64, MeshError> {
        if self.encoding == Encoding::Text {
            let word = self.word()?;
            return std::str::from_utf8(word)
                .ok()
                .and_then(|word| word.parse().ok())
                .ok_or_else(|| self.invalid("not a number"));
        }
        let mut raw = [0; 8];
        let size = scalar.size();
        raw[..size].copy_from_slice(self.take(size)?);
        if self.encoding == Encoding::BigEndian {
            raw[..size].reverse();
        }
        let [a, b, c, d, ..] = raw;
        Ok(match scalar {
            Scalar::I8 => i8::from_le_bytes([a]).into(),
            Scalar::U8 => a.into(),
            Scalar::I16 => i16::from_le_bytes([a, b]).into(),
            Scalar::U16 => u16::from_le_bytes([a, b]).into(),
            Scalar::I32 => i32::from_le_bytes([a, b, c, d]).into(),
            Scalar::U32 => u32::from_le_bytes([a, b, c, d]).into(),
            Scalar::F32 => f32::from_le_bytes([a, b, c, d]).into(),
            Scalar::F64 => f64::from_le_bytes(raw),
        })
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8], MeshError> {
        let taken = self
            .bytes
            .get(self.at..self.at.saturating_add(size))
            .ok_or_else(|| self.invalid("the file ends too early"))?;
        self.at += size;
        Ok(taken)
    }

    /// The next word of a text.
    fn word(&mut self) -> Result<&'a [u8], MeshError> {
        let rest = self.bytes[self.at..].trim_ascii_start();
        self.at = self.bytes.len() - rest.len();
        let length = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(rest.len());
        if length == 0 {
            return Err(self.invalid("the file ends too early"));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    fn invalid(&self, detail: &str) -> MeshError {
        MeshError::Invalid(if self.encoding == Encoding::Text {
            let before = &self.bytes[..self.at];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            format!("line {line}: {detail}")
        } else {
            format!("byte {}: {detail}", self.at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENCODINGS: [Encoding; 3] = [Encoding::Text, Encoding::LittleEndian, Encoding::BigEndian];

    /// Writes a file; the numbers of `body` with the type each has.
    fn file(encoding: Encoding, elements: &str, body: &[(&str, f64)]) -> Vec<u8> {
        let name = match encoding {
            Encoding::Text => "ascii",
            Encoding::LittleEndian => "binary_little_endian",
            Encoding::BigEndian => "binary_big_endian",
        };
        let mut bytes =
            format!("ply\nformat {name} 1.0\ncomment a\n{elements}end_header\n").into_bytes();
        for &(scalar, number) in body {
            let mut raw = match Scalar::parse(scalar).unwrap() {
                _ if encoding == Encoding::Text => {
                    bytes.extend(format!("{number}\n").bytes());
                    continue;
                }
                Scalar::I8 => vec![number as i8 as u8],
                Scalar::U8 => vec![number as u8],
                Scalar::I16 => (number as i16).to_le_bytes().to_vec(),
                Scalar::U16 => (number as u16).to_le_bytes().to_vec(),
                Scalar::I32 => (number as i32).to_le_bytes().to_vec(),
                Scalar::U32 => (number as u32).to_le_bytes().to_vec(),
                Scalar::F32 => (number as f32).to_le_bytes().to_vec(),
                Scalar::F64 => number.to_le_bytes().to_vec(),
            };
            if encoding == Encoding::BigEndian {
                raw.reverse();
            }
            bytes.extend(raw);
        }
        bytes
    }

    /// A square of two triangles as one face, with properties that do not matter, and all of its
    /// coordinates of one type.
    fn square(encoding: Encoding, scalar: &str, index: &str) -> Vec<u8> {
        let elements = format!(
            "element vertex 4\nproperty {scalar} x\nproperty list uchar short tags\nproperty {scalar} y\nproperty uchar red\nproperty {scalar} z\nelement face 1\nproperty list {index} {index} vertex_indices\nproperty int group\n"
        );
        let mut body = Vec::new();
        for [x, y] in [[0.0, 0.0], [2.0, 0.0], [2.0, 3.0], [0.0, 3.0]] {
            body.extend([(scalar, x), ("uchar", 2.0), ("short", 7.0), ("short", 8.0)]);
            body.extend([(scalar, y), ("uchar", 255.0), (scalar, 1.0)]);
        }
        for number in [4.0, 0.0, 1.0, 2.0, 3.0] {
            body.push((index, number));
        }
        body.push(("int", -1.0));
        file(encoding, &elements, &body)
    }

    /// Faces first, the other name of their corners, and an element between.
    fn turned(encoding: Encoding) -> Vec<u8> {
        let corners = [
            ("uint8", 3.0),
            ("int32", 0.0),
            ("int32", 1.0),
            ("int32", 2.0),
        ];
        let mut body = vec![("uint8", 2.0), ("int32", 0.0), ("int32", 9.0)];
        body.extend(corners);
        body.push(("float64", 0.5));
        for number in [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0] {
            body.push(("float32", number));
        }
        file(
            encoding,
            "element face 2\nproperty list uint8 int32 vertex_index\nelement other 1\nproperty float64 a\nelement nothing 4000000000\nelement vertex 3\nproperty float32 z\nproperty float32 y\nproperty float32 x\n",
            &body,
        )
    }

    fn check(bytes: &[u8], expected: Result<usize, &str>) {
        match (parse(bytes), expected) {
            (Ok(triangles), Ok(count)) => assert_eq!(triangles.len(), count),
            (Err(error), Err(part)) => {
                assert!(error.to_string().contains(part), "{error}");
            }
            (got, expected) => panic!("{got:?} is not {expected:?}"),
        }
    }

    #[test]
    fn all_encodings_and_types_give_the_same_mesh() {
        let at = |x, y| Vec3::new(x, y, 1.0);
        let corners = [at(0.0, 0.0), at(2.0, 0.0), at(2.0, 3.0), at(0.0, 3.0)];
        let expected = [
            [corners[0], corners[1], corners[2]],
            [corners[0], corners[2], corners[3]],
        ];
        for encoding in ENCODINGS {
            for scalar in [
                "char", "uchar", "short", "ushort", "int", "uint", "float", "double",
            ] {
                let integer = if scalar.len() > 5 { "uint" } else { "char" };
                let index = if matches!(scalar, "float" | "double") {
                    integer
                } else {
                    scalar
                };
                let triangles = parse(&square(encoding, scalar, index)).unwrap();
                assert_eq!(triangles, expected, "{encoding:?} {scalar}");
            }
        }
    }

    #[test]
    fn elements_come_in_any_order() {
        for encoding in ENCODINGS {
            let mut bytes = turned(encoding);
            // Two corners have no surface.
            check(&bytes, Err("face 0 has the corner 9"));
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let at = match encoding {
                Encoding::Text => text.find("\n9\n").unwrap() + 1,
                Encoding::LittleEndian => text.find("end_header\n").unwrap() + 11 + 5,
                Encoding::BigEndian => text.find("end_header\n").unwrap() + 11 + 8,
            };
            bytes[at] = if encoding == Encoding::Text { b'1' } else { 1 };
            check(&bytes, Ok(1));
            assert_eq!(parse(&bytes).unwrap()[0][0], Vec3::new(1.0, 0.0, 0.0));
        }
    }

    #[test]
    fn line_ends_and_bytes_after_the_end_do_not_matter() {
        let text = String::from_utf8(square(Encoding::Text, "float", "int")).unwrap();
        let expected = parse(text.as_bytes());
        assert_eq!(parse(text.replace('\n', "\r\n").as_bytes()), expected);
        assert_eq!(parse((text.clone() + "more").as_bytes()), expected);
        assert_eq!(parse(text.trim_end().as_bytes()), expected);
        let mut bytes = square(Encoding::BigEndian, "float", "int");
        bytes.extend([0xff; 100]);
        assert_eq!(parse(&bytes), expected);
        let mut latin: Vec<u8> = text.replace("comment a", "obj_info \u{1}").into_bytes();
        *latin.iter_mut().find(|byte| **byte == 1).unwrap() = 0xe4;
        assert_eq!(parse(&latin), expected);
    }

    #[test]
    fn hostile_files_are_refused_with_a_reason() {
        const XYZ: &str = "property float x\nproperty float y\nproperty float z\n";
        const FACE: &str = "element face 1\nproperty list uchar int vertex_indices\n";
        let text = |elements: &str, body: &str| {
            let mut bytes = file(Encoding::Text, elements, &[]);
            bytes.extend(body.bytes());
            bytes
        };
        check(b"", Err("ends before its `end_header`"));
        check(b"plyx\n", Err("does not begin with the line `ply`"));
        check(b"ply\nformat ascii 1.0\n", Err("ends before"));
        check(b"ply\nformat ascii 2.0\n", Err("line 2: only version"));
        check(
            b"ply\nformat morse 1.0\n",
            Err("line 2: not a known format"),
        );
        check(b"ply\nend_header\n", Err("line 2: the format is missing"));
        check(b"ply\nproperty int a\n", Err("a property of no element"));
        check(b"ply\n\xff\n", Err("line 2: not a line"));
        check(b"ply\nelement vertex -1\n", Err("a name and a count"));
        check(&text("", ""), Err("no element `vertex`"));
        check(&text("element vertex 0\n", ""), Err("no element `face`"));
        check(
            &text(&format!("element vertex 0\n{FACE}"), "0"),
            Err("no `x`"),
        );
        check(
            &text(&format!("element vertex 0\n{XYZ}element face 0\n"), ""),
            Err("no list `vertex_indices`"),
        );
        check(
            &text(&format!("element vertex 0\n{XYZ}element vertex 0\n"), ""),
            Err("line 8: this element was declared before"),
        );
        check(
            &text("element vertex 0\nproperty int x\nproperty int x\n", ""),
            Err("line 6: this property was declared before"),
        );
        check(
            &text("element face 0\nproperty list float int a\n", ""),
            Err("length of a list is an integer"),
        );
        check(
            &text("element face 0\nproperty list int float vertex_index\n", ""),
            Err("corners of a face are integers"),
        );
        check(
            &text("element face 0\nproperty half a\n", ""),
            Err("not a known type"),
        );
        check(
            &text(&"element a 0\n".repeat(101), ""),
            Err("too many elements"),
        );
        check(
            &text(
                &format!("element a 0\n{}", "property int b\n".repeat(1001)),
                "",
            ),
            Err("too many properties"),
        );
        let declared = format!("element vertex 4000000000\n{XYZ}{FACE}");
        check(&text(&declared, "0 0 0"), Err("line 4: 4000000000 of this"));
        let one = format!("element vertex 1\n{XYZ}{FACE}");
        check(
            &text(&one, "0 0 nan 3 0 0 0"),
            Err("vertex 0 is not finite"),
        );
        check(
            &text(&one, "0 0 1e39 3 0 0 0"),
            Err("vertex 0 is not finite"),
        );
        check(&text(&one, "0 0 x 3 0 0 0"), Err("line 11: not a number"));
        check(
            &text(&one, "0\n0\n0\n3 0 0 1"),
            Err("line 14: face 0 has the corner 1"),
        );
        check(&text(&one, "0 0 0 3 0 0 -1"), Err("the corner -1"));
        check(&text(&one, "0 0 0 3 0 0 0.5"), Err("the corner 0.5"));
        check(&text(&one, "0 0 0 -3 0 0 0"), Err("a list cannot have -3"));
        check(&text(&one, "0 0 0 4000000000 0 0 0"), Err("ends too early"));
        check(&text(&one, "0 0 0 2 0 0"), Err("no triangles"));
        check(
            &text(
                &format!("{one}element a 9\nproperty int b\n"),
                "0 0 0 3 0 0 0 1",
            ),
            Err("line 10: 9 of this"),
        );
    }

    #[test]
    fn a_polygon_of_very_many_corners_is_refused() {
        let corners = 4_000_000;
        let elements = "element vertex 1\nproperty uchar x\nproperty uchar y\nproperty uchar z\nelement face 1\nproperty list uint uchar vertex_index\n";
        let mut bytes = file(
            Encoding::LittleEndian,
            elements,
            &[
                ("uchar", 1.0),
                ("uchar", 1.0),
                ("uchar", 1.0),
                ("uint", f64::from(corners)),
            ],
        );
        bytes.resize(bytes.len() + corners as usize, 0);
        check(&bytes, Err("3999998 triangles need more memory"));
    }

    #[test]
    fn no_cut_or_flipped_byte_makes_it_panic() {
        for encoding in ENCODINGS {
            for file in [square(encoding, "float", "int"), turned(encoding)] {
                for end in 0..file.len() {
                    let _ = parse(&file[..end]);
                    let mut flipped = file.clone();
                    flipped[end] ^= 0xa5;
                    let _ = parse(&flipped);
                    flipped[end] ^= 0xa4;
                    let _ = parse(&flipped);
                }
            }
        }
    }
}
