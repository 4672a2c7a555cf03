//! The story of each render.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::{Store, StoreError};
use crate::domain::ids::{RenderId, WorkerId};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Queued,
    Claimed,
    TileDone,
    TileRetried,
    TileReturned,
    TileRescued,
    EngineReset,
    Assembling,
    Done,
    Failed,
    Cancelled,
}

impl EventKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Claimed => "claimed",
            Self::TileDone => "tile_done",
            Self::TileRetried => "tile_retried",
            Self::TileReturned => "tile_returned",
            Self::TileRescued => "tile_rescued",
            Self::EngineReset => "engine_reset",
            Self::Assembling => "assembling",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Of a large frame only the first tiles are told, so that the end of the story always fits.
    fn limit(self) -> i64 {
        match self {
            Self::Claimed | Self::TileDone => 800,
            Self::TileRetried | Self::TileReturned | Self::TileRescued | Self::EngineReset => 950,
            Self::Queued | Self::Assembling | Self::Done | Self::Failed | Self::Cancelled => 1000,
        }
    }
}

/// One entry of the story.
#[derive(Clone, Debug)]
pub struct RenderEvent {
    pub at: DateTime<Utc>,
    pub kind: String,
    pub tile_no: Option<i32>,
    pub worker_id: Option<WorkerId>,
    pub attempt: Option<i32>,
    pub detail: Option<String>,
}

/// An entry to be written; made by [`event`].
#[derive(Debug, Default)]
pub(super) struct NewEvent<'a> {
    pub(super) tile_no: Option<i32>,
    pub(super) worker_id: Option<WorkerId>,
    pub(super) attempt: Option<i32>,
    pub(super) detail: Option<&'a str>,
}

pub(super) async fn insert(
    connection: &mut PgConnection,
    render_id: RenderId,
    kind: EventKind,
    event: NewEvent<'_>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into render_events (render_id, kind, tile_no, worker_id, attempt, detail)
        select $1, $2, $3, $4, $5, $6
        where (select count(*) from render_events where render_id = $1) < $7
        "#,
        render_id.0,
        kind.as_str(),
        event.tile_no,
        event.worker_id.map(|id| id.0),
        event.attempt,
        event.detail,
        kind.limit(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delete_all(
    executor: impl PgExecutor<'_>,
    render_id: RenderId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from render_events where render_id = $1",
        render_id.0
    )
    .execute(executor)
    .await?;
    Ok(())
}

impl Store {
    /// What happened to a render, in order; at most 1,000 entries.
    pub async fn events_of_render(&self, id: RenderId) -> Result<Vec<RenderEvent>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select at, kind, tile_no, worker_id, attempt, detail
            from render_events
            where render_id = $1
            order by id
            limit 1000
            "#,
            id.0,
        )
        .fetch_all(&self.pool)
        .await?;
        let events = rows.into_iter().map(|row| RenderEvent {
            at: row.at,
            kind: row.kind,
            tile_no: row.tile_no,
            worker_id: row.worker_id.map(WorkerId),
            attempt: row.attempt,
            detail: row.detail,
        });
        Ok(events.collect())
    }
}
