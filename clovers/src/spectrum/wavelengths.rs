//! The wavelengths of one path.
//!
//! Hero wavelength sampling: A. Wilkie et al., "Hero Wavelength Spectral Sampling", EGSR 2014.
//! The hero is drawn from a density shaped like the eye's response (pbrt-v4, section 4.5.4: a
//! squared hyperbolic secant around 538 nm), the other lanes are its rotations in the unit
//! interval that the density is warped from; so the lanes form a comb and every lane has the
//! same distribution. Ours is the density cut to 380 to 780 nm.

use std::{array, sync::LazyLock};

use glam::Vec2;
use wide::f32x8;

use super::{LANES, LONGEST_NM, SHORTEST_NM, SampledSpectrum, cie};

const PEAK_NM: f64 = 538.0;
const SHARPNESS: f64 = 0.0072;

/// The wavelengths a path carries. Lane 0 is the hero.
#[derive(Clone, Copy, Debug)]
pub struct Wavelengths {
    nm: [f32; LANES],
    comb: Comb,
    hero_only: bool,
}

impl Wavelengths {
    /// The wavelengths for a point of the unit square.
    ///
    /// `u.y` places the comb, `u.x` chooses the hero among its teeth. So, when the points are
    /// stratified in y and in both together, all lanes of all samples are as even as the heroes.
    #[must_use]
    pub fn sample(u: Vec2) -> Self {
        let comb = Comb::new(u);
        Self {
            nm: comb.look_up(|entry| &entry.nm).to_array(),
            comb,
            hero_only: false,
        }
    }

    /// The wavelengths in nanometres.
    #[must_use]
    pub fn nm(&self) -> &[f32; LANES] {
        &self.nm
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
        array::from_fn(|channel| {
            let weights = self.comb.look_up(|entry| &entry.xyz[channel]);
            SampledSpectrum::from_lanes(radiance.lanes() * weights).sum()
        })
    }
}

/// Places of the comb in the table; between them everything is linear.
const PLACES: usize = 512;

/// What belongs to a place of the comb, for its teeth; these stand there twice, so that the lanes
/// that begin with any hero follow each other.
#[derive(Clone)]
struct Entry {
    nm: [f32; 2 * LANES],
    /// What a lane's radiance adds to the colour.
    xyz: [[f32; 2 * LANES]; 3],
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let tanh = |nm: f32| (SHARPNESS * (f64::from(nm) - PEAK_NM)).tanh();
    let (low, high) = (tanh(SHORTEST_NM), tanh(LONGEST_NM));
    let entry = |place: usize| {
        let rotated = |tooth: usize| {
            let u = (tooth % LANES) as f64 + place as f64 / PLACES as f64;
            low + (high - low) * u / LANES as f64
        };
        let nm = array::from_fn(|tooth| {
            let nm = PEAK_NM + rotated(tooth).atanh() / SHARPNESS;
            (nm as f32).clamp(SHORTEST_NM, LONGEST_NM)
        });
        let xyz = |channel: usize| {
            array::from_fn(|tooth| {
                // The derivative of the hyperbolic tangent is 1 less its square.
                let pdf = SHARPNESS * (1.0 - rotated(tooth).powi(2)) / (high - low);
                let response = f64::from(cie::observer(nm[tooth])[channel]);
                (response / (pdf * LANES as f64)) as f32
            })
        };
        Entry {
            nm,
            xyz: [xyz(0), xyz(1), xyz(2)],
        }
    };
    (0..=PLACES).map(entry).collect()
});

/// A comb of wavelengths: where its teeth are, and with which of them the lanes begin.
#[derive(Clone, Copy, Debug)]
struct Comb {
    place: u16,
    hero: u16,
    /// How far it is to the next place.
    fraction: f32,
}

impl Comb {
    fn new(u: Vec2) -> Self {
        let place = u.y * PLACES as f32;
        let below = (place as u16).min(PLACES as u16 - 1);
        Self {
            place: below,
            hero: ((u.x * LANES as f32) as u16).min(LANES as u16 - 1),
            fraction: place - f32::from(below),
        }
    }

    /// A row of the table, lane by lane.
    fn look_up(&self, row: impl Fn(&Entry) -> &[f32; 2 * LANES]) -> f32x8 {
        let lanes = |entry: &Entry| {
            let teeth = row(entry)[usize::from(self.hero)..].first_chunk();
            f32x8::from(*teeth.unwrap_or(&[0.0; LANES]))
        };
        let place = usize::from(self.place);
        let (below, above) = (lanes(&TABLE[place]), lanes(&TABLE[place + 1]));
        (above - below).mul_add(f32x8::splat(self.fraction), below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_comb_are_those_of_the_spectrum() {
        let shortest = Wavelengths::sample(Vec2::ZERO).nm()[0];
        assert!((shortest - SHORTEST_NM).abs() < 1e-3);
        let longest = Wavelengths::sample(Vec2::splat(1.0 - f32::EPSILON / 2.0)).nm()[0];
        assert!((longest - LONGEST_NM).abs() < 1e-3);
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
        let tanh = |nm: f32| (SHARPNESS * (f64::from(nm) - PEAK_NM)).tanh();
        let reach = tanh(LONGEST_NM) - tanh(SHORTEST_NM);
        let pdf = |nm: f64| SHARPNESS / reach / (SHARPNESS * (nm - PEAK_NM)).cosh().powi(2);
        for lane in 0..LANES {
            check_numbers(
                &format!("wavelengths of lane {lane}"),
                Total::ONE,
                |random| {
                    let wavelengths = Wavelengths::sample(random.pair());
                    let nm = f64::from(wavelengths.nm()[lane]);
                    Some((nm - f64::from(SHORTEST_NM)) / range)
                },
                |x| range * pdf(f64::from(SHORTEST_NM) + range * x),
            );
        }
    }
}
