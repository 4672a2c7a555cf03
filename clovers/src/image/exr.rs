//! EXR, half floats, linear sRGB primaries (the format's default chromaticities).

use exr::prelude::{
    AnyChannel, AnyChannels, Compression, Encoding, FlatSamples, Image, Layer, LayerAttributes,
    SmallVec, Vec2, WritableImage, f16,
};

use super::Picture;

/// The largest finite half float.
const LARGEST: f32 = 65504.0;

/// The bytes of an EXR file.
///
/// Values beyond the range of half floats are limited to it. Equal pictures give equal bytes.
///
/// # Panics
/// When the picture has no pixels, or not as many as its size says.
#[must_use]
pub fn encode(picture: &Picture) -> Vec<u8> {
    let channel = |name: &str, index: usize| {
        let values = picture
            .pixels
            .iter()
            .map(|pixel| f16::from_f32(pixel[index].clamp(-LARGEST, LARGEST)))
            .collect();
        AnyChannel::new(name, FlatSamples::F16(values))
    };
    let channels = AnyChannels::sort(SmallVec::from_vec(vec![
        channel("R", 0),
        channel("G", 1),
        channel("B", 2),
    ]));
    let layer = Layer::new(
        Vec2(picture.width as usize, picture.height as usize),
        LayerAttributes::default(),
        Encoding {
            compression: Compression::ZIP16,
            ..Encoding::SMALL_LOSSLESS
        },
        channels,
    );
    let mut bytes = std::io::Cursor::new(Vec::new());
    Image::from_layer(layer)
        .write()
        .non_parallel()
        .to_buffered(&mut bytes)
        .expect("a picture with pixels can be written to memory");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use exr::prelude::{ReadChannels, ReadLayers};

    #[test]
    fn values_survive_as_half_floats() {
        let picture = Picture {
            width: 3,
            height: 1,
            pixels: vec![[0.0, 0.5, 1.0], [4.0, 1e9, -0.25], [0.1, 0.2, 0.3]],
        };
        let bytes = encode(&picture);
        assert_eq!(bytes, encode(&picture));
        let image = exr::prelude::read()
            .no_deep_data()
            .largest_resolution_level()
            .all_channels()
            .first_valid_layer()
            .all_attributes()
            .from_buffered(std::io::Cursor::new(&bytes))
            .expect("it is an EXR file");
        let names: Vec<String> = image
            .layer_data
            .channel_data
            .list
            .iter()
            .map(|channel| channel.name.to_string())
            .collect();
        assert_eq!(names, ["B", "G", "R"]);
        let red: Vec<f32> = image.layer_data.channel_data.list[2]
            .sample_data
            .values_as_f32()
            .collect();
        assert_eq!(red, [0.0, 4.0, f16::from_f32(0.1).to_f32()]);
        let green: Vec<f32> = image.layer_data.channel_data.list[1]
            .sample_data
            .values_as_f32()
            .collect();
        assert_eq!(green, [0.5, LARGEST, f16::from_f32(0.2).to_f32()]);
    }
}
