//! The surface of glTF 2.0: metal and plastic by two numbers.
//!
//! Khronos, glTF 2.0 specification, appendix B: GGX microfacets with separable Smith masking and
//! Schlick's Fresnel; a metal reflects its base colour, anything else 4 % over a diffuse base.
//! Visible normals are sampled as spherical caps (J. Dupuy and A. Benyoub, "Sampling Visible GGX
//! Normals with Spherical Caps", 2023). Ours differs in the diffuse part: it is dimmed by what is
//! reflected at `wo` and at `wi`, each by its own angle. The appendix dims it by the angle to the
//! half vector, which creates light at grazing angles.

use std::f32::consts::{FRAC_1_PI, TAU};

use glam::{Vec2, Vec3};

use super::{Evaluation, Scatter, ScatterNumbers};
use crate::{sampling::warp, spectrum::SampledSpectrum};

/// Roughness squared is no less than this: narrower lobes are beyond single precision.
pub const SMOOTHEST: f32 = 1e-3;

/// What a dielectric reflects when seen straight on.
const DIELECTRIC_F0: f32 = 0.04;

/// Metal and plastic; z of its frame is the shading normal on the side of `wo`.
#[derive(Clone, Copy, Debug)]
pub struct MetallicRoughness {
    /// The reflectance of the diffuse base, or of the metal seen straight on.
    pub base: SampledSpectrum,
    /// From 0, a dielectric, to 1, a metal.
    pub metallic: f32,
    /// Width of the distribution of microfacets, at least [`SMOOTHEST`].
    pub alpha: f32,
    /// The geometric normal on the side of `wo`, in the shading frame.
    pub normal: Vec3,
}

impl MetallicRoughness {
    pub(super) fn sample(&self, wo: Vec3, u: ScatterNumbers) -> Option<Scatter> {
        if wo.z <= 0.0 {
            return None;
        }
        let wi = if u.lobe < self.specular_chance(wo) {
            let half = self.sample_half(wo, u.direction);
            2.0 * wo.dot(half) * half - wo
        } else {
            warp::square_to_cosine_hemisphere(u.direction)
        };
        let wi = wi.try_normalize()?;
        let evaluation = self.eval(wo, wi);
        (evaluation.pdf > 0.0).then(|| Scatter {
            wi,
            weight: evaluation.value * (1.0 / evaluation.pdf),
            pdf: Some(evaluation.pdf),
        })
    }

    pub(super) fn eval(&self, wo: Vec3, wi: Vec3) -> Evaluation {
        if wo.z <= 0.0 || wi.z <= 0.0 || wi.dot(self.normal) <= 0.0 {
            return Evaluation::NOTHING;
        }
        let Some(half) = (wo + wi).try_normalize() else {
            return Evaluation::NOTHING;
        };
        // Microfacets, with cos wi times 1 / (4 cos wi cos wo) already divided out.
        let density = self.distribution(half);
        let share = 0.25 * density * self.masking(wo.z) / wo.z;
        let specular = self.fresnel(wo.dot(half)) * (share * self.masking(wi.z));

        let passed = (1.0 - schlick(DIELECTRIC_F0, wo.z)) * (1.0 - schlick(DIELECTRIC_F0, wi.z));
        let diffuse = self.base * ((1.0 - self.metallic) * passed * wi.z * FRAC_1_PI);

        let chance = self.specular_chance(wo);
        let pdf = chance * share + (1.0 - chance) * warp::cosine_hemisphere_pdf(wi.z);
        if !(pdf > 0.0 && pdf.is_finite()) {
            return Evaluation::NOTHING;
        }
        Evaluation {
            value: specular + diffuse,
            pdf,
        }
    }

    /// About the share of light from all around that goes to `wo`: as if it were smooth.
    pub(super) fn albedo(&self, wo: Vec3) -> SampledSpectrum {
        let passed = 1.0 - schlick(DIELECTRIC_F0, wo.z);
        self.fresnel(wo.z) + self.base * ((1.0 - self.metallic) * passed)
    }

    /// Whether it is a metal so smooth that an eye sees an image in it.
    pub(super) fn is_mirror(&self) -> bool {
        self.metallic >= 1.0 && self.alpha <= 0.01
    }

    /// Fresnel's reflectance of the microfacets.
    fn fresnel(&self, cos: f32) -> SampledSpectrum {
        let weight = schlick(0.0, cos);
        let dielectric = (1.0 - self.metallic) * (DIELECTRIC_F0 + (1.0 - DIELECTRIC_F0) * weight);
        SampledSpectrum::from_fn(|lane| {
            let base = self.base.0[lane];
            dielectric + self.metallic * (base + (1.0 - base) * weight)
        })
    }

    /// How often the microfacets are sampled, by what both parts may reflect towards `wo`.
    fn specular_chance(&self, wo: Vec3) -> f32 {
        let mean = |spectrum: SampledSpectrum| spectrum.sum() / spectrum.0.len() as f32;
        let specular = mean(self.fresnel(wo.z));
        let diffuse =
            mean(self.base) * (1.0 - self.metallic) * (1.0 - schlick(DIELECTRIC_F0, wo.z));
        if diffuse <= 0.0 {
            return 1.0;
        }
        (specular / (specular + diffuse)).clamp(0.1, 0.9)
    }

    /// GGX distribution of microfacet normals.
    fn distribution(&self, half: Vec3) -> f32 {
        if half.z <= 0.0 {
            return 0.0;
        }
        let alpha_squared = self.alpha * self.alpha;
        // By the sine, which keeps its digits around the normal.
        let spread = half.truncate().length_squared() + half.z * half.z * alpha_squared;
        alpha_squared * FRAC_1_PI / (spread * spread)
    }

    /// Smith's masking of one direction.
    fn masking(&self, cos: f32) -> f32 {
        let alpha_squared = self.alpha * self.alpha;
        2.0 * cos / (cos + (alpha_squared + (1.0 - alpha_squared) * cos * cos).sqrt())
    }

    fn sample_half(&self, wo: Vec3, u: Vec2) -> Vec3 {
        let stretched = Vec3::new(self.alpha * wo.x, self.alpha * wo.y, wo.z).normalize();
        let z = (1.0 - u.y) * (1.0 + stretched.z) - stretched.z;
        let sin = (1.0 - z * z).max(0.0).sqrt();
        let cap = (sin * Vec2::from_angle(TAU * u.x)).extend(z);
        let half = cap + stretched;
        Vec3::new(self.alpha * half.x, self.alpha * half.y, half.z.max(0.0)).normalize_or(Vec3::Z)
    }
}

/// Schlick's approximation of Fresnel's reflectance.
fn schlick(f0: f32, cos: f32) -> f32 {
    let x = (1.0 - cos.abs()).clamp(0.0, 1.0);
    let x2 = x * x;
    f0 + (1.0 - f0) * x2 * x2 * x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bsdf(metallic: f32, alpha: f32) -> MetallicRoughness {
        MetallicRoughness {
            base: SampledSpectrum::ONE,
            metallic,
            alpha,
            normal: Vec3::Z,
        }
    }

    #[test]
    fn no_angle_roughness_or_metal_creates_light() {
        const N: u32 = 64;
        for metallic in [0.0, 0.3, 1.0] {
            for alpha in [SMOOTHEST, 0.01, 0.1, 0.5, 1.0] {
                for cos in [0.01_f32, 0.1, 0.3, 0.7, 1.0] {
                    let wo = Vec3::new((1.0 - cos * cos).sqrt(), 0.0, cos);
                    let mut albedo = 0.0;
                    for i in 0..N * N {
                        let u = ScatterNumbers {
                            lobe: (i as f32 * 0.618_034).fract(),
                            direction: Vec2::new(
                                ((i % N) as f32 + 0.5) / N as f32,
                                ((i / N) as f32 + 0.5) / N as f32,
                            ),
                        };
                        if let Some(scatter) = bsdf(metallic, alpha).sample(wo, u) {
                            albedo += scatter.weight.0[0] / (N * N) as f32;
                        }
                    }
                    assert!(
                        albedo < 1.01,
                        "metallic {metallic}, alpha {alpha}, cos {cos}: {albedo}"
                    );
                    // Single scattering loses some where it is rough; nothing where it is smooth.
                    if alpha <= 0.01 && metallic == 1.0 && cos > 0.05 {
                        assert!(albedo > 0.97, "alpha {alpha}, cos {cos}: {albedo}");
                    }
                }
            }
        }
    }

    #[test]
    fn both_ends_of_a_path_see_the_same() {
        let bsdf = bsdf(0.4, 0.3);
        let a = Vec3::new(0.3, 0.2, 0.8).normalize();
        let b = Vec3::new(-0.6, 0.1, 0.4).normalize();
        let forth = bsdf.eval(a, b).value.0[0] / b.z;
        let back = bsdf.eval(b, a).value.0[0] / a.z;
        assert!((forth - back).abs() < 1e-5 * forth);
    }
}
