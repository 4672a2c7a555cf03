//! Where the samples of a region are summed up.

mod block;

use crate::{
    image::Picture,
    render::{Region, RenderOptions},
};

pub(crate) use block::Block;

/// Sums of the samples of a region's pixels.
///
/// Sums are in double precision and in the order of the samples, so they do not depend on how a
/// frame is cut or in how many passes it is rendered.
#[derive(Clone, Debug)]
pub struct Film {
    region: Region,
    samples: u32,
    /// Linear sRGB after `white_level`, summed; row-major, top row first. Empty when there are
    /// blocks.
    pub(crate) sums: Vec<[f64; 3]>,
    /// Of an adaptive render: the blocks of the frame that the region touches, row by row.
    blocks: Vec<Block>,
}

impl Film {
    /// An empty film.
    #[must_use]
    pub fn new(region: Region) -> Self {
        Self {
            region,
            samples: 0,
            sums: vec![[0.0; 3]; region.width as usize * region.height as usize],
            blocks: Vec::new(),
        }
    }

    /// The part of the frame it shows.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region
    }

    /// How many samples each pixel has; of an adaptive render, those that never stopped.
    #[must_use]
    pub fn samples(&self) -> u32 {
        self.samples
    }

    /// How many samples its pixels have on average.
    #[must_use]
    pub fn mean_samples(&self) -> f64 {
        if self.blocks.is_empty() {
            return f64::from(self.samples);
        }
        let (mut pixels, mut samples) = (0, 0);
        for block in &self.blocks {
            let here = block.pixels_in(self.region);
            pixels += here;
            samples += here * u64::from(block.samples());
        }
        samples as f64 / pixels as f64
    }

    pub(crate) fn add_samples(&mut self, count: u32) {
        self.samples += count;
    }

    /// The blocks of a film whose samples are all taken adaptively.
    pub(crate) fn blocks(&mut self, options: &RenderOptions) -> &mut [Block] {
        if self.blocks.is_empty() {
            debug_assert_eq!(self.samples, 0, "adaptive from the first sample on");
            self.sums = Vec::new();
            self.blocks = Block::touching(self.region, options);
        }
        &mut self.blocks
    }

    /// The picture as it stands; black before the first sample.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let Region {
            x,
            y,
            width,
            height,
        } = self.region;
        let mean = |sum: &[f64; 3], samples: u32| {
            let count = f64::from(samples.max(1));
            sum.map(|value| (value / count) as f32)
        };
        let pixels = if self.blocks.is_empty() {
            self.sums
                .iter()
                .map(|sum| mean(sum, self.samples))
                .collect()
        } else {
            let mut pixels = vec![[0.0; 3]; width as usize * height as usize];
            for block in &self.blocks {
                for ((column, row), sum) in block.sums_in(self.region) {
                    let index = (row - y) as usize * width as usize + (column - x) as usize;
                    pixels[index] = mean(sum, block.samples());
                }
            }
            pixels
        };
        Picture {
            width,
            height,
            pixels,
        }
    }
}
