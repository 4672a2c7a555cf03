//! The queue page: live renders in order, and who works on them.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use clovers_common::queue::PreviewWorker;
use clovers_common::store::Worker;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use tracing::warn;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::parameters::{Parameters, page_size, parse_queue_cursor, queue_cursor};
use super::renders::NO_STORE;
use super::status_body::{StatusBody, Timestamp};
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// What `GET /queue` lists.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueParameters {
    /// Renders on a page, 1 to 200; 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of the queue, and all workers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueBody {
    items: Vec<StatusBody>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
    workers: Vec<WorkerBody>,
}

/// A process that renders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Worker)]
struct WorkerBody {
    id: Uuid,
    /// `batch` or `preview`.
    kind: String,
    host: String,
    /// `idle`, `rendering` or `stopping`.
    state: String,
    /// Which build of the renderer it is.
    engine: String,
    since: Timestamp,
}

/// Lists live renders in queue order, and the workers
#[utoipa::path(
    get, path = "/queue", tag = "queue", params(QueueParameters),
    responses(
        (status = 200, body = QueueBody),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_queue(
    State(state): State<AppState>,
    Parameters(list): Parameters<QueueParameters>,
) -> Result<Response, ApiError> {
    let after = list.cursor.as_deref().map(parse_queue_cursor).transpose()?;
    let limit = page_size(list.limit)?;
    let mut tasks = state.store.tasks_in_order(after, limit + 1).await?;
    let more = i64::try_from(tasks.len()).is_ok_and(|found| found > limit);
    if more {
        tasks.pop();
    }
    let next_cursor = tasks
        .last()
        .filter(|_| more)
        .map(|(_, score)| queue_cursor(*score));
    let items = tasks
        .into_iter()
        .map(|(status, _)| StatusBody::with_position(&state, status));
    let body = QueueBody {
        items: join_all(items).await,
        next_cursor,
        workers: workers(&state).await?,
    };
    Ok((NO_STORE, Json(body)).into_response())
}

async fn workers(state: &AppState) -> Result<Vec<WorkerBody>, ApiError> {
    let mut workers: Vec<WorkerBody> = state
        .store
        .live_workers()
        .await?
        .into_iter()
        .map(WorkerBody::from)
        .collect();
    match state.queue.preview_workers().await {
        Ok(previews) => workers.extend(previews.into_iter().map(WorkerBody::from)),
        Err(error) => warn!(error = %error, "Cannot list the preview workers"),
    }
    Ok(workers)
}

impl From<Worker> for WorkerBody {
    fn from(worker: Worker) -> Self {
        Self {
            id: worker.id.0,
            kind: worker.kind,
            host: worker.host,
            state: worker.state,
            engine: worker.engine,
            since: Timestamp(worker.since),
        }
    }
}

impl From<PreviewWorker> for WorkerBody {
    fn from(worker: PreviewWorker) -> Self {
        Self {
            id: worker.id.0,
            kind: "preview".to_owned(),
            host: worker.host,
            state: worker.state,
            engine: worker.engine,
            since: Timestamp(worker.since),
        }
    }
}
