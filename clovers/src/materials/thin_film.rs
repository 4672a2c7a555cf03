//! Interference colours of a thin film.
//!
//! The scene format defines a stylised factor: 1 + cos(2 pi m) with m = 2 n t cos(theta2) / l. It
//! is not reciprocal and reaches 2; its mean over the wavelengths is 1.

use std::f32::consts::TAU;

use crate::spectrum::{SampledSpectrum, Wavelengths};

/// A thin film over a material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThinFilm {
    /// Index of the film.
    pub refractive_index: f32,
    /// Its thickness in nanometres.
    pub thickness_nm: f32,
}

impl ThinFilm {
    /// A reflectance seen through the film, no more than 1. `cos` is that of the angle between
    /// the direction to the camera's side and the normal.
    #[must_use]
    pub fn tint(
        &self,
        albedo: SampledSpectrum,
        cos: f32,
        wavelengths: &Wavelengths,
    ) -> SampledSpectrum {
        let sin_squared = (1.0 - cos * cos).max(0.0);
        let inside = 1.0 - sin_squared / (self.refractive_index * self.refractive_index);
        let path_nm = 2.0 * self.refractive_index * self.thickness_nm * inside.max(0.0).sqrt();
        SampledSpectrum::from_fn(|lane| {
            let waves = path_nm / wavelengths.nm()[lane];
            let factor = 1.0 + (TAU * waves.fract()).cos();
            (albedo.0[lane] * factor).min(1.0)
        })
    }
}
