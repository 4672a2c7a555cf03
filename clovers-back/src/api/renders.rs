//! Renders: submitting, looking, changing, ending.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use clovers_common::clovers::scene::{SceneProblem, parse_json};
use clovers_common::domain::ids::RenderId;
use clovers_common::domain::render::{Priority, RenderState, RenderStatus};
use clovers_common::domain::render_options::escape;
use clovers_common::domain::request::{REQUEST_FORMAT, check_name};
use clovers_common::domain::tile;
use clovers_common::queue::{Notice, QueueError};
use clovers_common::store::{NewRender, QueueEntry, RenderEvent, Submitted};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use tracing::{info, warn};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::long_poll::{Looked, Wait};
use super::openapi::RenderRequestBody;
use super::parameters::{
    Named, Parameters, idempotency_key, page_size, parse_results_cursor, results_cursor,
};
use super::request_body::JsonBytes;
use super::status_body::{PriorityWord, StatusBody, Timestamp, render_path};
use super::submission::{self, Checked};
use crate::error::{ApiError, Pointed, Problem};
use crate::state::AppState;

/// For Redis, where the answer does not hang on it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How to treat a submission.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubmitParameters {
    /// Check only: nothing is stored or queued.
    #[serde(default)]
    dry_run: bool,
    /// Refuse what would only be warned about.
    #[serde(default)]
    strict: bool,
}

/// What a submission that only asked would have become.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DryRun {
    width: u32,
    height: u32,
    samples: u32,
    max_depth: u32,
    warnings: Vec<Pointed>,
}

/// Renders a scene
#[utoipa::path(
    post, path = "/render", tag = "renders",
    params(
        SubmitParameters,
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 h answer with the same render"),
    ),
    request_body = RenderRequestBody,
    responses(
        (status = 202, description = "Queued", body = StatusBody, headers(("Location" = String))),
        (status = 200, description = "It would be accepted (dry run)", body = DryRun),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not of a JSON type", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Refused, with pointers", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn submit_render(
    State(state): State<AppState>,
    Parameters(how): Parameters<SubmitParameters>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, ApiError> {
    let key = idempotency_key(&headers)?;
    let checked = submission::check(&state, &body, how.strict).await?;
    if how.dry_run {
        return Ok(Json(DryRun::from(checked)).into_response());
    }
    let key = key.map(|key| (key, Sha256::digest(&body).into()));
    let id = match store_render(&state, &body, &checked, key).await? {
        Submitted::Created(entry) => {
            queue_render(&state, entry).await;
            entry.id
        }
        Submitted::Repeated(id) => id,
        Submitted::KeyReused => return Err(ApiError::IdempotencyKeyReused),
    };
    accepted(&state, id).await
}

/// What `GET /renders` lists.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParameters {
    /// Only renders that ended so: `done`, `failed` or `cancelled`.
    state: Option<String>,
    /// Renders on a page, 1 to 200; 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of renders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RenderList {
    items: Vec<StatusBody>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// Lists finished renders, newest first
#[utoipa::path(
    get, path = "/renders", tag = "renders", params(ListParameters),
    responses(
        (status = 200, body = RenderList),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_renders(
    State(state): State<AppState>,
    Parameters(list): Parameters<ListParameters>,
) -> Result<Json<RenderList>, ApiError> {
    let only = list.state.as_deref().map(final_state).transpose()?;
    let before = list
        .cursor
        .as_deref()
        .map(parse_results_cursor)
        .transpose()?;
    let page = state
        .store
        .results_page(only, before, page_size(list.limit)?)
        .await?;
    Ok(Json(RenderList {
        items: page.items.into_iter().map(StatusBody::from).collect(),
        next_cursor: page.next.map(results_cursor),
    }))
}

/// Tells how a render stands
#[utoipa::path(
    get, path = "/renders/{id}/status", tag = "renders",
    params(
        ("id" = Uuid, Path),
        ("Prefer" = Option<String>, Header, description = "`wait=N` answers when it is finished, or after N (at most 60) seconds"),
    ),
    responses(
        (status = 200, body = StatusBody),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_status(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
    wait: Wait,
) -> Result<Response, ApiError> {
    let status = wait
        .until(&state, Notice::Render(id), || look_for_end(&state, id))
        .await?;
    let body = StatusBody::with_position(&state, status).await;
    Ok((wait, NO_STORE, Json(body)).into_response())
}

async fn look_for_end(state: &AppState, id: RenderId) -> Result<Looked<RenderStatus>, ApiError> {
    let status = find(state, id).await?;
    Ok(if status.state.is_final() {
        Looked::Tell(status)
    } else {
        Looked::OnlyIfNothingBetter(status)
    })
}

/// Answers with the request of a render, byte for byte
#[utoipa::path(
    get, path = "/renders/{id}/request", tag = "renders", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = RenderRequestBody),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_request(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
) -> Result<Response, ApiError> {
    let stored = state.store.render_request(id).await?.ok_or(NO_RENDER)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], stored.request).into_response())
}

/// The story of a render.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventList {
    items: Vec<Event>,
    /// Always null: a story has at most 1,000 lines.
    next_cursor: Option<String>,
}

/// One line of the story.
#[derive(Debug, Serialize, ToSchema)]
struct Event {
    at: Timestamp,
    /// `queued`, `claimed`, `tile_done`, `tile_retried`, `tile_returned`, `tile_rescued`, `engine_reset`, `assembling`,
    /// `done`, `failed` or `cancelled`.
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tile: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Tells what happened to a render
#[utoipa::path(
    get, path = "/renders/{id}/events", tag = "renders", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = EventList),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_events(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
) -> Result<Json<EventList>, ApiError> {
    find(&state, id).await?;
    let events = state.store.events_of_render(id).await?;
    Ok(Json(EventList {
        items: events.into_iter().map(Event::from).collect(),
        next_cursor: None,
    }))
}

/// What can be changed of a live render.
#[derive(Debug, Default, ToSchema)]
#[schema(as = RenderChange)]
pub(crate) struct Change {
    /// Null takes the name away.
    #[schema(value_type = Option<String>, nullable)]
    name: Option<Option<String>>,
    #[schema(value_type = Option<PriorityWord>)]
    priority: Option<Priority>,
}

/// Renames or reorders a live render
#[utoipa::path(
    patch, path = "/renders/{id}", tag = "renders", params(("id" = Uuid, Path)), request_body = Change,
    responses(
        (status = 200, body = StatusBody),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is finished", body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change_render(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
    JsonBytes(body): JsonBytes,
) -> Result<Json<StatusBody>, ApiError> {
    let change = Change::parse(&body)?;
    let name = change.name.as_ref().map(Option::as_deref);
    let Some(entry) = state.store.change_task(id, name, change.priority).await? else {
        return Err(not_live(&state, id).await);
    };
    tell(&state, id, state.queue.reorder_render(entry)).await;
    status_answer(&state, id).await
}

/// Cancels a live render, keeping the picture of what was done
#[utoipa::path(
    post, path = "/renders/{id}/cancel", tag = "renders", params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = StatusBody),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is finished", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel_render(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
) -> Result<Json<StatusBody>, ApiError> {
    if !cancel_if_live(&state, id).await? {
        return Err(not_live(&state, id).await);
    }
    status_answer(&state, id).await
}

/// Renders a failed or cancelled one anew, as another render of the same request
#[utoipa::path(
    post, path = "/renders/{id}/retry", tag = "renders", params(("id" = Uuid, Path)),
    responses(
        (status = 202, body = StatusBody, headers(("Location" = String))),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It did not fail", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn retry_render(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
) -> Result<Response, ApiError> {
    let status = find(&state, id).await?;
    if !matches!(status.state, RenderState::Failed | RenderState::Cancelled) {
        return Err(ApiError::RenderNotEnded);
    }
    let stored = state.store.render_request(id).await?.ok_or(NO_RENDER)?;
    let body = Bytes::from(stored.request);
    let mut request = submission::parse(&state, &body).await?;
    // They may have been changed since it was submitted.
    request.name = status.name;
    request.priority = status.priority;
    request.warnings = status.warnings;
    let again = Checked {
        request,
        asset_pins: stored.asset_pins,
    };
    let Submitted::Created(entry) = store_render(&state, &body, &again, None).await? else {
        return Err(ApiError::Internal(
            "a retry without a key met one".to_owned(),
        ));
    };
    queue_render(&state, entry).await;
    accepted(&state, entry.id).await
}

/// Removes a render and its pictures, cancelling it first if it is live
#[utoipa::path(
    delete, path = "/renders/{id}", tag = "renders", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Gone"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete_render(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
) -> Result<StatusCode, ApiError> {
    cancel_if_live(&state, id).await?;
    if !state.store.delete_result(id).await? {
        return Err(NO_RENDER);
    }
    info!(render.id = %id, "Removed render {id}");
    tell(&state, id, std::future::ready(Ok(()))).await;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) const NO_RENDER: ApiError = ApiError::NotFound("There is no render of this id.");
pub(crate) const NO_STORE: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

/// The status of a render at any stage.
pub(crate) async fn find(state: &AppState, id: RenderId) -> Result<RenderStatus, ApiError> {
    state.store.render_status(id).await?.ok_or(NO_RENDER)
}

async fn status_answer(state: &AppState, id: RenderId) -> Result<Json<StatusBody>, ApiError> {
    Ok(Json(
        StatusBody::with_position(state, find(state, id).await?).await,
    ))
}

async fn accepted(state: &AppState, id: RenderId) -> Result<Response, ApiError> {
    let body = status_answer(state, id).await?;
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, render_path(id))],
        body,
    )
        .into_response())
}

async fn store_render(
    state: &AppState,
    body: &[u8],
    checked: &Checked,
    idempotency: Option<(&str, [u8; 32])>,
) -> Result<Submitted, ApiError> {
    let (request, options) = (&checked.request, &checked.request.options.render);
    let submitted = state
        .store
        .submit_render(NewRender {
            name: request.name.as_deref(),
            priority: request.priority,
            request: body,
            request_format: REQUEST_FORMAT,
            asset_pins: &checked.asset_pins,
            warnings: &request.warnings,
            width: options.width,
            height: options.height,
            samples: options.samples,
            max_depth: options.max_depth,
            exr: request.options.exr,
            tiles: &tile::grid(options.width, options.height),
            idempotency,
        })
        .await?;
    Ok(submitted)
}

/// The render is stored already: if Redis cannot take it now, the rescuer adds it later.
async fn queue_render(state: &AppState, entry: QueueEntry) {
    info!(render.id = %entry.id, "Accepted render {}", entry.id);
    tell(state, entry.id, state.queue.push_renders(&[entry])).await;
}

async fn cancel_if_live(state: &AppState, id: RenderId) -> Result<bool, ApiError> {
    let cancelled = state.store.cancel_render(id).await?;
    if cancelled {
        info!(render.id = %id, "Cancelled render {id}");
        tell(state, id, state.queue.remove_render(id)).await;
    }
    Ok(cancelled)
}

/// Tells the queue, and whoever listens, what the store has already: what Redis misses now costs time only, so nobody
/// waits long for it.
async fn tell(
    state: &AppState,
    id: RenderId,
    change: impl Future<Output = Result<(), QueueError>>,
) {
    let told = async {
        change.await?;
        state.queue.notify(Notice::Render(id)).await
    };
    let missed = match timeout(PATIENCE, told).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "Redis does not answer in time".to_owned(),
    };
    warn!(render.id = %id, error = missed, "The queue does not know yet what became of render {id}");
}

async fn not_live(state: &AppState, id: RenderId) -> ApiError {
    match find(state, id).await {
        Ok(_) => ApiError::RenderFinished,
        Err(error) => error,
    }
}

fn final_state(word: &str) -> Result<RenderState, ApiError> {
    let state = word
        .parse::<RenderState>()
        .ok()
        .filter(|state| state.is_final());
    state.ok_or_else(|| {
        ApiError::InvalidParameter("`state` must be `done`, `failed` or `cancelled`".to_owned())
    })
}

impl Change {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let value = parse_json(body).map_err(ApiError::InvalidJson)?;
        let mut change = Self::default();
        let mut errors = Vec::new();
        let mut refuse = |pointer: String, detail: &str| {
            errors.push(SceneProblem {
                pointer,
                detail: detail.to_owned(),
            });
        };
        let Value::Object(fields) = value else {
            refuse(String::new(), "must be an object");
            return Err(ApiError::InvalidRequest(errors));
        };
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("name", Value::Null) => change.name = Some(None),
                ("name", Value::String(name)) => match check_name(&name) {
                    Ok(()) => change.name = Some(Some(name)),
                    Err(detail) => refuse("/name".to_owned(), detail),
                },
                ("name", _) => refuse("/name".to_owned(), "must be a string"),
                ("priority", word) => match word.as_str().and_then(|word| word.parse().ok()) {
                    Some(priority) => change.priority = Some(priority),
                    None => refuse(
                        "/priority".to_owned(),
                        "must be \"low\", \"normal\" or \"high\"",
                    ),
                },
                (key, _) => refuse(format!("/{}", escape(key)), "is not a known field"),
            }
        }
        if errors.is_empty() {
            Ok(change)
        } else {
            Err(ApiError::InvalidRequest(errors))
        }
    }
}

impl From<Checked> for DryRun {
    fn from(Checked { request, .. }: Checked) -> Self {
        let options = request.options.render;
        Self {
            width: options.width,
            height: options.height,
            samples: options.samples,
            max_depth: options.max_depth,
            warnings: request.warnings.into_iter().map(Pointed::from).collect(),
        }
    }
}

impl From<RenderEvent> for Event {
    fn from(event: RenderEvent) -> Self {
        Self {
            at: Timestamp(event.at),
            kind: event.kind,
            tile: event.tile_no,
            worker: event.worker_id.map(|worker| worker.0),
            attempt: event.attempt,
            detail: event.detail,
        }
    }
}
