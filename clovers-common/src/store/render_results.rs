//! Finished renders: how tasks become results, and reading them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use clovers::scene::SceneProblem;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::render_events::{self, EventKind, NewEvent};
use super::render_tasks::parse_word;
use super::{BlobId, Fence, Store, StoreError, TaskRequest, blobs};
use crate::domain::ids::{RenderId, WorkerId};
use crate::domain::render::{Priority, Progress, RenderState, RenderStatus};

/// The encoded pictures of a finished render.
#[derive(Debug)]
pub struct Pictures {
    pub png: Vec<u8>,
    pub thumbnail: Vec<u8>,
    pub exr: Option<Vec<u8>>,
}

/// A page of results, newest first.
#[derive(Debug)]
pub struct RenderPage {
    pub items: Vec<RenderStatus>,
    /// Where the next page begins: finished before this time, or at it with a smaller id.
    pub next: Option<(DateTime<Utc>, RenderId)>,
}

/// How a task ends without a picture.
#[derive(Debug)]
pub(super) enum Ending<'a> {
    Failed { reason: &'a str },
    Cancelled,
}

impl Store {
    /// Turns an assembled task into a result, in one fenced transaction; false if the claim is outdated.
    pub async fn complete_render(
        &self,
        fence: Fence,
        worker: WorkerId,
        pictures: &Pictures,
    ) -> Result<bool, StoreError> {
        let id = fence.render_id;
        let mut transaction = self.pool.begin().await?;
        if !lock_task(&mut transaction, id).await? {
            return Ok(false);
        }
        let current = sqlx::query_scalar!(
            r#"
            select 1
            from render_tiles
            where task_id = $1 and tile_no = $2 and lease_no = $3 and state = 'leased' and kind = 'assembly'
            for update
            "#,
            id.0,
            fence.tile_no,
            fence.lease_no,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        if current.is_none() {
            return Ok(false);
        }
        let blobs = ResultBlobs {
            picture: Some(blobs::insert(&mut transaction, "image/png", &pictures.png).await?),
            thumbnail: Some(
                blobs::insert(&mut transaction, "image/png", &pictures.thumbnail).await?,
            ),
            exr: match &pictures.exr {
                Some(exr) => Some(blobs::insert(&mut transaction, "image/x-exr", exr).await?),
                None => None,
            },
            partial: None,
        };
        task_becomes_result(&mut transaction, id, RenderState::Done, None, &blobs).await?;
        let event = NewEvent {
            worker_id: Some(worker),
            ..NewEvent::default()
        };
        render_events::insert(&mut transaction, id, EventKind::Done, event).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The status of a finished render.
    pub async fn result_status(&self, id: RenderId) -> Result<Option<RenderStatus>, StoreError> {
        let row = sqlx::query_as!(
            ResultRow,
            r#"
            select
                id, name, state, reason, priority, warnings as "warnings: Json<Vec<SceneProblem>>",
                width, height, samples, max_depth, exr_blob_id is not null as "exr!",
                tiles_done, tiles_total, pixels_done, created_at, started_at, finished_at
            from render_results
            where id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(ResultRow::into_status).transpose()
    }

    /// The status of a render at any stage.
    pub async fn render_status(&self, id: RenderId) -> Result<Option<RenderStatus>, StoreError> {
        // Task first: a render that finishes between the two questions is found by the second.
        match self.task_status(id).await? {
            Some(status) => Ok(Some(status)),
            None => self.result_status(id).await,
        }
    }

    /// Finished renders, newest first, of one state or of all.
    pub async fn results_page(
        &self,
        state: Option<RenderState>,
        before: Option<(DateTime<Utc>, RenderId)>,
        limit: i64,
    ) -> Result<RenderPage, StoreError> {
        let rows = sqlx::query_as!(
            ResultRow,
            r#"
            select
                id, name, state, reason, priority, warnings as "warnings: Json<Vec<SceneProblem>>",
                width, height, samples, max_depth, exr_blob_id is not null as "exr!",
                tiles_done, tiles_total, pixels_done, created_at, started_at, finished_at
            from render_results
            where ($1::text is null or state = $1)
                and ($2::timestamptz is null or (finished_at, id) < ($2, $3))
            order by finished_at desc, id desc
            limit $4
            "#,
            state.map(RenderState::as_str),
            before.map(|(at, _)| at),
            before.map_or(Uuid::nil(), |(_, id)| id.0),
            limit + 1,
        )
        .fetch_all(&self.pool)
        .await?;
        let more = rows.len() as i64 > limit;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows.into_iter().take(usize::try_from(limit).unwrap_or(0)) {
            items.push(row.into_status()?);
        }
        let last = items
            .last()
            .and_then(|last| last.finished_at.map(|at| (at, last.id)));
        Ok(RenderPage {
            items,
            next: last.filter(|_| more),
        })
    }

    /// The picture of a finished render.
    pub async fn picture(&self, id: RenderId) -> Result<Option<BlobId>, StoreError> {
        self.blob_of_result(id, |blobs| blobs.picture).await
    }

    /// The thumbnail of a finished render.
    pub async fn thumbnail(&self, id: RenderId) -> Result<Option<BlobId>, StoreError> {
        self.blob_of_result(id, |blobs| blobs.thumbnail).await
    }

    /// The OpenEXR file of a finished render that asked for one.
    pub async fn exr(&self, id: RenderId) -> Result<Option<BlobId>, StoreError> {
        self.blob_of_result(id, |blobs| blobs.exr).await
    }

    /// What was done of a render that failed or was cancelled.
    pub async fn kept_partial(&self, id: RenderId) -> Result<Option<BlobId>, StoreError> {
        self.blob_of_result(id, |blobs| blobs.partial).await
    }

    /// The request of a render at any stage, byte for byte as submitted.
    pub async fn render_request(&self, id: RenderId) -> Result<Option<TaskRequest>, StoreError> {
        if let Some(request) = self.task_request(id).await? {
            return Ok(Some(request));
        }
        let row = sqlx::query!(
            r#"
            select request, request_format, asset_pins as "asset_pins: Json<BTreeMap<String, String>>"
            from render_results
            where id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| TaskRequest {
            request: row.request,
            request_format: row.request_format,
            asset_pins: row.asset_pins.0,
        }))
    }

    /// Removes a finished render with its pictures and its story; false if there is none.
    pub async fn delete_result(&self, id: RenderId) -> Result<bool, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let removed = sqlx::query!(
            r#"
            delete from render_results
            where id = $1
            returning picture_blob_id, thumbnail_blob_id, exr_blob_id, partial_blob_id
            "#,
            id.0,
        )
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = removed else { return Ok(false) };
        let ids = [
            row.picture_blob_id,
            row.thumbnail_blob_id,
            row.exr_blob_id,
            row.partial_blob_id,
        ];
        let ids: Vec<Uuid> = ids.into_iter().flatten().collect();
        blobs::delete(&mut transaction, &ids).await?;
        render_events::delete_all(&mut *transaction, id).await?;
        // A repeated request would otherwise be answered with a render that is gone.
        sqlx::query!("delete from idempotency_keys where render_id = $1", id.0)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn blob_of_result(
        &self,
        id: RenderId,
        pick: fn(ResultBlobs) -> Option<BlobId>,
    ) -> Result<Option<BlobId>, StoreError> {
        let row = sqlx::query!(
            r#"
            select picture_blob_id, thumbnail_blob_id, exr_blob_id, partial_blob_id
            from render_results
            where id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(|row| {
            pick(ResultBlobs {
                picture: row.picture_blob_id.map(BlobId),
                thumbnail: row.thumbnail_blob_id.map(BlobId),
                exr: row.exr_blob_id.map(BlobId),
                partial: row.partial_blob_id.map(BlobId),
            })
        }))
    }
}

/// Ends a live render without a picture of the whole; false if it is no longer live.
pub(super) async fn finish(
    connection: &mut PgConnection,
    id: RenderId,
    ending: &Ending<'_>,
    partial: Option<&[u8]>,
) -> Result<bool, StoreError> {
    if !lock_task(connection, id).await? {
        return Ok(false);
    }
    let partial = match partial {
        Some(png) => Some(blobs::insert(connection, "image/png", png).await?),
        None => None,
    };
    let blobs = ResultBlobs {
        partial,
        ..ResultBlobs::default()
    };
    let (state, reason, kind) = match ending {
        Ending::Failed { reason } => (RenderState::Failed, Some(*reason), EventKind::Failed),
        Ending::Cancelled => (RenderState::Cancelled, None, EventKind::Cancelled),
    };
    task_becomes_result(connection, id, state, reason, &blobs).await?;
    render_events::insert(
        connection,
        id,
        kind,
        NewEvent {
            detail: reason,
            ..NewEvent::default()
        },
    )
    .await?;
    Ok(true)
}

#[derive(Debug, Default)]
struct ResultBlobs {
    picture: Option<BlobId>,
    thumbnail: Option<BlobId>,
    exr: Option<BlobId>,
    partial: Option<BlobId>,
}

/// All that ends a task locks its row first, so that two endings wait for each other instead of deadlocking.
async fn lock_task(connection: &mut PgConnection, id: RenderId) -> Result<bool, StoreError> {
    let task = sqlx::query_scalar!("select 1 from render_tasks where id = $1 for update", id.0)
        .fetch_optional(connection)
        .await?;
    Ok(task.is_some())
}

async fn task_becomes_result(
    connection: &mut PgConnection,
    id: RenderId,
    state: RenderState,
    reason: Option<&str>,
    blobs: &ResultBlobs,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into render_results (
            id, owner_key_id, name, state, reason, priority, request, request_format, asset_pins, warnings,
            width, height, samples, max_depth, engine, tiles_done, tiles_total, pixels_done,
            picture_blob_id, thumbnail_blob_id, exr_blob_id, partial_blob_id, created_at, started_at
        )
        select
            t.id, t.owner_key_id, t.name, $2, $3, t.priority, t.request, t.request_format, t.asset_pins, t.warnings,
            t.width, t.height, t.samples, t.max_depth, t.engine, p.tiles_done, p.tiles_total, p.pixels_done,
            $4, $5, $6, $7, t.created_at, t.started_at
        from render_tasks t
        cross join lateral (
            select
                (count(*) filter (where state = 'done'))::integer as tiles_done,
                count(*)::integer as tiles_total,
                coalesce(sum(width::bigint * height) filter (where state = 'done'), 0)::bigint as pixels_done
            from render_tiles
            where task_id = t.id and kind = 'pixels'
        ) p
        where t.id = $1
        "#,
        id.0,
        state.as_str(),
        reason,
        blobs.picture.map(|blob| blob.0),
        blobs.thumbnail.map(|blob| blob.0),
        blobs.exr.map(|blob| blob.0),
        blobs.partial.map(|blob| blob.0),
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!("delete from render_tasks where id = $1", id.0)
        .execute(connection)
        .await?;
    Ok(())
}

struct ResultRow {
    id: Uuid,
    name: Option<String>,
    state: String,
    reason: Option<String>,
    priority: String,
    warnings: Json<Vec<SceneProblem>>,
    width: i32,
    height: i32,
    samples: i32,
    max_depth: i32,
    exr: bool,
    tiles_done: i32,
    tiles_total: i32,
    pixels_done: i64,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: DateTime<Utc>,
}

impl ResultRow {
    fn into_status(self) -> Result<RenderStatus, StoreError> {
        Ok(RenderStatus {
            id: RenderId(self.id),
            name: self.name,
            state: parse_word::<RenderState>(&self.state)?,
            reason: self.reason,
            priority: parse_word::<Priority>(&self.priority)?,
            progress: Progress {
                tiles_done: self.tiles_done.into(),
                tiles_total: self.tiles_total.into(),
                pixels_done: self.pixels_done,
                pixels_total: i64::from(self.width) * i64::from(self.height),
            },
            width: self.width,
            height: self.height,
            samples: self.samples,
            max_depth: self.max_depth,
            exr: self.exr,
            warnings: self.warnings.0,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: Some(self.finished_at),
        })
    }
}
