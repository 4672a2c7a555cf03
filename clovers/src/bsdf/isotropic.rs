//! Scattering evenly over the whole sphere: the phase function of media, and of surfaces that let
//! light through.

use super::{Evaluation, Scatter, ScatterNumbers};
use crate::{sampling::warp, spectrum::SampledSpectrum};

/// Scatters the share `albedo`, the same into all directions.
#[derive(Clone, Copy, Debug)]
pub struct Isotropic {
    /// The share that is not absorbed.
    pub albedo: SampledSpectrum,
}

impl Isotropic {
    pub(super) fn sample(&self, u: ScatterNumbers) -> Scatter {
        Scatter {
            wi: warp::square_to_sphere(u.direction),
            weight: self.albedo,
            pdf: Some(warp::SPHERE_PDF),
        }
    }

    pub(super) fn eval(&self) -> Evaluation {
        Evaluation {
            value: self.albedo * warp::SPHERE_PDF,
            pdf: warp::SPHERE_PDF,
        }
    }
}
