//! The passes of the wavelet transform, and the variance that guides them.

use rayon::prelude::*;
use wide::f32x8;

use super::{
    BLUE, CLOSENESS, Denoiser, GREEN, RED, TONE,
    planes::{Blocks, Lanes, PAD, SEGMENT, segments},
    get, greater, put,
};

// Likeness is exp(-e), with e a sum of squared differences, taken as (1 - e / 8)^8 for e up to 8
// and 0 beyond. All scales below include that 8.

/// What a difference in normals counts: e is 12 times the squared difference.
pub(super) const NORMAL_SCALE: f32 = 1.224_744_9; // sqrt(12 / 8)

/// What a difference in closeness counts.
const CLOSENESS_SCALE: f32 = 0.353_553_4; // sqrt(1 / 8)

/// From a pixel to the next the closeness may change by this share of itself,
const TOLERANCE: f32 = 0.01;

/// and by this multiple of its own slope.
const SLOPE_TOLERANCE: f32 = 2.0;

/// What a squared difference in tone counts, in units of twice its variance.
const CONTRAST: f32 = 0.05 / 8.0;

/// Differences in tone whose square is no greater never count for much.
const LEAST_VARIANCE: f32 = 1e-5;

/// Added to luminances before their root is taken, for the root is too steep near 0.
const DARK: f32 = 0.05;

/// Stratified samples are less noisy than the variance among them says, by about this factor.
const STRATIFICATION: f32 = 0.6;

/// With so many samples their variance and that of the neighbours are trusted alike.
const TRUSTED_SAMPLES: f32 = 2.0;

/// The fewest samples whose variance limits that of the neighbours, and by which factor: there
/// are edges among neighbours.
const LIMITING_SAMPLES: u32 = 4;
const LIMITING_FACTOR: f32 = 4.0;

/// What luminances are compared by.
pub(super) fn tone(luminance: f32x8) -> f32x8 {
    (luminance + f32x8::splat(DARK)).sqrt()
}

/// The square of the derivative of [`tone`].
pub(super) fn squared_slope_of_tone(luminance: f32x8) -> f32x8 {
    f32x8::splat(0.25) / (luminance + f32x8::splat(DARK))
}

/// What a difference in closeness counts between neighbours, by the sizes of the closeness and of
/// its slope.
pub(super) fn slope(closeness: f32x8, slope: f32x8) -> f32x8 {
    let tolerance = closeness.mul_add(
        f32x8::splat(TOLERANCE),
        slope.mul_add(f32x8::splat(SLOPE_TOLERANCE), f32x8::splat(1e-20)),
    );
    f32x8::splat(CLOSENESS_SCALE) / tolerance
}

/// The guides of some pixels in a row.
struct Guide<'a> {
    normal: [&'a [Lanes]; 3],
    closeness: &'a [Lanes],
    slope: &'a [Lanes],
}

impl<'a> Guide<'a> {
    fn at(guides: &'a Blocks<4>, slopes: &'a Blocks<1>, y: usize, x: isize, count: usize) -> Self {
        Self {
            normal: [0, 1, 2].map(|plane| guides.lanes(plane, y, x, count)),
            closeness: guides.lanes(CLOSENESS, y, x, count),
            slope: slopes.lanes(0, y, x, count),
        }
    }

    /// How the geometry of two vectors of pixels differs, from 0.
    #[inline(always)]
    fn difference(&self, other: &Self, index: usize, per_step: f32x8) -> f32x8 {
        let of = |lanes: &[Lanes]| f32x8::new(lanes[index]);
        let slope = of(self.slope).fast_min(of(other.slope)) * per_step;
        let depth = (of(self.closeness) - of(other.closeness)) * slope;
        let x = of(self.normal[0]) - of(other.normal[0]);
        let y = of(self.normal[1]) - of(other.normal[1]);
        let z = of(self.normal[2]) - of(other.normal[2]);
        x.mul_add(x, y.mul_add(y, z.mul_add(z, depth * depth)))
    }
}

/// exp(-8 difference), about.
#[inline(always)]
fn likeness(difference: f32x8) -> f32x8 {
    let base = (f32x8::ONE - difference).fast_max(f32x8::ZERO);
    let squared = base * base;
    let fourth = squared * squared;
    fourth * fourth
}

/// A pixel near another: rows and columns apart, and the weight of the kernel, (1, 2, 1) / 4
/// along both axes.
type Tap = (isize, isize, f32);

const TAPS: [Tap; 8] = [
    (-1, -1, 1.0 / 16.0),
    (-1, 0, 2.0 / 16.0),
    (-1, 1, 1.0 / 16.0),
    (0, -1, 2.0 / 16.0),
    (0, 1, 2.0 / 16.0),
    (1, -1, 1.0 / 16.0),
    (1, 0, 2.0 / 16.0),
    (1, 1, 1.0 / 16.0),
];

/// The row so far from another, if it is inside.
fn row_at(y: usize, apart: isize, height: usize) -> Option<usize> {
    y.checked_add_signed(apart).filter(|&y| y < height)
}

/// Measures the variance of the tones: from the second variance, which is that of the samples,
/// and the second tones, into the first.
pub(super) fn measure(denoiser: &mut Denoiser, samples: u32) {
    let Denoiser {
        colors: [_, colors],
        variance: [to, from],
        guides,
        slopes,
        ..
    } = denoiser;
    let (width, height) = colors.size();
    let trust = if samples < 2 {
        0.0
    } else {
        samples as f32 / (samples as f32 + TRUSTED_SAMPLES)
    };
    let measured = |sum: Moments, own: f32x8, slope: f32x8| {
        let mean = sum.tone / sum.weight;
        let spread = (sum.square / sum.weight - mean * mean).fast_max(f32x8::ZERO);
        // Of so few pixels the mean is known badly, and the spread around it is too small.
        let freedom = (sum.weight - f32x8::ONE).fast_max(f32x8::HALF);
        let mut among = spread * sum.weight / freedom;
        let of_samples = f32x8::splat(STRATIFICATION) * sum.variance / sum.weight;
        if samples >= LIMITING_SAMPLES {
            among = among.fast_min(of_samples * f32x8::splat(LIMITING_FACTOR));
        }
        let mixed = of_samples * f32x8::splat(trust) + among * f32x8::splat(1.0 - trust);
        // What shines has edges, not noise.
        let of_own = own * f32x8::splat(if samples < 2 { 0.0 } else { STRATIFICATION });
        greater(slope, f32x8::ZERO).select(mixed, of_own)
    };
    to.rows_mut().enumerate().for_each(|(y, to)| {
        for segment in segments(width) {
            let (x, count) = (8 * segment.start as isize, segment.len());
            let own = Guide::at(guides, slopes, y, x, count);
            let tones = colors.lanes(TONE, y, x, count);
            let variances = from.lanes(0, y, x, count);
            let mut sums = [Moments::default(); SEGMENT];
            for (sum, (tone, variance)) in sums.iter_mut().zip(tones.iter().zip(variances)) {
                sum.add(f32x8::ONE, f32x8::new(*tone), f32x8::new(*variance));
            }
            for (down, right, _) in TAPS {
                let Some(y) = row_at(y, down, height) else {
                    continue;
                };
                let other = Guide::at(guides, slopes, y, x + right, count);
                let tones = colors.lanes(TONE, y, x + right, count);
                let variances = from.lanes(0, y, x + right, count);
                for index in 0..count {
                    let weight = likeness(own.difference(&other, index, f32x8::ONE));
                    let tone = f32x8::new(tones[index]);
                    sums[index].add(weight, tone, f32x8::new(variances[index]));
                }
            }
            for index in 0..count {
                let (own_variance, slope) = (variances[index], own.slope[index]);
                let value = measured(sums[index], f32x8::new(own_variance), f32x8::new(slope));
                put(to, PAD + 8 * (segment.start + index), value);
            }
        }
    });
}

/// Weighted sums over pixels.
#[derive(Clone, Copy, Default)]
struct Moments {
    weight: f32x8,
    tone: f32x8,
    square: f32x8,
    variance: f32x8,
}

impl Moments {
    #[inline(always)]
    fn add(&mut self, weight: f32x8, tone: f32x8, variance: f32x8) {
        self.weight += weight;
        let weighted = weight * tone;
        self.tone += weighted;
        self.square = weighted.mul_add(tone, self.square);
        self.variance = weight.mul_add(variance, self.variance);
    }
}

/// One pass; the first is pass 0, whose taps are next to each other.
pub(super) fn pass(denoiser: &mut Denoiser, pass: usize) {
    let Denoiser {
        colors: [first, second],
        variance: [even, odd],
        guides,
        slopes,
        contrast,
    } = denoiser;
    let is_even = pass.is_multiple_of(2);
    let (from, to) = if is_even { (second, first) } else { (first, second) };
    let (variance, to_variance) = if is_even { (even, odd) } else { (odd, even) };
    weigh_contrast(variance, slopes, contrast);
    let smoother = Smoother {
        step: 1 << pass,
        colors: from,
        variance,
        contrast,
        guides,
        slopes,
    };
    (to.rows_mut(), to_variance.rows_mut())
        .into_par_iter()
        .enumerate()
        .for_each(|(y, (to, to_variance))| smoother.row(y, to, to_variance));
}

/// What squared differences in tone count, by the variance blurred a little.
fn weigh_contrast(variance: &Blocks<1>, slopes: &Blocks<1>, contrast: &mut Blocks<1>) {
    let (width, height) = variance.size();
    contrast.rows_mut().enumerate().for_each(|(y, contrast)| {
        let [above, own, below] =
            [-1, 0, 1].map(|apart| variance.row(row_at(y, apart, height).unwrap_or(y)));
        let slopes = slopes.row(y);
        for place in (PAD..PAD + width).step_by(8) {
            let column = |place: usize| {
                get(above, place) + get(below, place) + f32x8::splat(2.0) * get(own, place)
            };
            let blurred = column(place - 1) + column(place + 1) + f32x8::splat(2.0) * column(place);
            let is_surface = greater(get(slopes, place), f32x8::ZERO);
            let value = is_surface.select(blurred * f32x8::splat(1.0 / 16.0), get(own, place));
            let twice = value.mul_add(f32x8::splat(2.0), f32x8::splat(LEAST_VARIANCE));
            put(contrast, place, f32x8::splat(CONTRAST) / twice);
        }
    });
}

/// One pass over the picture.
struct Smoother<'a> {
    /// Pixels from one tap to the next.
    step: isize,
    colors: &'a Blocks<4>,
    variance: &'a Blocks<1>,
    contrast: &'a Blocks<1>,
    guides: &'a Blocks<4>,
    slopes: &'a Blocks<1>,
}

/// Some pixels of a row.
struct Strip<'a> {
    guide: Guide<'a>,
    color: [&'a [Lanes]; 3],
    tone: &'a [Lanes],
    variance: &'a [Lanes],
    contrast: &'a [Lanes],
}

/// Sums over the taps of a vector of pixels.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f32x8,
    color: [f32x8; 3],
    variance: f32x8,
}

impl Smoother<'_> {
    fn strip(&self, y: usize, x: isize, count: usize) -> Strip<'_> {
        Strip {
            guide: Guide::at(self.guides, self.slopes, y, x, count),
            color: [RED, GREEN, BLUE].map(|plane| self.colors.lanes(plane, y, x, count)),
            tone: self.colors.lanes(TONE, y, x, count),
            variance: self.variance.lanes(0, y, x, count),
            contrast: self.contrast.lanes(0, y, x, count),
        }
    }

    fn row(&self, y: usize, to: &mut [f32], to_variance: &mut [f32]) {
        let (width, height) = self.colors.size();
        let stride = self.colors.stride();
        let per_step = f32x8::splat(1.0 / self.step as f32);
        for segment in segments(width) {
            let (x, count) = (8 * segment.start as isize, segment.len());
            let own = self.strip(y, x, count);
            let mut sums = [Sums::default(); SEGMENT];
            for (down, right, share) in TAPS {
                let Some(y) = row_at(y, down * self.step, height) else {
                    continue;
                };
                let other = self.strip(y, x + right * self.step, count);
                let share = f32x8::splat(share);
                for (index, sums) in sums[..count].iter_mut().enumerate() {
                    own.meet(&other, index, per_step, share, sums);
                }
            }
            for (index, sums) in sums[..count].iter().enumerate() {
                let (color, variance) = own.smoothed(index, sums);
                let place = PAD + 8 * (segment.start + index);
                for (plane, value) in color.into_iter().enumerate() {
                    put(to, plane * stride + place, value);
                }
                put(to, TONE * stride + place, tone(super::luminance(color)));
                put(to_variance, place, variance);
            }
        }
    }
}

impl Strip<'_> {
    /// Adds what pixels gain from others.
    #[inline(always)]
    fn meet(&self, other: &Self, index: usize, per_step: f32x8, share: f32x8, sums: &mut Sums) {
        let of = |lanes: &[Lanes]| f32x8::new(lanes[index]);
        let contrast = of(self.contrast).fast_max(of(other.contrast));
        let tone = of(self.tone) - of(other.tone);
        let geometry = self.guide.difference(&other.guide, index, per_step);
        let weight = likeness((tone * tone).mul_add(contrast, geometry)) * share;
        sums.weight += weight;
        for (sum, plane) in sums.color.iter_mut().zip(other.color) {
            *sum = weight.mul_add(of(plane), *sum);
        }
        sums.variance = (weight * weight).mul_add(of(other.variance), sums.variance);
    }

    /// Pixels with what they gain, and its variance.
    #[inline(always)]
    fn smoothed(&self, index: usize, sums: &Sums) -> ([f32x8; 3], f32x8) {
        let of = |lanes: &[Lanes]| f32x8::new(lanes[index]);
        let kept = f32x8::ONE - sums.weight;
        let color = [RED, GREEN, BLUE].map(|c| kept.mul_add(of(self.color[c]), sums.color[c]));
        let variance = (kept * kept).mul_add(of(self.variance), sums.variance);
        (color, variance)
    }
}
