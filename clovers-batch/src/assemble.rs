//! All tiles of a frame to its pictures.

use std::sync::atomic::AtomicBool;

use clovers_common::clovers::image;
use clovers_common::domain::tile_pixels::{self, TilePixelsError};
use clovers_common::store::{ClaimedTile, DoneTile, Pictures};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{TileError, Worker};

/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 256;

impl Worker {
    /// Makes the pictures of a frame and turns its task into a result.
    pub(crate) async fn assemble(
        &self,
        tile: &ClaimedTile,
        shutdown: &CancellationToken,
    ) -> Result<(), TileError> {
        let id = tile.fence.render_id;
        let tiles = self.store.done_tiles(id).await?;
        let exr = self
            .store
            .task_status(id)
            .await?
            .ok_or(TileError::Lost)?
            .exr;
        let (width, height) = (tile.region.width, tile.region.height);

        let encoding = self.pool.run(move || pictures(width, height, &tiles, exr));
        let pictures = self
            .while_claimed(tile.fence, shutdown, &AtomicBool::new(false), encoding)
            .await?;
        let pictures = pictures.map_err(|panicked| TileError::Failed(panicked.to_string()))?;
        let pictures = pictures.map_err(|error| TileError::Failed(error.to_string()))?;
        if !self
            .store
            .complete_render(tile.fence, self.id, &pictures)
            .await?
        {
            return Err(TileError::Lost);
        }
        info!(render.id = %id, bytes = pictures.png.len(), "Rendered {id}");
        Ok(())
    }
}

fn pictures(
    width: u32,
    height: u32,
    tiles: &[DoneTile],
    exr: bool,
) -> Result<Pictures, TilePixelsError> {
    let mut frame = tile_pixels::empty_frame(width, height);
    for tile in tiles {
        tile_pixels::decode_into(&mut frame, tile.region, &tile.pixels)?;
    }
    Ok(Pictures {
        png: image::png::encode(&frame),
        thumbnail: image::png::encode(&image::thumbnail(&frame, THUMBNAIL_SIDE)),
        exr: exr.then(|| image::exr::encode(&frame)),
    })
}
