//! How the surfaces of a glTF file look: the metallic-roughness model of glTF 2.0, section 3.9.
//!
//! Occlusion textures are left out, since a path tracer finds by itself what light does not
//! reach; so are alpha modes: every surface is opaque.

use glam::{Vec2, Vec3, Vec4};

/// What a glTF file tells of its surfaces beside their shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Appearance {
    /// What belongs to corners; a vertex can be a corner of several triangles.
    pub vertices: Vec<Vertex>,
    /// Beside the triangles: three indices into `vertices`.
    pub corners: Vec<[u32; 3]>,
    /// Beside the triangles: index into `materials`.
    pub material_of: Vec<u32>,
    /// The materials that are used by a triangle.
    pub materials: Vec<PbrMaterial>,
    /// The images that are used by a material.
    pub images: Vec<Image>,
}

/// What a corner of a triangle has beside its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vertex {
    /// The shading normal, of unit length; on the front side in sound files.
    pub normal: Vec3,
    /// The direction of growing u, of unit length and perpendicular to the normal; `w` is 1 or -1,
    /// and the bitangent is `w * normal.cross(tangent)`. Any such direction where no normal map
    /// needs it.
    pub tangent: Vec4,
    /// Two sets of texture coordinates, v downwards; 0 where the file has none.
    pub uv: [Vec2; 2],
}

/// A metallic-roughness material. Factors multiply what the textures give.
#[derive(Clone, Debug, PartialEq)]
pub struct PbrMaterial {
    /// The factor of the base colour, linear sRGB, within 0 and 1.
    pub base_color: [f32; 3],
    /// The base colour, encoded as sRGB.
    pub base_color_texture: Option<TextureRef>,
    /// The factor of the metalness, within 0 and 1.
    pub metallic: f32,
    /// The factor of the perceptual roughness, within 0 and 1.
    pub roughness: f32,
    /// Roughness in green and metalness in blue, both linear.
    pub metallic_roughness_texture: Option<TextureRef>,
    /// Bends the shading normal.
    pub normal_texture: Option<NormalTexture>,
    /// The factor of the emitted light, linear sRGB, times the strength; not negative.
    pub emissive: [f32; 3],
    /// The colour of the emitted light, encoded as sRGB.
    pub emissive_texture: Option<TextureRef>,
    /// Whether the back looks like the front.
    pub double_sided: bool,
}

impl PbrMaterial {
    /// All its textures.
    pub fn textures(&self) -> impl Iterator<Item = &TextureRef> {
        [
            &self.base_color_texture,
            &self.metallic_roughness_texture,
            &self.emissive_texture,
        ]
        .into_iter()
        .flatten()
        .chain(self.normal_texture.as_ref().map(|normal| &normal.texture))
    }
}

/// A tangent-space normal map: linear, green upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalTexture {
    /// The map.
    pub texture: TextureRef,
    /// Multiplies x and y of what the map gives, before it is normalised.
    pub scale: f32,
}

/// An image, and how texture coordinates lead to its texels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureRef {
    /// Index into [`Appearance::images`].
    pub image: u32,
    /// Which texture coordinates of a vertex to take, 0 or 1.
    pub uv_set: u32,
    /// What happens outside the unit square, along u and v.
    pub wrap: [Wrap; 2],
    /// Applied to the texture coordinates first.
    pub transform: Option<UvTransform>,
}

/// How an image continues outside the unit square.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// It starts again.
    Repeat,
    /// It starts again, every other time backwards.
    Mirror,
    /// Its outermost texels go on.
    Clamp,
}

/// A change of texture coordinates (`KHR_texture_transform`): scaled, then rotated, then moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UvTransform {
    /// Added at last.
    pub offset: Vec2,
    /// Multiplied first.
    pub scale: Vec2,
    /// In radians: the coordinates turn counter-clockwise by it as seen on the image, so that the
    /// image turns clockwise on the surface.
    pub rotation: f32,
}

impl UvTransform {
    /// The changed coordinates.
    #[must_use]
    pub fn apply(&self, uv: Vec2) -> Vec2 {
        let (sin, cos) = self.rotation.sin_cos();
        let Vec2 { x, y } = uv * self.scale;
        self.offset + Vec2::new(cos * x + sin * y, cos * y - sin * x)
    }
}

/// 8-bit texels, row-major, top row first.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// In texels, at least 1.
    pub width: u32,
    /// In texels, at least 1.
    pub height: u32,
    /// Red, green, blue, alpha.
    pub texels: Vec<[u8; 4]>,
}

impl std::fmt::Debug for Image {
    /// Without the texels: they fill many screens and tell nothing.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl Appearance {
    /// Panics when an index leads nowhere, or a list beside `triangles` triangles is too short or
    /// too long.
    pub(super) fn assert_fits(&self, triangles: usize) {
        assert_eq!(self.corners.len(), triangles, "corners beside triangles");
        assert_eq!(
            self.material_of.len(),
            triangles,
            "materials beside triangles"
        );
        let below = |index: u32, length: usize| (index as usize) < length;
        assert!(
            self.corners
                .iter()
                .flatten()
                .all(|&vertex| below(vertex, self.vertices.len()))
        );
        assert!(
            self.material_of
                .iter()
                .all(|&material| below(material, self.materials.len()))
        );
        for material in &self.materials {
            for texture in material.textures() {
                assert!(below(texture.image, self.images.len()) && texture.uv_set < 2);
            }
        }
        for image in &self.images {
            let texels = image.width as usize * image.height as usize;
            assert!(texels > 0 && texels == image.texels.len());
        }
    }

    /// The memory it takes, in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.vertices.capacity() * size_of::<Vertex>()
            + self.corners.capacity() * size_of::<[u32; 3]>()
            + self.material_of.capacity() * size_of::<u32>()
            + self.materials.capacity() * size_of::<PbrMaterial>()
            + self.images.capacity() * size_of::<Image>()
            + self
                .images
                .iter()
                .map(|image| image.texels.capacity() * size_of::<[u8; 4]>())
                .sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texture_coordinates_turn_as_in_the_example_of_the_extension() {
        // "Only the lower left quadrant of the source image, rotated clockwise 90 degrees."
        let transform = UvTransform {
            offset: Vec2::new(0.0, 1.0),
            scale: Vec2::splat(0.5),
            rotation: std::f32::consts::FRAC_PI_2,
        };
        let close = |from: [f32; 2], to: [f32; 2]| {
            let moved = transform.apply(Vec2::from_array(from));
            assert!(moved.distance(Vec2::from_array(to)) < 1e-6, "{moved}");
        };
        close([0.0, 0.0], [0.0, 1.0]);
        close([1.0, 0.0], [0.0, 0.5]);
        close([0.0, 1.0], [0.5, 1.0]);
    }
}
