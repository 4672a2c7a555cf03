//! How light scatters at a point of a surface. One enum lists all ways.
//!
//! A [`Bsdf`] is a material with everything looked up: textures, thin film, wavelengths. The frame
//! of `sample` and `eval`: z is the outward normal of the surface, `wo` points to where the path
//! comes from (the camera's side), `wi` to where it goes on; both are unit vectors that point away
//! from the surface. `wo.z > 0` means that the front is seen. Only [`MetallicRoughness`] has a
//! frame of its own, around the shading normal on the side of `wo`.

pub mod dielectric;
pub mod dispersive;
pub mod isotropic;
pub mod lambertian;
pub mod metal;
pub mod metallic_roughness;

use std::f32::consts::FRAC_1_PI;

use glam::{Vec2, Vec3};

pub use dielectric::Dielectric;
pub use dispersive::Dispersive;
pub use isotropic::Isotropic;
pub use lambertian::Lambertian;
pub use metal::Metal;
pub use metallic_roughness::MetallicRoughness;

use crate::{
    sampling::warp,
    spectrum::{SampledSpectrum, Wavelengths},
};

/// The ways to scatter.
#[derive(Clone, Copy, Debug)]
pub enum Bsdf {
    /// Ideal diffuse.
    Lambertian(Lambertian),
    /// Mirror, smooth or fuzzy.
    Metal(Metal),
    /// Smooth interface to vacuum.
    Dielectric(Dielectric),
    /// Smooth interface whose index depends on the wavelength.
    Dispersive(Dispersive),
    /// The same into all directions.
    Isotropic(Isotropic),
    /// The surface of glTF.
    MetallicRoughness(MetallicRoughness),
    /// Not at all: lights.
    Black,
}

/// Random numbers of one scattering event.
#[derive(Clone, Copy, Debug)]
pub struct ScatterNumbers {
    /// For a choice between lobes.
    pub lobe: f32,
    /// For a direction.
    pub direction: Vec2,
}

/// A direction chosen by a scattering event.
#[derive(Clone, Copy, Debug)]
pub struct Scatter {
    /// Where the path goes on.
    pub wi: Vec3,
    /// Factor of the throughput: scattering function times cosine over density.
    pub weight: SampledSpectrum,
    /// Density per solid angle; `None` where only this one direction was possible.
    pub pdf: Option<f32>,
}

/// A scattering function evaluated for two directions.
#[derive(Clone, Copy, Debug)]
pub struct Evaluation {
    /// Scattering function times |cos| of `wi`.
    pub value: SampledSpectrum,
    /// Density with which `sample` chooses `wi`, per solid angle.
    pub pdf: f32,
}

impl Evaluation {
    /// Nothing goes that way.
    pub const NOTHING: Self = Self {
        value: SampledSpectrum::ZERO,
        pdf: 0.0,
    };
}

impl Bsdf {
    /// Whether it scatters into a continuum of directions, so that choosing a light makes sense.
    #[must_use]
    pub fn is_rough(&self) -> bool {
        match self {
            Self::Lambertian(_) | Self::Isotropic(_) | Self::MetallicRoughness(_) => true,
            Self::Metal(metal) => metal.is_rough(),
            Self::Dielectric(_) | Self::Dispersive(_) | Self::Black => false,
        }
    }

    /// Chooses where a path goes on; `None` where it ends.
    ///
    /// `beta` is the path's throughput so far, which weighs the wavelengths against each other.
    #[must_use]
    pub fn sample(
        &self,
        wo: Vec3,
        wavelengths: &mut Wavelengths,
        beta: &SampledSpectrum,
        u: ScatterNumbers,
    ) -> Option<Scatter> {
        match self {
            Self::Lambertian(bsdf) => bsdf.sample(wo, u),
            Self::Metal(bsdf) => bsdf.sample(wo, u),
            Self::Dielectric(bsdf) => bsdf.sample(wo, u),
            Self::Dispersive(bsdf) => bsdf.sample(wo, wavelengths, beta, u),
            Self::Isotropic(bsdf) => Some(bsdf.sample(u)),
            Self::MetallicRoughness(bsdf) => bsdf.sample(wo, u),
            Self::Black => None,
        }
    }

    /// How much goes from `wi` to `wo`, beside single directions.
    #[must_use]
    pub fn eval(&self, wo: Vec3, wi: Vec3) -> Evaluation {
        match self {
            Self::Lambertian(bsdf) => bsdf.eval(wo, wi),
            Self::Metal(bsdf) => bsdf.eval(wo, wi),
            Self::Isotropic(bsdf) => bsdf.eval(),
            Self::MetallicRoughness(bsdf) => bsdf.eval(wo, wi),
            Self::Dielectric(_) | Self::Dispersive(_) | Self::Black => Evaluation::NOTHING,
        }
    }

    /// A direction for finding an even light all around: all directions where the BSDF lets light
    /// through, else by cosine on the side of `wo`.
    #[must_use]
    pub fn sample_surroundings(&self, wo: Vec3, u: Vec2) -> Vec3 {
        if let Self::Isotropic(_) = self {
            return warp::square_to_sphere(u);
        }
        let mut wi = warp::square_to_cosine_hemisphere(u);
        wi.z = wi.z.copysign(wo.z);
        wi
    }

    /// Density of [`Bsdf::sample_surroundings`] per solid angle.
    #[must_use]
    pub fn surroundings_pdf(&self, wo: Vec3, wi: Vec3) -> f32 {
        if let Self::Isotropic(_) = self {
            return warp::SPHERE_PDF;
        }
        (wi.z * wo.z.signum()).max(0.0) * FRAC_1_PI
    }
}
