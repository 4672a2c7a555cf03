//! Smooth interfaces between vacuum and a clear medium.
//!
//! Fresnel's equations for unpolarised light and Snell's law, exact (pbrt-v4, sections 9.3 and
//! 9.5). Radiance inside a medium is meant as basic radiance, L / n^2, so refraction does not
//! scale it: it is the same again once the light has left the medium.

use glam::Vec3;

use super::{Scatter, ScatterNumbers};
use crate::spectrum::SampledSpectrum;

/// Vacuum in front, a medium behind.
#[derive(Clone, Copy, Debug)]
pub struct Dielectric {
    /// Index of the medium.
    pub refractive_index: f32,
    /// Factor of every reflection and refraction.
    pub color: SampledSpectrum,
}

impl Dielectric {
    pub(super) fn sample(&self, wo: Vec3, u: ScatterNumbers) -> Option<Scatter> {
        let interface = Interface::new(wo, self.refractive_index);
        let wi = if u.lobe < interface.reflectance {
            reflect(wo)
        } else {
            interface.refract(wo)?
        };
        Some(Scatter {
            wi,
            weight: self.color,
            pdf: None,
        })
    }
}

/// The mirror direction.
pub(super) fn reflect(wo: Vec3) -> Vec3 {
    Vec3::new(-wo.x, -wo.y, wo.z)
}

/// What an interface does to light from one direction.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// Share that is reflected, 1 for total reflection.
    pub reflectance: f32,
    /// Index where `wo` is over that of the other side.
    eta: f32,
    /// |cos| of the refracted direction.
    cos_transmitted: f32,
}

impl Interface {
    /// For light along `wo`, and the index behind the surface.
    #[must_use]
    pub fn new(wo: Vec3, refractive_index: f32) -> Self {
        let cos = wo.z.abs().min(1.0);
        let eta = if wo.z >= 0.0 {
            1.0 / refractive_index
        } else {
            refractive_index
        };
        let sin_squared_transmitted = eta * eta * (1.0 - cos * cos);
        if sin_squared_transmitted >= 1.0 {
            return Self {
                reflectance: 1.0,
                eta,
                cos_transmitted: 0.0,
            };
        }
        let cos_transmitted = (1.0 - sin_squared_transmitted).sqrt();
        // `eta` is the ratio of the first index to the second.
        let parallel = (cos - eta * cos_transmitted) / (cos + eta * cos_transmitted);
        let perpendicular = (eta * cos - cos_transmitted) / (eta * cos + cos_transmitted);
        let reflectance = 0.5 * (parallel * parallel + perpendicular * perpendicular);
        Self {
            // Two faces of the same index at a grazing angle: 0 / 0.
            reflectance: if reflectance.is_finite() {
                reflectance
            } else {
                0.0
            },
            eta,
            cos_transmitted,
        }
    }

    /// The refracted direction; `None` under total reflection.
    #[must_use]
    pub fn refract(&self, wo: Vec3) -> Option<Vec3> {
        let z = -self.cos_transmitted.copysign(wo.z);
        Vec3::new(-wo.x * self.eta, -wo.y * self.eta, z)
            .try_normalize()
            .filter(|wi| wi.z * wo.z < 0.0)
    }
}

impl Interface {
    /// Reflectance at each wavelength for indices lane by lane.
    #[must_use]
    pub fn reflectances(wo: Vec3, indices: &SampledSpectrum) -> SampledSpectrum {
        SampledSpectrum::from_fn(|lane| Self::new(wo, indices.0[lane]).reflectance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Towards the front at an angle to the normal.
    fn at(degrees: f32) -> Vec3 {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Vec3::new(sin, 0.0, cos)
    }

    #[test]
    fn reflectance_is_that_of_fresnel() {
        let check = |wo: Vec3, index: f32, expected: f32| {
            let got = Interface::new(wo, index).reflectance;
            assert!((got - expected).abs() < 1e-5, "{got} is not {expected}");
        };
        // ((n - 1) / (n + 1))^2 from both sides.
        check(at(0.0), 1.5, 0.04);
        check(-at(0.0), 1.5, 0.04);
        // At 60 degrees: cos t = sqrt(1 - 0.75 / 2.25).
        let cos_t = (1.0_f32 - 0.75 / 2.25).sqrt();
        let rs = (0.5 - 1.5 * cos_t) / (0.5 + 1.5 * cos_t);
        let rp = (1.5 * 0.5 - cos_t) / (1.5 * 0.5 + cos_t);
        check(at(60.0), 1.5, 0.5 * (rs * rs + rp * rp));
        // Brewster: nothing of the parallel part.
        let brewster = 1.5_f32.atan().to_degrees();
        let cos_t = brewster.to_radians().sin();
        let cos = brewster.to_radians().cos();
        let rs = (cos - 1.5 * cos_t) / (cos + 1.5 * cos_t);
        check(at(brewster), 1.5, 0.5 * rs * rs);
        check(-at(60.0), 1.5, 1.0);
        check(at(30.0), 1.0, 0.0);
        check(at(90.0), 1.5, 1.0);
    }

    #[test]
    fn reflectance_is_the_same_from_both_ends_of_a_ray() {
        for degrees in [5.0, 30.0, 60.0, 85.0] {
            let wo = at(degrees);
            let outside = Interface::new(wo, 1.6);
            let wi = outside.refract(wo).expect("it enters");
            let inside = Interface::new(wi, 1.6);
            assert!((outside.reflectance - inside.reflectance).abs() < 1e-5);
            let back = inside.refract(wi).expect("it leaves");
            assert!((back - wo).length() < 1e-5);
        }
    }

    #[test]
    fn refraction_obeys_snell() {
        let wo = at(50.0);
        let wi = Interface::new(wo, 1.7).refract(wo).expect("it enters");
        assert!((wo.x - -1.7 * wi.x).abs() < 1e-6);
        assert!(wi.z < 0.0);
    }
}
