//! Ideal diffuse reflection, on both sides.

use std::f32::consts::FRAC_1_PI;

use glam::Vec3;

use super::{Evaluation, Scatter, ScatterNumbers};
use crate::{sampling::warp, spectrum::SampledSpectrum};

/// Reflects the share `albedo`, equally bright from everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Lambertian {
    /// The reflectance.
    pub albedo: SampledSpectrum,
}

impl Lambertian {
    pub(super) fn sample(&self, wo: Vec3, u: ScatterNumbers) -> Option<Scatter> {
        let mut wi = warp::square_to_cosine_hemisphere(u.direction);
        let pdf = warp::cosine_hemisphere_pdf(wi.z);
        wi.z = wi.z.copysign(wo.z);
        (pdf > 0.0).then_some(Scatter {
            wi,
            weight: self.albedo,
            pdf: Some(pdf),
        })
    }

    pub(super) fn eval(&self, wo: Vec3, wi: Vec3) -> Evaluation {
        if wo.z * wi.z <= 0.0 {
            return Evaluation::NOTHING;
        }
        let cos = wi.z.abs();
        Evaluation {
            value: self.albedo * (cos * FRAC_1_PI),
            pdf: warp::cosine_hemisphere_pdf(cos),
        }
    }
}
