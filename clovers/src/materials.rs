//! What surfaces are made of. One enum lists all materials.
//!
//! A material is what its author said, with textures. [`Material::bsdf`] looks everything up for
//! one point, one direction and the wavelengths of one path; how light then scatters is in
//! [`bsdf`](crate::bsdf).

pub mod metallic_roughness;
pub mod thin_film;

use glam::Vec3;

pub use metallic_roughness::PbrSurface;
pub use thin_film::ThinFilm;

use crate::{
    bsdf::{Bsdf, Dielectric, Dispersive, Isotropic, Lambertian, Metal},
    lights::Beam,
    shapes::Surface,
    spectrum::{SampledSpectrum, SmoothSpectrum, Wavelengths},
    textures::Texture,
};

/// A material.
#[derive(Clone, Debug)]
pub struct Material {
    /// What it is.
    pub kind: MaterialKind,
    /// A thin film over it.
    pub thin_film: Option<ThinFilm>,
}

/// The kinds of materials.
#[derive(Clone, Debug)]
pub enum MaterialKind {
    /// Ideal diffuse.
    Lambertian {
        /// The reflectance.
        albedo: Texture,
    },
    /// Mirror, smooth or fuzzy.
    Metal {
        /// The reflectance.
        albedo: Texture,
        /// From 0, a mirror, to 1, a cosine lobe around the mirror direction.
        fuzz: f32,
    },
    /// Smooth interface to vacuum.
    Dielectric {
        /// Index of the medium behind.
        refractive_index: f32,
        /// Factor of every reflection and refraction.
        color: SmoothSpectrum,
    },
    /// Smooth interface whose index depends on the wavelength: a + b / l^2.
    Dispersive {
        /// The constant.
        cauchy_a: f32,
        /// The coefficient, in square micrometres.
        cauchy_b: f32,
    },
    /// A light.
    Light {
        /// Its radiance.
        emit: Texture,
        /// Where it shines.
        beam: Beam,
    },
    /// The same into all directions.
    Isotropic {
        /// The reflectance.
        albedo: Texture,
    },
    /// The surface of glTF; it needs the textures' coordinates, which stand in its mesh.
    MetallicRoughness(Box<PbrSurface>),
}

impl Material {
    /// The radiance it sends out towards a direction, of which the cosine to the outward normal
    /// is given. Not for [`MaterialKind::MetallicRoughness`].
    #[must_use]
    pub fn emission(
        &self,
        surface: &Surface,
        cos_wo: f32,
        wavelengths: &Wavelengths,
    ) -> Option<SampledSpectrum> {
        match &self.kind {
            MaterialKind::Light { emit, beam } => beam
                .reaches(cos_wo)
                .then(|| emit.sample(surface, wavelengths)),
            _ => None,
        }
    }

    /// How it scatters light towards `wo` at a point, in the frame around the outward normal. Not
    /// for [`MaterialKind::MetallicRoughness`], which has another frame.
    #[must_use]
    pub fn bsdf(&self, surface: &Surface, wo: Vec3, wavelengths: &Wavelengths) -> Bsdf {
        let tinted = |albedo: SampledSpectrum| match &self.thin_film {
            Some(film) => film.tint(albedo, wo.z, wavelengths),
            None => albedo,
        };
        let albedo_of = |texture: &Texture| tinted(texture.sample(surface, wavelengths));
        match &self.kind {
            MaterialKind::Lambertian { albedo } => Bsdf::Lambertian(Lambertian {
                albedo: albedo_of(albedo),
            }),
            MaterialKind::Metal { albedo, fuzz } => Bsdf::Metal(Metal {
                albedo: albedo_of(albedo),
                fuzz: *fuzz,
            }),
            MaterialKind::Dielectric {
                refractive_index,
                color,
            } => Bsdf::Dielectric(Dielectric {
                refractive_index: *refractive_index,
                color: tinted(color.sample(wavelengths)),
            }),
            MaterialKind::Dispersive { cauchy_a, cauchy_b } => Bsdf::Dispersive(Dispersive {
                cauchy_a: *cauchy_a,
                cauchy_b: *cauchy_b,
                color: tinted(SampledSpectrum::ONE),
            }),
            MaterialKind::Isotropic { albedo } => Bsdf::Isotropic(Isotropic {
                albedo: albedo_of(albedo),
            }),
            MaterialKind::Light { .. } | MaterialKind::MetallicRoughness(_) => Bsdf::Black,
        }
    }
}
