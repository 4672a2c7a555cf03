//! One tile: scene to stored pixels.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clovers_common::clovers::render::{Control, render};
use clovers_common::clovers::{Cancelled, Film};
use clovers_common::domain::tile_pixels;
use clovers_common::store::{Backoff, ClaimedTile, Fence};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{TileError, Worker};

/// How often a worker looks whether the tile it renders is still wanted.
const CLAIM_CHECK: Duration = Duration::from_secs(1);

impl Worker {
    /// Renders a claimed tile and stores its pixels; the last one makes the assembly claimable.
    pub(crate) async fn render_tile(
        &self,
        tile: &ClaimedTile,
        shutdown: &CancellationToken,
    ) -> Result<(), TileError> {
        let loaded = tokio::select! {
            loaded = self.scenes.scene(tile.fence.render_id) => loaded?,
            () = shutdown.cancelled() => return Err(TileError::Stopping),
        };
        let cancel = Arc::new(AtomicBool::new(false));
        let (stop, region) = (cancel.clone(), tile.region);
        let rendering = self.pool.run(move || {
            let options = &loaded.options.render;
            let mut film = if loaded.options.denoise == Some(true) {
                Film::with_features(region)
            } else {
                Film::new(region)
            };
            let control = Control {
                cancel: &stop,
                progress: &|_| {},
            };
            render(
                &loaded.scene,
                options,
                0..options.samples,
                &mut film,
                &control,
            )?;
            let features = film.features();
            Ok::<_, Cancelled>(tile_pixels::encode(&film.picture(), features.as_ref()))
        });

        let pixels = self
            .while_claimed(tile.fence, shutdown, &cancel, rendering)
            .await?;
        let pixels = pixels.map_err(|panicked| TileError::Failed(panicked.to_string()))?;
        // Only this function cancels, and it has left with the reason then.
        let pixels = pixels.map_err(|Cancelled| TileError::Lost)?;
        if !self.store_pixels(tile, &pixels, shutdown).await? {
            return Err(TileError::Lost);
        }
        // The tile is done whatever happens now: an assembly that is not begun here the rescuer begins.
        match self.store.begin_assembly(tile.fence.render_id).await {
            Ok(Some(entry)) => self.push(entry).await,
            Ok(None) => {}
            Err(error) => {
                warn!(error = %error, "Cannot begin an assembly; the rescuer will");
            }
        }
        Ok(())
    }

    /// Stores pixels, again and again while Postgres does not answer: rendering them again would cost more.
    async fn store_pixels(
        &self,
        tile: &ClaimedTile,
        pixels: &[u8],
        shutdown: &CancellationToken,
    ) -> Result<bool, TileError> {
        let mut backoff = Backoff::default();
        loop {
            match self
                .store
                .complete_tile(tile.fence, self.id, tile.attempt, pixels)
                .await
            {
                Err(error) if error.is_unavailable() => {
                    warn!(error = %error, "Cannot store a tile yet; trying again");
                    tokio::select! {
                        () = backoff.wait() => {}
                        () = shutdown.cancelled() => return Err(TileError::Stopping),
                    }
                }
                stored => return Ok(stored?),
            }
        }
    }

    /// Waits for work on the pool, and stops it when the worker stops or the claim is lost.
    pub(crate) async fn while_claimed<T>(
        &self,
        fence: Fence,
        shutdown: &CancellationToken,
        cancel: &AtomicBool,
        work: impl Future<Output = T>,
    ) -> Result<T, TileError> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                result = &mut work => return Ok(result),
                () = shutdown.cancelled() => {
                    cancel.store(true, Ordering::Relaxed);
                    return Err(TileError::Stopping);
                }
                () = tokio::time::sleep(CLAIM_CHECK) => {
                    // While Postgres does not answer the claim is taken to hold; the fence decides in the end.
                    if matches!(self.store.claim_holds(fence).await, Ok(false)) {
                        cancel.store(true, Ordering::Relaxed);
                        return Err(TileError::Lost);
                    }
                }
            }
        }
    }
}
