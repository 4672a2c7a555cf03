//! Adaptive sampling: blocks of pixels that stop when their noise is low enough.
//!
//! The error is estimated from the difference of two halves of the samples, each well stratified
//! by itself, as root mean square over a block. Whoever stops by what has been seen biases the
//! picture (J. Kirk and J. Arvo, "Unbiased sampling techniques for image synthesis", 1991): what is
//! rare and bright is missed where it has not been seen yet. Pixels that stop each for itself see
//! little and darken caustics; a block sees 256 times as much, stops as one, and must be found good
//! enough twice. `docs/decisions/003-adaptive-sampling.md` has the figures.
//!
//! Blocks lie on a grid of the frame, whatever the region of a film is, so what they decide does
//! not depend on how the frame is cut. A film that holds a part of a block renders all of it.

use std::ops::Range;

use rayon::prelude::*;

use super::{FeatureSums, PixelSums};
use crate::render::{Region, RenderOptions, Threshold};

/// Pixels along each side of a block. The tiles of the farm are a multiple, so that they share
/// no block.
const SIDE: u32 = 16;

/// At how many samples a block is first looked at. From there on it is at every power of two, for
/// those and their halves are stratified best.
const FIRST_LOOK: u32 = 16;

/// How many looks in a row must find the error low.
const LOOKS: u32 = 2;

/// What is as dark as this is not looked at more closely; 1 is white.
const FLOOR: f64 = 0.03;

/// The pixels of one block of the frame.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Less than a square at the right and the bottom of the frame.
    place: Region,
    samples: u32,
    /// How many of the last looks found the error low.
    low_looks: u32,
    /// Row-major, top row first.
    sums: Vec<[f64; 3]>,
    /// Beside `sums`, when asked for.
    features: Option<Vec<FeatureSums>>,
    /// The sums at the last power of two samples.
    earlier: Vec<[f64; 3]>,
}

impl Block {
    /// All blocks of the frame that have a pixel in the region.
    pub(super) fn touching(
        region: Region,
        options: &RenderOptions,
        with_features: bool,
    ) -> Vec<Self> {
        let along = |start: u32, length: u32| {
            let first = start / SIDE * SIDE;
            (first..start + length).step_by(SIDE as usize)
        };
        let right = options.width.max(region.x + region.width);
        let bottom = options.height.max(region.y + region.height);
        let mut blocks = Vec::new();
        for y in along(region.y, region.height) {
            for x in along(region.x, region.width) {
                let place = Region {
                    x,
                    y,
                    width: SIDE.min(right - x),
                    height: SIDE.min(bottom - y),
                };
                let pixels = place.width as usize * place.height as usize;
                blocks.push(Self {
                    place,
                    samples: 0,
                    low_looks: 0,
                    sums: vec![[0.0; 3]; pixels],
                    features: with_features.then(|| vec![FeatureSums::default(); pixels]),
                    earlier: vec![[0.0; 3]; pixels],
                });
            }
        }
        blocks
    }

    /// How many samples each of its pixels has.
    pub(super) fn samples(&self) -> u32 {
        self.samples
    }

    /// How many of its pixels are in the region.
    pub(crate) fn pixels_in(&self, region: Region) -> u64 {
        let overlap = |start: u32, length: u32, other: u32, other_length: u32| {
            let end = (start + length).min(other + other_length);
            u64::from(end.saturating_sub(start.max(other)))
        };
        let Region {
            x,
            y,
            width,
            height,
        } = self.place;
        overlap(x, width, region.x, region.width) * overlap(y, height, region.y, region.height)
    }

    /// Those of its pixels that are in the region: where they are in the frame, and their sums.
    pub(super) fn sums_in(
        &self,
        region: Region,
    ) -> impl Iterator<Item = ((u32, u32), &[f64; 3], Option<&FeatureSums>)> {
        let Region { x, y, width, .. } = self.place;
        let columns = region.x..region.x + region.width;
        let rows = region.y..region.y + region.height;
        let places = (0..).map(move |index| (x + index % width, y + index / width));
        places
            .zip(self.sums.iter().enumerate())
            .filter(move |((x, y), _)| columns.contains(x) && rows.contains(y))
            .map(|(place, (index, sums))| {
                let features = self.features.as_ref().map(|features| &features[index]);
                (place, sums, features)
            })
    }

    /// Adds a range of samples to every pixel, as far as they are needed: `add` adds some to one.
    pub(crate) fn refine<E: Send>(
        &mut self,
        samples: Range<u32>,
        threshold: Threshold,
        add: impl Fn((u32, u32), Range<u32>, &mut PixelSums<'_>) -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        let Region { x, y, width, .. } = self.place;
        debug_assert!(self.stopped() || self.samples == samples.start);
        while !self.stopped() && self.samples < samples.end {
            let next_power = (self.samples + 1).checked_next_power_of_two();
            let until = next_power
                .map_or(samples.end, |power| power.max(FIRST_LOOK / 2))
                .min(samples.end);
            let stretch = self.samples..until;
            let width = width as usize;
            let mut features = self.features.as_mut().map(|all| all.chunks_mut(width));
            let rows: Vec<_> = (y..)
                .zip(self.sums.chunks_mut(width))
                .map(|(row, sums)| (row, sums, features.as_mut().and_then(Iterator::next)))
                .collect();
            rows.into_par_iter()
                .try_for_each(|(row, sums, mut features)| {
                    for (index, sum) in sums.iter_mut().enumerate() {
                        let features = features.as_mut().map(|features| &mut features[index]);
                        let place = (x + index as u32, row);
                        add(place, stretch.clone(), &mut PixelSums::new(sum, features))?;
                    }
                    Ok(())
                })?;
            self.samples = until;
            if until.is_power_of_two() {
                self.look(threshold);
            }
        }
        Ok(())
    }

    fn stopped(&self) -> bool {
        self.low_looks == LOOKS
    }

    fn look(&mut self, threshold: Threshold) {
        if self.samples >= FIRST_LOOK {
            let low = self.error() <= threshold.value();
            self.low_looks = if low { self.low_looks + 1 } else { 0 };
        }
        self.earlier.clone_from(&self.sums);
    }

    /// The estimated error relative to the brightness, as root mean square over the pixels.
    fn error(&self) -> f64 {
        let count = f64::from(self.samples);
        let square = |value: [f64; 3]| value.iter().map(|v| v * v).sum::<f64>();
        let floor = square([FLOOR * count; 3]);
        let error = |(sum, earlier): (&[f64; 3], &[f64; 3])| {
            // Half the difference of the means of the two halves, times the count.
            let difference: [f64; 3] = std::array::from_fn(|c| 2.0 * earlier[c] - sum[c]);
            square(difference) / (square(*sum) + floor)
        };
        let errors: f64 = self.sums.iter().zip(&self.earlier).map(error).sum();
        (errors / self.sums.len() as f64).sqrt()
    }
}
