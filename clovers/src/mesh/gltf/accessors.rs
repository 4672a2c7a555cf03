//! The numbers in the buffers of a glTF file. All bounds are checked when an accessor is opened,
//! so that its values can be read without failing.

use std::borrow::Cow;

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{
    super::{MeshError, memory::Memory},
    document::{AccessorKind, Document, get},
};

/// The bytes of a file's buffers.
pub(super) struct Buffers<'a> {
    document: &'a Document<'a>,
    buffers: Vec<Cow<'a, [u8]>>,
}

impl<'a> Buffers<'a> {
    /// `bin` is the binary part of a .glb file: its first buffer.
    pub(super) fn open(
        document: &'a Document<'a>,
        bin: Option<&'a [u8]>,
        memory: &mut Memory,
    ) -> Result<Self, MeshError> {
        memory.take::<Cow<'_, [u8]>>(document.buffers.len(), || "the buffers".into())?;
        let mut buffers = Vec::with_capacity(document.buffers.len());
        for (index, buffer) in document.buffers.iter().enumerate() {
            let mut bytes = match (&buffer.uri, bin) {
                (Some(uri), _) => Cow::Owned(data_uri(&uri.0, &format!("buffer {index}"), memory)?),
                (None, Some(bin)) if index == 0 => Cow::Borrowed(bin),
                _ => {
                    return Err(MeshError::Invalid(format!(
                        "buffer {index} has no bytes in the file"
                    )));
                }
            };
            let length = usize::try_from(buffer.byte_length).unwrap_or(usize::MAX);
            if bytes.len() < length {
                return Err(MeshError::Invalid(format!(
                    "buffer {index} declares {length} bytes, but there are {}",
                    bytes.len()
                )));
            }
            match &mut bytes {
                Cow::Borrowed(bytes) => *bytes = &bytes[..length],
                Cow::Owned(bytes) => bytes.truncate(length),
            }
            buffers.push(bytes);
        }
        Ok(Self { document, buffers })
    }

    /// The bytes of a buffer view, and their stride where it has one.
    pub(super) fn view(&self, index: u32) -> Result<(&[u8], Option<usize>), MeshError> {
        let view = get(&self.document.buffer_views, index, "buffer view")?;
        let buffer = get(&self.buffers, view.buffer, "buffer")?;
        let start = usize::try_from(view.byte_offset).ok();
        let length = usize::try_from(view.byte_length).ok();
        start
            .zip(length)
            .and_then(|(start, length)| buffer.get(start..start.checked_add(length)?))
            .map(|bytes| (bytes, view.byte_stride.map(|stride| stride as usize)))
            .ok_or_else(|| {
                MeshError::Invalid(format!(
                    "buffer view {index} reaches beyond the {} bytes of its buffer",
                    buffer.len()
                ))
            })
    }

    /// The values of a vertex attribute: floating point, or small integers
    /// (`KHR_mesh_quantization`).
    pub(super) fn attribute(
        &self,
        index: u32,
        name: &str,
        kind: AccessorKind,
    ) -> Result<Values<'_>, MeshError> {
        let values = self.values(index, name, kind)?;
        if values.component == Component::U32 {
            return Err(MeshError::Invalid(format!(
                "accessor {index}: {name} cannot have integers of 32 bits"
            )));
        }
        Ok(values)
    }

    /// The vertices of a primitive, one after the other.
    pub(super) fn indices(&self, index: u32) -> Result<Values<'_>, MeshError> {
        let values = self.values(index, "the indices", AccessorKind::Scalar)?;
        match values.component {
            Component::U8 | Component::U16 | Component::U32 => Ok(values),
            _ => Err(MeshError::Invalid(format!(
                "accessor {index}: the indices have to be unsigned integers"
            ))),
        }
    }

    fn values(&self, index: u32, name: &str, kind: AccessorKind) -> Result<Values<'_>, MeshError> {
        let accessor = get(&self.document.accessors, index, "accessor")?;
        let invalid = |detail: &str| MeshError::Invalid(format!("accessor {index}: {detail}"));
        let width = match kind {
            AccessorKind::Scalar => 1,
            AccessorKind::Vec2 => 2,
            AccessorKind::Vec3 => 3,
            _ => 4,
        };
        if accessor.kind != kind {
            return Err(invalid(&format!(
                "{name} cannot be of type {:?}",
                accessor.kind
            )));
        }
        let component = Component::parse(accessor.component_type)
            .ok_or_else(|| invalid("not a known type of numbers"))?;
        let size = width * component.size();
        let count = usize::try_from(accessor.count).unwrap_or(usize::MAX);
        let base = match accessor.buffer_view {
            Some(view) => Some(self.elements(index, view, accessor.byte_offset, size, count)?),
            None => None,
        };
        let sparse = match &accessor.sparse {
            None => None,
            Some(sparse) => {
                let component = Component::parse(sparse.indices.component_type)
                    .filter(|component| {
                        matches!(component, Component::U8 | Component::U16 | Component::U32)
                    })
                    .ok_or_else(|| invalid("sparse indices have to be unsigned integers"))?;
                let length = usize::try_from(sparse.count).unwrap_or(usize::MAX);
                let places = &sparse.indices;
                let places = Values {
                    component,
                    normalized: false,
                    count: length,
                    base: Some(self.elements(
                        index,
                        places.buffer_view,
                        places.byte_offset,
                        component.size(),
                        length,
                    )?),
                    sparse: None,
                };
                // A binary search needs them in order.
                let mut end = 0;
                for place in 0..length {
                    let at = places.index(place) as usize;
                    if at < end || at >= count {
                        return Err(invalid("the sparse indices do not grow up to its count"));
                    }
                    end = at + 1;
                }
                let values = &sparse.values;
                let values =
                    self.elements(index, values.buffer_view, values.byte_offset, size, length)?;
                Some(Box::new((places, values)))
            }
        };
        Ok(Values {
            component,
            normalized: accessor.normalized,
            count,
            base,
            sparse,
        })
    }

    /// `count` elements of `size` bytes.
    fn elements(
        &self,
        accessor: u32,
        view: u32,
        offset: u64,
        size: usize,
        count: usize,
    ) -> Result<Elements<'_>, MeshError> {
        let (bytes, stride) = self.view(view)?;
        // Elements that lie in each other would be more than the bytes they are made of.
        let stride = stride.unwrap_or(size).max(size);
        let fits = || {
            let last = count
                .checked_sub(1)
                .map_or(Some(0), |last| last.checked_mul(stride)?.checked_add(size))?;
            let bytes = bytes.get(usize::try_from(offset).ok()?..)?;
            (last <= bytes.len()).then_some(bytes)
        };
        let bytes = fits().ok_or_else(|| {
            MeshError::Invalid(format!(
                "accessor {accessor}: {count} values reach beyond the {} bytes of buffer view {view}",
                bytes.len()
            ))
        })?;
        Ok(Elements {
            bytes,
            stride,
            size,
        })
    }
}

/// The bytes of a `data:` URI; `what` has it.
pub(super) fn data_uri(uri: &str, what: &str, memory: &mut Memory) -> Result<Vec<u8>, MeshError> {
    let invalid = |detail: String| MeshError::Invalid(format!("{what} {detail}"));
    let Some(rest) = uri.strip_prefix("data:") else {
        return Err(invalid(format!(
            "is in another file, `{uri:.100}`: embed everything in one file, for example by saving as .glb"
        )));
    };
    let Some((_, text)) = rest
        .split_once(',')
        .filter(|(kind, _)| kind.ends_with(";base64"))
    else {
        return Err(invalid("has a `data:` URI that is not base64".into()));
    };
    let length = base64::decoded_len_estimate(text.len());
    memory.take::<u8>(length, || format!("the {length} bytes of {what}"))?;
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&base64::alphabet::STANDARD, config)
        .decode(text)
        .map_err(|error| invalid(format!("is not base64: {error}")))
}

/// The type of a number, by its OpenGL constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn parse(constant: u32) -> Option<Self> {
        Some(match constant {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }
}

/// Elements in a row of bytes, known to lie within it.
#[derive(Clone, Copy)]
struct Elements<'a> {
    bytes: &'a [u8],
    stride: usize,
    size: usize,
}

impl<'a> Elements<'a> {
    fn get(&self, index: usize) -> &'a [u8] {
        &self.bytes[index * self.stride..][..self.size]
    }
}

/// The values of an accessor.
pub(super) struct Values<'a> {
    component: Component,
    normalized: bool,
    count: usize,
    /// Zeros without them.
    base: Option<Elements<'a>>,
    /// The places, growing, of the values that are others, and these.
    sparse: Option<Box<(Values<'a>, Elements<'a>)>>,
}

impl<'a> Values<'a> {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// An index, for indices. Panics beyond the count, as the other does.
    pub(super) fn index(&self, at: usize) -> u32 {
        let raw = self.raw(at);
        match self.component {
            Component::U8 | Component::I8 => raw[0].into(),
            Component::U16 | Component::I16 => u16::from_le_bytes([raw[0], raw[1]]).into(),
            Component::U32 | Component::F32 => u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]),
        }
    }

    /// A value of `N` numbers, the `N` it was opened with.
    pub(super) fn get<const N: usize>(&self, at: usize) -> [f32; N] {
        let raw = self.raw(at);
        std::array::from_fn(|number| {
            let raw = &raw[number * self.component.size()..];
            let scaled = |value: f32, most: f32| {
                if self.normalized {
                    (value / most).max(-1.0)
                } else {
                    value
                }
            };
            match self.component {
                Component::I8 => scaled(i8::from_le_bytes([raw[0]]).into(), 127.0),
                Component::U8 => scaled(raw[0].into(), 255.0),
                Component::I16 => scaled(i16::from_le_bytes([raw[0], raw[1]]).into(), 32767.0),
                Component::U16 => scaled(u16::from_le_bytes([raw[0], raw[1]]).into(), 65535.0),
                Component::U32 => u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]) as f32,
                Component::F32 => f32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]),
            }
        })
    }

    fn raw(&self, at: usize) -> &'a [u8] {
        const ZEROS: &[u8] = &[0; 16];
        assert!(at < self.count);
        if let Some(sparse) = &self.sparse {
            let (places, values) = &**sparse;
            let (mut low, mut high) = (0, places.count);
            while low < high {
                let middle = low + (high - low) / 2;
                match (places.index(middle) as usize).cmp(&at) {
                    std::cmp::Ordering::Less => low = middle + 1,
                    std::cmp::Ordering::Equal => return values.get(middle),
                    std::cmp::Ordering::Greater => high = middle,
                }
            }
        }
        self.base.as_ref().map_or(ZEROS, |base| base.get(at))
    }
}
