//! How a frame is cut into tiles.

use clovers::render::Region;

/// Pixels per side. Coarse enough that claiming costs nothing beside rendering, fine enough to spread a frame. A
/// multiple of the blocks of an adaptive render (16): a block of two tiles would be rendered in both.
const TILE_SIDE: u32 = 128;

/// The fixed grid of a frame, row by row from the top left; every pixel is in just one tile.
pub fn grid(width: u32, height: u32) -> Vec<Region> {
    let cut = |length: u32| {
        (0..length)
            .step_by(TILE_SIDE as usize)
            .map(move |at| (at, TILE_SIDE.min(length - at)))
    };
    cut(height)
        .flat_map(|(y, height)| {
            cut(width).map(move |(x, width)| Region {
                x,
                y,
                width,
                height,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_pixel_is_in_just_one_tile(width in 1..600_u32, height in 1..600_u32) {
            let mut hits = vec![0_u8; (width * height) as usize];
            for tile in grid(width, height) {
                for y in tile.y..tile.y + tile.height {
                    for x in tile.x..tile.x + tile.width {
                        hits[(y * width + x) as usize] += 1;
                    }
                }
            }
            prop_assert!(hits.iter().all(|&count| count == 1));
        }
    }
}
