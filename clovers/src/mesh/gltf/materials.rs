//! The materials of a glTF file that are used, with their images.

use super::{
    super::{Image, MeshError, NormalTexture, PbrMaterial, TextureRef, Wrap, memory::Memory},
    accessors::{Buffers, data_uri},
    document::{self, Document, TextureInfo, get},
    images,
};

const UNREAD: u32 = u32::MAX;

/// Reads materials and images when they are asked for, each once.
pub(super) struct Materials<'a> {
    document: &'a Document<'a>,
    buffers: &'a Buffers<'a>,
    memory: &'a mut Memory,
    materials: Vec<PbrMaterial>,
    images: Vec<Image>,
    /// Beside the materials of the file, and at last the default one: where it is in `materials`.
    place_of: Vec<u32>,
    /// Beside the images of the file: where it is in `images`.
    image_of: Vec<u32>,
}

impl<'a> Materials<'a> {
    pub(super) fn new(
        document: &'a Document<'a>,
        buffers: &'a Buffers<'a>,
        memory: &'a mut Memory,
    ) -> Result<Self, MeshError> {
        let count = document.materials.len() + 1;
        memory.take::<(PbrMaterial, u32)>(count, || "the materials".into())?;
        memory.take::<(Image, u32)>(document.images.len(), || "the images".into())?;
        Ok(Self {
            document,
            buffers,
            memory,
            materials: Vec::with_capacity(count),
            images: Vec::with_capacity(document.images.len()),
            place_of: vec![UNREAD; count],
            image_of: vec![UNREAD; document.images.len()],
        })
    }

    /// Where a material of the file is among those that are used.
    pub(super) fn read(&mut self, material: Option<u32>) -> Result<u32, MeshError> {
        let in_file = match material {
            Some(index) => {
                get(&self.document.materials, index, "material")?;
                index as usize
            }
            None => self.document.materials.len(),
        };
        if self.place_of[in_file] == UNREAD {
            let read = match self.document.materials.get(in_file) {
                Some(material) => self
                    .convert(material)
                    .map_err(|error| MeshError::Invalid(format!("material {in_file}: {error}")))?,
                None => self.convert(&document::Material::default())?,
            };
            self.place_of[in_file] = self.materials.len() as u32;
            self.materials.push(read);
        }
        Ok(self.place_of[in_file])
    }

    pub(super) fn finish(self) -> (Vec<PbrMaterial>, Vec<Image>) {
        (self.materials, self.images)
    }

    fn convert(&mut self, material: &document::Material) -> Result<PbrMaterial, MeshError> {
        let within = |value: f32| value.clamp(0.0, 1.0);
        let pbr = &material.pbr_metallic_roughness;
        let [red, green, blue, _] = pbr.base_color_factor.map(within);
        let strength = material.extensions.emissive_strength.as_ref();
        let strength = strength.map_or(1.0, |extension| extension.emissive_strength);
        let emissive = material
            .emissive_factor
            .map(|factor| factor.max(0.0) * strength.max(0.0));
        let normal_texture = match &material.normal_texture {
            Some(info) => Some(NormalTexture {
                texture: self.texture(info)?,
                scale: info.scale,
            }),
            None => None,
        };
        let numbers = [pbr.metallic_factor, pbr.roughness_factor];
        let scale = normal_texture.map_or(1.0, |normal| normal.scale);
        if !numbers
            .iter()
            .chain(&emissive)
            .all(|value| value.is_finite())
            || !scale.is_finite()
        {
            return Err(MeshError::Invalid("a factor is too large".into()));
        }
        Ok(PbrMaterial {
            base_color: [red, green, blue],
            base_color_texture: self.texture_if(pbr.base_color_texture.as_ref())?,
            metallic: within(pbr.metallic_factor),
            roughness: within(pbr.roughness_factor),
            metallic_roughness_texture: self.texture_if(pbr.metallic_roughness_texture.as_ref())?,
            normal_texture,
            emissive,
            emissive_texture: self.texture_if(material.emissive_texture.as_ref())?,
            double_sided: material.double_sided,
        })
    }

    fn texture_if(&mut self, info: Option<&TextureInfo>) -> Result<Option<TextureRef>, MeshError> {
        info.map(|info| self.texture(info)).transpose()
    }

    fn texture(&mut self, info: &TextureInfo) -> Result<TextureRef, MeshError> {
        let texture = get(&self.document.textures, info.index, "texture")?;
        let source = texture.source.ok_or_else(|| {
            MeshError::Invalid(format!("texture {} has no PNG or JPEG image", info.index))
        })?;
        let wrap = match texture.sampler {
            Some(sampler) => {
                let sampler = get(&self.document.samplers, sampler, "sampler")?;
                [wrap(sampler.wrap_s)?, wrap(sampler.wrap_t)?]
            }
            None => [Wrap::Repeat; 2],
        };
        let uv_set = info.uv_set();
        if uv_set > 1 {
            return Err(MeshError::Invalid(format!(
                "a texture uses TEXCOORD_{uv_set}, but only 0 and 1 are supported"
            )));
        }
        let transform = info.uv_transform();
        if transform.is_some_and(|t| {
            !(t.offset.is_finite() && t.scale.is_finite() && t.rotation.is_finite())
        }) {
            return Err(MeshError::Invalid("a texture is moved too far".into()));
        }
        Ok(TextureRef {
            image: self.image(source)?,
            uv_set,
            wrap,
            transform,
        })
    }

    fn image(&mut self, index: u32) -> Result<u32, MeshError> {
        let image = get(&self.document.images, index, "image")?;
        let place = self.image_of[index as usize];
        if place != UNREAD {
            return Ok(place);
        }
        let what = format!("image {index}");
        let decoded = match (&image.uri, image.buffer_view) {
            (Some(uri), _) => {
                let bytes = data_uri(&uri.0, &what, self.memory)?;
                let decoded = images::decode(&bytes, &what, self.memory)?;
                self.memory.give_back(bytes.len());
                decoded
            }
            (None, Some(view)) => {
                let (bytes, _) = self.buffers.view(view)?;
                images::decode(bytes, &what, self.memory)?
            }
            (None, None) => {
                return Err(MeshError::Invalid(format!("{what} has no bytes")));
            }
        };
        let place = self.images.len() as u32;
        self.images.push(decoded);
        self.image_of[index as usize] = place;
        Ok(place)
    }
}

/// By the OpenGL constant.
fn wrap(constant: u32) -> Result<Wrap, MeshError> {
    match constant {
        10497 => Ok(Wrap::Repeat),
        33648 => Ok(Wrap::Mirror),
        33071 => Ok(Wrap::Clamp),
        _ => Err(MeshError::Invalid(format!(
            "{constant} is not a known way to continue an image"
        ))),
    }
}
