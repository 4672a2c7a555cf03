//! The passes of the wavelet transform, and the variance that guides them.

use rayon::prelude::*;
use wide::f32x8;

use super::{
    BLUE, CLOSENESS, Denoiser, GREEN, HUE, RED, TONE, get, greater, luminance,
    planes::{Blocks, PAD, SEGMENT, Window, segments},
    put,
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

/// What a difference in hue counts, in differences in tone, from so many samples on.
const HUE_SCALE: f32 = 0.32;
const HUE_SAMPLES: f32 = 8.0;

/// Differences in tone whose square is no greater never count for much.
const LEAST_VARIANCE: f32 = 1e-8;

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

/// How many passes a picture needs: the less noise there is, the nearer are pixels enough.
pub(super) fn passes(samples: u32) -> usize {
    if samples < 32 { 4 } else { 3 }
}

/// What luminances are compared by.
pub(super) fn tone(luminance: f32x8) -> f32x8 {
    (luminance + f32x8::splat(DARK)).sqrt()
}

/// What colours of the same luminance are compared by: from blue to red.
pub(super) fn hue([red, _, blue]: [f32x8; 3], scale: f32x8) -> f32x8 {
    let [red, blue] = [red, blue].map(|value| tone(value.fast_max(f32x8::ZERO)));
    (red - blue) * scale
}

/// What a difference in hue counts, in differences in tone. Of very few samples each has a hue of
/// its own.
pub(super) fn hue_scale(samples: u32) -> f32x8 {
    f32x8::splat(HUE_SCALE * (samples as f32 / HUE_SAMPLES).min(1.0))
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

/// The guides of a segment of a row.
struct Guide<'a> {
    normal: [&'a Window; 3],
    closeness: &'a Window,
    slope: &'a Window,
}

/// Eight of them.
#[derive(Clone, Copy)]
struct Geometry {
    normal: [f32x8; 3],
    closeness: f32x8,
    slope: f32x8,
}

/// Eight values of a window, `place` columns from its pixels' first.
#[inline(always)]
fn of(window: &Window, place: usize) -> f32x8 {
    get(window, place)
}

impl<'a> Guide<'a> {
    #[inline(always)]
    fn at(guides: &'a Blocks<4>, slopes: &'a Blocks<1>, y: usize, x: usize) -> Self {
        Self {
            normal: [
                guides.window(0, y, x),
                guides.window(1, y, x),
                guides.window(2, y, x),
            ],
            closeness: guides.window(CLOSENESS, y, x),
            slope: slopes.window(0, y, x),
        }
    }

    #[inline(always)]
    fn geometry(&self, place: usize) -> Geometry {
        Geometry {
            normal: [
                of(self.normal[0], place),
                of(self.normal[1], place),
                of(self.normal[2], place),
            ],
            closeness: of(self.closeness, place),
            slope: of(self.slope, place),
        }
    }
}

impl Geometry {
    /// How it differs from another `1 / per_step` pixels away, from 0.
    #[inline(always)]
    fn difference(&self, other: &Self, per_step: f32x8) -> f32x8 {
        let slope = self.slope.fast_min(other.slope) * per_step;
        let depth = (self.closeness - other.closeness) * slope;
        let x = self.normal[0] - other.normal[0];
        let y = self.normal[1] - other.normal[1];
        let z = self.normal[2] - other.normal[2];
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

/// The kernel along an axis, and of both.
const KERNEL: [f32; 3] = [0.25, 0.5, 0.25];

/// The rows of the kernel; the first one is always inside the picture.
const ROWS: [isize; 3] = [0, -1, 1];

/// Calls `visit` for the taps of a row of the kernel that is `down` rows away, with the place of
/// the tap's first column in a window and the share of the kernel.
#[inline(always)]
fn for_taps<const STEP: usize>(down: isize, place: usize, mut visit: impl FnMut(usize, f32)) {
    let share = KERNEL[(down + 1) as usize];
    visit(place - STEP, share * KERNEL[0]);
    if down != 0 {
        visit(place, share * KERNEL[1]);
    }
    visit(place + STEP, share * KERNEL[2]);
}

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
    let measured = |sum: &Moments, own: f32x8, slope: f32x8| {
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
        let mut sums = [Moments::default(); SEGMENT];
        for segment in segments(width) {
            let x = 8 * segment.start;
            let count = segment.len().min(SEGMENT);
            let guide = Guide::at(guides, slopes, y, x);
            for down in ROWS {
                let Some(y) = row_at(y, down, height) else {
                    continue;
                };
                let other = Guide::at(guides, slopes, y, x);
                let tones = colors.window(TONE, y, x);
                let variances = from.window(0, y, x);
                for (index, sums) in sums[..count].iter_mut().enumerate() {
                    let place = PAD + 8 * index;
                    let own = guide.geometry(place);
                    if down == ROWS[0] {
                        *sums = Moments::default();
                        sums.add(f32x8::ONE, of(tones, place), of(variances, place));
                    }
                    let mut add = |place: usize, weight: f32x8| {
                        sums.add(weight, of(tones, place), of(variances, place));
                    };
                    for_taps::<1>(down, place, |place, _| {
                        let difference = own.difference(&other.geometry(place), f32x8::ONE);
                        add(place, likeness(difference));
                    });
                }
            }
            let variances = from.window(0, y, x);
            for (index, sums) in sums[..count].iter().enumerate() {
                let place = PAD + 8 * index;
                let value = measured(sums, of(variances, place), of(guide.slope, place));
                put(to, x + place, value);
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
pub(super) fn pass(denoiser: &mut Denoiser, samples: u32, pass: usize) {
    let Denoiser {
        colors: [first, second],
        variance: [even, odd],
        guides,
        slopes,
        contrast,
    } = denoiser;
    let is_even = pass.is_multiple_of(2);
    let (from, to) = if is_even {
        (second, first)
    } else {
        (first, second)
    };
    let (variance, to_variance) = if is_even { (even, odd) } else { (odd, even) };
    weigh_contrast(variance, slopes, contrast, 1 << pass);
    let smoother = Smoother {
        hue_scale: hue_scale(samples),
        colors: from,
        variance,
        contrast,
        guides,
        slopes,
    };
    match pass {
        0 => smoother.run::<1>(to, to_variance),
        1 => smoother.run::<2>(to, to_variance),
        2 => smoother.run::<4>(to, to_variance),
        _ => smoother.run::<8>(to, to_variance),
    }
}

/// What squared differences in tone count, by the variance blurred over the pass's own taps: where
/// light is rare, a pixel that got none must learn of the noise from others.
fn weigh_contrast(variance: &Blocks<1>, slopes: &Blocks<1>, contrast: &mut Blocks<1>, step: usize) {
    let (width, height) = variance.size();
    contrast.rows_mut().enumerate().for_each(|(y, contrast)| {
        let [above, own, below] = [-1, 0, 1].map(|apart: isize| {
            variance.row(row_at(y, apart * step as isize, height).unwrap_or(y))
        });
        let slopes = slopes.row(y);
        for place in (PAD..PAD + width).step_by(8) {
            let column = |place: usize| {
                get(above, place) + get(below, place) + f32x8::splat(2.0) * get(own, place)
            };
            let blurred =
                column(place - step) + column(place + step) + f32x8::splat(2.0) * column(place);
            let is_surface = greater(get(slopes, place), f32x8::ZERO);
            let value = is_surface.select(blurred * f32x8::splat(1.0 / 16.0), get(own, place));
            let twice = value.mul_add(f32x8::splat(2.0), f32x8::splat(LEAST_VARIANCE));
            put(contrast, place, f32x8::splat(CONTRAST) / twice);
        }
    });
}

/// One pass over the picture.
struct Smoother<'a> {
    hue_scale: f32x8,
    colors: &'a Blocks<5>,
    variance: &'a Blocks<1>,
    contrast: &'a Blocks<1>,
    guides: &'a Blocks<4>,
    slopes: &'a Blocks<1>,
}

/// A segment of a row.
struct Strip<'a> {
    guide: Guide<'a>,
    color: [&'a Window; 3],
    tone: &'a Window,
    hue: &'a Window,
    variance: &'a Window,
    contrast: &'a Window,
}

/// Sums over the taps of a vector of pixels.
#[derive(Clone, Copy, Default)]
struct Sums {
    weight: f32x8,
    color: [f32x8; 3],
    variance: f32x8,
}

impl Smoother<'_> {
    /// Taps are `STEP` pixels from each other.
    fn run<const STEP: usize>(&self, to: &mut Blocks<5>, to_variance: &mut Blocks<1>) {
        (to.rows_mut(), to_variance.rows_mut())
            .into_par_iter()
            .enumerate()
            .for_each(|(y, (to, to_variance))| self.row::<STEP>(y, to, to_variance));
    }

    #[inline(always)]
    fn strip(&self, y: usize, x: usize) -> Strip<'_> {
        Strip {
            guide: Guide::at(self.guides, self.slopes, y, x),
            color: [
                self.colors.window(RED, y, x),
                self.colors.window(GREEN, y, x),
                self.colors.window(BLUE, y, x),
            ],
            tone: self.colors.window(TONE, y, x),
            hue: self.colors.window(HUE, y, x),
            variance: self.variance.window(0, y, x),
            contrast: self.contrast.window(0, y, x),
        }
    }

    fn row<const STEP: usize>(&self, y: usize, to: &mut [f32], to_variance: &mut [f32]) {
        let (width, height) = self.colors.size();
        let stride = self.colors.stride();
        let mut sums = [Sums::default(); SEGMENT];
        for segment in segments(width) {
            let x = 8 * segment.start;
            let count = segment.len().min(SEGMENT);
            let own = self.strip(y, x);
            for down in ROWS {
                if let Some(y) = row_at(y, down * STEP as isize, height) {
                    own.meet::<STEP>(&self.strip(y, x), down, &mut sums, count);
                }
            }
            for (index, sums) in sums[..count].iter().enumerate() {
                let place = PAD + 8 * index;
                let (color, variance) = own.smoothed(place, sums);
                let place = x + place;
                for (plane, value) in color.into_iter().enumerate() {
                    put(to, plane * stride + place, value);
                }
                put(to, TONE * stride + place, tone(luminance(color)));
                put(to, HUE * stride + place, hue(color, self.hue_scale));
                put(to_variance, place, variance);
            }
        }
    }
}

impl Strip<'_> {
    /// Adds what the first `count` vectors gain from another row; the first of [`ROWS`] begins
    /// with nothing.
    #[inline(never)]
    fn meet<const STEP: usize>(
        &self,
        other: &Self,
        down: isize,
        sums: &mut [Sums; SEGMENT],
        count: usize,
    ) {
        let per_step = f32x8::splat(1.0 / STEP as f32);
        for (index, sums) in sums[..count].iter_mut().enumerate() {
            let place = PAD + 8 * index;
            let geometry = self.guide.geometry(place);
            let (tone, hue) = (of(self.tone, place), of(self.hue, place));
            let contrast = of(self.contrast, place);
            let mut new = if down == ROWS[0] {
                Sums::default()
            } else {
                *sums
            };
            for_taps::<STEP>(down, place, |place, share| {
                let difference = geometry.difference(&other.guide.geometry(place), per_step);
                let contrast = contrast.fast_max(of(other.contrast, place));
                let tone = tone - of(other.tone, place);
                let hue = hue - of(other.hue, place);
                let apart = tone.mul_add(tone, hue * hue);
                let weight = likeness(apart.mul_add(contrast, difference));
                let weight = weight * f32x8::splat(share);
                new.weight += weight;
                for (sum, plane) in new.color.iter_mut().zip(other.color) {
                    *sum = weight.mul_add(of(plane, place), *sum);
                }
                new.variance = (weight * weight).mul_add(of(other.variance, place), new.variance);
            });
            *sums = new;
        }
    }

    /// Pixels with what they gain, and its variance.
    #[inline(always)]
    fn smoothed(&self, place: usize, sums: &Sums) -> ([f32x8; 3], f32x8) {
        let kept = f32x8::ONE - sums.weight;
        let color =
            [RED, GREEN, BLUE].map(|c| kept.mul_add(of(self.color[c], place), sums.color[c]));
        let variance = (kept * kept).mul_add(of(self.variance, place), sums.variance);
        (color, variance)
    }
}
