//! Noise taken out of pictures of few samples, guided by what the pixels show.
//!
//! An edge-avoiding à-trous wavelet transform (H. Dammertz et al., "Edge-Avoiding À-Trous Wavelet
//! Transform for fast Global Illumination Filtering", HPG 2010): three or four passes of 3 x 3
//! taps, each with twice the distance between its taps, in which a pixel takes part as far as it
//! is like the one in the middle. From C. Schied et al. ("Spatiotemporal Variance-Guided Filtering", HPG
//! 2017) are the division by the albedo, so that textures stay sharp, the weights by luminance
//! over its standard deviation, so that the filter fades as the noise does, and the tolerance for
//! depth by its slope.
//!
//! What is ours:
//! - A pass adds `sum of h w (c_q - c_p)` to a pixel, with weights w that are the same for p and q,
//!   and without dividing by their sum. So what one pixel gains the other loses: the light of the
//!   whole is kept, where the quotient would lose what outliers have, which few are like. For the
//!   same reason luminances are compared by the smaller of both variances.
//! - Luminances are compared as square roots, which have nearly the same noise in light and shade;
//!   and so is red with blue, but less, for there is more noise in colours.
//! - A pixel that outshines its surroundings by far is brought down first, and they become
//!   brighter by what it had beyond (`fireflies`).
//! - The variance is that of the samples, and where these are few that of the nearest neighbours.
//!
//! All sums have a fixed order: the same picture gives the same bytes, whatever the threads.

mod fireflies;
mod planes;
mod wavelet;

use rayon::prelude::*;
use wide::f32x8;

use self::{
    fireflies::{CELL, Gain, Light},
    planes::{Blocks, PAD},
};
use crate::image::Picture;

/// What is known of a pixel beside its colour: means over its samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Feature {
    /// Reflectance in linear sRGB of what is seen first, mirrors looked through, 0 to about 1; 1
    /// for what shines and where nothing is hit.
    pub albedo: [f32; 3],
    /// The unit shading normal in the world, on the side of the camera; 0 for what shines and
    /// where nothing is hit.
    pub normal: [f32; 3],
    /// 1 / distance, in units of the scene; 0 where nothing is hit. Unlike a distance it has a
    /// mean where some samples hit nothing, and it is nearly linear over a plane.
    pub closeness: f32,
    /// Variance of the luminance of the pixel as far as its samples tell: their variance over
    /// their number; 0 while there is but one.
    pub variance: f32,
}

impl Feature {
    /// Where nothing is hit.
    pub const NOTHING: Self = Self {
        albedo: [1.0; 3],
        normal: [0.0; 3],
        closeness: 0.0,
        variance: 0.0,
    };
}

/// What is known of the pixels of a picture beside their colours;
/// [`Film::features`](crate::Film::features) has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Samples of each pixel.
    pub samples: u32,
    /// Row-major, top row first.
    pub pixels: Vec<Feature>,
}

/// The picture with less noise; see [`Denoiser::denoise`].
///
/// # Panics
/// When picture and features differ in size.
#[must_use]
pub fn denoise(picture: &Picture, features: &Features) -> Picture {
    Denoiser::new().denoise(picture, features)
}

/// Albedos are divided by as if they were no less than this: there is nothing to be kept in what
/// is black.
const LEAST_ALBEDO: f32 = 0.02;

/// A pixel whose mean normal is shorter shows what shines, or nothing.
const SHORTEST_NORMAL: f32 = 0.1;

/// Values beyond it are taken for it, so that no square overflows.
const LARGEST: f32 = 1e16;

/// Takes noise out of pictures, and keeps its memory from one to the next.
#[derive(Debug, Default)]
pub struct Denoiser {
    /// Colours over albedo, and the guides among them.
    colors: [Blocks<5>; 2],
    variance: [Blocks<1>; 2],
    /// Normals, scaled, and closeness.
    guides: Blocks<4>,
    /// What a difference in closeness counts.
    slopes: Blocks<1>,
    /// What a squared difference in luminance counts.
    contrast: Blocks<1>,
}

/// A vector in memory.
type Lanes = [f32; 8];

/// Planes of the colours.
const RED: usize = 0;
const GREEN: usize = 1;
const BLUE: usize = 2;
/// The planes beside the colours: what they are compared by.
const TONE: usize = 3;
const HUE: usize = 4;
/// The plane beside the normals.
const CLOSENESS: usize = 3;

impl Denoiser {
    /// One that has seen no picture yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The picture with less noise.
    ///
    /// It is meant for 1 to 64 samples a pixel; with more it does less and less, and at a thousand
    /// next to nothing. The mean of the picture stays, but for about a percent. Where only one
    /// sample was taken, what shines by itself and the background stay as they are. What is not
    /// finite in the picture is taken as 0.
    ///
    /// Runs on the current rayon pool; the result does not depend on it, nor on earlier pictures.
    ///
    /// # Panics
    /// When picture and features differ in size.
    #[must_use]
    pub fn denoise(&mut self, picture: &Picture, features: &Features) -> Picture {
        let (width, height) = (picture.width as usize, picture.height as usize);
        assert_eq!(
            (features.width as usize, features.height as usize),
            (width, height),
            "picture and features are of one size"
        );
        assert_eq!(picture.pixels.len(), width * height, "no pixel is missing");
        assert_eq!(
            features.pixels.len(),
            width * height,
            "no feature is missing"
        );
        if picture.pixels.is_empty() {
            return picture.clone();
        }
        self.resize(width, height);
        let light = self.spread_out(picture, features);
        let gain = fireflies::take_out(self, features, light);
        wavelet::measure(self, features.samples);
        let passes = wavelet::passes(features.samples);
        for pass in 0..passes {
            wavelet::pass(self, features.samples, pass);
        }
        self.gather(passes, picture, features, gain.as_ref())
    }

    fn resize(&mut self, width: usize, height: usize) {
        for blocks in &mut self.colors {
            blocks.resize(width, height, [0.0, 0.0, 0.0, fireflies::NO_SURFACE, 0.0]);
        }
        for blocks in &mut self.variance {
            blocks.resize(width, height, [0.0]);
        }
        // Nothing is like what is outside.
        self.guides.resize(width, height, [1e6, 0.0, 0.0, 0.0]);
        self.slopes.resize(width, height, [0.0]);
        self.contrast.resize(width, height, [0.0]);
    }

    /// Fills the planes: colours over albedo, their luminance, its variance, and the guides.
    fn spread_out(&mut self, picture: &Picture, features: &Features) -> Light {
        let width = picture.width as usize;
        let stride = self.guides.stride();
        let mut light = Light::none(width, picture.height as usize);
        (
            self.colors[0].bands_mut(CELL),
            self.guides.bands_mut(CELL),
            self.variance[1].bands_mut(CELL),
            picture.pixels.par_chunks(CELL * width),
            features.pixels.par_chunks(CELL * width),
            light.bands_mut(),
        )
            .into_par_iter()
            .for_each(|(colors, guides, variance, pixels, features, cells)| {
                let rows = colors
                    .chunks_mut(5 * stride)
                    .zip(guides.chunks_mut(4 * stride))
                    .zip(variance.chunks_mut(stride))
                    .zip(pixels.chunks(width).zip(features.chunks(width)));
                for (((colors, guides), variance), (pixels, features)) in rows {
                    let groups = pixels.chunks(8).zip(features.chunks(8));
                    for (place, (pixels, features)) in (PAD..).step_by(8).zip(groups) {
                        let pixels = Pixels::of(pixels, features);
                        let light = brightness(pixels.color) & pixels.scatters;
                        cells[(place - PAD) / CELL] += light.reduce_add();
                        let demodulated = pixels.demodulated();
                        let luminance = luminance(demodulated);
                        for (plane, value) in demodulated.into_iter().enumerate() {
                            put(colors, plane * stride + place, value);
                        }
                        let none = f32x8::splat(fireflies::NO_SURFACE);
                        let tone = pixels.scatters.select(luminance, none);
                        put(colors, TONE * stride + place, tone);
                        let scale = f32x8::splat(wavelet::NORMAL_SCALE);
                        for (plane, value) in pixels.normal.into_iter().enumerate() {
                            // Beyond the last column the value stays that of the outside.
                            put_first(guides, plane * stride + place, value * scale, pixels.count);
                        }
                        let place_of_closeness = CLOSENESS * stride + place;
                        put_first(guides, place_of_closeness, pixels.closeness, pixels.count);
                        let albedo = brightness(pixels.albedo);
                        put(variance, place, pixels.variance / (albedo * albedo));
                    }
                }
            });
        light
    }

    /// The picture of the planes.
    fn gather(
        &self,
        passes: usize,
        picture: &Picture,
        features: &Features,
        gain: Option<&Gain>,
    ) -> Picture {
        let width = picture.width as usize;
        let stride = self.guides.stride();
        let colors = &self.colors[(1 + passes) % 2];
        let is_single = features.samples <= 1;
        let mut pixels = vec![[0.0; 3]; picture.pixels.len()];
        pixels
            .par_chunks_mut(width)
            .zip(picture.pixels.par_chunks(width))
            .zip(features.pixels.par_chunks(width))
            .enumerate()
            .for_each(|(y, ((out, pixels), features))| {
                let row = colors.row(y);
                let gain = gain.map(|gain| gain.row(y));
                let groups = out
                    .chunks_mut(8)
                    .zip(pixels.chunks(8))
                    .zip(features.chunks(8));
                for (place, ((out, pixels), features)) in (PAD..).step_by(8).zip(groups) {
                    let pixels = Pixels::of(pixels, features);
                    let mut color = [RED, GREEN, BLUE]
                        .map(|plane| get(row, plane * stride + place) * pixels.albedo[plane]);
                    if let Some(gain) = &gain {
                        let gain = gain.at(place - PAD) & pixels.scatters;
                        color = color.map(|plane| plane.mul_add(gain, plane));
                    }
                    if is_single {
                        for (value, original) in color.iter_mut().zip(pixels.color) {
                            *value = pixels.scatters.select(*value, original);
                        }
                    }
                    let color = color.map(f32x8::to_array);
                    let eight: [[f32; 3]; 8] =
                        std::array::from_fn(|lane| color.map(|plane| plane[lane]));
                    out.copy_from_slice(&eight[..out.len()]);
                }
            });
        Picture {
            width: picture.width,
            height: picture.height,
            pixels,
        }
    }
}

/// Eight pixels of a row, or what is left of it.
struct Pixels {
    /// How many there are.
    count: usize,
    color: [f32x8; 3],
    /// No less than [`LEAST_ALBEDO`].
    albedo: [f32x8; 3],
    normal: [f32x8; 3],
    closeness: f32x8,
    variance: f32x8,
    /// A mask of those that show a surface, or a medium.
    scatters: f32x8,
}

impl Pixels {
    fn of(pixels: &[[f32; 3]], features: &[Feature]) -> Self {
        if let (Some(pixels), Some(features)) = (pixels.first_chunk(), features.first_chunk()) {
            return Self::of_eight(pixels, features, 8);
        }
        let mut eight = ([[0.0; 3]; 8], [Feature::NOTHING; 8]);
        eight.0[..pixels.len()].copy_from_slice(pixels);
        eight.1[..features.len()].copy_from_slice(features);
        Self::of_eight(&eight.0, &eight.1, pixels.len())
    }

    #[inline(always)]
    fn of_eight(pixels: &[[f32; 3]; 8], features: &[Feature; 8], count: usize) -> Self {
        let color: [Lanes; 3] =
            [RED, GREEN, BLUE].map(|c| std::array::from_fn(|lane| pixels[lane][c]));
        let rows = features.map(|feature| {
            let Feature {
                albedo: a,
                normal: n,
                closeness,
                variance,
            } = feature;
            f32x8::new([a[0], a[1], a[2], n[0], n[1], n[2], closeness, variance])
        });
        let [a0, a1, a2, n0, n1, n2, closeness, variance] = f32x8::transpose(rows);
        let normal = [n0, n1, n2].map(|value| limited(value, -2.0, 2.0));
        let squared = normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2];
        Self {
            count,
            color: color.map(|plane| limited(f32x8::new(plane), -LARGEST, LARGEST)),
            albedo: [a0, a1, a2].map(usable_albedo),
            normal,
            closeness: limited(closeness, 0.0, LARGEST),
            variance: limited(variance, 0.0, LARGEST),
            scatters: greater(squared, f32x8::splat(SHORTEST_NORMAL * SHORTEST_NORMAL)),
        }
    }

    fn demodulated(&self) -> [f32x8; 3] {
        [RED, GREEN, BLUE].map(|plane| self.color[plane] / self.albedo[plane])
    }
}

/// A value within limits; 0 where it is not finite.
fn limited(value: f32x8, least: f32, most: f32) -> f32x8 {
    let finite = value & value.is_finite();
    finite
        .fast_max(f32x8::splat(least))
        .fast_min(f32x8::splat(most))
}

/// An albedo that can be divided by.
fn usable_albedo(value: f32x8) -> f32x8 {
    limited(value, LEAST_ALBEDO, LARGEST)
}

/// The mask of `a > b`.
fn greater(a: f32x8, b: f32x8) -> f32x8 {
    a.simd_gt(b)
}

/// How bright a colour is, by its luminance. The components of a saturated one may be far below 0 in the noise, so
/// it is their amounts that count.
fn luminance([red, green, blue]: [f32x8; 3]) -> f32x8 {
    brightness([red.abs(), green.abs(), blue.abs()])
}

/// The luminance of a colour.
fn brightness([red, green, blue]: [f32x8; 3]) -> f32x8 {
    red.mul_add(
        f32x8::splat(0.2126),
        green.mul_add(f32x8::splat(0.7152), blue * f32x8::splat(0.0722)),
    )
}

#[inline(always)]
fn get(row: &[f32], place: usize) -> f32x8 {
    let lanes: &Lanes = row[place..place + 8].try_into().expect("they are eight");
    f32x8::new(*lanes)
}

#[inline(always)]
fn put(row: &mut [f32], place: usize, value: f32x8) {
    row[place..place + 8].copy_from_slice(&value.to_array());
}

fn put_first(row: &mut [f32], place: usize, value: f32x8, count: usize) {
    row[place..place + count].copy_from_slice(&value.to_array()[..count]);
}
