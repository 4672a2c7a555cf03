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
    use glam::Vec2;

    fn metal(fuzz: f32) -> Metal {
        Metal {
            albedo: SampledSpectrum::ONE,
            fuzz,
        }
    }

    #[test]
    fn the_density_of_the_lobe_is_that_of_its_samples() {
        const BINS: usize = 16;
        const N: usize = 1 << 18;
        for fuzz in [0.1, 0.5, 0.9, 1.0] {
            let metal = metal(fuzz);
            let mirror = Vec3::Z;
            // Bins of the cosine between that of the rim and 1.
            let rim = f64::from((1.0 - fuzz * fuzz).max(0.0)).sqrt();
            let bin = |cos: f64| (((cos - rim) / (1.0 - rim)) * BINS as f64) as usize;
            let mut counts = [0_u32; BINS];
            for i in 0..N {
                let u = Vec2::new((i as f32 + 0.5) / N as f32, (i as f32 * 0.618_034).fract());
                let wi = (mirror + fuzz * warp::square_to_sphere(u)).normalize();
                counts[bin(f64::from(wi.z)).min(BINS - 1)] += 1;
            }
            for (index, &count) in counts.iter().enumerate() {
                // The singular rim is integrated in a variable in which it is smooth.
                const STEPS: usize = 4000;
                let edge = |i: usize| rim + (1.0 - rim) * i as f64 / BINS as f64;
                let (low, high) = (edge(index), edge(index + 1));
                let (from, to) = ((low - rim).sqrt(), (high - rim).sqrt());
                let expected: f64 = (0..STEPS)
                    .map(|i| {
                        let root = from + (to - from) * (i as f64 + 0.5) / STEPS as f64;
                        let cos = rim + root * root;
                        let sin = (1.0 - cos * cos).max(0.0).sqrt();
                        let wi = Vec3::new(sin as f32, 0.0, cos as f32);
                        f64::from(metal.pdf(mirror, wi)) * 2.0 * root
                    })
                    .sum::<f64>()
                    * (to - from)
                    / STEPS as f64
                    * std::f64::consts::TAU;
                let got = f64::from(count) / N as f64;
                assert!(
                    (got - expected).abs() < 0.02 * expected + 1e-3,
                    "fuzz {fuzz}, bin {index}: {got}, expected {expected}"
                );
            }
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
