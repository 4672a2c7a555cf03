//! PNG, 8 bits per channel, encoded sRGB, clipped, no tone curve.

use png::{BitDepth, ColorType, Compression, Encoder, Filter, SrgbRenderingIntent};

use super::Picture;
use crate::spectrum::srgb;

/// The bytes of a PNG file.
///
/// Filter and compression are fixed and there is no time chunk, so equal pictures give equal
/// bytes.
///
/// # Panics
/// When the picture has no pixels, or not as many as its size says.
#[must_use]
pub fn encode(picture: &Picture) -> Vec<u8> {
    let data: Vec<u8> = picture
        .pixels
        .iter()
        .flat_map(|pixel| pixel.map(quantise))
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, picture.width, picture.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::Paeth);
    let mut writer = encoder.write_header().expect("the picture has a size");
    writer
        .write_image_data(&data)
        .expect("there are as many pixels as the size says");
    writer.finish().expect("memory takes all bytes");
    bytes
}

/// A linear value as an encoded byte; not-a-number is 0.
fn quantise(value: f32) -> u8 {
    (srgb::encode(f64::from(value.clamp(0.0, 1.0))) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_and_clipped() {
        let picture = Picture {
            width: 2,
            height: 2,
            pixels: vec![
                [0.0, 0.5, 1.0],
                [-1.0, 2.0, 0.214_041_14],
                [f32::NAN, f32::INFINITY, 0.0],
                [0.001, 0.003, 0.9],
            ],
        };
        let bytes = encode(&picture);
        assert_eq!(bytes, encode(&picture));
        let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes))
            .read_info()
            .expect("it is a PNG");
        assert!(reader.info().srgb.is_some());
        let mut data = vec![0; reader.output_buffer_size().expect("it is small")];
        reader.next_frame(&mut data).expect("it is whole");
        assert_eq!(data[..9], [0, 188, 255, 0, 255, 128, 0, 255, 0]);
    }
}
