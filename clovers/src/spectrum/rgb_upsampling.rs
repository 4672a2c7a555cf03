//! From colours to smooth spectra.
//!
//! W. Jakob and J. Hanika, "A Low-Dimensional Function Space for Efficient Spectral Upsampling",
//! Computer Graphics Forum 38(2), 2019: a spectrum is a sigmoid of a quadratic polynomial of the
//! wavelength. Ours differs in that nothing is tabulated: a scene has few colours, so each is
//! fitted when the scene is built, by Levenberg-Marquardt steps from grey outwards. Colours
//! darker than half are fitted at half and scaled, which is linear and keeps the fit well
//! conditioned; so are emitted colours, which have no upper limit.

use std::sync::LazyLock;

use glam::{DMat3, DVec3};
use wide::f32x8;

use super::{SampledSpectrum, Wavelengths, cie, srgb};

/// A smooth spectrum: `offset + scale * sigmoid(c0 t^2 + c1 t + c2)` with `t` from -1 at 380 nm to 1 at 780 nm.
///
/// Neutral colours have `scale` 0 and are exactly flat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothSpectrum {
    coefficients: [f32; 3],
    scale: f32,
    offset: f32,
}

/// The nearest spectrum, and how far its colour is from the one asked for.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// The spectrum.
    pub spectrum: SmoothSpectrum,
    /// Largest difference in X, Y, Z, relative to the largest of the colour's components.
    pub error: f64,
}

impl SmoothSpectrum {
    /// 0 at every wavelength.
    pub const BLACK: Self = Self::flat(0.0);

    /// The same value at every wavelength.
    #[must_use]
    pub const fn flat(value: f32) -> Self {
        Self {
            coefficients: [0.0; 3],
            scale: 0.0,
            offset: value,
        }
    }

    /// A reflectance of this colour (XYZ relative to equal energy) under equal-energy light.
    ///
    /// Values are in [0, 1] whatever the colour; a colour that no reflectance has gives the
    /// nearest the fit finds.
    #[must_use]
    pub fn reflectance(xyz_e: [f64; 3]) -> Fit {
        fit(xyz_e, Limit::One)
    }

    /// An emission spectrum that looks exactly like this colour (XYZ relative to equal energy).
    #[must_use]
    pub fn emission(xyz_e: [f64; 3]) -> Fit {
        fit(xyz_e, Limit::None)
    }

    /// The values at a path's wavelengths.
    #[must_use]
    pub fn sample(&self, wavelengths: &Wavelengths) -> SampledSpectrum {
        if self.scale == 0.0 {
            return SampledSpectrum::flat(self.offset);
        }
        let [c0, c1, c2] = self.coefficients.map(f32x8::splat);
        let t = f32x8::from(*wavelengths.nm()) * (1.0 / 200.0) - 2.9;
        let x = (c0 * t + c1) * t + c2;
        let sigmoid = x / (f32x8::ONE + x * x).sqrt() * 0.5 + 0.5;
        SampledSpectrum::from_lanes(sigmoid * self.scale + self.offset)
    }

    /// The value at a wavelength in nanometres.
    #[must_use]
    pub fn at(&self, nm: f32) -> f32 {
        let [c0, c1, c2] = self.coefficients;
        let t = nm * (1.0 / 200.0) - 2.9;
        let x = (c0 * t + c1) * t + c2;
        self.offset + self.scale * (0.5 + 0.5 * x / (1.0 + x * x).sqrt())
    }

    /// The luminance (Y) of the spectrum as a radiance.
    #[must_use]
    pub fn luminance(&self) -> f32 {
        cie::integrate(|nm| f64::from(self.at(nm as f32)))[1] as f32
    }
}

/// The observer at one wavelength.
struct Node {
    t: f64,
    response: DVec3,
}

/// At every tenth nanometre, for the way to the colour, and at every one, for the last steps.
static COARSE: LazyLock<Vec<Node>> = LazyLock::new(|| nodes(10));
static FINE: LazyLock<Vec<Node>> = LazyLock::new(|| nodes(1));

fn nodes(step: usize) -> Vec<Node> {
    let table = cie::table();
    let mut nodes: Vec<Node> = (0..cie::ENTRIES)
        .step_by(step)
        .map(|i| {
            // Each entry of the table is shared among its two nodes by distance.
            let response = (0..cie::ENTRIES)
                .filter(|j| j.abs_diff(i) < step)
                .map(|j| {
                    let share = 1.0 - j.abs_diff(i) as f64 / step as f64;
                    let end = if j == 0 || j == cie::ENTRIES - 1 {
                        0.5
                    } else {
                        1.0
                    };
                    DVec3::from(table[j]) * share * end
                })
                .sum();
            Node {
                t: i as f64 / 200.0 - 1.0,
                response,
            }
        })
        .collect();
    let total: DVec3 = nodes.iter().map(|node| node.response).sum();
    for node in &mut nodes {
        node.response /= total;
    }
    nodes
}

/// The largest value a spectrum may take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    One,
    None,
}

fn fit(xyz_e: [f64; 3], limit: Limit) -> Fit {
    let target = DVec3::from(xyz_e).max(DVec3::ZERO);
    let largest = target.max_element();
    if largest <= 0.0 {
        return Fit {
            spectrum: SmoothSpectrum::BLACK,
            error: 0.0,
        };
    }
    let clipped = (DVec3::from(xyz_e) - target).abs().max_element() / largest;
    if (target - DVec3::splat(target.y)).abs().max_element() <= 1e-9 * largest {
        let value = match limit {
            Limit::One => target.y.min(1.0),
            Limit::None => target.y,
        };
        return Fit {
            spectrum: SmoothSpectrum::flat(value as f32),
            error: (target.y - value) / largest,
        };
    }

    // Dark reflectances and all emissions are fitted where their brightest component is a half.
    let brightness = DVec3::from(srgb::xyz_e_to_linear(target.into()))
        .max_element()
        .max(target.y);
    let scale = match limit {
        Limit::One => (2.0 * brightness).min(1.0),
        Limit::None => 2.0 * brightness,
    };
    let (coefficients, reached) = fit_sigmoid(target / scale);
    let error = ((reached * scale - target).abs().max_element() / largest).max(clipped);
    Fit {
        spectrum: SmoothSpectrum {
            coefficients: coefficients.as_vec3().into(),
            scale: scale as f32,
            offset: 0.0,
        },
        error,
    }
}

/// The coefficients whose sigmoid has the colour `target`, and the colour reached.
fn fit_sigmoid(target: DVec3) -> (DVec3, DVec3) {
    const STEPS: u32 = 8;
    let grey = target.y.clamp(0.02, 0.98);
    let slope = 2.0 * grey - 1.0;
    let mut c = DVec3::new(0.0, 0.0, slope / (1.0 - slope * slope).sqrt());
    for step in 1..=STEPS {
        let way = f64::from(step) / f64::from(STEPS);
        let goal = DVec3::splat(grey).lerp(target, way);
        c = refine(c, goal, &COARSE, if step == STEPS { 30 } else { 6 });
    }
    c = refine(c, target, &FINE, 100);
    (c, colour_and_slope(c, &FINE).0)
}

/// Levenberg-Marquardt steps towards a colour.
fn refine(mut c: DVec3, goal: DVec3, nodes: &[Node], iterations: u32) -> DVec3 {
    // A sigmoid this steep is a step function already; f32 would not follow it further.
    const STEEPEST: f64 = 1e4;
    let mut damping = 1e-4;
    let (mut colour, mut slope) = colour_and_slope(c, nodes);
    for _ in 0..iterations {
        let residual = colour - goal;
        let error = residual.length_squared();
        if error < 1e-20 {
            break;
        }
        let normal = slope.transpose() * slope;
        let diagonal = DVec3::new(normal.x_axis.x, normal.y_axis.y, normal.z_axis.z);
        let damped = normal + DMat3::from_diagonal(diagonal * damping + DVec3::splat(1e-14));
        let step = damped.inverse() * (slope.transpose() * residual);
        let candidate = c - step;
        let (new_colour, new_slope) = colour_and_slope(candidate, nodes);
        let better = (new_colour - goal).length_squared() < error;
        if better && candidate.abs().max_element() < STEEPEST {
            (c, colour, slope) = (candidate, new_colour, new_slope);
            damping = (damping * 0.2).max(1e-12);
        } else {
            damping *= 5.0;
            if damping > 1e12 {
                break;
            }
        }
    }
    c
}

/// The colour of the sigmoid, and its derivative by the coefficients.
fn colour_and_slope(c: DVec3, nodes: &[Node]) -> (DVec3, DMat3) {
    let mut colour = DVec3::ZERO;
    let mut slope = DMat3::ZERO;
    for node in nodes {
        let t = node.t;
        let x = (c.x * t + c.y) * t + c.z;
        let root = (1.0 + x * x).sqrt();
        colour += node.response * (0.5 + 0.5 * x / root);
        let change = node.response * (0.5 / (root * root * root));
        slope.x_axis += change * (t * t);
        slope.y_axis += change * t;
        slope.z_axis += change;
    }
    (colour, slope)
}

#[cfg(test)]
mod tests {
    use super::super::delta_e::{delta_e_2000, lab};
    use super::*;

    fn colour_of(spectrum: &SmoothSpectrum) -> [f64; 3] {
        cie::integrate(|nm| f64::from(spectrum.at(nm as f32)))
    }

    #[test]
    fn every_srgb_colour_makes_the_round_trip() {
        const N: u32 = 12;
        let mut worst = (0.0, [0.0; 3]);
        for i in 0..=N {
            for j in 0..=N {
                for k in 0..=N {
                    let rgb = [i, j, k].map(|v| f64::from(v) / f64::from(N));
                    let xyz = srgb::linear_to_xyz_e(rgb.map(srgb::decode));
                    let fit = SmoothSpectrum::reflectance(xyz);
                    let error = delta_e_2000(lab(xyz), lab(colour_of(&fit.spectrum)));
                    if error > worst.0 {
                        worst = (error, rgb);
                    }
                    for nm in 380..=780 {
                        let value = fit.spectrum.at(nm as f32);
                        assert!((0.0..=1.0).contains(&value), "{rgb:?} at {nm} nm: {value}");
                    }
                }
            }
        }
        assert!(worst.0 < 0.5, "worst {worst:?}");
    }

    #[test]
    fn greys_are_exactly_flat() {
        for grey in [0.0, 0.2, 0.5, 1.0] {
            let value = srgb::decode(grey);
            let fit = SmoothSpectrum::reflectance(srgb::linear_to_xyz_e([value; 3]));
            assert_eq!(fit.spectrum.scale, 0.0);
            assert!((f64::from(fit.spectrum.offset) - value).abs() < 1e-7);
        }
    }

    #[test]
    fn emission_has_the_colour_asked_for_at_any_brightness() {
        for rgb in [
            [25.0, 0.0, 0.0],
            [0.001, 0.004, 0.0],
            [1.0, 0.8, 0.6],
            [0.0, 2016.0, 4.0],
            [0.0, 0.0, 1.0],
        ] {
            let fit = SmoothSpectrum::emission(srgb::linear_to_xyz_e(rgb));
            let got = srgb::xyz_e_to_linear(colour_of(&fit.spectrum));
            let largest = rgb.iter().copied().fold(0.0, f64::max);
            for (a, b) in got.iter().zip(rgb) {
                assert!((a - b).abs() < 2e-5 * largest, "{got:?} is not {rgb:?}");
            }
        }
    }

    #[test]
    fn a_colour_brighter_than_white_stays_a_reflectance() {
        for rgb in [[2.0, 2.0, 2.0], [3.0, 1.0, 0.5], [0.0, 9.0, 0.0]] {
            let fit = SmoothSpectrum::reflectance(srgb::linear_to_xyz_e(rgb));
            assert!(fit.error > 0.01);
            for nm in 380..=780 {
                assert!((0.0..=1.0).contains(&fit.spectrum.at(nm as f32)));
            }
        }
    }
}
