//! Surfaces of glTF files: textures looked up, and the normal bent.

use std::sync::Arc;

use glam::{Vec2, Vec3, Vec4};

use crate::{
    bsdf::{Bsdf, MetallicRoughness, metallic_roughness::SMOOTHEST},
    lights::Beam,
    math::Frame,
    mesh::{Appearance, Mesh, PbrMaterial, Vertex},
    spectrum::{SampledSpectrum, Wavelengths, srgb_basis},
    textures::image,
};

/// A material of a glTF file. It keeps the mesh, which holds the images.
#[derive(Clone, Debug)]
pub struct PbrSurface {
    mesh: Arc<Mesh>,
    index: usize,
}

impl PbrSurface {
    /// Material `index` of a mesh; `None` when it has no such material.
    #[must_use]
    pub fn new(mesh: &Arc<Mesh>, index: usize) -> Option<Self> {
        mesh.appearance()?.materials.get(index)?;
        Some(Self {
            mesh: Arc::clone(mesh),
            index,
        })
    }

    /// The file it is from.
    #[must_use]
    pub fn mesh(&self) -> &Arc<Mesh> {
        &self.mesh
    }

    fn parts(&self) -> (&Appearance, &PbrMaterial) {
        let appearance = self.mesh.appearance().expect("checked by `new`");
        (appearance, &appearance.materials[self.index])
    }

    /// Where it shines: from the front, or from the back too if that looks like the front.
    #[must_use]
    pub fn beam(&self) -> Beam {
        if self.parts().1.double_sided {
            Beam::Both
        } else {
            Beam::Front
        }
    }

    /// Whether it sends out nothing at all.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.parts().1.emissive == [0.0; 3]
    }

    /// About the mean luminance of what a triangle sends out, for choosing among lights.
    #[must_use]
    pub fn mean_luminance(&self, corners: [&Vertex; 3]) -> f32 {
        /// Rows of points at which a texture is looked up.
        const ROWS: u16 = 6;
        let (appearance, material) = self.parts();
        let mut color = Vec3::from(material.emissive);
        if let Some(texture) = &material.emissive_texture
            && color != Vec3::ZERO
        {
            let mut sum = Vec3::ZERO;
            for row in 0..ROWS {
                for column in 0..ROWS - row {
                    let weights = Vec2::new(f32::from(column) + 0.33, f32::from(row) + 0.33)
                        / f32::from(ROWS);
                    let uv = interpolate(corners, weights).uv;
                    sum += image::color(texture, &appearance.images, uv);
                }
            }
            color *= sum / f32::from(ROWS * (ROWS + 1) / 2);
        }
        color.dot(Vec3::new(0.2126, 0.7152, 0.0722))
    }

    /// The radiance it sends out.
    #[must_use]
    pub fn emission(&self, uv: [Vec2; 2], wavelengths: &Wavelengths) -> Option<SampledSpectrum> {
        let (appearance, material) = self.parts();
        let mut color = Vec3::from(material.emissive);
        if color == Vec3::ZERO {
            return None;
        }
        if let Some(texture) = &material.emissive_texture {
            color *= image::color(texture, &appearance.images, uv);
        }
        Some(srgb_basis::sample(color.into(), wavelengths))
    }

    /// How it scatters towards `wo` (in the world), and in which frame: around the shading normal
    /// on the side of `wo`. `normal` is the geometric one, outward.
    #[must_use]
    pub fn bsdf(
        &self,
        vertex: &Vertex,
        normal: Vec3,
        wo: Vec3,
        wavelengths: &Wavelengths,
    ) -> (Frame, Bsdf) {
        let (appearance, material) = self.parts();
        let images = &appearance.images;

        let facing = if wo.dot(normal) < 0.0 { -1.0 } else { 1.0 };
        let shading = facing * shading_normal(material, appearance, vertex);
        let frame = Frame::around(toward(shading, facing * normal, wo));

        let mut base = Vec3::from(material.base_color);
        if let Some(texture) = &material.base_color_texture {
            base *= image::color(texture, images, vertex.uv);
        }
        let (mut metallic, mut roughness) = (material.metallic, material.roughness);
        if let Some(texture) = &material.metallic_roughness_texture {
            let value = image::data(texture, images, vertex.uv);
            roughness *= value.y;
            metallic *= value.z;
        }
        let bsdf = MetallicRoughness {
            base: srgb_basis::sample(base.into(), wavelengths),
            metallic,
            alpha: (roughness * roughness).max(SMOOTHEST),
            normal: frame.to_local(facing * normal),
        };
        (frame, Bsdf::MetallicRoughness(bsdf))
    }
}

/// The interpolated normal, bent by the normal map; on the front side.
fn shading_normal(material: &PbrMaterial, appearance: &Appearance, vertex: &Vertex) -> Vec3 {
    let Some(map) = &material.normal_texture else {
        return vertex.normal;
    };
    let value = 2.0 * image::data(&map.texture, &appearance.images, vertex.uv) - 1.0;
    let tangent = vertex.tangent.truncate();
    let bitangent = vertex.tangent.w * vertex.normal.cross(tangent);
    let bent = map.scale * (value.x * tangent + value.y * bitangent) + value.z * vertex.normal;
    bent.normalize_or(vertex.normal)
}

/// A normal brought to the side of `wo`: a surface that is seen must not look away, though its
/// interpolated or mapped normal does.
fn toward(shading: Vec3, normal: Vec3, wo: Vec3) -> Vec3 {
    const LEAST: f32 = 0.01;
    let cos = shading.dot(wo);
    if cos >= LEAST {
        return shading;
    }
    let turned = shading + (LEAST - cos) * wo;
    match turned.try_normalize() {
        Some(turned) if turned.dot(wo) > 0.0 => turned,
        _ => normal,
    }
}

/// A vertex between the three of a triangle, by the weights of the second and third.
#[must_use]
pub fn interpolate(corners: [&Vertex; 3], weights: Vec2) -> Vertex {
    let [a, b, c] = corners;
    let first = 1.0 - weights.x - weights.y;
    let mix3 = |a: Vec3, b: Vec3, c: Vec3| first * a + weights.x * b + weights.y * c;
    let mix2 = |a: Vec2, b: Vec2, c: Vec2| first * a + weights.x * b + weights.y * c;
    let normal = mix3(a.normal, b.normal, c.normal).normalize_or(a.normal);
    let tangent = mix3(
        a.tangent.truncate(),
        b.tangent.truncate(),
        c.tangent.truncate(),
    );
    let tangent = tangent - tangent.dot(normal) * normal;
    Vertex {
        normal,
        tangent: Vec4::from((
            tangent.normalize_or(normal.any_orthonormal_vector()),
            a.tangent.w,
        )),
        uv: std::array::from_fn(|set| mix2(a.uv[set], b.uv[set], c.uv[set])),
    }
}
