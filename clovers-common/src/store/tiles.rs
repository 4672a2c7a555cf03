//! Claiming, completing, handing back, retrying and rescuing tiles.

use clovers::render::Region;
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use tracing::warn;

use super::render_events::{self, EventKind, NewEvent};
use super::render_results::{Ending, finish};
use super::{QueueEntry, Store, StoreError};
use crate::domain::ids::{RenderId, WorkerId};
use crate::domain::tile_pixels;

/// A tile is tried once and retried three times.
const MAX_FAILURES: i32 = 4;

/// What is to be done for a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    Pixels,
    /// All pixels are there: make the picture.
    Assembly,
}

impl TileKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::Assembly => "assembly",
        }
    }
}

/// Proof of a claim. A write that carries an outdated one changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    pub render_id: RenderId,
    pub tile_no: i32,
    pub lease_no: i32,
}

/// A tile this worker holds.
#[derive(Clone, Debug)]
pub struct ClaimedTile {
    pub fence: Fence,
    pub kind: TileKind,
    pub region: Region,
    /// 1 for the first try.
    pub attempt: i32,
}

/// What a look at a render's tiles found.
#[derive(Debug)]
pub enum Claim {
    /// A tile, and the render's place in the queue if others could claim more of it now.
    Tile {
        tile: ClaimedTile,
        more: Option<QueueEntry>,
    },
    /// Another engine has begun this render; its workers will want the id back in the queue.
    OtherEngine(QueueEntry),
    /// Nothing to do for this render now, or it is no longer live.
    Nothing,
}

/// Pixels of a finished tile, as stored.
#[derive(Debug)]
pub struct DoneTile {
    pub region: Region,
    pub pixels: Vec<u8>,
}

/// What became of a tile that failed.
#[derive(Debug, PartialEq, Eq)]
pub enum TileFailure {
    /// It will be tried again after a pause.
    WillRetry,
    /// That was the last try; the render has failed.
    RenderFailed,
    /// The claim was outdated; nothing changed.
    Outdated,
}

impl Store {
    /// Claims the first claimable tile of a render for a worker, pinning the render to the worker's engine.
    pub async fn claim_tile(
        &self,
        id: RenderId,
        worker: WorkerId,
        engine: &str,
    ) -> Result<Claim, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let Some(task) = sqlx::query!(
            "select engine, queue_score from render_tasks where id = $1",
            id.0
        )
        .fetch_optional(&mut *transaction)
        .await?
        else {
            return Ok(Claim::Nothing);
        };
        let entry = QueueEntry {
            id,
            score: task.queue_score,
        };
        if task.engine.is_none() {
            sqlx::query!(
                r#"
                update render_tasks
                set engine = $2, state = 'rendering', started_at = now()
                where id = $1 and engine is null and state = 'queued'
                "#,
                id.0,
                engine,
            )
            .execute(&mut *transaction)
            .await?;
        }
        let claimed = sqlx::query!(
            r#"
            with claimable as (
                select tile.task_id, tile.tile_no
                from render_tiles tile
                join render_tasks task on task.id = tile.task_id
                where tile.task_id = $1
                    and tile.state = 'ready'
                    and tile.not_before <= now()
                    and task.engine = $3
                order by tile.tile_no
                limit 1
                for update of tile skip locked
            )
            update render_tiles tile
            set state = 'leased', worker_id = $2, lease_no = tile.lease_no + 1
            from claimable
            where tile.task_id = claimable.task_id and tile.tile_no = claimable.tile_no
            returning tile.tile_no, tile.kind, tile.x, tile.y, tile.width, tile.height, tile.lease_no, tile.failures
            "#,
            id.0,
            worker.0,
            engine,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let more = sqlx::query_scalar!(
            r#"
            select exists (
                select from render_tiles where task_id = $1 and state = 'ready' and not_before <= now()
            ) as "more!"
            "#,
            id.0,
        )
        .fetch_one(&mut *transaction)
        .await?;
        let Some(row) = claimed else {
            transaction.commit().await?;
            let other_engine = task.engine.is_some_and(|pinned| pinned != engine);
            return Ok(if more && other_engine {
                Claim::OtherEngine(entry)
            } else {
                Claim::Nothing
            });
        };
        let tile = ClaimedTile {
            fence: Fence {
                render_id: id,
                tile_no: row.tile_no,
                lease_no: row.lease_no,
            },
            kind: if row.kind == "assembly" {
                TileKind::Assembly
            } else {
                TileKind::Pixels
            },
            region: region(row.x, row.y, row.width, row.height),
            attempt: row.failures + 1,
        };
        let event = NewEvent {
            tile_no: Some(row.tile_no),
            worker_id: Some(worker),
            attempt: Some(tile.attempt),
            detail: None,
        };
        render_events::insert(&mut transaction, id, EventKind::Claimed, event).await?;
        transaction.commit().await?;
        Ok(Claim::Tile {
            tile,
            more: more.then_some(entry),
        })
    }

    /// Stores a tile's pixels; false if the claim is outdated and they were discarded.
    pub async fn complete_tile(
        &self,
        fence: Fence,
        worker: WorkerId,
        attempt: i32,
        pixels: &[u8],
    ) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let completed = sqlx::query!(
            r#"
            update render_tiles
            set state = 'done', worker_id = null, pixels = $4
            where task_id = $1 and tile_no = $2 and lease_no = $3 and state = 'leased' and kind = 'pixels'
            "#,
            fence.render_id.0,
            fence.tile_no,
            fence.lease_no,
            pixels,
        )
        .execute(&mut *transaction)
        .await?
        .rows_affected();
        if completed == 0 {
            return Ok(false);
        }
        let event = NewEvent {
            tile_no: Some(fence.tile_no),
            worker_id: Some(worker),
            attempt: Some(attempt),
            detail: None,
        };
        render_events::insert(
            &mut transaction,
            fence.render_id,
            EventKind::TileDone,
            event,
        )
        .await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Whether a claim still holds: not when its render was cancelled or its tile was given to another worker.
    pub async fn claim_holds(&self, fence: Fence) -> Result<bool, StoreError> {
        let held = sqlx::query_scalar!(
            r#"
            select 1
            from render_tiles
            where task_id = $1 and tile_no = $2 and lease_no = $3 and state = 'leased'
            "#,
            fence.render_id.0,
            fence.tile_no,
            fence.lease_no,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(held.is_some())
    }

    /// Makes the assembly claimable when the last tile is done; told to just one of those who ask at the same time.
    pub async fn begin_assembly(&self, id: RenderId) -> Result<Option<QueueEntry>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let begun = sqlx::query!(
            r#"
            update render_tasks
            set state = 'assembling'
            where id = $1
                and state = 'rendering'
                and not exists (select from render_tiles where task_id = $1 and state <> 'done')
            returning width, height, queue_score
            "#,
            id.0,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(task) = begun else { return Ok(None) };
        sqlx::query!(
            r#"
            insert into render_tiles (task_id, tile_no, kind, x, y, width, height)
            select $1, max(tile_no) + 1, 'assembly', 0, 0, $2, $3 from render_tiles where task_id = $1
            "#,
            id.0,
            task.width,
            task.height,
        )
        .execute(&mut *transaction)
        .await?;
        render_events::insert(
            &mut transaction,
            id,
            EventKind::Assembling,
            NewEvent::default(),
        )
        .await?;
        transaction.commit().await?;
        Ok(Some(QueueEntry {
            id,
            score: task.queue_score,
        }))
    }

    /// The finished tiles of a live render, in order.
    pub async fn done_tiles(&self, id: RenderId) -> Result<Vec<DoneTile>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        done_tiles(&mut connection, id).await
    }

    /// Hands a tile back unharmed, as at shutdown; its place in the queue if the claim was current.
    pub async fn release_tile(
        &self,
        fence: Fence,
        worker: WorkerId,
    ) -> Result<Option<QueueEntry>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let released = sqlx::query_scalar!(
            r#"
            update render_tiles tile
            set state = 'ready', worker_id = null, not_before = now()
            from render_tasks task
            where tile.task_id = $1 and tile.tile_no = $2 and tile.lease_no = $3 and tile.state = 'leased'
                and task.id = tile.task_id
            returning task.queue_score
            "#,
            fence.render_id.0,
            fence.tile_no,
            fence.lease_no,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(score) = released else {
            return Ok(None);
        };
        let event = NewEvent {
            tile_no: Some(fence.tile_no),
            worker_id: Some(worker),
            ..NewEvent::default()
        };
        render_events::insert(
            &mut transaction,
            fence.render_id,
            EventKind::TileReturned,
            event,
        )
        .await?;
        transaction.commit().await?;
        Ok(Some(QueueEntry {
            id: fence.render_id,
            score,
        }))
    }

    /// Hands back what a worker holds in the store but not in its own books: a claim whose answer was lost, or a
    /// tile whose end could not be told. Nobody else may, for the worker's lease is current.
    pub async fn release_unheld_tiles(
        &self,
        worker: WorkerId,
        held: &[Fence],
    ) -> Result<u64, StoreError> {
        let renders: Vec<_> = held.iter().map(|fence| fence.render_id.0).collect();
        let tiles: Vec<_> = held.iter().map(|fence| fence.tile_no).collect();
        let leases: Vec<_> = held.iter().map(|fence| fence.lease_no).collect();
        let released = sqlx::query!(
            r#"
            update render_tiles tile
            set state = 'ready', worker_id = null, not_before = now()
            where worker_id = $1
                and state = 'leased'
                and not exists (
                    select
                    from unnest($2::uuid[], $3::integer[], $4::integer[]) as held (task_id, tile_no, lease_no)
                    where held.task_id = tile.task_id
                        and held.tile_no = tile.tile_no
                        and held.lease_no = tile.lease_no
                )
            "#,
            worker.0,
            &renders,
            &tiles,
            &leases,
        )
        .execute(&self.pool)
        .await?;
        Ok(released.rows_affected())
    }

    /// Charges a failure to a tile: it is tried again after a pause that doubles, or the render fails with the reason.
    pub async fn fail_tile(
        &self,
        fence: Fence,
        worker: WorkerId,
        reason: &str,
    ) -> Result<TileFailure, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let failed = sqlx::query_scalar!(
            r#"
            update render_tiles
            set
                state = 'ready',
                worker_id = null,
                failures = failures + 1,
                not_before = now() + make_interval(secs => power(2, failures))
            where task_id = $1 and tile_no = $2 and lease_no = $3 and state = 'leased'
            returning failures
            "#,
            fence.render_id.0,
            fence.tile_no,
            fence.lease_no,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(failures) = failed else {
            return Ok(TileFailure::Outdated);
        };
        let event = NewEvent {
            tile_no: Some(fence.tile_no),
            worker_id: Some(worker),
            attempt: Some(failures),
            detail: Some(reason),
        };
        render_events::insert(
            &mut transaction,
            fence.render_id,
            EventKind::TileRetried,
            event,
        )
        .await?;
        transaction.commit().await?;
        if failures < MAX_FAILURES {
            return Ok(TileFailure::WillRetry);
        }
        let reason = format!("tile {} failed {failures} times: {reason}", fence.tile_no);
        self.fail_render(fence.render_id, &reason).await?;
        Ok(TileFailure::RenderFailed)
    }

    /// Takes back, in one bounded batch, the tiles of workers whose lease has run out; each is charged a failure,
    /// for its worker may have died of it. Returns the renders that have something to claim again.
    pub async fn rescue_tiles(&self, batch: i64) -> Result<Vec<RenderId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let rescued = sqlx::query!(
            r#"
            with orphaned as (
                select task_id, tile_no, worker_id
                from render_tiles tile
                where state = 'leased'
                    and not exists (
                        select from workers where id = tile.worker_id and lease_expires_at > now()
                    )
                limit $1
                for update skip locked
            )
            update render_tiles tile
            set
                state = 'ready',
                worker_id = null,
                failures = failures + 1,
                not_before = now() + make_interval(secs => power(2, failures) - 1)
            from orphaned
            where tile.task_id = orphaned.task_id and tile.tile_no = orphaned.tile_no
            returning tile.task_id, tile.tile_no, tile.failures, orphaned.worker_id as "worker_id!"
            "#,
            batch,
        )
        .fetch_all(&mut *transaction)
        .await?;
        for row in &rescued {
            let event = NewEvent {
                tile_no: Some(row.tile_no),
                worker_id: Some(WorkerId(row.worker_id)),
                attempt: Some(row.failures),
                detail: Some("its worker died or lost the database"),
            };
            render_events::insert(
                &mut transaction,
                RenderId(row.task_id),
                EventKind::TileRescued,
                event,
            )
            .await?;
        }
        transaction.commit().await?;
        let mut renders: Vec<RenderId> = rescued.iter().map(|row| RenderId(row.task_id)).collect();
        renders.dedup();
        Ok(renders)
    }

    /// Fails the renders with a tile that has used up its tries, as a crashing worker leaves them.
    pub async fn fail_exhausted_renders(&self) -> Result<Vec<RenderId>, StoreError> {
        let exhausted = sqlx::query!(
            r#"
            select task_id, min(tile_no) as "tile_no!"
            from render_tiles
            where state = 'ready' and failures >= $1
            group by task_id
            "#,
            MAX_FAILURES,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut failed = Vec::with_capacity(exhausted.len());
        for row in exhausted {
            let id = RenderId(row.task_id);
            let reason = format!("tile {} ended its worker {MAX_FAILURES} times", row.tile_no);
            if self.fail_render(id, &reason).await? {
                failed.push(id);
            }
        }
        Ok(failed)
    }

    /// Frees the renders of engines that no live worker has any more: their tiles start anew with another engine.
    pub async fn reset_abandoned_engines(&self) -> Result<Vec<RenderId>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let reset = sqlx::query_scalar!(
            r#"
            update render_tasks task
            set engine = null, state = 'queued', started_at = null
            where engine is not null
                and exists (select from workers where lease_expires_at > now())
                and not exists (
                    select from workers
                    where workers.engine = task.engine and lease_expires_at > now() - interval '15 seconds'
                )
                and not exists (
                    select from render_tiles
                    join workers on workers.id = render_tiles.worker_id
                    where task_id = task.id and render_tiles.state = 'leased' and lease_expires_at > now()
                )
            returning id
            "#,
        )
        .fetch_all(&mut *transaction)
        .await?;
        sqlx::query!(
            "delete from render_tiles where task_id = any($1) and kind = 'assembly'",
            &reset
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            r#"
            update render_tiles
            set state = 'ready', worker_id = null, pixels = null, lease_no = lease_no + 1, not_before = now()
            where task_id = any($1)
            "#,
            &reset,
        )
        .execute(&mut *transaction)
        .await?;
        for id in &reset {
            let event = NewEvent {
                detail: Some("no worker with its engine is left"),
                ..NewEvent::default()
            };
            render_events::insert(
                &mut transaction,
                RenderId(*id),
                EventKind::EngineReset,
                event,
            )
            .await?;
        }
        transaction.commit().await?;
        Ok(reset.into_iter().map(RenderId).collect())
    }

    /// Renders with all pixels done whose worker died before it said so.
    pub async fn unassembled_renders(&self) -> Result<Vec<RenderId>, StoreError> {
        let ids = sqlx::query_scalar!(
            r#"
            select id
            from render_tasks task
            where state = 'rendering'
                and not exists (select from render_tiles where task_id = task.id and state <> 'done')
            "#,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(RenderId).collect())
    }

    /// Renders with something to claim now, in queue order after a score, in bounded batches.
    pub async fn claimable_renders(
        &self,
        after: f64,
        batch: i64,
    ) -> Result<Vec<QueueEntry>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select id, queue_score
            from render_tasks task
            where queue_score > $1
                and exists (
                    select from render_tiles
                    where task_id = task.id and state = 'ready' and not_before <= now()
                )
            order by queue_score
            limit $2
            "#,
            after,
            batch,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| QueueEntry {
                id: RenderId(row.id),
                score: row.queue_score,
            })
            .collect())
    }

    /// The first render in the queue with something to claim for this engine, for a worker that Redis told nothing.
    pub async fn next_claimable_render(
        &self,
        engine: &str,
    ) -> Result<Option<RenderId>, StoreError> {
        let id = sqlx::query_scalar!(
            r#"
            select id
            from render_tasks task
            where (engine is null or engine = $1)
                and exists (
                    select from render_tiles
                    where task_id = task.id and state = 'ready' and not_before <= now()
                )
            order by queue_score
            limit 1
            "#,
            engine,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(id.map(RenderId))
    }

    /// Fails a live render with a reason; false if it is no longer live.
    pub async fn fail_render(&self, id: RenderId, reason: &str) -> Result<bool, StoreError> {
        self.end_unfinished(id, &Ending::Failed { reason }).await
    }

    /// Cancels a live render, keeping the picture of what was done; false if it is no longer live.
    pub async fn cancel_render(&self, id: RenderId) -> Result<bool, StoreError> {
        self.end_unfinished(id, &Ending::Cancelled).await
    }

    async fn end_unfinished(&self, id: RenderId, ending: &Ending<'_>) -> Result<bool, StoreError> {
        // The partial picture is encoded before the transaction; tiles that finish meanwhile are not in it. A render
        // whose tiles cannot be read must be able to end all the same.
        let partial = match self.partial_picture(id).await {
            Err(StoreError::Unreadable(reason)) => {
                warn!(render.id = %id, reason, "Cannot keep what was done of {id}");
                None
            }
            partial => partial?,
        };
        let mut transaction = self.pool.begin().await?;
        let ended = finish(&mut transaction, id, ending, partial.as_deref()).await?;
        transaction.commit().await?;
        Ok(ended)
    }

    /// The picture of the tiles done so far as PNG, `None` before the first.
    pub async fn partial_picture(&self, id: RenderId) -> Result<Option<Vec<u8>>, StoreError> {
        static ENCODERS: Semaphore = Semaphore::const_new(2);
        // A frame may take hundreds of megabytes. The semaphore is never closed, so this only ever waits.
        let _permit = ENCODERS.acquire().await.ok();
        let Some(status) = self.task_status(id).await? else {
            return Ok(None);
        };
        let tiles = self.done_tiles(id).await?;
        if tiles.is_empty() {
            return Ok(None);
        }
        let (width, height) = (status.width.cast_unsigned(), status.height.cast_unsigned());
        let encoded = tokio::task::spawn_blocking(move || {
            let mut frame = tile_pixels::Frame::new(width, height);
            for tile in &tiles {
                frame.put(tile.region, &tile.pixels)?;
            }
            let mut picture = frame.picture;
            const LONGEST_SIDE: u32 = 2048;
            if width.max(height) > LONGEST_SIDE {
                picture = clovers::image::thumbnail(&picture, LONGEST_SIDE);
            }
            Ok(clovers::image::png::encode(&picture))
        });
        let encoded: Result<_, tile_pixels::TilePixelsError> = encoded
            .await
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        encoded
            .map(Some)
            .map_err(|error| StoreError::Unreadable(error.to_string()))
    }
}

async fn done_tiles(
    connection: &mut PgConnection,
    id: RenderId,
) -> Result<Vec<DoneTile>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select x, y, width, height, pixels as "pixels!"
        from render_tiles
        where task_id = $1 and state = 'done'
        order by tile_no
        "#,
        id.0,
    )
    .fetch_all(connection)
    .await?;
    let tiles = rows.into_iter().map(|row| DoneTile {
        region: region(row.x, row.y, row.width, row.height),
        pixels: row.pixels,
    });
    Ok(tiles.collect())
}

fn region(x: i32, y: i32, width: i32, height: i32) -> Region {
    let side = |length: i32| u32::try_from(length).unwrap_or(0);
    Region {
        x: side(x),
        y: side(y),
        width: side(width),
        height: side(height),
    }
}
