//! Where the samples of a region are summed up.

mod block;

use crate::{
    denoise::{Feature, Features},
    image::Picture,
    integrator::first_hit::FirstHit,
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
    sums: Vec<[f64; 3]>,
    /// Beside `sums`, when asked for.
    features: Option<Vec<FeatureSums>>,
    /// Of an adaptive render: the blocks of the frame that the region touches, row by row.
    blocks: Vec<Block>,
}

/// Sums of what the samples of a pixel saw first.
#[derive(Clone, Copy, Debug, Default)]
struct FeatureSums {
    albedo: [f64; 3],
    normal: [f64; 3],
    closeness: f64,
    /// Of the squared luminances.
    squares: f64,
}

impl Film {
    /// An empty film.
    #[must_use]
    pub fn new(region: Region) -> Self {
        Self {
            region,
            samples: 0,
            sums: vec![[0.0; 3]; region.width as usize * region.height as usize],
            features: None,
            blocks: Vec::new(),
        }
    }

    /// An empty film that also collects what [`denoise`](crate::denoise()) needs to know.
    #[must_use]
    pub fn with_features(region: Region) -> Self {
        let film = Self::new(region);
        Self {
            features: Some(vec![FeatureSums::default(); film.sums.len()]),
            ..film
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
            self.blocks = Block::touching(self.region, options, self.features.is_some());
            self.features = self.features.take().map(|_| Vec::new());
        }
        &mut self.blocks
    }

    /// The picture as it stands; black before the first sample.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let mut pixels = vec![[0.0; 3]; self.region.width as usize * self.region.height as usize];
        self.for_each(|index, color, _, samples| {
            let count = f64::from(samples.max(1));
            pixels[index] = color.map(|value| (value / count) as f32);
        });
        Picture {
            width: self.region.width,
            height: self.region.height,
            pixels,
        }
    }

    /// Visits every pixel: its index, its sums, and how many samples it has.
    fn for_each(&self, mut visit: impl FnMut(usize, &[f64; 3], Option<&FeatureSums>, u32)) {
        let Region { x, y, width, .. } = self.region;
        let features = self.features.as_deref();
        for (index, color) in self.sums.iter().enumerate() {
            visit(
                index,
                color,
                features.map(|features| &features[index]),
                self.samples,
            );
        }
        for block in &self.blocks {
            for ((column, row), color, features) in block.sums_in(self.region) {
                let index = (row - y) as usize * width as usize + (column - x) as usize;
                visit(index, color, features, block.samples());
            }
        }
    }

    /// What is known of each pixel for denoising the picture; `None` when it was not asked for.
    #[must_use]
    pub fn features(&self) -> Option<Features> {
        self.features.as_ref()?;
        let pixel_count = self.region.width as usize * self.region.height as usize;
        let mut pixels = vec![Feature::default(); pixel_count];
        self.for_each(|index, color, sums, samples| {
            let Some(sums) = sums else { return };
            let samples = f64::from(samples.max(1));
            let mean = |sum: f64| (sum / samples) as f32;
            let luminance = luminance(*color) / samples;
            let spread = (sums.squares / samples - luminance * luminance).max(0.0);
            pixels[index] = Feature {
                albedo: sums.albedo.map(mean),
                normal: sums.normal.map(mean),
                closeness: mean(sums.closeness),
                variance: (spread / (samples - 1.0).max(1.0)) as f32,
            };
        });
        Some(Features {
            width: self.region.width,
            height: self.region.height,
            samples: self.samples,
            pixels,
        })
    }

    /// The film cut into parts of rows, each with the column and row of its first pixel in the
    /// frame.
    pub(crate) fn spans(&mut self, length: usize) -> Vec<((u32, u32), Span<'_>)> {
        let Region { x, y, width, .. } = self.region;
        let mut spans = Vec::new();
        let (mut sums, mut features) = (&mut self.sums[..], self.features.as_deref_mut());
        let mut at = 0;
        while !sums.is_empty() {
            let (column, row) = (at % width as usize, at / width as usize);
            let count = length.min(width as usize - column);
            let corner = (x + column as u32, y + row as u32);
            let (head, tail) = sums.split_at_mut(count);
            let parts = features.map(|features| features.split_at_mut(count));
            let (head_features, tail_features) = parts.unzip();
            spans.push((
                corner,
                Span {
                    sums: head,
                    features: head_features,
                },
            ));
            (sums, features) = (tail, tail_features);
            at += count;
        }
        spans
    }
}

/// A part of a row of a film.
pub(crate) struct Span<'a> {
    sums: &'a mut [[f64; 3]],
    features: Option<&'a mut [FeatureSums]>,
}

impl Span<'_> {
    pub(crate) fn len(&self) -> usize {
        self.sums.len()
    }

    pub(crate) fn pixel(&mut self, index: usize) -> PixelSums<'_> {
        let features = self.features.as_mut().map(|features| &mut features[index]);
        PixelSums::new(&mut self.sums[index], features)
    }
}

/// The sums of one pixel.
pub(crate) struct PixelSums<'a> {
    color: &'a mut [f64; 3],
    features: Option<&'a mut FeatureSums>,
}

impl<'a> PixelSums<'a> {
    fn new(color: &'a mut [f64; 3], features: Option<&'a mut FeatureSums>) -> Self {
        Self { color, features }
    }

    /// Whether it wants to know what a sample saw first.
    pub(crate) fn has_features(&self) -> bool {
        self.features.is_some()
    }

    /// Adds a sample, in linear sRGB after `white_level`.
    pub(crate) fn add(&mut self, color: [f64; 3], first_hit: Option<&FirstHit>) {
        for (sum, value) in self.color.iter_mut().zip(color) {
            *sum += value;
        }
        if let (Some(sums), Some(first_hit)) = (&mut self.features, first_hit) {
            let luminance = luminance(color);
            sums.squares += luminance * luminance;
            sums.closeness += f64::from(first_hit.closeness);
            for axis in 0..3 {
                sums.albedo[axis] += f64::from(first_hit.albedo[axis]);
                sums.normal[axis] += f64::from(first_hit.normal[axis]);
            }
        }
    }
}

/// The luminance of a colour in linear sRGB.
fn luminance([red, green, blue]: [f64; 3]) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
