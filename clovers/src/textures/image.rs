//! Images of glTF files as textures: bilinear between the middles of texels.

use glam::{Vec2, Vec3};

use crate::{
    mesh::{Image, TextureRef, Wrap},
    spectrum::srgb,
};
use std::sync::LazyLock;

/// Linear values of sRGB-encoded bytes.
static DECODED: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|byte| srgb::decode(byte as f64 / 255.0) as f32));

/// The linear colour of an sRGB-encoded image.
#[must_use]
pub fn color(texture: &TextureRef, images: &[Image], uv: [Vec2; 2]) -> Vec3 {
    let decoded = &*DECODED;
    lookup(texture, images, uv, |byte| decoded[usize::from(byte)])
}

/// The values of an image that holds numbers, within [0, 1].
#[must_use]
pub fn data(texture: &TextureRef, images: &[Image], uv: [Vec2; 2]) -> Vec3 {
    lookup(texture, images, uv, |byte| f32::from(byte) * (1.0 / 255.0))
}

fn lookup(
    texture: &TextureRef,
    images: &[Image],
    uv: [Vec2; 2],
    decode: impl Fn(u8) -> f32,
) -> Vec3 {
    let image = &images[texture.image as usize];
    let uv = uv[texture.uv_set as usize & 1];
    let uv = texture
        .transform
        .map_or(uv, |transform| transform.apply(uv));
    let (columns, x) = neighbours(uv.x, image.width, texture.wrap[0]);
    let (rows, y) = neighbours(uv.y, image.height, texture.wrap[1]);
    let texel = |column: u32, row: u32| {
        let [r, g, b, _] = image.texels[row as usize * image.width as usize + column as usize];
        Vec3::new(decode(r), decode(g), decode(b))
    };
    let top = texel(columns[0], rows[0]).lerp(texel(columns[1], rows[0]), x);
    let bottom = texel(columns[0], rows[1]).lerp(texel(columns[1], rows[1]), x);
    top.lerp(bottom, y)
}

/// The two texels around a coordinate, and how far it is from the first to the second.
fn neighbours(coordinate: f32, size: u32, wrap: Wrap) -> ([u32; 2], f32) {
    // Coordinates are folded before they are scaled, so that far ones keep their fraction.
    let folded = match wrap {
        Wrap::Repeat => coordinate - coordinate.floor(),
        Wrap::Mirror => {
            let turn = (coordinate * 0.5 - (coordinate * 0.5).floor()) * 2.0;
            if turn > 1.0 { 2.0 - turn } else { turn }
        }
        Wrap::Clamp => coordinate.clamp(0.0, 1.0),
    };
    let place = folded * size as f32 - 0.5;
    let first = place.floor();
    let last = i64::from(size) - 1;
    let index = |index: i64| {
        let inside = match wrap {
            Wrap::Repeat => index.rem_euclid(last + 1),
            Wrap::Mirror | Wrap::Clamp => index.clamp(0, last),
        };
        inside as u32
    };
    let first_index = first as i64;
    (
        [index(first_index), index(first_index + 1)],
        (place - first).clamp(0.0, 1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(coordinate: f32, wrap: Wrap, expected: ([u32; 2], f32)) {
        let (texels, fraction) = neighbours(coordinate, 4, wrap);
        assert_eq!(texels, expected.0);
        assert!((fraction - expected.1).abs() < 1e-5, "{fraction}");
    }

    #[test]
    fn texels_go_on_as_the_wrap_says() {
        for wrap in [Wrap::Repeat, Wrap::Mirror, Wrap::Clamp] {
            check(0.125, wrap, ([0, 1], 0.0));
            check(0.5, wrap, ([1, 2], 0.5));
        }
        check(0.0, Wrap::Repeat, ([3, 0], 0.5));
        check(-0.875, Wrap::Repeat, ([0, 1], 0.0));
        check(7.625, Wrap::Repeat, ([2, 3], 0.0));
        check(0.0, Wrap::Mirror, ([0, 0], 0.5));
        check(1.125, Wrap::Mirror, ([3, 3], 0.0));
        check(1.375, Wrap::Mirror, ([2, 3], 0.0));
        check(-3.0, Wrap::Clamp, ([0, 0], 0.5));
        check(f32::INFINITY, Wrap::Clamp, ([3, 3], 0.5));
    }

    #[test]
    fn coordinates_that_are_no_numbers_stay_within_the_image() {
        for wrap in [Wrap::Repeat, Wrap::Mirror, Wrap::Clamp] {
            for coordinate in [f32::NAN, f32::INFINITY, f32::MAX, f32::MIN] {
                let (texels, _) = neighbours(coordinate, 4, wrap);
                assert!(texels.iter().all(|&texel| texel < 4));
            }
        }
    }
}
