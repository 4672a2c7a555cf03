//! Clear dielectrics whose index depends on the wavelength, by Cauchy's formula.
//!
//! Reflection has the same direction at every wavelength, refraction has not. So a path keeps
//! its wavelengths when reflected; where it is refracted only the hero goes on and stands for
//! all (A. Wilkie et al. 2014, section 4; pbrt-v4, section 9.5.1). Ours chooses between the two
//! by the reflectance averaged over the wavelengths, weighted with the throughput: it does not
//! depend on which of them is the hero, so it needs no weights among them.

use glam::Vec3;

use super::{
    Scatter, ScatterNumbers,
    dielectric::{Interface, reflect},
};
use crate::spectrum::{SampledSpectrum, Wavelengths};

/// n = a + b / l^2.
#[derive(Clone, Copy, Debug)]
pub struct Dispersive {
    /// The constant.
    pub cauchy_a: f32,
    /// The coefficient, in square micrometres.
    pub cauchy_b: f32,
    /// Factor of every reflection and refraction; 1 but for a thin film.
    pub color: SampledSpectrum,
}

impl Dispersive {
    /// The index at a wavelength in nanometres.
    #[must_use]
    pub fn index(&self, wavelength_nm: f32) -> f32 {
        let micrometres = wavelength_nm * 1e-3;
        self.cauchy_a + self.cauchy_b / (micrometres * micrometres)
    }

    pub(super) fn sample(
        &self,
        wo: Vec3,
        wavelengths: &mut Wavelengths,
        beta: &SampledSpectrum,
        u: ScatterNumbers,
    ) -> Option<Scatter> {
        let indices = SampledSpectrum::from_fn(|lane| self.index(wavelengths.nm()[lane]));
        let reflectances = Interface::reflectances(wo, &indices);
        let total = beta.sum();
        if total <= 0.0 {
            return None;
        }
        let chance = ((*beta * reflectances).sum() / total).min(1.0);
        if u.lobe < chance {
            return Some(Scatter {
                wi: reflect(wo),
                weight: self.color * reflectances * (1.0 / chance),
                pdf: None,
            });
        }
        let wi = Interface::new(wo, indices.0[0]).refract(wo)?;
        let transmitted = (1.0 - reflectances.0[0]) / (1.0 - chance);
        Some(Scatter {
            wi,
            weight: self.color * wavelengths.keep_hero() * transmitted,
            pdf: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glam::Vec2;

    #[test]
    fn cauchy_takes_micrometres() {
        let glass = Dispersive {
            cauchy_a: 1.5046,
            cauchy_b: 0.0042,
            color: SampledSpectrum::ONE,
        };
        assert!((glass.index(500.0) - 1.5214).abs() < 1e-5);
        assert!(glass.index(400.0) > glass.index(700.0));
    }

    #[test]
    fn all_energy_goes_one_way_or_the_other() {
        let glass = Dispersive {
            cauchy_a: 1.5,
            cauchy_b: 0.02,
            color: SampledSpectrum::ONE,
        };
        // From inside, around the critical angles of the wavelengths: some reflect totally.
        for sin in [0.0, 0.5, 0.62, 0.64, 0.7] {
            let wo = Vec3::new(sin, 0.0, -f32::sqrt(1.0 - sin * sin));
            let mut mean = [0.0_f64; 3];
            const N: u32 = 256;
            for i in 0..N {
                for j in 0..N {
                    let mut wavelengths = Wavelengths::sample(Vec2::new(
                        (i % 8) as f32 / 8.0,
                        ((i / 8) as f32 + 0.5) / 32.0,
                    ));
                    let u = ScatterNumbers {
                        lobe: (j as f32 + 0.5) / N as f32,
                        direction: Vec2::ZERO,
                    };
                    let one = SampledSpectrum::ONE;
                    let Some(scatter) = glass.sample(wo, &mut wavelengths, &one, u) else {
                        continue;
                    };
                    for (sum, value) in mean.iter_mut().zip(wavelengths.xyz_of(scatter.weight)) {
                        *sum += f64::from(value) / f64::from(N * N);
                    }
                }
            }
            for value in mean {
                assert!((value - 1.0).abs() < 0.02, "sin {sin}: {mean:?}");
            }
        }
    }
}
