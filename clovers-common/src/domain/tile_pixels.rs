//! Pixels of one tile as stored: linear sRGB, 32-bit floats, compressed without loss.
//!
//! Layout, little-endian: magic `CLVT`, version `u8` (1), three zero bytes, width `u32`, height `u32`, then LZ4 of the
//! pixels in byte planes (all first bytes, then all second ones …): the planes of signs and exponents compress well.

use clovers::image::Picture;
use clovers::render::Region;

const MAGIC: &[u8; 4] = b"CLVT";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 16;
const BYTES_PER_PIXEL: usize = 12;

/// Why stored tile pixels cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TilePixelsError {
    /// Written by a newer release, or not tile pixels at all.
    #[error("not tile pixels of version {VERSION}")]
    UnknownFormat,
    /// Damaged, or of another size than the tile they belong to.
    #[error("tile pixels do not hold {width}x{height} pixels")]
    WrongSize { width: u32, height: u32 },
}

/// Encodes the picture of one tile.
pub fn encode(tile: &Picture) -> Vec<u8> {
    let pixels: Vec<u8> = tile
        .pixels
        .iter()
        .flatten()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let planes: Vec<u8> = (0..4)
        .flat_map(|plane| pixels.iter().skip(plane).step_by(4).copied())
        .collect();
    let mut bytes = Vec::with_capacity(HEADER_BYTES + planes.len() / 2);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[VERSION, 0, 0, 0]);
    bytes.extend_from_slice(&tile.width.to_le_bytes());
    bytes.extend_from_slice(&tile.height.to_le_bytes());
    bytes.extend_from_slice(&lz4_flex::block::compress(&planes));
    bytes
}

/// Decodes stored pixels into their place in the frame.
///
/// # Errors
///
/// If the bytes are not what [`encode`] wrote for a tile of this size; the frame is unchanged then.
pub fn decode_into(
    frame: &mut Picture,
    region: Region,
    bytes: &[u8],
) -> Result<(), TilePixelsError> {
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
    if &header[..4] != MAGIC || header[4] != VERSION {
        return Err(TilePixelsError::UnknownFormat);
    }
    if header[8..12] != width.to_le_bytes() || header[12..] != height.to_le_bytes() {
        return Err(wrong_size);
    }
    let pixel_count = width as usize * height as usize;
    let Ok(planes) = lz4_flex::block::decompress(compressed, pixel_count * BYTES_PER_PIXEL) else {
        return Err(wrong_size);
    };
    if planes.len() != pixel_count * BYTES_PER_PIXEL {
        return Err(wrong_size);
    }
    let value = |at: usize| {
        f32::from_le_bytes(std::array::from_fn(|plane| {
            planes[plane * pixel_count * 3 + at]
        }))
    };
    for row in 0..height {
        let to = (y + row) as usize * frame.width as usize + x as usize;
        for column in 0..width as usize {
            let from = (row as usize * width as usize + column) * 3;
            frame.pixels[to + column] = [value(from), value(from + 1), value(from + 2)];
        }
    }
    Ok(())
}

/// An all-black frame to decode tiles into.
pub fn empty_frame(width: u32, height: u32) -> Picture {
    Picture {
        width,
        height,
        pixels: vec![[0.0; 3]; width as usize * height as usize],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn encode_then_decode_gives_the_same_bits(
            width in 1..20_u32, height in 1..20_u32, x in 0..5_u32, y in 0..5_u32, seed: u32,
        ) {
            let bits = |i: u32| f32::from_bits(seed.wrapping_mul(i.wrapping_add(7)).wrapping_mul(0x9E37_79B9) & 0x7F7F_FFFF);
            let pixels = (0..width * height).map(|i| [bits(3 * i), bits(3 * i + 1), bits(3 * i + 2)]).collect();
            let tile = Picture { width, height, pixels };
            let mut frame = empty_frame(25, 25);
            decode_into(&mut frame, Region { x, y, width, height }, &encode(&tile)).unwrap();
            for row in 0..height {
                for column in 0..width {
                    prop_assert_eq!(
                        frame.pixels[((y + row) * 25 + x + column) as usize],
                        tile.pixels[(row * width + column) as usize]
                    );
                }
            }
        }

        #[test]
        fn any_bytes_are_refused_or_read_but_never_a_panic(bytes: Vec<u8>) {
            let mut frame = empty_frame(4, 4);
            let _ = decode_into(&mut frame, Region { x: 0, y: 0, width: 4, height: 4 }, &bytes);
        }
    }

    #[test]
    fn a_tile_of_another_size_is_refused() {
        let bytes = encode(&empty_frame(3, 2));
        let mut frame = empty_frame(4, 4);
        let region = Region {
            x: 0,
            y: 0,
            width: 2,
            height: 3,
        };
        assert!(matches!(
            decode_into(&mut frame, region, &bytes),
            Err(TilePixelsError::WrongSize { .. })
        ));
    }
}
