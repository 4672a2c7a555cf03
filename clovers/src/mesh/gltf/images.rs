//! PNG and JPEG images to texels.

use std::io::Cursor;

use image::{
    ColorType, ImageDecoder, Limits,
    codecs::{jpeg::JpegDecoder, png::PngDecoder},
};

use super::super::{Image, MeshError, memory::Memory};

/// The most texels along a side.
const MOST: u32 = 16_384;

/// What the decoders need for rows, tables and a colour profile, in bytes.
const SCRATCH: usize = 8 << 20;

/// Decodes an image; `what` names it.
pub(super) fn decode(bytes: &[u8], what: &str, memory: &mut Memory) -> Result<Image, MeshError> {
    // Both decoders keep copies of some chunks of the file.
    let mut scratch = SCRATCH + 3 * bytes.len();
    let take = |memory: &mut Memory, bytes| {
        memory.take::<u8>(bytes, || {
            format!("the {} MiB to decode {what}", bytes >> 20)
        })
    };
    take(memory, scratch)?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MOST);
    limits.max_image_height = Some(MOST);
    limits.max_alloc = Some(scratch as u64);
    let invalid = |error| MeshError::Invalid(format!("{what}: {error}"));
    let image = if bytes.starts_with(b"\x89PNG") {
        let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(invalid)?;
        texels(decoder, what, memory)?
    } else if bytes.starts_with(&[0xff, 0xd8]) {
        let mut decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(invalid)?;
        decoder.set_limits(limits).map_err(invalid)?;
        let (width, height) = decoder.dimensions();
        // A block of 64 texels takes at least one bit, and cut files are filled up with grey.
        let texels_of = |count: usize| count as u64 * 8 * 64 + 65_536;
        if u64::from(width) * u64::from(height) > texels_of(bytes.len()) {
            return Err(MeshError::Invalid(format!(
                "{what}: {} bytes cannot hold {width} x {height} texels",
                bytes.len()
            )));
        }
        let coefficients = coefficients(bytes, width, height);
        take(memory, coefficients)?;
        scratch += coefficients;
        texels(decoder, what, memory)?
    } else {
        return Err(MeshError::Invalid(format!(
            "{what} is neither PNG nor JPEG"
        )));
    };
    memory.give_back(scratch);
    Ok(image)
}

/// How many bytes the coefficients of a JPEG take until its end: none where one scan has all
/// components, so that they are decoded row by row.
fn coefficients(jpeg: &[u8], width: u32, height: u32) -> usize {
    // A coefficient has two bytes, and blocks cover up to 32 x 32 texels.
    let whole = 2 * width.next_multiple_of(32) as usize * height.next_multiple_of(32) as usize;
    let mut rest = &jpeg[2..];
    let mut frame = None;
    while let [0xff, marker, more @ ..] = rest {
        if *marker == 0xff {
            // Padding.
            rest = &rest[1..];
            continue;
        }
        let [high, low, body @ ..] = more else { break };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        match (marker, frame) {
            // A frame begins with 1 byte of precision, 4 of size and 1 for how many components it
            // has, of 3 bytes each. Their second byte has the factors by which the most finely
            // sampled of them is finer than the others.
            (0xc0..=0xc2, _) => {
                let [_, _, _, _, _, count, components @ ..] = body else {
                    break;
                };
                let factors = components.chunks_exact(3).take(usize::from(*count));
                let factors = factors.map(|component| (component[1] >> 4, component[1] & 15));
                let sum: usize = factors.clone().map(|(h, v)| usize::from(h * v)).sum();
                let most = |of: fn((u8, u8)) -> u8| factors.clone().map(of).max();
                let finest = most(|(h, _)| h).zip(most(|(_, v)| v));
                let finest = finest.map_or(1, |(h, v)| usize::from(h * v).max(1));
                frame = Some((*marker, count, whole * sum / finest));
            }
            (0xda, Some((0xc0 | 0xc1, count, _))) if body.first() == Some(count) => return 0,
            (0xda, Some((_, _, coefficients))) => return coefficients,
            _ => {}
        }
        rest = more.get(length..).unwrap_or_default();
    }
    4 * whole
}

fn texels(decoder: impl ImageDecoder, what: &str, memory: &mut Memory) -> Result<Image, MeshError> {
    let (width, height) = decoder.dimensions();
    let count = width as usize * height as usize;
    let invalid = |error| MeshError::Invalid(format!("{what}: {error}"));
    let size = || format!("{width} x {height} texels of {what}");
    if count == 0 {
        return Err(MeshError::Invalid(format!("{what} has no texels")));
    }
    memory.take::<[u8; 4]>(count, size)?;
    let mut texels = vec![[0; 4]; count];
    let channels = usize::from(decoder.color_type().channel_count());
    match decoder.color_type() {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8 => {
            let bytes = texels.as_flattened_mut();
            decoder
                .read_image(&mut bytes[..count * channels])
                .map_err(invalid)?;
            // From the back, so that nothing is overwritten before it is read.
            for texel in (0..count).rev() {
                let spread = spread(&bytes[texel * channels..][..channels]);
                bytes[4 * texel..][..4].copy_from_slice(&spread);
            }
        }
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
            let size_wide = count * channels;
            memory.take::<u16>(size_wide, size)?;
            let mut wide = vec![0_u8; 2 * size_wide];
            decoder.read_image(&mut wide).map_err(invalid)?;
            for (texel, wide) in texels.iter_mut().zip(wide.chunks_exact(2 * channels)) {
                let mut narrow = [0; 4];
                for (narrow, wide) in narrow.iter_mut().zip(wide.chunks_exact(2)) {
                    let value = u32::from(u16::from_ne_bytes([wide[0], wide[1]]));
                    *narrow = ((value + 128) / 257) as u8;
                }
                *texel = spread(&narrow[..channels]);
            }
            memory.give_back(2 * size_wide);
        }
        other => {
            return Err(MeshError::Invalid(format!(
                "{what} has texels of type {other:?}, which is not supported"
            )));
        }
    }
    Ok(Image {
        width,
        height,
        texels,
    })
}

/// Grey, grey and alpha, colour, or colour and alpha, as colour and alpha.
fn spread(channels: &[u8]) -> [u8; 4] {
    match *channels {
        [grey] => [grey, grey, grey, 255],
        [grey, alpha] => [grey, grey, grey, alpha],
        [red, green, blue] => [red, green, blue, 255],
        [red, green, blue, alpha] => [red, green, blue, alpha],
        _ => [0; 4],
    }
}
