//! How surfaces scatter and shine. One enum lists all materials.
//!
//! The frame of every `sample` and `eval`: z is the outward normal of the surface, `wo` points to
//! where the path comes from (the camera's side), `wi` to where it goes on; both are unit vectors
//! that point away from the surface. `wo.z > 0` means that the front is seen.

pub mod dielectric;
pub mod diffuse_light;
pub mod dispersive;
pub mod lambertian;
pub mod metal;

use glam::{Vec2, Vec3};

pub use dielectric::Dielectric;
pub use diffuse_light::DiffuseLight;
pub use dispersive::Dispersive;
pub use lambertian::Lambertian;
pub use metal::Metal;

use crate::{
    shapes::Surface,
    spectrum::{SampledSpectrum, Wavelengths},
};

/// The kinds of materials.
#[derive(Clone, Debug)]
pub enum Material {
    /// Ideal diffuse.
    Lambertian(Lambertian),
    /// Mirror, smooth or fuzzy.
    Metal(Metal),
    /// Smooth interface to vacuum.
    Dielectric(Dielectric),
    /// Smooth interface whose index depends on the wavelength.
    Dispersive(Dispersive),
    /// A light.
    DiffuseLight(DiffuseLight),
}

/// Random numbers of one scattering event.
#[derive(Clone, Copy, Debug)]
pub struct ScatterNumbers {
    /// For a choice between lobes.
    pub lobe: f32,
    /// For a direction.
    pub direction: Vec2,
}

/// A direction chosen by a material.
#[derive(Clone, Copy, Debug)]
pub struct Scatter {
    /// Where the path goes on.
    pub wi: Vec3,
    /// Factor of the throughput: scattering function times cosine over density.
    pub weight: SampledSpectrum,
    /// Density per solid angle; `None` where only this one direction was possible.
    pub pdf: Option<f32>,
}

/// A material evaluated for two directions.
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

impl Material {
    /// Whether it scatters into a continuum of directions, so that choosing a light makes sense.
    #[must_use]
    pub fn is_rough(&self) -> bool {
        match self {
            Self::Lambertian(_) => true,
            Self::Metal(metal) => metal.is_rough(),
            Self::Dielectric(_) | Self::Dispersive(_) | Self::DiffuseLight(_) => false,
        }
    }

    /// The radiance it sends out by itself towards `wo`, of which the cosine to the outward normal is given.
    #[must_use]
    pub fn emission(
        &self,
        surface: &Surface,
        cos_wo: f32,
        wavelengths: &Wavelengths,
    ) -> Option<SampledSpectrum> {
        match self {
            Self::DiffuseLight(light) => light.emission(surface, cos_wo, wavelengths),
            Self::Lambertian(_) | Self::Metal(_) | Self::Dielectric(_) | Self::Dispersive(_) => {
                None
            }
        }
    }

    /// Chooses where a path goes on; `None` where it ends.
    ///
    /// `beta` is the path's throughput so far, which weighs the wavelengths against each other.
    #[must_use]
    pub fn sample(
        &self,
        wo: Vec3,
        surface: &Surface,
        wavelengths: &mut Wavelengths,
        beta: &SampledSpectrum,
        u: ScatterNumbers,
    ) -> Option<Scatter> {
        match self {
            Self::Lambertian(material) => material.sample(wo, surface, wavelengths, u),
            Self::Metal(material) => material.sample(wo, surface, wavelengths, u),
            Self::Dielectric(material) => material.sample(wo, wavelengths, u),
            Self::Dispersive(material) => material.sample(wo, wavelengths, beta, u),
            Self::DiffuseLight(_) => None,
        }
    }

    /// How much goes from `wi` to `wo`, beside single directions.
    #[must_use]
    pub fn eval(
        &self,
        wo: Vec3,
        wi: Vec3,
        surface: &Surface,
        wavelengths: &Wavelengths,
    ) -> Evaluation {
        match self {
            Self::Lambertian(material) => material.eval(wo, wi, surface, wavelengths),
            Self::Metal(material) => material.eval(wo, wi, surface, wavelengths),
            Self::Dielectric(_) | Self::Dispersive(_) | Self::DiffuseLight(_) => {
                Evaluation::NOTHING
            }
        }
    }
}
