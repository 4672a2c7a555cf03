//! Whether a routine samples the density it states: Pearson's chi² test, for tests only.
//!
//! As in Mitsuba 3's `chi2.py`, samples are counted in bins and compared with the integral of the
//! density over each bin. All domains are the unit square; a [`Cap`] is the way there from
//! directions. What is not sampled at all (absorbed light) is a bin of its own, and bins in which
//! little is expected are pooled.

use std::f64::consts::TAU;

use glam::{DVec2, DVec3, dvec2, dvec3};
use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::random::Random;

/// How often right routines may fail, over all checks together.
const SIGNIFICANCE: f64 = 0.01;
/// No fewer than the checks there are, for the correction by Z. Šidák.
const CHECKS: i32 = 200;

/// Samples of a check.
const SAMPLES: u32 = 1 << 17;
/// Bins along both axes of the unit square.
type Bins = [usize; 2];
const SQUARE: Bins = [20, 32];
const LINE: Bins = [100, 1];
/// Bins are pooled until so much is expected in them.
const LEAST_EXPECTED: f64 = 5.0;

/// What a density must integrate to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Total {
    /// This share; the rest of the samples is absorbed.
    Share(f64),
    /// Anything up to 1: the square is a part of the domain, or the share has no closed form.
    UpToOne,
}

impl Total {
    /// Nothing is absorbed.
    pub(crate) const ONE: Self = Self::Share(1.0);
}

/// The directions within an angle of an axis as a unit square: x goes from the axis outwards and
/// y around it, in equal solid angles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cap {
    axes: [DVec3; 3],
    /// 1 - cosine of the angle.
    height: f64,
}

impl Cap {
    pub(crate) fn new(axis: DVec3, height: f64) -> Self {
        let z = axis.normalize();
        let (x, y) = z.any_orthonormal_pair();
        Self {
            axes: [x, y, z],
            height,
        }
    }

    /// All directions, the axis of the bins askew to all axes of coordinates.
    pub(crate) fn sphere() -> Self {
        Self::new(dvec3(0.3, -0.5, 0.7), 2.0)
    }

    pub(crate) fn solid_angle(&self) -> f64 {
        TAU * self.height
    }

    pub(crate) fn direction(&self, place: DVec2) -> DVec3 {
        let drop = place.x * self.height;
        let radius = (drop * (2.0 - drop)).max(0.0).sqrt();
        let (sin, cos) = (TAU * place.y).sin_cos();
        let [x, y, z] = self.axes;
        x * (radius * cos) + y * (radius * sin) + z * (1.0 - drop)
    }

    /// Where a direction is; `None` outside.
    pub(crate) fn place(&self, direction: DVec3) -> Option<DVec2> {
        let [x, y, z] = self.axes.map(|axis| direction.dot(axis));
        let length = direction.length();
        // 1 - cosine keeps its digits near the axis.
        let drop = if z > 0.0 {
            (x * x + y * y) / (length * (length + z))
        } else {
            1.0 - z / length
        };
        let turn = (y.atan2(x) / TAU).rem_euclid(1.0);
        let place = dvec2(drop / self.height, turn);
        (place.x <= 1.0).then_some(place)
    }
}

/// Checks samples of directions against a density per solid angle.
#[track_caller]
pub(crate) fn check_directions(
    what: &str,
    cap: Cap,
    total: Total,
    sample: impl FnMut(&mut Random) -> Option<DVec3>,
    pdf: impl Fn(DVec3) -> f64,
) {
    let mut sample = sample;
    check_square(
        what,
        total,
        |random| cap.place(sample(random)?),
        |place| pdf(cap.direction(place)) * cap.solid_angle(),
    );
}

/// Checks samples of a number in [0, 1] against a density.
#[track_caller]
pub(crate) fn check_numbers(
    what: &str,
    total: Total,
    sample: impl FnMut(&mut Random) -> Option<f64>,
    pdf: impl Fn(f64) -> f64,
) {
    let mut sample = sample;
    check_bins(
        LINE,
        what,
        total,
        |random| Some(dvec2(sample(random)?, 0.5)),
        |place| pdf(place.x),
    );
}

/// Checks samples of points of the unit square against a density.
#[track_caller]
pub(crate) fn check_square(
    what: &str,
    total: Total,
    sample: impl FnMut(&mut Random) -> Option<DVec2>,
    pdf: impl Fn(DVec2) -> f64,
) {
    check_bins(SQUARE, what, total, sample, pdf);
}

#[track_caller]
fn check_bins(
    bins: Bins,
    what: &str,
    total: Total,
    sample: impl FnMut(&mut Random) -> Option<DVec2>,
    pdf: impl Fn(DVec2) -> f64,
) {
    let probabilities = integrate(bins, &pdf);
    let whole: f64 = probabilities.iter().sum();
    match total {
        Total::Share(share) => assert!(
            (whole - share).abs() < 1e-3,
            "{what}: the density integrates to {whole}, not to {share}"
        ),
        Total::UpToOne => assert!(
            (0.01..1.001).contains(&whole),
            "{what}: the density integrates to {whole}"
        ),
    }
    let p = p_value(&count(bins, what, sample), &probabilities);
    eprintln!("{what}: integral {whole:.5}, p {p:.3}");
    assert!(p > threshold(), "{what}: p {p:e}, integral {whole}");
}

/// Checks choices among a few things against their probabilities.
#[track_caller]
pub(crate) fn check_choices(
    what: &str,
    probabilities: &[f64],
    choose: impl FnMut(&mut Random) -> Option<usize>,
) {
    let mut choose = choose;
    let mut random = Random(seed(what));
    let mut counts = vec![0; probabilities.len() + 1];
    for _ in 0..SAMPLES {
        counts[choose(&mut random).unwrap_or(probabilities.len())] += 1;
    }
    let p = p_value(&counts, probabilities);
    eprintln!("{what}: p {p:.3}");
    assert!(p > threshold(), "{what}: p {p:e}");
}

/// The p-value below which one of all checks fails.
fn threshold() -> f64 {
    1.0 - (1.0 - SIGNIFICANCE).powf(1.0 / f64::from(CHECKS))
}

/// Every check has random numbers of its own, always the same (FNV-1a).
fn seed(what: &str) -> u64 {
    what.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Samples in each bin, and at last those that are in none.
fn count(bins: Bins, what: &str, mut sample: impl FnMut(&mut Random) -> Option<DVec2>) -> Vec<u32> {
    let mut random = Random(seed(what));
    let mut counts = vec![0; bins[0] * bins[1] + 1];
    for _ in 0..SAMPLES {
        let bin = sample(&mut random).map_or(bins[0] * bins[1], |place| {
            // Rounding may put a place at the very end of the square.
            let [x, y] = [0, 1].map(|axis| {
                let bin = (place[axis] * bins[axis] as f64).floor();
                bin.clamp(0.0, (bins[axis] - 1) as f64) as usize
            });
            y * bins[0] + x
        });
        counts[bin] += 1;
    }
    counts
}

/// The integral of a density over each bin.
fn integrate(bins: Bins, pdf: &impl Fn(DVec2) -> f64) -> Vec<f64> {
    let size = dvec2(1.0 / bins[0] as f64, 1.0 / bins[1] as f64);
    (0..bins[0] * bins[1])
        .map(|bin| {
            let low = dvec2((bin % bins[0]) as f64, (bin / bins[0]) as f64) * size;
            integrate_cell(pdf, low, size, 0, f64::INFINITY)
        })
        .collect()
}

/// Integral over a cell: cut into four until the parts agree with the whole.
fn integrate_cell(
    pdf: &impl Fn(DVec2) -> f64,
    low: DVec2,
    size: DVec2,
    depth: u32,
    whole: f64,
) -> f64 {
    /// Cells cut in any case, and at most.
    const DEPTH: std::ops::Range<u32> = 3..8;
    /// A thousandth of a sample.
    const TOLERANCE: f64 = 1e-3 / SAMPLES as f64;
    let half = 0.5 * size;
    let corners = [
        low,
        low + dvec2(half.x, 0.0),
        low + dvec2(0.0, half.y),
        low + half,
    ];
    let parts = corners.map(|corner| gauss(pdf, corner, half));
    let sum: f64 = parts.iter().sum();
    if depth >= DEPTH.start && ((sum - whole).abs() < TOLERANCE || depth == DEPTH.end) {
        return sum;
    }
    let parts = corners.iter().zip(parts);
    parts
        .map(|(&corner, part)| integrate_cell(pdf, corner, half, depth + 1, part))
        .sum()
}

/// The rule of Gauss and Legendre with three points along both axes.
fn gauss(pdf: &impl Fn(DVec2) -> f64, low: DVec2, size: DVec2) -> f64 {
    let far = 0.5 * 0.6_f64.sqrt();
    let nodes = [
        (0.5 - far, 5.0 / 18.0),
        (0.5, 8.0 / 18.0),
        (0.5 + far, 5.0 / 18.0),
    ];
    let mut sum = 0.0;
    for (x, weight_x) in nodes {
        for (y, weight_y) in nodes {
            sum += weight_x * weight_y * pdf(low + size * dvec2(x, y));
        }
    }
    sum * size.element_product()
}

/// The probability of counts as far from the expected ones as these. The last count is of what
/// the probabilities leave over.
fn p_value(counts: &[u32], probabilities: &[f64]) -> f64 {
    let samples: f64 = counts.iter().copied().map(f64::from).sum();
    let rest = (1.0 - probabilities.iter().sum::<f64>()).max(0.0);
    let mut bins: Vec<(f64, f64)> = probabilities
        .iter()
        .chain([&rest])
        .map(|probability| probability * samples)
        .zip(counts.iter().copied().map(f64::from))
        .collect();
    bins.sort_by(|a, b| a.0.total_cmp(&b.0));

    let (mut statistic, mut used, mut pool) = (0.0, 0, (0.0, 0.0));
    let mut add = |expected: f64, count: f64| {
        statistic += (count - expected).powi(2) / expected.max(LEAST_EXPECTED);
        used += 1;
    };
    for (expected, count) in bins {
        if expected >= LEAST_EXPECTED {
            add(expected, count);
            continue;
        }
        pool = (pool.0 + expected, pool.1 + count);
        if pool.0 >= LEAST_EXPECTED {
            add(pool.0, pool.1);
            pool = (0.0, 0.0);
        }
    }
    // Where next to nothing is expected rounding may put a few.
    add(pool.0, pool.1);
    let distribution = ChiSquared::new(f64::from((used - 1).max(1))).expect("freedom is positive");
    distribution.sf(statistic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(check: impl FnOnce() + std::panic::UnwindSafe) -> bool {
        std::panic::catch_unwind(check).is_err()
    }

    /// Numbers of the density 2 x.
    fn root(random: &mut Random) -> Option<f64> {
        Some(f64::from(random.next()).sqrt())
    }

    #[test]
    fn a_right_density_passes_and_a_wrong_one_fails() {
        check_numbers("2 x", Total::ONE, root, |x| 2.0 * x);
        assert!(fails(|| check_numbers("flat", Total::ONE, root, |_| 1.0)));
        // 3 % more on one side, 7 % less on the other.
        let bent = |x: f64| 2.0 * x * (1.0 + 0.1 * (x - 2.0 / 3.0));
        assert!(fails(|| check_numbers("bent", Total::ONE, root, bent)));
        // Right in shape, but not normalised.
        let dim = |x: f64| 1.98 * x;
        assert!(fails(|| check_numbers("dim", Total::ONE, root, dim)));
        assert!(fails(|| check_numbers("d", Total::UpToOne, root, dim)));
    }

    #[test]
    fn what_is_absorbed_is_counted_too() {
        let some = |random: &mut Random| Some(f64::from(random.next())).filter(|x| *x < 0.3);
        let pdf = |x: f64| if x < 0.3 { 1.0 } else { 0.0 };
        check_numbers("some", Total::Share(0.3), some, pdf);
        let more = |random: &mut Random| Some(f64::from(random.next())).filter(|x| *x < 0.31);
        assert!(fails(|| check_numbers(
            "more",
            Total::Share(0.3),
            more,
            pdf
        )));
    }

    #[test]
    fn a_choice_that_cannot_be_fails() {
        check_choices("coin", &[0.5, 0.5, 0.0], |random| {
            Some(usize::from(random.next() < 0.5))
        });
        assert!(fails(|| check_choices("edge", &[1.0, 0.0], |random| {
            Some(usize::from(random.next() < 0.01))
        })));
    }

    #[test]
    fn a_cap_is_the_way_there_and_back() {
        for height in [1e-7, 0.3, 2.0] {
            let cap = Cap::new(dvec3(1.0, 2.0, -0.5), height);
            for place in [dvec2(0.1, 0.2), dvec2(0.9, 0.99)] {
                let back = cap.place(cap.direction(place)).expect("it is inside");
                assert!((back - place).length() < 1e-6, "{place} {back}");
            }
        }
    }
}
