//! Live renders: submitting, looking, changing order, cancelling.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use clovers::render::Region;
use clovers::scene::SceneProblem;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::render_events::{self, EventKind, NewEvent};
use super::{Store, StoreError};
use crate::domain::ids::RenderId;
use crate::domain::render::{Priority, Progress, RenderState, RenderStatus};

/// A checked request, as the API hands it over.
#[derive(Debug)]
pub struct NewRender<'a> {
    pub name: Option<&'a str>,
    pub priority: Priority,
    /// The body exactly as it came.
    pub request: &'a [u8],
    pub request_format: i16,
    /// Mesh path to the SHA-256 of the content, in hexadecimal.
    pub asset_pins: &'a BTreeMap<String, String>,
    pub warnings: &'a [SceneProblem],
    pub width: u32,
    pub height: u32,
    pub samples: u32,
    pub max_depth: u32,
    pub exr: bool,
    pub tiles: &'a [Region],
    /// The `Idempotency-Key` and the SHA-256 of the body.
    pub idempotency: Option<(&'a str, [u8; 32])>,
}

/// What became of a submission.
#[derive(Debug, PartialEq)]
pub enum Submitted {
    Created(QueueEntry),
    /// The same key and body came before, as this render.
    Repeated(RenderId),
    /// The key came before, with another body.
    KeyReused,
}

/// A render's place in the queue.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueEntry {
    pub id: RenderId,
    pub score: f64,
}

/// What a worker needs to render a task.
#[derive(Clone, Debug)]
pub struct TaskRequest {
    pub request: Vec<u8>,
    pub request_format: i16,
    pub asset_pins: BTreeMap<String, String>,
}

impl Store {
    /// Stores a render with its tiles, and the first line of its story, all or nothing.
    pub async fn submit_render(&self, render: NewRender<'_>) -> Result<Submitted, StoreError> {
        let id = RenderId::new();
        let mut transaction = self.pool.begin().await?;
        if let Some((key, body_sha256)) = render.idempotency
            && let Some(earlier) =
                take_idempotency_key(&mut transaction, key, &body_sha256, id).await?
        {
            return Ok(earlier);
        }
        let score = insert_task(&mut transaction, id, &render).await?;
        insert_tiles(&mut transaction, id, render.tiles).await?;
        render_events::insert(&mut transaction, id, EventKind::Queued, NewEvent::default()).await?;
        transaction.commit().await?;
        Ok(Submitted::Created(QueueEntry { id, score }))
    }

    /// The status of a live render.
    pub async fn task_status(&self, id: RenderId) -> Result<Option<RenderStatus>, StoreError> {
        let row = sqlx::query_as!(
            TaskRow,
            r#"
            select
                t.id, t.name, t.state, t.priority, t.warnings as "warnings: Json<Vec<SceneProblem>>",
                t.width, t.height, t.samples, t.max_depth, t.exr, t.created_at, t.started_at, t.queue_score,
                p.tiles_done as "tiles_done!", p.tiles_total as "tiles_total!", p.pixels_done as "pixels_done!"
            from render_tasks t
            cross join lateral (
                select
                    count(*) filter (where state = 'done') as tiles_done,
                    count(*) as tiles_total,
                    coalesce(sum(width::bigint * height) filter (where state = 'done'), 0)::bigint as pixels_done
                from render_tiles
                where task_id = t.id and kind = 'pixels'
            ) p
            where t.id = $1
            "#,
            id.0,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| row.into_status().map(|(status, _)| status))
            .transpose()
    }

    /// Live renders in queue order after `after` (a queue score), each with its score.
    pub async fn tasks_in_order(
        &self,
        after: Option<f64>,
        limit: i64,
    ) -> Result<Vec<(RenderStatus, f64)>, StoreError> {
        let rows = sqlx::query_as!(
            TaskRow,
            r#"
            select
                t.id, t.name, t.state, t.priority, t.warnings as "warnings: Json<Vec<SceneProblem>>",
                t.width, t.height, t.samples, t.max_depth, t.exr, t.created_at, t.started_at, t.queue_score,
                p.tiles_done as "tiles_done!", p.tiles_total as "tiles_total!", p.pixels_done as "pixels_done!"
            from render_tasks t
            cross join lateral (
                select
                    count(*) filter (where state = 'done') as tiles_done,
                    count(*) as tiles_total,
                    coalesce(sum(width::bigint * height) filter (where state = 'done'), 0)::bigint as pixels_done
                from render_tiles
                where task_id = t.id and kind = 'pixels'
            ) p
            where t.queue_score > coalesce($1, -1::double precision)
            order by t.queue_score
            limit $2
            "#,
            after,
            limit,
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TaskRow::into_status).collect()
    }

    /// What to render.
    pub async fn task_request(&self, id: RenderId) -> Result<Option<TaskRequest>, StoreError> {
        let row = sqlx::query!(
            r#"
            select request, request_format, asset_pins as "asset_pins: Json<BTreeMap<String, String>>"
            from render_tasks
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

    /// Renames or reorders a live render; false if it is not live. `Some(None)` takes the name away.
    pub async fn change_task(
        &self,
        id: RenderId,
        name: Option<Option<&str>>,
        priority: Option<Priority>,
    ) -> Result<Option<QueueEntry>, StoreError> {
        let changed = sqlx::query_scalar!(
            r#"
            update render_tasks
            set
                name = case when $2 then $3 else name end,
                queue_score = case
                    when $4::text is null or $4 = priority then queue_score
                    else ($5 + nextval('render_queue_numbers'))::double precision
                end,
                priority = coalesce($4, priority)
            where id = $1
            returning queue_score
            "#,
            id.0,
            name.is_some(),
            name.flatten(),
            priority.map(Priority::as_str),
            priority.unwrap_or_default().score_base(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(changed.map(|score| QueueEntry { id, score }))
    }

    /// The place in the queue of a live render.
    pub async fn queue_entry(&self, id: RenderId) -> Result<Option<QueueEntry>, StoreError> {
        let score = sqlx::query_scalar!("select queue_score from render_tasks where id = $1", id.0)
            .fetch_optional(&self.pool)
            .await?;
        Ok(score.map(|score| QueueEntry { id, score }))
    }
}

async fn take_idempotency_key(
    connection: &mut PgConnection,
    key: &str,
    body_sha256: &[u8; 32],
    id: RenderId,
) -> Result<Option<Submitted>, StoreError> {
    let taken = sqlx::query_scalar!(
        r#"
        insert into idempotency_keys (key, body_sha256, render_id)
        values ($1, $2, $3)
        on conflict (owner_key_id, key) do update
        set body_sha256 = excluded.body_sha256, render_id = excluded.render_id, created_at = now()
        where idempotency_keys.created_at < now() - interval '24 hours'
        returning render_id
        "#,
        key,
        body_sha256,
        id.0,
    )
    .fetch_optional(&mut *connection)
    .await?;
    if taken.is_some() {
        return Ok(None);
    }
    let earlier = sqlx::query!(
        "select body_sha256, render_id from idempotency_keys where owner_key_id is null and key = $1",
        key,
    )
    .fetch_one(connection)
    .await?;
    let same_body = earlier.body_sha256 == body_sha256;
    Ok(Some(if same_body {
        Submitted::Repeated(RenderId(earlier.render_id))
    } else {
        Submitted::KeyReused
    }))
}

async fn insert_task(
    connection: &mut PgConnection,
    id: RenderId,
    render: &NewRender<'_>,
) -> Result<f64, StoreError> {
    let score = sqlx::query_scalar!(
        r#"
        insert into render_tasks (
            id, name, priority, queue_score, request, request_format, asset_pins, warnings,
            width, height, samples, max_depth, exr
        )
        values (
            $1, $2, $3, ($4 + nextval('render_queue_numbers'))::double precision, $5, $6, $7, $8,
            $9, $10, $11, $12, $13
        )
        returning queue_score
        "#,
        id.0,
        render.name,
        render.priority.as_str(),
        render.priority.score_base(),
        render.request,
        render.request_format,
        Json(render.asset_pins) as _,
        Json(render.warnings) as _,
        column(render.width),
        column(render.height),
        column(render.samples),
        column(render.max_depth),
        render.exr,
    )
    .fetch_one(connection)
    .await?;
    Ok(score)
}

async fn insert_tiles(
    connection: &mut PgConnection,
    id: RenderId,
    tiles: &[Region],
) -> Result<(), StoreError> {
    let side = |of: fn(&Region) -> u32| {
        tiles
            .iter()
            .map(|tile| column(of(tile)))
            .collect::<Vec<i32>>()
    };
    sqlx::query!(
        r#"
        insert into render_tiles (task_id, tile_no, kind, x, y, width, height)
        select $1, (tile_no - 1)::integer, 'pixels', x, y, width, height
        from unnest($2::integer[], $3::integer[], $4::integer[], $5::integer[])
            with ordinality as tile (x, y, width, height, tile_no)
        "#,
        id.0,
        &side(|tile| tile.x),
        &side(|tile| tile.y),
        &side(|tile| tile.width),
        &side(|tile| tile.height),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sizes and counts are parsed within limits far below 2^31.
pub(super) fn column(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

struct TaskRow {
    id: Uuid,
    name: Option<String>,
    state: String,
    priority: String,
    warnings: Json<Vec<SceneProblem>>,
    width: i32,
    height: i32,
    samples: i32,
    max_depth: i32,
    exr: bool,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    queue_score: f64,
    tiles_done: i64,
    tiles_total: i64,
    pixels_done: i64,
}

impl TaskRow {
    fn into_status(self) -> Result<(RenderStatus, f64), StoreError> {
        let status = RenderStatus {
            id: RenderId(self.id),
            name: self.name,
            state: parse_word::<RenderState>(&self.state)?,
            reason: None,
            priority: parse_word::<Priority>(&self.priority)?,
            progress: Progress {
                tiles_done: self.tiles_done,
                tiles_total: self.tiles_total,
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
            finished_at: None,
        };
        Ok((status, self.queue_score))
    }
}

pub(super) fn parse_word<T: std::str::FromStr<Err: ToString>>(word: &str) -> Result<T, StoreError> {
    word.parse()
        .map_err(|error: T::Err| StoreError::Unreadable(error.to_string()))
}
