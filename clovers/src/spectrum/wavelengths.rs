//! The wavelengths of one path.
//!
//! Hero wavelength sampling: A. Wilkie et al., "Hero Wavelength Spectral Sampling", EGSR 2014.
//! The hero is drawn from a density shaped like the eye's response (pbrt-v4, section 4.5.4: a
//! squared hyperbolic secant around 538 nm), the other lanes are its rotations in the unit
//! interval that the density is warped from; so the lanes form a comb and every lane has the
//! same distribution. Ours is the density cut to 380 to 780 nm.

use glam::Vec2;

use super::{LANES, LONGEST_NM, SHORTEST_NM, SampledSpectrum, cie};

const PEAK_NM: f32 = 538.0;
const SHARPNESS: f32 = 0.0072;

/// Hyperbolic tangents of the ends: what the unit interval is stretched to.
const LOW: f32 = -0.813_604_4;
const HIGH: f32 = 0.940_504_3;

/// The wavelengths a path carries. Lane 0 is the hero.
#[derive(Clone, Copy, Debug)]
pub struct Wavelengths {
    nm: SampledSpectrum,
    /// 1 / density, per nanometre.
    inverse_pdf: SampledSpectrum,
    hero_only: bool,
}

impl Wavelengths {
    /// The wavelengths for a point of the unit square.
    ///
    /// `u.y` places the comb, `u.x` chooses the hero among its teeth. So, when the points are
    /// stratified in y and in both together, all lanes of all samples are as even as the heroes.
    #[must_use]
    pub fn sample(u: Vec2) -> Self {
        let tooth = (u.x * LANES as f32).floor();
        let u = ((tooth + u.y) / LANES as f32).min(1.0 - f32::EPSILON / 2.0);
        let tanh = SampledSpectrum::from_fn(|lane| {
            let rotated = u + lane as f32 / LANES as f32;
            let rotated = if rotated >= 1.0 {
                rotated - 1.0
            } else {
                rotated
            };
            LOW + (HIGH - LOW) * rotated
        });
        Self {
            nm: SampledSpectrum::from_fn(|lane| {
                let x = tanh.0[lane];
                // atanh, without the precision near 0 that it would bring.
                let nm = PEAK_NM + ((1.0 + x) / (1.0 - x)).ln() * (0.5 / SHARPNESS);
                nm.clamp(SHORTEST_NM, LONGEST_NM)
            }),
            // sech^2 = 1 - tanh^2.
            inverse_pdf: SampledSpectrum::from_fn(|lane| {
                (HIGH - LOW) / (SHARPNESS * (1.0 - tanh.0[lane] * tanh.0[lane]))
            }),
            hero_only: false,
        }
    }

    /// The wavelengths in nanometres.
    #[must_use]
    pub fn nm(&self) -> &[f32; LANES] {
        &self.nm.0
    }

    /// Whether only the hero is left.
    #[must_use]
    pub fn is_hero_only(&self) -> bool {
        self.hero_only
    }

    /// Ends all wavelengths but the hero, as where dispersion sends each another way.
    ///
    /// Returns the factor for the path's throughput: the hero now stands for all lanes.
    #[must_use]
    pub fn keep_hero(&mut self) -> SampledSpectrum {
        if self.hero_only {
            return SampledSpectrum::ONE;
        }
        self.hero_only = true;
        SampledSpectrum::from_fn(|lane| if lane == 0 { LANES as f32 } else { 0.0 })
    }

    /// One sample's estimate of the colour of a radiance: XYZ relative to equal energy, so that a
    /// flat spectrum of value 1 is (1, 1, 1).
    #[must_use]
    pub fn xyz_of(&self, radiance: SampledSpectrum) -> [f32; 3] {
        let weighted = radiance * self.inverse_pdf;
        let mut xyz = [0.0; 3];
        for (value, &nm) in weighted.0.iter().zip(&self.nm.0) {
            let observer = cie::observer(nm);
            for (sum, response) in xyz.iter_mut().zip(observer) {
                *sum += value * response;
            }
        }
        xyz.map(|sum| sum / LANES as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_density_are_those_of_the_spectrum() {
        let tanh = |nm: f32| f64::from(SHARPNESS * (nm - PEAK_NM)).tanh() as f32;
        assert!((LOW - tanh(SHORTEST_NM)).abs() < 1e-6);
        assert!((HIGH - tanh(LONGEST_NM)).abs() < 1e-6);
        let shortest = Wavelengths::sample(Vec2::ZERO).nm()[0];
        assert!((shortest - SHORTEST_NM).abs() < 1e-3);
    }

    #[test]
    fn a_flat_spectrum_averages_to_white() {
        let n = 1024;
        let mut mean = [0.0_f64; 3];
        for i in 0..n {
            let wavelengths = Wavelengths::sample(Vec2::new(0.3, (i as f32 + 0.5) / n as f32));
            let xyz = wavelengths.xyz_of(SampledSpectrum::ONE);
            for (sum, value) in mean.iter_mut().zip(xyz) {
                *sum += f64::from(value) / f64::from(n);
            }
        }
        for value in mean {
            assert!((value - 1.0).abs() < 1e-4, "{mean:?}");
        }
    }

    #[test]
    fn the_hero_alone_stands_for_all_lanes() {
        let n = 4096;
        let point = |i| Vec2::new((i % 8) as f32 / 8.0, ((i / 8) as f32 + 0.5) / 512.0);
        let mut mean = [0.0_f64; 3];
        for i in 0..n {
            let mut wavelengths = Wavelengths::sample(point(i));
            let weight = wavelengths.keep_hero();
            assert_eq!(wavelengths.keep_hero(), SampledSpectrum::ONE);
            for (sum, value) in mean.iter_mut().zip(wavelengths.xyz_of(weight)) {
                *sum += f64::from(value) / f64::from(n);
            }
        }
        for value in mean {
            assert!((value - 1.0).abs() < 1e-4, "{mean:?}");
        }
    }

    #[test]
    fn every_lane_follows_the_density() {
        use crate::sampling::chi2::{Total, check_numbers};
        let range = f64::from(LONGEST_NM - SHORTEST_NM);
        let pdf = |nm: f64| {
            let x = f64::from(SHARPNESS) * (nm - f64::from(PEAK_NM));
            f64::from(SHARPNESS) / f64::from(HIGH - LOW) / x.cosh().powi(2)
        };
        for lane in 0..LANES {
            check_numbers(
                &format!("wavelengths of lane {lane}"),
                Total::ONE,
                |random| {
                    let wavelengths = Wavelengths::sample(random.pair());
                    let nm = f64::from(wavelengths.nm()[lane]);
                    let stated = 1.0 / f64::from(wavelengths.inverse_pdf.0[lane]);
                    assert!((stated - pdf(nm)).abs() < 1e-4 * stated);
                    Some((nm - f64::from(SHORTEST_NM)) / range)
                },
                |x| range * pdf(f64::from(SHORTEST_NM) + range * x),
            );
        }
    }
}
