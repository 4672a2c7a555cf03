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

use glam::{Vec2, Vec3};

pub use dielectric::Dielectric;
pub use dispersive::Dispersive;
pub use isotropic::Isotropic;
pub use lambertian::Lambertian;
pub use metal::Metal;
pub use metallic_roughness::MetallicRoughness;

use crate::{
    sampling::Sampler,
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

    /// The random numbers that [`Bsdf::sample`] needs; it ignores the others, which are left out.
    pub(crate) fn numbers(&self, sampler: &mut Sampler) -> ScatterNumbers {
        let mut u = ScatterNumbers {
            lobe: 0.0,
            direction: Vec2::ZERO,
        };
        match self {
            Self::Lambertian(_) | Self::Isotropic(_) | Self::Metal(_) => sampler.skip(),
            Self::Dielectric(_) | Self::Dispersive(_) | Self::MetallicRoughness(_) => {
                u.lobe = sampler.next_1d();
            }
            Self::Black => {}
        }
        match self {
            Self::Dielectric(_) | Self::Dispersive(_) => sampler.skip(),
            Self::Lambertian(_)
            | Self::Isotropic(_)
            | Self::Metal(_)
            | Self::MetallicRoughness(_) => u.direction = sampler.next_2d(),
            Self::Black => {}
        }
        u
    }

    /// Whether it sends all light of a direction into one other, as far as an eye can tell, and
    /// reflects all that it does not absorb.
    #[must_use]
    pub fn is_mirror(&self) -> bool {
        match self {
            Self::Metal(metal) => !metal.is_rough(),
            Self::MetallicRoughness(surface) => surface.is_mirror(),
            Self::Lambertian(_)
            | Self::Dielectric(_)
            | Self::Dispersive(_)
            | Self::Isotropic(_)
            | Self::Black => false,
        }
    }

    /// About the share of light from all around that goes to `wo`; 1 for lights, which are as
    /// bright as they are.
    #[must_use]
    pub fn albedo(&self, wo: Vec3) -> SampledSpectrum {
        match self {
            Self::Lambertian(bsdf) => bsdf.albedo,
            Self::Metal(bsdf) => bsdf.albedo,
            Self::Dielectric(bsdf) => bsdf.color,
            Self::Dispersive(bsdf) => bsdf.color,
            Self::Isotropic(bsdf) => bsdf.albedo,
            Self::MetallicRoughness(bsdf) => bsdf.albedo(wo),
            Self::Black => SampledSpectrum::ONE,
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
}

#[cfg(test)]
mod tests {
    use glam::{DVec3, dvec2};

    use super::*;
    use crate::sampling::{
        chi2::{Cap, Total, check_directions, check_square},
        random::Random,
    };

    /// Towards the front at an angle to the normal; beyond 90 degrees towards the back.
    fn at(degrees: f32) -> Vec3 {
        let (sin, cos) = degrees.to_radians().sin_cos();
        Vec3::new(sin * 0.8, sin * 0.6, cos)
    }

    /// A sampled direction. What comes with it must be what evaluation says.
    fn sample(bsdf: &Bsdf, wo: Vec3, random: &mut Random) -> Option<DVec3> {
        let u = ScatterNumbers {
            lobe: random.next(),
            direction: random.pair(),
        };
        let mut wavelengths = Wavelengths::sample(random.pair());
        let scatter = bsdf.sample(wo, &mut wavelengths, &SampledSpectrum::ONE, u)?;
        let Evaluation { value, pdf } = bsdf.eval(wo, scatter.wi);
        let own = scatter.pdf.expect("it is rough");
        assert!((own - pdf).abs() <= 1e-3 * pdf, "{own} is not {pdf}");
        for (weight, value) in scatter.weight.0.into_iter().zip(value.0) {
            assert!((weight * pdf - value).abs() <= 1e-3 * value, "{bsdf:?}");
        }
        Some(scatter.wi.as_dvec3())
    }

    #[track_caller]
    fn check(what: &str, bsdf: &Bsdf, wo: Vec3, cap: Cap, total: Total) {
        check_directions(
            what,
            cap,
            total,
            |random| sample(bsdf, wo, random),
            |wi| f64::from(bsdf.eval(wo, wi.as_vec3()).pdf),
        );
    }

    fn albedo() -> SampledSpectrum {
        SampledSpectrum::from_fn(|lane| 0.1 + 0.1 * lane as f32)
    }

    #[test]
    fn diffuse_directions_follow_their_density_on_both_sides() {
        let lambertian = Bsdf::Lambertian(Lambertian { albedo: albedo() });
        for degrees in [0.0, 70.0, 110.0] {
            let what = format!("diffuse from {degrees} degrees");
            check(&what, &lambertian, at(degrees), Cap::sphere(), Total::ONE);
        }
        let isotropic = Bsdf::Isotropic(Isotropic { albedo: albedo() });
        check("isotropic", &isotropic, at(50.0), Cap::sphere(), Total::ONE);
    }

    #[test]
    fn the_lobe_of_a_fuzzy_mirror_follows_its_density() {
        for (fuzz, degrees) in [
            (0.01_f32, 0.0_f32),
            (0.1, 30.0),
            (0.5, 75.0),
            (0.9, 60.0),
            (1.0, 0.0),
            (1.0, 80.0),
            (0.7, 130.0),
        ] {
            let albedo = albedo();
            let metal = Bsdf::Metal(Metal { albedo, fuzz });
            let wo = at(degrees);
            let mirror = Vec3::new(-wo.x, -wo.y, wo.z).as_dvec3();
            let fuzz = f64::from(fuzz);
            let cap = Cap::new(mirror, 1.0 - (1.0 - fuzz * fuzz).sqrt());
            // The density is infinite at the rim: the square is stretched there until it is not.
            let stretched = |x: f64| 1.0 - (1.0 - x) * (1.0 - x);
            // Heights on the sphere of radius fuzz are even.
            let share = 0.5 * (1.0 + f64::from(wo.z.abs()) / fuzz);
            check_square(
                &format!("fuzz {fuzz} from {degrees} degrees"),
                Total::Share(share.min(1.0)),
                |random| {
                    let wi = sample(&metal, wo, random)?;
                    let place = cap.place(wi).unwrap_or(dvec2(1.0, 0.0));
                    Some(dvec2(1.0 - (1.0 - place.x).sqrt(), place.y))
                },
                |place| {
                    let wi = cap.direction(dvec2(stretched(place.x), place.y));
                    let pdf = f64::from(metal.eval(wo, wi.as_vec3()).pdf);
                    pdf * cap.solid_angle() * 2.0 * (1.0 - place.x)
                },
            );
        }
    }

    #[test]
    fn the_mixture_of_metal_and_plastic_follows_its_density() {
        let tilted = Vec3::new(-0.3, 0.5, 0.8).normalize();
        for (metallic, alpha, degrees, normal) in [
            (0.0, 0.05, 20.0, Vec3::Z),
            (0.0, 0.3, 80.0, Vec3::Z),
            (0.4, 0.3, 50.0, Vec3::Z),
            (0.4, 1.0, 85.0, Vec3::Z),
            (1.0, 0.05, 60.0, Vec3::Z),
            (1.0, 0.5, 0.0, Vec3::Z),
            (1.0, 1.0, 70.0, Vec3::Z),
            (0.3, 0.2, 40.0, tilted),
            (1.0, 0.6, 30.0, tilted),
        ] {
            let bsdf = Bsdf::MetallicRoughness(MetallicRoughness {
                base: albedo(),
                metallic,
                alpha,
                normal,
            });
            check(
                &format!("metallic {metallic}, alpha {alpha}, {degrees} degrees, {normal}"),
                &bsdf,
                at(degrees),
                Cap::new(DVec3::Z, 1.0),
                Total::UpToOne,
            );
        }
    }

    #[test]
    fn the_smoothest_metal_follows_its_density_around_the_mirror_direction() {
        for degrees in [0.0, 40.0, 75.0] {
            let bsdf = Bsdf::MetallicRoughness(MetallicRoughness {
                base: albedo(),
                metallic: 1.0,
                alpha: metallic_roughness::SMOOTHEST,
                normal: Vec3::Z,
            });
            let wo = at(degrees);
            let mirror = Vec3::new(-wo.x, -wo.y, wo.z).as_dvec3();
            // Within eight milliradians of the mirror direction.
            let cap = Cap::new(mirror, 3.2e-5);
            let what = format!("smooth metal from {degrees} degrees");
            check(&what, &bsdf, wo, cap, Total::UpToOne);
        }
    }
}
