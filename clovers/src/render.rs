//! The driver: the pixels of a region, in parallel.

use std::{
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};

use glam::Vec2;
use rayon::prelude::*;

use crate::{
    camera::CameraSample,
    film::{Film, PixelSums},
    integrator::{
        bvh_cost::{self, Work},
        first_hit::FirstHit,
        normals, path,
    },
    math::Ray,
    sampling::Sampler,
    scene::Scene,
    spectrum::{Wavelengths, srgb},
};

/// What is rendered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The picture.
    #[default]
    PathTracing,
    /// The normals of what is seen, without anti-aliasing.
    Normals,
    /// How many boxes of the hierarchy are tested for a camera ray.
    BvhBoxes,
    /// How many shapes are tested for a camera ray.
    BvhPrimitives,
}

/// How the samples of a picture are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SamplerKind {
    /// Well in every pixel, each pixel for itself.
    #[default]
    Independent,
    /// Well in every pixel and from pixel to pixel, so that what noise is left is blue: fine
    /// grain, without clumps. Takes a power of two samples, at most
    /// [`SamplerKind::MOST_BLUE_SAMPLES`].
    Blue,
}

impl SamplerKind {
    /// The most samples that [`SamplerKind::Blue`] spreads over the pixels of a large picture.
    pub const MOST_BLUE_SAMPLES: u32 = 256;

    /// Whether so many samples for each pixel can be spread this way.
    #[must_use]
    pub fn takes(self, samples: u32) -> bool {
        match self {
            Self::Independent => true,
            Self::Blue => samples.is_power_of_two() && samples <= Self::MOST_BLUE_SAMPLES,
        }
    }
}

/// The noise at which an adaptive render leaves a part of the picture alone: the standard error
/// relative to the brightness, as root mean square over a block of pixels.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Threshold(f64);

impl Threshold {
    /// The least there is: nothing that noisy could be seen in 8 bits.
    pub const LEAST: f64 = 0.001;
    /// The largest there is; beyond it every picture would be nothing but noise.
    pub const LARGEST: f64 = 0.5;

    /// `None` when out of range.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        let range = Self::LEAST..=Self::LARGEST;
        range.contains(&value).then_some(Self(value))
    }

    /// The number it was made from.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

/// It is never NaN.
impl Eq for Threshold {}

impl Default for Threshold {
    fn default() -> Self {
        Self(0.03)
    }
}

/// How a frame is rendered. All of it decides about the picture, nothing else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// Width of the whole frame in pixels.
    pub width: u32,
    /// Height of the whole frame in pixels.
    pub height: u32,
    /// Samples per pixel of the finished frame.
    pub samples: u32,
    /// Most scattering events of a path.
    pub max_depth: u32,
    /// What is rendered.
    pub mode: Mode,
    /// How samples are spread.
    pub sampler: SamplerKind,
    /// Stop where the noise is this low before all samples are taken; `None` takes them all.
    pub adaptive: Option<Threshold>,
    /// Another seed gives another noise.
    pub seed: u64,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: 1024,
            height: 1024,
            samples: 64,
            max_depth: 64,
            mode: Mode::default(),
            sampler: SamplerKind::default(),
            adaptive: None,
            seed: 0,
        }
    }
}

/// A part of a frame in pixels, y down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Region {
    /// The whole of a frame.
    #[must_use]
    pub fn whole(options: &RenderOptions) -> Self {
        Self {
            x: 0,
            y: 0,
            width: options.width,
            height: options.height,
        }
    }
}

/// How a render is watched and stopped.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Set it to stop; it is looked at every few milliseconds.
    pub cancel: &'a AtomicBool,
    /// Called from any thread with the number of pixels finished since its last call.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control")
            .field("cancel", self.cancel)
            .finish_non_exhaustive()
    }
}

/// The render was stopped by its [`Control`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the render was cancelled")]
pub struct Cancelled;

/// Pixels of a row that one task renders.
const SPAN: usize = 32;

/// Samples between two looks at the cancel flag.
const SAMPLES_BETWEEN_LOOKS: u32 = 16;

/// Adds a range of samples to every pixel of the film.
///
/// Runs on the current rayon pool. The result depends on the scene, the options and the samples
/// only: neither on how the frame is cut into films, nor on threads, nor on how the samples are
/// split into passes, as long as each film gets its samples in order.
///
/// # Errors
/// When cancelled. Some pixels of the film then have more samples than others: discard it.
pub fn render(
    scene: &Scene,
    options: &RenderOptions,
    samples: Range<u32>,
    film: &mut Film,
    control: &Control<'_>,
) -> Result<(), Cancelled> {
    let region = film.region();
    let count = samples.len() as u32;
    if let Some(threshold) = options.adaptive {
        film.blocks(options).par_iter_mut().try_for_each(|block| {
            block.refine(samples.clone(), threshold, |pixel, samples, sums| {
                render_pixel(scene, options, pixel, samples, sums, control)
            })?;
            (control.progress)(block.pixels_in(region));
            Ok(())
        })?;
        film.add_samples(count);
        return Ok(());
    }
    film.spans(SPAN)
        .into_par_iter()
        .try_for_each(|(corner, mut span)| {
            for (x, index) in (corner.0..).zip(0..span.len()) {
                let pixel = (x, corner.1);
                let mut sums = span.pixel(index);
                render_pixel(scene, options, pixel, samples.clone(), &mut sums, control)?;
            }
            (control.progress)(span.len() as u64);
            Ok(())
        })?;
    film.add_samples(count);
    Ok(())
}

fn render_pixel(
    scene: &Scene,
    options: &RenderOptions,
    (x, y): (u32, u32),
    samples: Range<u32>,
    sums: &mut PixelSums<'_>,
    control: &Control<'_>,
) -> Result<(), Cancelled> {
    let first = samples.start;
    for sample in samples {
        let turn = (sample - first).is_multiple_of(SAMPLES_BETWEEN_LOOKS);
        if turn && control.cancel.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        let mut first_hit = sums.has_features().then_some(FirstHit::NOTHING);
        let color = match options.mode {
            Mode::PathTracing => path_sample(scene, options, (x, y), sample, first_hit.as_mut()),
            Mode::Normals => {
                normals::normal_color(scene, &pixel_ray(scene, options, (x, y))).map(f64::from)
            }
            Mode::BvhBoxes => work_sample(scene, options, (x, y), Work::Boxes),
            Mode::BvhPrimitives => work_sample(scene, options, (x, y), Work::Primitives),
        };
        sums.add(color, first_hit.as_ref());
    }
    Ok(())
}

/// One sample of a pixel: linear sRGB after `white_level`.
fn path_sample(
    scene: &Scene,
    options: &RenderOptions,
    (x, y): (u32, u32),
    sample: u32,
    first_hit: Option<&mut FirstHit>,
) -> [f64; 3] {
    let mut sampler = match options.sampler {
        SamplerKind::Independent => Sampler::independent(options.seed, x, y, sample),
        SamplerKind::Blue => Sampler::blue(options.seed, x, y, sample, options.samples),
    };
    let mut wavelengths = Wavelengths::sample(sampler.next_2d());
    let film = Vec2::new(x as f32, y as f32) + sampler.next_2d();
    let size = Vec2::new(options.width as f32, options.height as f32);
    let on_camera = CameraSample {
        lens: sampler.next_2d(),
        time: sampler.next_1d(),
    };
    let ray = scene.camera.ray(film, size, on_camera);
    let radiance = path::radiance(
        scene,
        ray,
        &mut wavelengths,
        &mut sampler,
        options.max_depth,
        first_hit,
    );
    let xyz = wavelengths.xyz_of(radiance);
    let white = f64::from(scene.white_level);
    let color = srgb::xyz_e_to_linear(xyz.map(|value| f64::from(value) / white));
    debug_assert!(color.iter().all(|value| value.is_finite()), "{color:?}");
    // The last line of defence of the film: one bad sample would spoil its pixel for good.
    color.map(|value| if value.is_finite() { value } else { 0.0 })
}

fn work_sample(scene: &Scene, options: &RenderOptions, pixel: (u32, u32), work: Work) -> [f64; 3] {
    bvh_cost::work_color(scene, &pixel_ray(scene, options, pixel), work).map(f64::from)
}

/// The ray through the middle of a pixel, for pictures without anti-aliasing.
fn pixel_ray(scene: &Scene, options: &RenderOptions, (x, y): (u32, u32)) -> Ray {
    let film = Vec2::new(x as f32, y as f32) + 0.5;
    let size = Vec2::new(options.width as f32, options.height as f32);
    scene.camera.ray(film, size, CameraSample::MIDDLE)
}
