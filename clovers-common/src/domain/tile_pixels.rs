//! Pixels of one tile as stored: linear sRGB, 32-bit floats, compressed without loss; with what the denoiser needs to
//! know of each where that is asked for.
//!
//! Layout, little-endian: magic `CLVT`, version `u8` (1: colours; 2: colours and features), three zero bytes, width
//! `u32`, height `u32`, then LZ4 of the floats in byte planes (all first bytes, then all second ones …): the planes of
//! signs and exponents compress well.

use clovers::denoise::{Feature, Features};
use clovers::image::Picture;
use clovers::render::Region;

const MAGIC: &[u8; 4] = b"CLVT";
const HEADER_BYTES: usize = 16;
const COLOR_FLOATS: usize = 3;
const FEATURE_FLOATS: usize = 8;

/// Why stored tile pixels cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TilePixelsError {
    /// Written by a newer release, or not tile pixels at all.
    #[error("not tile pixels of version 1 or 2")]
    UnknownFormat,
    /// Damaged, or of another size than the tile they belong to.
    #[error("tile pixels do not hold {width}x{height} pixels")]
    WrongSize { width: u32, height: u32 },
}

/// Encodes the picture of one tile, with the features of its pixels if there are any.
pub fn encode(tile: &Picture, features: Option<&Features>) -> Vec<u8> {
    let colors = tile.pixels.iter().flatten().copied();
    let features_of = features.iter().flat_map(|features| &features.pixels);
    let floats: Vec<[u8; 4]> = colors
        .chain(features_of.flat_map(feature_floats))
        .map(f32::to_le_bytes)
        .collect();
    let planes: Vec<u8> = (0..4)
        .flat_map(|plane| floats.iter().map(move |float| float[plane]))
        .collect();
    let version = if features.is_some() { 2 } else { 1 };
    let mut bytes = Vec::with_capacity(HEADER_BYTES + planes.len() / 2);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[version, 0, 0, 0]);
    bytes.extend_from_slice(&tile.width.to_le_bytes());
    bytes.extend_from_slice(&tile.height.to_le_bytes());
    bytes.extend_from_slice(&lz4_flex::block::compress(&planes));
    bytes
}

fn feature_floats(feature: &Feature) -> [f32; FEATURE_FLOATS] {
    let Feature {
        albedo: [r, g, b],
        normal: [x, y, z],
        closeness,
        variance,
    } = *feature;
    [r, g, b, x, y, z, closeness, variance]
}

/// A frame that is put together from its tiles.
#[derive(Debug)]
pub struct Frame {
    /// Black where no tile is yet.
    pub picture: Picture,
    /// Empty before the first tile that has any.
    features: Vec<Feature>,
    /// Pixels whose features are there.
    with_features: usize,
}

impl Frame {
    /// Before the first tile.
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            picture: Picture {
                width,
                height,
                pixels: vec![[0.0; 3]; width as usize * height as usize],
            },
            features: Vec::new(),
            with_features: 0,
        }
    }

    /// The features of the pixels, of so many samples each, if all tiles had them.
    pub fn into_features(self, samples: u32) -> (Picture, Option<Features>) {
        let Self {
            picture,
            features: pixels,
            with_features,
        } = self;
        let complete = with_features == picture.pixels.len();
        let features = complete.then_some(Features {
            width: picture.width,
            height: picture.height,
            samples,
            pixels,
        });
        (picture, features)
    }

    /// Decodes stored pixels into their place in the frame.
    ///
    /// # Errors
    ///
    /// If the bytes are not what [`encode`] wrote for a tile of this size; the frame is unchanged then.
    pub fn put(&mut self, region: Region, bytes: &[u8]) -> Result<(), TilePixelsError> {
        let Region {
            x,
            y,
            width,
            height,
        } = region;
        let wrong_size = TilePixelsError::WrongSize { width, height };
        let Some((header, compressed)) = bytes.split_at_checked(HEADER_BYTES) else {
            return Err(TilePixelsError::UnknownFormat);
        };
        let has_features = match header[4] {
            _ if &header[..4] != MAGIC => return Err(TilePixelsError::UnknownFormat),
            1 => false,
            2 => true,
            _ => return Err(TilePixelsError::UnknownFormat),
        };
        if header[8..12] != width.to_le_bytes() || header[12..] != height.to_le_bytes() {
            return Err(wrong_size);
        }
        let pixel_count = width as usize * height as usize;
        let floats_of_pixel = COLOR_FLOATS + if has_features { FEATURE_FLOATS } else { 0 };
        let floats = pixel_count * floats_of_pixel;
        let Ok(planes) = lz4_flex::block::decompress(compressed, floats * 4) else {
            return Err(wrong_size);
        };
        if planes.len() != floats * 4 {
            return Err(wrong_size);
        }
        let value = |at: usize| {
            f32::from_le_bytes(std::array::from_fn(|plane| planes[plane * floats + at]))
        };
        if has_features && self.features.is_empty() {
            self.features = vec![Feature::NOTHING; self.picture.pixels.len()];
        }
        for row in 0..height {
            let to = (y + row) as usize * self.picture.width as usize + x as usize;
            for column in 0..width as usize {
                let from = row as usize * width as usize + column;
                let color = std::array::from_fn(|i| value(from * COLOR_FLOATS + i));
                self.picture.pixels[to + column] = color;
                if has_features {
                    let at = pixel_count * COLOR_FLOATS + from * FEATURE_FLOATS;
                    self.features[to + column] = Feature {
                        albedo: [value(at), value(at + 1), value(at + 2)],
                        normal: [value(at + 3), value(at + 4), value(at + 5)],
                        closeness: value(at + 6),
                        variance: value(at + 7),
                    };
                }
            }
        }
        if has_features {
            self.with_features += pixel_count;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn encode_then_decode_gives_the_same_bits(
            width in 1..20_u32, height in 1..20_u32, x in 0..5_u32, y in 0..5_u32, seed: u32, with_features: bool,
        ) {
            let bits = |i: u32| f32::from_bits(seed.wrapping_mul(i.wrapping_add(7)).wrapping_mul(0x9E37_79B9) & 0x7F7F_FFFF);
            let pixels = (0..width * height).map(|i| [bits(3 * i), bits(3 * i + 1), bits(3 * i + 2)]).collect();
            let tile = Picture { width, height, pixels };
            let feature = |i: u32| Feature {
                albedo: [bits(i), bits(i + 1), bits(i + 2)],
                normal: [bits(i + 3), bits(i + 4), bits(i + 5)],
                closeness: bits(i + 6),
                variance: bits(i + 7),
            };
            let pixels = (0..width * height).map(|i| feature(8 * i)).collect();
            let features = Features { width, height, samples: 4, pixels };
            let mut frame = Frame::new(25, 25);
            let bytes = encode(&tile, with_features.then_some(&features));
            frame.put(Region { x, y, width, height }, &bytes).unwrap();
            prop_assert_eq!(frame.features.is_empty(), !with_features);
            for row in 0..height {
                for column in 0..width {
                    let to = ((y + row) * 25 + x + column) as usize;
                    let from = (row * width + column) as usize;
                    prop_assert_eq!(frame.picture.pixels[to], tile.pixels[from]);
                    if with_features {
                        prop_assert_eq!(frame.features[to], features.pixels[from]);
                    }
                }
            }
        }

        #[test]
        fn any_bytes_are_refused_or_read_but_never_a_panic(bytes: Vec<u8>) {
            let _ = Frame::new(4, 4).put(Region { x: 0, y: 0, width: 4, height: 4 }, &bytes);
        }
    }

    fn grey(width: u32, height: u32) -> Picture {
        Frame::new(width, height).picture
    }

    #[test]
    fn a_tile_of_another_size_is_refused() {
        let bytes = encode(&grey(3, 2), None);
        let region = Region {
            x: 0,
            y: 0,
            width: 2,
            height: 3,
        };
        assert!(matches!(
            Frame::new(4, 4).put(region, &bytes),
            Err(TilePixelsError::WrongSize { .. })
        ));
    }

    #[test]
    fn a_frame_has_features_once_all_of_its_tiles_have() {
        let features = Features {
            width: 2,
            height: 2,
            samples: 8,
            pixels: vec![Feature::NOTHING; 4],
        };
        let half = |x| Region {
            x,
            y: 0,
            width: 2,
            height: 2,
        };
        let with = encode(&grey(2, 2), Some(&features));
        let without = encode(&grey(2, 2), None);
        for (second, complete) in [(&with, true), (&without, false)] {
            let mut frame = Frame::new(4, 2);
            frame.put(half(0), &with).unwrap();
            frame.put(half(2), second).unwrap();
            assert_eq!(frame.into_features(8).1.is_some(), complete);
        }
    }
}
