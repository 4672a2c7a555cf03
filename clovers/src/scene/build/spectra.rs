//! Materials as they are rendered: colours become spectra.

use std::collections::BTreeMap;

use crate::{
    lights::Beam,
    materials::{Material, MaterialKind},
    scene::file::{Color, MaterialDescription, MaterialKind as Described, TextureDescription},
    spectrum::SmoothSpectrum,
    textures::Texture,
};

/// Spectra of colours, each fitted once.
#[derive(Default)]
pub(super) struct Spectra {
    reflectances: BTreeMap<[u64; 3], SmoothSpectrum>,
    emissions: BTreeMap<[u64; 3], SmoothSpectrum>,
}

impl Spectra {
    fn reflectance(&mut self, color: &Color) -> SmoothSpectrum {
        *self
            .reflectances
            .entry(color.xyz_e.map(f64::to_bits))
            .or_insert_with(|| SmoothSpectrum::reflectance(color.xyz_e).spectrum)
    }

    pub(super) fn emission(&mut self, color: &Color) -> SmoothSpectrum {
        *self
            .emissions
            .entry(color.xyz_e.map(f64::to_bits))
            .or_insert_with(|| SmoothSpectrum::emission(color.xyz_e).spectrum)
    }

    /// `limit` is the largest value that illuminants may take.
    fn texture(
        description: &TextureDescription,
        limit: f32,
        mut spectrum: impl FnMut(&Color) -> SmoothSpectrum,
    ) -> Texture {
        match description {
            TextureDescription::Solid(color) => Texture::Solid(spectrum(color)),
            TextureDescription::SurfaceChecker { even, odd, density } => Texture::SurfaceChecker {
                even: spectrum(even),
                odd: spectrum(odd),
                density: *density,
            },
            TextureDescription::SpatialChecker { even, odd, density } => Texture::SpatialChecker {
                even: spectrum(even),
                odd: spectrum(odd),
                density: *density,
            },
            TextureDescription::Illuminant {
                illuminant,
                intensity,
            } => Texture::Illuminant {
                illuminant: *illuminant,
                intensity: *intensity,
                limit,
            },
        }
    }

    pub(super) fn albedo(&mut self, description: &TextureDescription) -> Texture {
        Self::texture(description, 1.0, |color| self.reflectance(color))
    }

    fn light(&mut self, description: &TextureDescription, beam: Beam) -> MaterialKind {
        let emit = Self::texture(description, f32::MAX, |color| self.emission(color));
        MaterialKind::Light { emit, beam }
    }

    pub(super) fn material(&mut self, description: &MaterialDescription) -> Material {
        let kind = match &description.kind {
            Described::Lambertian { albedo } => MaterialKind::Lambertian {
                albedo: self.albedo(albedo),
            },
            Described::Metal { albedo, fuzz } => MaterialKind::Metal {
                albedo: self.albedo(albedo),
                fuzz: *fuzz,
            },
            Described::Dielectric {
                refractive_index,
                color,
            } => MaterialKind::Dielectric {
                refractive_index: *refractive_index,
                color: self.reflectance(color),
            },
            Described::Dispersive { cauchy_a, cauchy_b } => MaterialKind::Dispersive {
                cauchy_a: *cauchy_a,
                cauchy_b: *cauchy_b,
            },
            Described::DiffuseLight { emit } => self.light(emit, Beam::Front),
            Described::ConeLight { spread, emit } => self.light(emit, Beam::cone(*spread)),
            Described::Isotropic { albedo } => MaterialKind::Isotropic {
                albedo: self.albedo(albedo),
            },
        };
        Material {
            kind,
            thin_film: description.thin_film,
        }
    }
}
