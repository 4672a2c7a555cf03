//! Fireflies: pixels far brighter than any around them.
//!
//! Each is brought down to a multiple of the second brightest of its neighbours, so that a pair of
//! them counts as well. What they had beyond is summed up in a coarse grid and blurred there, and
//! all surfaces around become brighter by the share that it is of their light: so the light of the
//! whole is kept, and what is dark stays dark.

use rayon::prelude::*;
use wide::f32x8;

use super::{
    BLUE, CLOSENESS, Denoiser, Features, GREEN, HUE, RED, TONE, brightness, get, greater,
    luminance,
    planes::{Blocks, PAD},
    put, usable_albedo, wavelet,
};

/// How often as bright as its second brightest neighbour a pixel may be.
const LIMIT: f32 = 4.0;

/// The least that counts as the brightness of a neighbour; over albedo, 1 is white.
const LEAST: f32 = 0.05;

/// Neighbours that a pixel must have to be judged by them.
const FEWEST_NEIGHBOURS: f32 = 3.0;

/// Marks pixels without a surface among the luminances.
pub(super) const NO_SURFACE: f32 = -1.0;

/// Pixels along each side of a cell of the grid.
pub(super) const CELL: usize = 16;

/// How often the grid is blurred, each time by (1, 2, 1) / 4 along both axes.
const BLURS: usize = 6;

/// No surface gains more than this share of its light.
const MOST_GAIN: f32 = 4.0;

/// A pixel whose standard deviation is less than this share of its brightness is no firefly: it
/// has been bright more than once or twice.
const LEAST_DEVIATION: f32 = 0.25;

/// The light of a grid's cells: sums of luminances of pixels with surfaces.
#[derive(Debug)]
pub(super) struct Light {
    columns: usize,
    cells: Vec<f32>,
}

impl Light {
    pub(super) fn none(width: usize, height: usize) -> Self {
        let columns = width.div_ceil(CELL);
        Self {
            columns,
            cells: vec![0.0; columns * height.div_ceil(CELL)],
        }
    }

    /// Rows of cells.
    pub(super) fn bands_mut(&mut self) -> rayon::slice::ChunksMut<'_, f32> {
        self.cells.par_chunks_mut(self.columns)
    }

    /// Blurs it; nothing leaves at the borders.
    fn blur(&mut self) {
        for _ in 0..BLURS {
            for row in self.cells.chunks_mut(self.columns) {
                blur(row, 1);
            }
            for column in 0..self.columns {
                blur(&mut self.cells[column..], self.columns);
            }
        }
    }
}

/// Brings fireflies down: reads the first colours and writes the second ones, with tones beside
/// them, and the slopes. Of `light`, that of the picture, it takes theirs; what the rest is to gain
/// is returned, if there are any.
pub(super) fn take_out(denoiser: &mut Denoiser, features: &Features, light: Light) -> Option<Gain> {
    let Denoiser {
        colors: [from, to],
        variance: [_, variance],
        guides,
        slopes,
        ..
    } = denoiser;
    let (width, height) = from.size();
    let stride = from.stride();
    let search = Search {
        hue_scale: wavelet::hue_scale(features.samples),
        from,
        guides,
        features,
    };
    let mut lost = Light::none(width, height);
    (
        to.bands_mut(CELL),
        variance.bands_mut(CELL),
        slopes.bands_mut(CELL),
        lost.bands_mut(),
    )
        .into_par_iter()
        .enumerate()
        .for_each(|(band, (to, variance, slopes, lost))| {
            let rows = to
                .chunks_exact_mut(5 * stride)
                .zip(variance.chunks_exact_mut(stride))
                .zip(slopes.chunks_exact_mut(stride));
            for (y, ((to, variance), slopes)) in (band * CELL..).zip(rows) {
                for place in (PAD..PAD + width).step_by(8) {
                    let lost = &mut lost[(place - PAD) / CELL];
                    search.take_out(y, place, to, variance, lost);
                    put(slopes, place, search.slope(y, place));
                }
            }
        });
    Gain::of(lost, light)
}

/// What fireflies are searched in.
struct Search<'a> {
    hue_scale: f32x8,
    from: &'a Blocks<5>,
    guides: &'a Blocks<4>,
    features: &'a Features,
}

impl Search<'_> {
    /// The rows above and below, where there are any.
    fn neighbours(&self, y: usize) -> [Option<usize>; 2] {
        let below = y + 1;
        [
            y.checked_sub(1),
            (below < self.from.size().1).then_some(below),
        ]
    }

    /// Copies eight pixels, no brighter than they may be.
    fn take_out(
        &self,
        y: usize,
        place: usize,
        to: &mut [f32],
        variance: &mut [f32],
        lost: &mut f32,
    ) {
        let stride = self.from.stride();
        let row = self.from.row(y);
        let mut color = [RED, GREEN, BLUE].map(|plane| get(row, plane * stride + place));
        let tone = |row: &[f32], place: usize| get(row, TONE * stride + place);
        let is_surface = |tone: f32x8| greater(tone, f32x8::splat(0.5 * NO_SURFACE));

        // Find the two brightest neighbours.
        let (mut first, mut second, mut count) = (f32x8::ZERO, f32x8::ZERO, f32x8::ZERO);
        let mut meet = |tone: f32x8| {
            second = second.fast_max(first.fast_min(tone));
            first = first.fast_max(tone);
            count += is_surface(tone) & f32x8::ONE;
        };
        meet(tone(row, place - 1));
        meet(tone(row, place + 1));
        for y in self.neighbours(y).into_iter().flatten() {
            let row = self.from.row(y);
            meet(tone(row, place - 1));
            meet(tone(row, place));
            meet(tone(row, place + 1));
        }

        // Bring down what is far brighter.
        let own = tone(row, place);
        let limit = second.fast_max(f32x8::splat(LEAST)) * f32x8::splat(LIMIT);
        let is_judged = greater(count, f32x8::splat(FEWEST_NEIGHBOURS - 0.5));
        let mut is_firefly = greater(own, limit) & is_judged;
        if self.features.samples > 1 {
            let least = own * f32x8::splat(LEAST_DEVIATION);
            is_firefly &= greater(get(variance, place), least * least);
        }
        if is_firefly.any() {
            let kept = is_firefly.select(limit / own, f32x8::ONE);
            *lost += self.lost(y, place - PAD, &color, kept);
            color = color.map(|plane| plane * kept);
        }

        let luminance = luminance(color);
        for (plane, value) in color.into_iter().enumerate() {
            put(to, plane * stride + place, value);
        }
        put(to, TONE * stride + place, wavelet::tone(luminance));
        put(
            to,
            HUE * stride + place,
            wavelet::hue(color, self.hue_scale),
        );
        let variance_of_tone = get(variance, place) * wavelet::squared_slope_of_tone(luminance);
        put(variance, place, variance_of_tone);
    }

    /// The light that eight pixels lose.
    fn lost(&self, y: usize, x: usize, color: &[f32x8; 3], kept: f32x8) -> f32 {
        let start = y * self.from.size().0 + x;
        let mut albedo = [[0.0; 8]; 3];
        for (lane, feature) in self.features.pixels[start..].iter().take(8).enumerate() {
            for (plane, value) in albedo.iter_mut().zip(feature.albedo) {
                plane[lane] = value;
            }
        }
        let albedo = albedo.map(|plane| usable_albedo(f32x8::new(plane)));
        let lost = f32x8::ONE - kept;
        let color = [RED, GREEN, BLUE].map(|c| color[c] * albedo[c] * lost);
        brightness(color).reduce_add()
    }

    /// What a difference in closeness counts at eight pixels: the less the steeper the surface.
    fn slope(&self, y: usize, place: usize) -> f32x8 {
        let stride = self.guides.stride();
        let row = self.guides.row(y);
        let at = |row: &[f32], place: usize| get(row, CLOSENESS * stride + place);
        let own = at(row, place);
        let least = |a: f32x8, b: f32x8| a.abs().fast_min(b.abs());
        let aside = least(own - at(row, place - 1), own - at(row, place + 1));
        let upward = self
            .neighbours(y)
            .map(|y| y.map(|y| own - at(self.guides.row(y), place)));
        let upward = match upward {
            [Some(above), Some(below)] => least(above, below),
            [Some(only), None] | [None, Some(only)] => only.abs(),
            [None, None] => f32x8::ZERO,
        };
        let tone = get(self.from.row(y), TONE * stride + place);
        wavelet::slope(own, aside + upward) & greater(tone, f32x8::splat(0.5 * NO_SURFACE))
    }
}

/// By which share surfaces are to become brighter.
#[derive(Debug)]
pub(super) struct Gain {
    /// At the middle of each cell.
    shares: Light,
}

impl Gain {
    fn of(mut lost: Light, mut light: Light) -> Option<Self> {
        if lost.cells.iter().all(|&cell| cell == 0.0) {
            return None;
        }
        for (light, lost) in light.cells.iter_mut().zip(&lost.cells) {
            *light = (*light - lost).max(0.0);
        }
        let total: f32 = lost.cells.iter().sum();
        let unblurred = light.cells.clone();
        lost.blur();
        light.blur();
        let mut gained = 0.0;
        for ((lost, light), unblurred) in lost.cells.iter_mut().zip(light.cells).zip(unblurred) {
            let share = *lost / light.max(f32::MIN_POSITIVE);
            *lost = share.clamp(0.0, MOST_GAIN);
            gained += *lost * unblurred;
        }
        // Where light varies within the reach of the blur the shares do not add up to the whole.
        let correction = (total / gained.max(f32::MIN_POSITIVE)).clamp(0.0, MOST_GAIN);
        for share in &mut lost.cells {
            *share *= correction;
        }
        Some(Self { shares: lost })
    }

    pub(super) fn row(&self, y: usize) -> GainRow {
        let Light { columns, cells } = &self.shares;
        let (above, below, share) = between(y, cells.len() / columns);
        let (above, below) = (&cells[above * columns..], &cells[below * columns..]);
        let share = share + 0.5 / CELL as f32;
        let rows = above.iter().zip(below).take(*columns);
        GainRow {
            shares: rows.map(|(a, b)| a + share * (b - a)).collect(),
        }
    }
}

/// By which share the pixels of a row are to become brighter.
pub(super) struct GainRow {
    shares: Vec<f32>,
}

impl GainRow {
    /// Of eight pixels. `x` is a multiple of eight.
    pub(super) fn at(&self, x: usize) -> f32x8 {
        let (left, right, share) = between(x, self.shares.len());
        let (left, right) = (self.shares[left], self.shares[right]);
        let middle = |lane: f32| (lane + 0.5) / CELL as f32;
        let lanes = f32x8::new([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].map(middle));
        let share = lanes + f32x8::splat(share);
        share.mul_add(f32x8::splat(right - left), f32x8::splat(left))
    }
}

/// The cells whose middles a pixel's edge is between, and the share of the second one.
fn between(place: usize, cells: usize) -> (usize, usize, f32) {
    let half = CELL / 2;
    let second = (place + half) / CELL;
    let share = ((place + half) % CELL) as f32 / CELL as f32;
    (second.saturating_sub(1), second.min(cells - 1), share)
}

/// Blurs every `step`th cell by (1, 2, 1) / 4; nothing leaves at the ends.
fn blur(cells: &mut [f32], step: usize) {
    let count = cells.len().div_ceil(step);
    let mut before = cells[0];
    for place in 0..count {
        let own = cells[place * step];
        let after = cells[(place + 1).min(count - 1) * step];
        cells[place * step] = 0.25 * (before + after) + 0.5 * own;
        before = own;
    }
}
