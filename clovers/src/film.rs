//! Where the samples of a region are summed up.

use crate::{image::Picture, render::Region};

/// Sums of the samples of a region's pixels.
///
/// Sums are in double precision and in the order of the samples, so they do not depend on how a
/// frame is cut or in how many passes it is rendered.
#[derive(Clone, Debug)]
pub struct Film {
    region: Region,
    samples: u32,
    /// Linear sRGB after `white_level`, summed; row-major, top row first.
    pub(crate) sums: Vec<[f64; 3]>,
}

impl Film {
    /// An empty film.
    #[must_use]
    pub fn new(region: Region) -> Self {
        Self {
            region,
            samples: 0,
            sums: vec![[0.0; 3]; region.width as usize * region.height as usize],
        }
    }

    /// The part of the frame it shows.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region
    }

    /// How many samples each pixel has.
    #[must_use]
    pub fn samples(&self) -> u32 {
        self.samples
    }

    pub(crate) fn add_samples(&mut self, count: u32) {
        self.samples += count;
    }

    /// The picture as it stands; black before the first sample.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let count = f64::from(self.samples.max(1));
        Picture {
            width: self.region.width,
            height: self.region.height,
            pixels: self
                .sums
                .iter()
                .map(|sum| sum.map(|value| (value / count) as f32))
                .collect(),
        }
    }
}
