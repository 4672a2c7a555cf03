//! Lights.

use crate::{
    shapes::Surface,
    spectrum::{SampledSpectrum, Wavelengths},
    textures::Texture,
};

/// Sends out the radiance `emit` from its front, and scatters nothing.
#[derive(Clone, Debug)]
pub struct DiffuseLight {
    /// The radiance.
    pub emit: Texture,
}

impl DiffuseLight {
    pub(super) fn emission(
        &self,
        surface: &Surface,
        cos_wo: f32,
        wavelengths: &Wavelengths,
    ) -> Option<SampledSpectrum> {
        (cos_wo > 0.0).then(|| self.emit.at(surface.point, surface.uv).sample(wavelengths))
    }
}
