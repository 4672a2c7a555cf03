//! STL, binary and text.
//!
//! Binary: 80 bytes of header, the count as a little-endian `u32`, then 50 bytes per triangle:
//! normal, three corners, two bytes of attributes. Text: `facet` … `vertex x y z` … `endfacet`.
//! Binary files may begin with the word `solid` too, so the length decides first. Facet normals
//! and attributes are ignored.

use glam::Vec3;

use super::MeshError;

const HEADER: usize = 84;
const RECORD: usize = 50;

pub(super) fn parse(bytes: &[u8]) -> Result<Vec<[Vec3; 3]>, MeshError> {
    let declared = bytes
        .get(80..HEADER)
        .map(|count| u32::from_le_bytes([count[0], count[1], count[2], count[3]]) as usize);
    let is_text = bytes.trim_ascii_start().starts_with(b"solid");
    let expected = |count: usize| count.checked_mul(RECORD)?.checked_add(HEADER);

    let triangles = match declared {
        Some(count) if expected(count) == Some(bytes.len()) => binary(&bytes[HEADER..]),
        _ if is_text => text(bytes),
        Some(count) if expected(count).is_some_and(|length| length < bytes.len()) => {
            // Bytes after the last triangle do no harm.
            binary(&bytes[HEADER..HEADER + count * RECORD])
        }
        Some(count) => Err(MeshError::Invalid(format!(
            "the header declares {count} triangles, but only {} bytes follow it",
            bytes.len() - HEADER
        ))),
        None => Err(MeshError::Invalid(format!(
            "{} bytes are too few for an STL file",
            bytes.len()
        ))),
    }?;
    if triangles.is_empty() {
        return Err(MeshError::Invalid("the mesh has no triangles".into()));
    }
    Ok(triangles)
}

fn binary(records: &[u8]) -> Result<Vec<[Vec3; 3]>, MeshError> {
    let mut triangles = Vec::with_capacity(records.len() / RECORD);
    for (index, record) in records.chunks_exact(RECORD).enumerate() {
        let float = |at: usize| {
            f32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]])
        };
        let corner = |at: usize| Vec3::new(float(at), float(at + 4), float(at + 8));
        let triangle = [corner(12), corner(24), corner(36)];
        if !triangle.iter().all(|corner| corner.is_finite()) {
            return Err(MeshError::Invalid(format!(
                "triangle {index} has a corner that is not finite"
            )));
        }
        triangles.push(triangle);
    }
    Ok(triangles)
}

fn text(bytes: &[u8]) -> Result<Vec<[Vec3; 3]>, MeshError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| MeshError::Invalid("the file is neither binary nor text STL".into()))?;
    let mut triangles = Vec::new();
    let mut corners: Vec<Vec3> = Vec::with_capacity(3);
    let mut ended = false;
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        let invalid = |detail: &str| MeshError::Invalid(format!("line {number}: {detail}"));
        let mut words = line.split_ascii_whitespace();
        match words.next().map(str::to_ascii_lowercase).as_deref() {
            Some("vertex") => {
                let mut corner = [0.0_f32; 3];
                for value in &mut corner {
                    *value = words
                        .next()
                        .and_then(|word| word.parse().ok())
                        .filter(|value: &f32| value.is_finite())
                        .ok_or_else(|| invalid("`vertex` takes three finite numbers"))?;
                }
                if corners.len() == 3 {
                    return Err(invalid("a facet has more than three corners"));
                }
                corners.push(Vec3::from(corner));
            }
            Some("endfacet") => {
                let triangle = corners
                    .as_slice()
                    .try_into()
                    .map_err(|_| invalid("a facet has fewer than three corners"))?;
                triangles.push(triangle);
                corners.clear();
            }
            Some("solid") => ended = false,
            Some("endsolid") => ended = true,
            Some("facet" | "outer" | "endloop") | None => {}
            Some(_) => return Err(invalid("not a line of a text STL file")),
        }
    }
    if !ended || !corners.is_empty() {
        return Err(MeshError::Invalid(
            "the file ends before its `endsolid`".into(),
        ));
    }
    Ok(triangles)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary_file(declared: u32, records: usize) -> Vec<u8> {
        let mut bytes = vec![0; 80];
        bytes.extend(declared.to_le_bytes());
        for _ in 0..records {
            for value in [
                0.0_f32, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0,
            ] {
                bytes.extend(value.to_le_bytes());
            }
            bytes.extend([0, 0]);
        }
        bytes
    }

    const TEXT: &str = "solid a\n facet normal 0 0 1\n  outer loop\n   vertex 0 0 0\n   vertex 1 0 0\n   vertex 0 1e0 0\n  endloop\n endfacet\nendsolid a\n";

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
    fn both_kinds_are_read() {
        check(&binary_file(2, 2), Ok(2));
        check(TEXT.as_bytes(), Ok(1));
        assert_eq!(parse(TEXT.as_bytes()), parse(&binary_file(1, 1)));
        check(
            TEXT.to_uppercase().replace("SOLID", "solid").as_bytes(),
            Ok(1),
        );
    }

    #[test]
    fn a_binary_file_may_begin_with_solid_and_end_with_more() {
        let mut file = binary_file(1, 1);
        file[..5].copy_from_slice(b"solid");
        check(&file, Ok(1));
        let mut file = binary_file(1, 1);
        file.extend([7; 9]);
        check(&file, Ok(1));
    }

    #[test]
    fn hostile_files_are_refused_with_a_reason() {
        check(b"", Err("0 bytes are too few"));
        check(&binary_file(u32::MAX, 1), Err("declares 4294967295"));
        check(&binary_file(3, 2), Err("declares 3"));
        check(&binary_file(0, 0), Err("no triangles"));
        check(b"solid a\nendsolid a\n", Err("no triangles"));
        check(b"solid a\nvertex 1 2", Err("line 2"));
        check(b"solid a\nvertex 1 2 nan", Err("line 2"));
        check(b"solid a\nvertex 1 2 1e99", Err("line 2"));
        check(b"solid a\nendfacet\n", Err("fewer than three"));
        check(b"solid \xff\xfe", Err("neither binary nor text"));
        check(&TEXT.as_bytes()[..TEXT.len() - 12], Err("ends before"));
        let mut nan = binary_file(1, 1);
        nan[HEADER + 12..HEADER + 16].copy_from_slice(&f32::NAN.to_le_bytes());
        check(&nan, Err("not finite"));
    }

    #[test]
    fn no_cut_or_flipped_byte_makes_it_panic() {
        for file in [binary_file(2, 2), TEXT.as_bytes().to_vec()] {
            for end in 0..file.len() {
                let _ = parse(&file[..end]);
                let mut flipped = file.clone();
                flipped[end] ^= 0xa5;
                let _ = parse(&flipped);
            }
        }
    }
}
