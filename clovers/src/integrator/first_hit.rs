//! What a camera ray sees first: the features that guide the denoiser.
//!
//! They come from the hits that the path finds anyway; no ray is traced for them. What is behind
//! a smooth mirror is seen in it, as is common for denoisers (for example in pbrt-v4 and in the
//! guide of Intel Open Image Denoise); a smooth glass is seen itself, for a path goes through it or
//! off it by chance, and features by chance would be as noisy as the picture.

use std::sync::LazyLock;

use glam::{Vec2, Vec3};

use crate::{
    math::Ray,
    scene::Scene,
    shapes::{Hit, ShapeId},
    spectrum::{LANES, SampledSpectrum, Wavelengths, srgb},
};

/// What a camera ray sees first.
///
/// All of it is 0 to the share that media hide, but for the albedo, which is 1 to that share.
#[derive(Clone, Copy, Debug)]
pub struct FirstHit {
    /// Reflectance in linear sRGB, 0 to about 1; 1 for what shines and where nothing is hit.
    pub albedo: Vec3,
    /// The unit shading normal on the side of the ray; 0 for what shines and where nothing is hit.
    pub normal: Vec3,
    /// 1 / distance along the path; 0 where nothing is hit.
    pub closeness: f32,
    /// Of the mirrors on the way.
    tint: Vec3,
    distance: f32,
    /// Share of light that passes the media on the way.
    passed: f32,
    is_settled: bool,
}

impl FirstHit {
    /// Before anything is seen.
    pub const NOTHING: Self = Self {
        albedo: Vec3::ONE,
        normal: Vec3::ZERO,
        closeness: 0.0,
        tint: Vec3::ONE,
        distance: 0.0,
        passed: 1.0,
        is_settled: false,
    };

    /// Takes note of the next hit of the path, until one of them is not a mirror.
    pub(crate) fn see(&mut self, scene: &Scene, ray: &Ray, hit: Option<&(ShapeId, Hit)>) {
        if self.is_settled {
            return;
        }
        self.is_settled = true;
        let wo = -ray.direction;
        let reach = hit.map_or(f32::INFINITY, |(_, hit)| hit.t);
        self.passed *= scene.media.transmittance(ray, reach);
        let Some((shape, hit)) = hit else {
            if self.distance == 0.0 {
                self.normal = (1.0 - self.passed) * wo;
            }
            return;
        };
        let surface = scene.geometry.surface(ray, *shape, hit);
        let comb = &*COMB;
        let (frame, bsdf) = scene.scattering(*shape, &surface, wo, &comb.wavelengths);
        let wo_local = frame.to_local(wo);
        self.tint *= comb.color(bsdf.albedo(wo_local));
        self.distance += hit.t;
        self.is_settled = !bsdf.is_mirror();
        let cos_out = surface.normal.dot(wo);
        let shines = scene
            .emission(*shape, &surface, cos_out, &comb.wavelengths)
            .is_some_and(|emitted| !emitted.is_black());
        let normal = if shines {
            Vec3::ZERO
        } else {
            frame.to_world(Vec3::new(0.0, 0.0, 1.0_f32.copysign(wo_local.z)))
        };
        self.normal = normal * self.passed + wo * (1.0 - self.passed);
        self.albedo = self.tint * self.passed + (1.0 - self.passed);
        self.closeness = self.passed / self.distance;
    }

    /// Nothing more is to be seen along the path.
    pub(crate) fn settle(&mut self) {
        self.is_settled = true;
    }
}

/// The same wavelengths for every hit, so that features have no noise of colour.
static COMB: LazyLock<Comb> = LazyLock::new(Comb::new);

struct Comb {
    wavelengths: Wavelengths,
    /// What a lane adds to red, green and blue.
    lanes: [Vec3; LANES],
}

impl Comb {
    fn new() -> Self {
        let wavelengths = Wavelengths::sample(Vec2::new(0.0, 0.5));
        let lanes: [[f64; 3]; LANES] = std::array::from_fn(|lane| {
            let one = SampledSpectrum::from_fn(|i| if i == lane { 1.0 } else { 0.0 });
            srgb::xyz_e_to_linear(wavelengths.xyz_of(one).map(f64::from))
        });
        // So few wavelengths miss a little; white is to be white.
        let white = [0, 1, 2].map(|c| lanes.iter().map(|lane| lane[c]).sum::<f64>());
        Self {
            wavelengths,
            lanes: lanes.map(|lane| Vec3::from([0, 1, 2].map(|c| (lane[c] / white[c]) as f32))),
        }
    }

    /// The colour of a reflectance; its components are not negative.
    fn color(&self, reflectance: SampledSpectrum) -> Vec3 {
        let mut color = Vec3::ZERO;
        for (lane, value) in self.lanes.iter().zip(reflectance.0) {
            color += *lane * value;
        }
        color.max(Vec3::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::SmoothSpectrum;

    #[test]
    fn few_wavelengths_are_enough_for_the_colour_of_an_albedo() {
        for color in [
            [0.8, 0.1, 0.1],
            [0.1, 0.7, 0.1],
            [0.05, 0.1, 0.8],
            [0.7, 0.6, 0.1],
            [0.5, 0.5, 0.5],
            [1.0, 1.0, 1.0],
        ] {
            let spectrum = SmoothSpectrum::reflectance(srgb::linear_to_xyz_e(color)).spectrum;
            let seen = COMB.color(spectrum.sample(&COMB.wavelengths));
            let color = Vec3::from(color.map(|value| value as f32));
            assert!((seen - color).abs().max_element() < 0.03, "{color}: {seen}");
        }
    }
}
