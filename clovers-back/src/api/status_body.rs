//! The status body: what is told of a render at any stage.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use clovers_common::domain::ids::RenderId;
use clovers_common::domain::render::{Priority, RenderState, RenderStatus};
use serde::{Serialize, Serializer};
use tokio::time::timeout;
use tracing::debug;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::Pointed;
use crate::state::AppState;

/// A status is worth more than a position in it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A render at any stage.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusBody {
    pub(crate) id: Uuid,
    /// What people call it; null if it has no name.
    pub(crate) name: Option<String>,
    #[schema(value_type = State)]
    pub(crate) state: RenderState,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[schema(value_type = PriorityWord)]
    priority: Priority,
    /// How many renders are ahead of it; an estimate. Absent once all of it is being rendered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<u64>,
    progress: ProgressBody,
    width: i32,
    height: i32,
    samples: i32,
    max_depth: i32,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    /// From the first claim to the end, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    render_ms: Option<i64>,
    /// Milliseconds until it is done, if it goes on as it went so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    eta_ms: Option<i64>,
    /// Legal but suspect parts of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Pointed>,
    links: Links,
}

/// Where a render stands. The last three are final.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = RenderState)]
#[expect(dead_code, reason = "it stands in for RenderState in the document")]
pub(crate) enum State {
    Queued,
    Rendering,
    Assembling,
    Done,
    Failed,
    Cancelled,
}

/// How urgent a render is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Priority)]
#[expect(dead_code, reason = "it stands in for Priority in the document")]
pub(crate) enum PriorityWord {
    Low,
    Normal,
    High,
}

/// How far a render has come. The number of tiles may grow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
struct ProgressBody {
    tiles_done: i64,
    tiles_total: i64,
    pixels_done: i64,
    pixels_total: i64,
}

/// Where to go from here; only what can be done now.
#[derive(Debug, Serialize, ToSchema)]
struct Links {
    #[serde(rename = "self")]
    this: String,
    status: String,
    picture: String,
    thumbnail: String,
    partial: String,
    request: String,
    events: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    exr: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<String>,
}

/// A time in UTC, to the millisecond.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, format = DateTime)]
pub(crate) struct Timestamp(pub(super) DateTime<Utc>);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// Where a render is found.
pub(crate) fn render_path(id: RenderId) -> String {
    format!("/renders/{id}")
}

impl StatusBody {
    /// The status with the position in the queue, if it is waiting there.
    pub(crate) async fn with_position(state: &AppState, status: RenderStatus) -> Self {
        if status.state.is_final() {
            return status.into();
        }
        let position = match timeout(PATIENCE, state.queue.render_position(status.id)).await {
            Ok(Ok(position)) => position,
            Ok(Err(_)) | Err(_) => {
                debug!(render.id = %status.id, "Cannot tell the position of render {}", status.id);
                None
            }
        };
        Self {
            position,
            ..status.into()
        }
    }
}

impl From<RenderStatus> for StatusBody {
    fn from(status: RenderStatus) -> Self {
        let links = links(&status);
        Self {
            id: status.id.0,
            position: None,
            eta_ms: eta_ms(&status, Utc::now()),
            name: status.name,
            state: status.state,
            reason: status.reason,
            priority: status.priority,
            progress: ProgressBody {
                tiles_done: status.progress.tiles_done,
                tiles_total: status.progress.tiles_total,
                pixels_done: status.progress.pixels_done,
                pixels_total: status.progress.pixels_total,
            },
            width: status.width,
            height: status.height,
            samples: status.samples,
            max_depth: status.max_depth,
            created_at: Timestamp(status.created_at),
            started_at: status.started_at.map(Timestamp),
            finished_at: status.finished_at.map(Timestamp),
            render_ms: status
                .started_at
                .zip(status.finished_at)
                .map(|(started, finished)| (finished - started).num_milliseconds()),
            warnings: status.warnings.into_iter().map(Pointed::from).collect(),
            links,
        }
    }
}

fn links(status: &RenderStatus) -> Links {
    let this = render_path(status.id);
    let below = |name: &str| format!("{this}/{name}");
    Links {
        status: below("status"),
        picture: this.clone(),
        thumbnail: below("thumbnail"),
        partial: below("partial"),
        request: below("request"),
        events: below("events"),
        exr: status.exr.then(|| below("exr")),
        cancel: (!status.state.is_final()).then(|| below("cancel")),
        retry: matches!(status.state, RenderState::Failed | RenderState::Cancelled)
            .then(|| below("retry")),
        this,
    }
}

fn eta_ms(status: &RenderStatus, now: DateTime<Utc>) -> Option<i64> {
    let (done, total) = (status.progress.pixels_done, status.progress.pixels_total);
    if status.state != RenderState::Rendering || done == 0 {
        return None;
    }
    let elapsed_ms = (now - status.started_at?).num_milliseconds().max(0);
    i64::try_from(i128::from(elapsed_ms) * i128::from(total - done) / i128::from(done)).ok()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use clovers_common::domain::render::Progress;

    use super::*;

    fn status(state: RenderState, pixels_done: i64) -> (RenderStatus, DateTime<Utc>) {
        let now = DateTime::from_timestamp_millis(1_780_000_000_007).unwrap();
        let status = RenderStatus {
            id: RenderId::new(),
            name: None,
            state,
            reason: None,
            priority: Priority::Normal,
            progress: Progress {
                tiles_done: 1,
                tiles_total: 4,
                pixels_done,
                pixels_total: 400,
            },
            width: 20,
            height: 20,
            samples: 1,
            max_depth: 1,
            exr: false,
            warnings: Vec::new(),
            created_at: now,
            started_at: Some(now - TimeDelta::seconds(10)),
            finished_at: None,
        };
        (status, now)
    }

    #[test]
    fn the_rest_is_expected_to_take_as_long_as_what_is_done() {
        let (rendering, now) = status(RenderState::Rendering, 100);
        assert_eq!(eta_ms(&rendering, now), Some(30_000));
    }

    #[test]
    fn nothing_is_expected_before_the_first_pixel_nor_after_the_last() {
        for (state, done) in [
            (RenderState::Rendering, 0),
            (RenderState::Queued, 0),
            (RenderState::Done, 400),
        ] {
            let (status, now) = status(state, done);
            assert_eq!(eta_ms(&status, now), None);
        }
    }

    #[test]
    fn times_are_utc_to_the_millisecond() {
        let (_, now) = status(RenderState::Queued, 0);
        assert_eq!(
            serde_json::to_value(Timestamp(now)).unwrap(),
            "2026-05-28T20:26:40.007Z"
        );
    }
}
