//! The JSON of a glTF file, as far as surfaces need it. Names are those of the specification.

use std::{borrow::Cow, fmt, marker::PhantomData};

use glam::Vec2;
use serde::{
    Deserialize,
    de::{Deserializer, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::super::{MeshError, UvTransform, memory::Memory};

/// The extensions that a file may require.
const SUPPORTED: [&str; 3] = [
    "KHR_materials_emissive_strength",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
];

#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) scenes: Vec<Scene>,
    pub(super) nodes: Vec<Node>,
    pub(super) meshes: Vec<Mesh>,
    pub(super) accessors: Vec<Accessor>,
    pub(super) buffer_views: Vec<BufferView>,
    pub(super) buffers: Vec<Buffer<'a>>,
    pub(super) materials: Vec<Material>,
    pub(super) textures: Vec<Texture>,
    pub(super) samplers: Vec<Sampler>,
    pub(super) images: Vec<Image<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn parse(json: &'a [u8], memory: &mut Memory) -> Result<Self, MeshError> {
        let parts: Parts<'a> = serde_json::from_slice(json)
            .map_err(|error| MeshError::Invalid(format!("the JSON of the file: {error}")))?;
        if !parts.asset.version.0.starts_with("2.") {
            return Err(MeshError::Invalid(format!(
                "the file has glTF version {:.20}, but only version 2 is supported",
                parts.asset.version.0
            )));
        }
        let required: Vec<Text> = list(parts.extensions_required, "extensionsRequired", memory)?;
        for Text(name) in &required {
            if !SUPPORTED.contains(&name.as_ref()) {
                let advice = if name.contains("compression") {
                    ": save it without compression"
                } else {
                    ""
                };
                return Err(MeshError::Invalid(format!(
                    "the file requires the extension `{name:.100}`, which is not supported{advice}"
                )));
            }
        }
        let document = Self {
            scenes: list(parts.scenes, "scenes", memory)?,
            nodes: list(parts.nodes, "nodes", memory)?,
            meshes: list(parts.meshes, "meshes", memory)?,
            accessors: list(parts.accessors, "accessors", memory)?,
            buffer_views: list(parts.buffer_views, "bufferViews", memory)?,
            buffers: list(parts.buffers, "buffers", memory)?,
            materials: list(parts.materials, "materials", memory)?,
            textures: list(parts.textures, "textures", memory)?,
            samplers: list(parts.samplers, "samplers", memory)?,
            images: list(parts.images, "images", memory)?,
        };
        // Lists in lists are a few times larger than their text at most, so they are counted late.
        let inner = document
            .meshes
            .iter()
            .map(|mesh| mesh.primitives.capacity() * size_of::<Primitive>())
            .chain(
                document
                    .nodes
                    .iter()
                    .map(|node| node.children.capacity() * 4),
            )
            .chain(
                document
                    .scenes
                    .iter()
                    .map(|scene| scene.nodes.capacity() * 4),
            )
            .sum();
        memory.take::<u8>(inner, || "the lists of the file".into())?;
        Ok(document)
    }
}

/// What `index` leads to; `what` is the name of a thing of the list.
pub(super) fn get<'t, T>(list: &'t [T], index: u32, what: &str) -> Result<&'t T, MeshError> {
    list.get(index as usize).ok_or_else(|| {
        MeshError::Invalid(format!(
            "there is no {what} {index}: the file has {} of them",
            list.len()
        ))
    })
}

/// The lists of a file, not read yet.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parts<'a> {
    #[serde(borrow)]
    asset: Asset<'a>,
    #[serde(borrow)]
    extensions_required: Option<&'a RawValue>,
    #[serde(borrow)]
    scenes: Option<&'a RawValue>,
    #[serde(borrow)]
    nodes: Option<&'a RawValue>,
    #[serde(borrow)]
    meshes: Option<&'a RawValue>,
    #[serde(borrow)]
    accessors: Option<&'a RawValue>,
    #[serde(borrow)]
    buffer_views: Option<&'a RawValue>,
    #[serde(borrow)]
    buffers: Option<&'a RawValue>,
    #[serde(borrow)]
    materials: Option<&'a RawValue>,
    #[serde(borrow)]
    textures: Option<&'a RawValue>,
    #[serde(borrow)]
    samplers: Option<&'a RawValue>,
    #[serde(borrow)]
    images: Option<&'a RawValue>,
}

/// Reads a list whose length was counted first: `{}` are two bytes, and a material many more.
fn list<'a, T: Deserialize<'a>>(
    raw: Option<&'a RawValue>,
    name: &str,
    memory: &mut Memory,
) -> Result<Vec<T>, MeshError> {
    struct Counted<T>(usize, PhantomData<T>);

    impl<'a, T: Deserialize<'a>> Visitor<'a> for Counted<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'a>>(self, mut values: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::with_capacity(self.0);
            while let Some(value) = values.next_element()? {
                list.push(value);
            }
            Ok(list)
        }
    }

    let Some(raw) = raw else {
        return Ok(Vec::new());
    };
    let invalid = |error: &serde_json::Error| {
        // Its line and column would be those within the list.
        let error = error.to_string();
        let detail = error.split(" at line ").next().unwrap_or_default();
        MeshError::Invalid(format!("the list `{name}` of the file: {detail}"))
    };
    // A list of nothings takes no memory.
    let count = serde_json::from_str::<Vec<IgnoredAny>>(raw.get())
        .map_err(|error| invalid(&error))?
        .len();
    memory.take::<T>(count, || format!("{count} `{name}`"))?;
    serde_json::Deserializer::from_str(raw.get())
        .deserialize_seq(Counted(count, PhantomData))
        .map_err(|error| invalid(&error))
}

/// A string, borrowed from the file where it has no escapes.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

#[derive(Debug, Deserialize)]
struct Asset<'a> {
    #[serde(borrow)]
    version: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Scene {
    #[serde(default)]
    pub(super) nodes: Vec<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Node {
    #[serde(default)]
    pub(super) children: Vec<u32>,
    pub(super) mesh: Option<u32>,
    /// Column by column.
    pub(super) matrix: Option<Box<[f64; 16]>>,
    pub(super) translation: Option<[f64; 3]>,
    /// A quaternion: x, y, z, w.
    pub(super) rotation: Option<[f64; 4]>,
    pub(super) scale: Option<[f64; 3]>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Mesh {
    #[serde(default)]
    pub(super) primitives: Vec<Primitive>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Primitive {
    pub(super) attributes: Attributes,
    pub(super) indices: Option<u32>,
    pub(super) material: Option<u32>,
    #[serde(default = "triangles")]
    pub(super) mode: u32,
}

fn triangles() -> u32 {
    4
}

#[derive(Debug, Deserialize)]
pub(super) struct Attributes {
    #[serde(rename = "POSITION")]
    pub(super) position: Option<u32>,
    #[serde(rename = "NORMAL")]
    pub(super) normal: Option<u32>,
    #[serde(rename = "TANGENT")]
    pub(super) tangent: Option<u32>,
    #[serde(rename = "TEXCOORD_0")]
    pub(super) texcoord_0: Option<u32>,
    #[serde(rename = "TEXCOORD_1")]
    pub(super) texcoord_1: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accessor {
    /// Zeros without one.
    pub(super) buffer_view: Option<u32>,
    #[serde(default)]
    pub(super) byte_offset: u64,
    pub(super) component_type: u32,
    #[serde(default)]
    pub(super) normalized: bool,
    pub(super) count: u64,
    #[serde(rename = "type")]
    pub(super) kind: AccessorKind,
    pub(super) sparse: Option<Box<Sparse>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum AccessorKind {
    Scalar,
    Vec2,
    Vec3,
    Vec4,
    Mat2,
    Mat3,
    Mat4,
}

/// Values that take the place of some of an accessor.
#[derive(Debug, Deserialize)]
pub(super) struct Sparse {
    pub(super) count: u64,
    pub(super) indices: SparseIndices,
    pub(super) values: SparseValues,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SparseIndices {
    pub(super) buffer_view: u32,
    #[serde(default)]
    pub(super) byte_offset: u64,
    pub(super) component_type: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SparseValues {
    pub(super) buffer_view: u32,
    #[serde(default)]
    pub(super) byte_offset: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BufferView {
    pub(super) buffer: u32,
    #[serde(default)]
    pub(super) byte_offset: u64,
    pub(super) byte_length: u64,
    pub(super) byte_stride: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Buffer<'a> {
    pub(super) byte_length: u64,
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Image<'a> {
    #[serde(borrow)]
    pub(super) uri: Option<Text<'a>>,
    pub(super) buffer_view: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Texture {
    pub(super) source: Option<u32>,
    pub(super) sampler: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sampler {
    #[serde(default = "repeat")]
    pub(super) wrap_s: u32,
    #[serde(default = "repeat")]
    pub(super) wrap_t: u32,
}

fn repeat() -> u32 {
    10497
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Material {
    #[serde(default)]
    pub(super) pbr_metallic_roughness: MetallicRoughness,
    pub(super) normal_texture: Option<TextureInfo>,
    pub(super) emissive_texture: Option<TextureInfo>,
    #[serde(default)]
    pub(super) emissive_factor: [f32; 3],
    #[serde(default)]
    pub(super) double_sided: bool,
    #[serde(default)]
    pub(super) extensions: MaterialExtensions,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct MetallicRoughness {
    pub(super) base_color_factor: [f32; 4],
    pub(super) base_color_texture: Option<TextureInfo>,
    pub(super) metallic_factor: f32,
    pub(super) roughness_factor: f32,
    pub(super) metallic_roughness_texture: Option<TextureInfo>,
}

impl Default for MetallicRoughness {
    fn default() -> Self {
        Self {
            base_color_factor: [1.0; 4],
            base_color_texture: None,
            metallic_factor: 1.0,
            roughness_factor: 1.0,
            metallic_roughness_texture: None,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct MaterialExtensions {
    #[serde(rename = "KHR_materials_emissive_strength")]
    pub(super) emissive_strength: Option<EmissiveStrength>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmissiveStrength {
    #[serde(default = "one")]
    pub(super) emissive_strength: f32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextureInfo {
    pub(super) index: u32,
    #[serde(default)]
    tex_coord: u32,
    /// Of normal maps only.
    #[serde(default = "one")]
    pub(super) scale: f32,
    #[serde(default)]
    extensions: TextureExtensions,
}

impl TextureInfo {
    /// Which texture coordinates it uses.
    pub(super) fn uv_set(&self) -> u32 {
        let transform = self.extensions.transform.as_ref();
        transform
            .and_then(|transform| transform.tex_coord)
            .unwrap_or(self.tex_coord)
    }

    pub(super) fn uv_transform(&self) -> Option<UvTransform> {
        let transform = self.extensions.transform.as_ref()?;
        Some(UvTransform {
            offset: Vec2::from_array(transform.offset),
            scale: Vec2::from_array(transform.scale),
            rotation: transform.rotation,
        })
    }
}

fn one() -> f32 {
    1.0
}

#[derive(Debug, Default, Deserialize)]
struct TextureExtensions {
    #[serde(rename = "KHR_texture_transform")]
    transform: Option<TextureTransform>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TextureTransform {
    offset: [f32; 2],
    rotation: f32,
    scale: [f32; 2],
    /// Instead of that of the texture.
    tex_coord: Option<u32>,
}

impl Default for TextureTransform {
    fn default() -> Self {
        Self {
            offset: [0.0; 2],
            rotation: 0.0,
            scale: [1.0; 2],
            tex_coord: None,
        }
    }
}
