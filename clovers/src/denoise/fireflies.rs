//! Fireflies: pixels far brighter than any around them.
//!
//! Each is brought down to a multiple of the second brightest of its neighbours, so that a pair of
//! them counts as well. What they had beyond is summed up in a coarse grid, blurred there, and
//! goes as an even haze to the surfaces around: the light of the whole is kept.

use rayon::prelude::*;
use wide::f32x8;

use super::{
    BLUE, CLOSENESS, Denoiser, Features, GREEN, LEAST_ALBEDO, RED, TONE, get, greater,
    luminance,
    planes::{Blocks, PAD},
    put, wavelet,
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
const CELL: usize = 16;

/// How often the grid is blurred, each time by (1, 2, 1) / 4 along both axes.
const BLURS: usize = 6;

/// Red, green and blue that the fireflies of a cell have lost, and how many of its pixels show
/// surfaces.
type Cell = [f32; 4];

/// Brings fireflies down: reads the first colours and writes the second ones, with tones beside
/// them, and the slopes. What was taken is given as a haze, if there is any.
pub(super) fn take_out(denoiser: &mut Denoiser, features: &Features) -> Option<Haze> {
    let Denoiser {
        colors: [from, to],
        variance: [_, variance],
        guides,
        slopes,
        ..
    } = denoiser;
    let (width, height) = from.size();
    let stride = from.stride();
    let columns = width.div_ceil(CELL);
    let search = Search {
        from,
        guides,
        features,
    };
    let mut cells: Vec<Cell> = vec![[0.0; 4]; columns * height.div_ceil(CELL)];
    (
        to.bands_mut(CELL),
        variance.bands_mut(CELL),
        slopes.bands_mut(CELL),
        cells.par_chunks_mut(columns),
    )
        .into_par_iter()
        .enumerate()
        .for_each(|(band, (to, variance, slopes, cells))| {
            let rows = to
                .chunks_exact_mut(4 * stride)
                .zip(variance.chunks_exact_mut(stride))
                .zip(slopes.chunks_exact_mut(stride));
            for (y, ((to, variance), slopes)) in (band * CELL..).zip(rows) {
                for place in (PAD..PAD + width).step_by(8) {
                    let cell = &mut cells[(place - PAD) / CELL];
                    search.take_out(y, place, to, variance, cell);
                    put(slopes, place, search.slope(y, place));
                }
            }
        });
    Haze::of(columns, cells)
}

/// What fireflies are searched in.
struct Search<'a> {
    from: &'a Blocks<4>,
    guides: &'a Blocks<4>,
    features: &'a Features,
}

impl Search<'_> {
    /// The rows above and below, where there are any.
    fn neighbours(&self, y: usize) -> [Option<usize>; 2] {
        let below = y + 1;
        [y.checked_sub(1), (below < self.from.size().1).then_some(below)]
    }

    /// Copies eight pixels, no brighter than they may be.
    fn take_out(
        &self,
        y: usize,
        place: usize,
        to: &mut [f32],
        variance: &mut [f32],
        cell: &mut Cell,
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
        let is_firefly = greater(own, limit) & is_judged;
        if is_firefly.any() {
            let scale = is_firefly.select(limit / own, f32x8::ONE);
            self.collect(y, place - PAD, &color, scale, cell);
            color = color.map(|plane| plane * scale);
        }
        cell[3] += is_surface(own).to_bitmask().count_ones() as f32;

        let luminance = luminance(color);
        for (plane, value) in color.into_iter().enumerate() {
            put(to, plane * stride + place, value);
        }
        put(to, TONE * stride + place, wavelet::tone(luminance));
        let variance_of_tone = get(variance, place) * wavelet::squared_slope_of_tone(luminance);
        put(variance, place, variance_of_tone);
    }

    /// Adds what eight pixels lose to a cell.
    fn collect(&self, y: usize, x: usize, color: &[f32x8; 3], scale: f32x8, cell: &mut Cell) {
        let lost = color.map(|plane| (plane - plane * scale).to_array());
        let start = y * self.from.size().0 + x;
        for (lane, feature) in self.features.pixels[start..].iter().take(8).enumerate() {
            for ((sum, lost), albedo) in cell.iter_mut().zip(&lost).zip(feature.albedo) {
                if lost[lane] != 0.0 {
                    *sum += lost[lane] * albedo.max(LEAST_ALBEDO);
                }
            }
        }
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

/// What fireflies have lost, as light that every pixel with a surface gains.
#[derive(Debug)]
pub(super) struct Haze {
    columns: usize,
    /// Red, green and blue at the middle of each cell.
    cells: Vec<[f32; 3]>,
}

impl Haze {
    fn of(columns: usize, mut cells: Vec<Cell>) -> Option<Self> {
        if cells.iter().all(|cell| cell[..3] == [0.0; 3]) {
            return None;
        }
        for _ in 0..BLURS {
            for row in cells.chunks_mut(columns) {
                blur(row, 1);
            }
            for column in 0..columns {
                blur(&mut cells[column..], columns);
            }
        }
        let cells = cells
            .into_iter()
            .map(|[red, green, blue, count]| {
                // Where next to nothing is left of a surface nothing of the haze arrives.
                let share = |lost: f32| if count > 1e-3 { lost / count } else { 0.0 };
                [red, green, blue].map(share)
            })
            .collect();
        Some(Self { columns, cells })
    }

    /// What the pixels of a row gain.
    pub(super) fn row(&self, y: usize) -> HazeRow {
        let rows = self.cells.len() / self.columns;
        let (above, below, share) = between(y, rows);
        let (above, below) = (above * self.columns, below * self.columns);
        let share = share + 0.5 / CELL as f32;
        let cells = (0..self.columns)
            .map(|column| {
                let (above, below) = (self.cells[above + column], self.cells[below + column]);
                [RED, GREEN, BLUE].map(|c| above[c] + share * (below[c] - above[c]))
            })
            .collect();
        HazeRow { cells }
    }
}

/// What the pixels of a row gain.
pub(super) struct HazeRow {
    cells: Vec<[f32; 3]>,
}

impl HazeRow {
    /// What eight pixels gain of one colour. `x` is a multiple of eight.
    pub(super) fn at(&self, plane: usize, x: usize) -> f32x8 {
        let (left, right, share) = between(x, self.cells.len());
        let (left, right) = (self.cells[left][plane], self.cells[right][plane]);
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
fn blur(cells: &mut [Cell], step: usize) {
    let mut before = cells[0];
    let count = cells.len().div_ceil(step);
    for place in 0..count {
        let own = cells[place * step];
        let after = cells[(place + 1).min(count - 1) * step];
        for (c, value) in cells[place * step].iter_mut().enumerate() {
            *value = 0.25 * (before[c] + after[c]) + 0.5 * own[c];
        }
        before = own;
    }
}
