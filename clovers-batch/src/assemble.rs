//! All tiles of a frame to its pictures.

use std::sync::atomic::AtomicBool;

use clovers_common::clovers::{denoise, image};
use clovers_common::domain::tile_pixels::{Frame, TilePixelsError};
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
        let status = self.store.task_status(id).await?.ok_or(TileError::Lost)?;
        let (samples, exr) = (status.samples.cast_unsigned(), status.exr);
        let frame = Frame::new(tile.region.width, tile.region.height);

        let encoding = self.pool.run(move || pictures(frame, &tiles, samples, exr));
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

/// Denoises a frame whose tiles tell what that needs, for then it was asked for.
fn pictures(
    mut frame: Frame,
    tiles: &[DoneTile],
    samples: u32,
    exr: bool,
) -> Result<Pictures, TilePixelsError> {
    for tile in tiles {
        frame.put(tile.region, &tile.pixels)?;
    }
    let (mut picture, features) = frame.into_features(samples);
    if let Some(features) = features {
        picture = denoise(&picture, &features);
    }
    Ok(Pictures {
        png: image::png::encode(&picture),
        thumbnail: image::png::encode(&image::thumbnail(&picture, THUMBNAIL_SIDE)),
        exr: exr.then(|| image::exr::encode(&picture)),
    })
}
