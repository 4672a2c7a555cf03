//! Mirrors, smooth or fuzzy.
//!
//! The scene format defines the fuzzy mirror by its sampling: direction = normalize(m + f s) with
//! m the mirror direction and s uniform on the unit sphere. Its density follows: a direction w at
//! angle t to m meets the sphere of radius f around m at the distances c ± q, with c = cos t and
//! q = sqrt(f^2 - sin^2 t). Each meeting brings r^2 / (4 pi f^2 |cos| ) with |cos| = q / f, in all
//! (c^2 + q^2) / (2 pi f q). At f = 1 this is the cosine lobe c / pi.

use std::f32::consts::TAU;

use glam::Vec3;

use super::{Evaluation, Scatter, ScatterNumbers};
use crate::{sampling::warp, spectrum::SampledSpectrum};

/// Reflects the share `albedo` around the mirror direction; nothing goes below the surface.
#[derive(Clone, Copy, Debug)]
pub struct Metal {
    /// The reflectance.
    pub albedo: SampledSpectrum,
    /// From 0, a mirror, to 1, a cosine lobe around the mirror direction.
    pub fuzz: f32,
}

/// Below this the lobe is narrower than directions can be told apart.
const SMOOTH: f32 = 1e-4;

impl Metal {
    pub(super) fn is_rough(&self) -> bool {
        self.fuzz > SMOOTH
    }

    pub(super) fn sample(&self, wo: Vec3, u: ScatterNumbers) -> Option<Scatter> {
        let mirror = mirror(wo);
        let (wi, pdf) = if self.is_rough() {
            let offset = self.fuzz * warp::square_to_sphere(u.direction);
            let wi = (mirror + offset).try_normalize()?;
            (wi, Some(self.pdf(mirror, wi)))
        } else {
            (mirror, None)
        };
        let absorbed = wi.z * wo.z <= 0.0 || pdf.is_some_and(|pdf| pdf <= 0.0);
        (!absorbed).then_some(Scatter {
            wi,
            weight: self.albedo,
            pdf,
        })
    }

    pub(super) fn eval(&self, wo: Vec3, wi: Vec3) -> Evaluation {
        let pdf = self.pdf(mirror(wo), wi);
        if !self.is_rough() || wo.z * wi.z <= 0.0 || pdf <= 0.0 {
            return Evaluation::NOTHING;
        }
        Evaluation {
            value: self.albedo * pdf,
            pdf,
        }
    }

    /// Density of the fuzzy lobe per solid angle, including directions below the surface.
    fn pdf(&self, mirror: Vec3, wi: Vec3) -> f32 {
        let cos = mirror.dot(wi);
        // By the cross product, which keeps its digits for small angles.
        let sin_squared = mirror.cross(wi).length_squared();
        let q_squared = self.fuzz * self.fuzz - sin_squared;
        if cos <= 0.0 || q_squared <= 0.0 {
            return 0.0;
        }
        // At the rim of the lobe the density is infinite, though its integral is not.
        let q = q_squared.sqrt().max(1e-4 * self.fuzz);
        (cos * cos + q_squared) / (TAU * self.fuzz * q)
    }
}

fn mirror(wo: Vec3) -> Vec3 {
    Vec3::new(-wo.x, -wo.y, wo.z)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metal(fuzz: f32) -> Metal {
        Metal {
            albedo: SampledSpectrum::ONE,
            fuzz,
        }
    }

    #[test]
    fn full_fuzz_is_a_cosine_lobe() {
        let metal = metal(1.0);
        let mirror = Vec3::Z;
        for cos in [0.1_f32, 0.5, 0.99] {
            let wi = Vec3::new((1.0 - cos * cos).sqrt(), 0.0, cos);
            let expected = cos * std::f32::consts::FRAC_1_PI;
            assert!((metal.pdf(mirror, wi) - expected).abs() < 1e-4 * expected);
        }
    }
}
