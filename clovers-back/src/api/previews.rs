//! Previews: a session shows the newest request only.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use clovers_common::domain::ids::PreviewId;
use clovers_common::domain::preview::{PreviewFrame, PreviewState};
use clovers_common::queue::Notice;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::blob_answer::matches_etag;
use super::long_poll::{Looked, Wait};
use super::openapi::RenderRequestBody;
use super::parameters::{Named, Parameters};
use super::renders::NO_STORE;
use super::request_body::JsonBytes;
use super::submission::{self, Checked};
use crate::error::{ApiError, Pointed, Problem};
use crate::state::AppState;

/// How to treat a preview's request.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewParameters {
    /// Refuse what would only be warned about.
    #[serde(default)]
    strict: bool,
}

/// A session as its newest request will be rendered: what a preview may not cost is fitted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewSession {
    id: Uuid,
    /// Grows with each request of the session.
    revision: u32,
    width: u32,
    height: u32,
    samples: u32,
    max_depth: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Pointed>,
}

/// A session that has no frame of its newest request yet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewWaiting {
    id: Uuid,
    /// `waiting`.
    state: &'static str,
}

/// Begins a preview
#[utoipa::path(
    post, path = "/preview", tag = "previews", params(PreviewParameters), request_body = RenderRequestBody,
    responses(
        (status = 202, body = PreviewSession, headers(("Location" = String))),
        (status = 400, description = "Not JSON", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Refused, with pointers", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Try again", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn begin_preview(
    State(state): State<AppState>,
    Parameters(how): Parameters<PreviewParameters>,
    JsonBytes(body): JsonBytes,
) -> Result<Response, ApiError> {
    let checked = submission::check(&state, &body, how.strict).await?;
    let id = PreviewId::new();
    let revision = state
        .queue
        .begin_preview(id, text(&body)?, &checked.asset_pins)
        .await?;
    Ok(session(&state, id, revision, checked))
}

/// Gives a preview its next request; the newest wins
#[utoipa::path(
    put, path = "/preview/{id}", tag = "previews", params(("id" = Uuid, Path), PreviewParameters),
    request_body = RenderRequestBody,
    responses(
        (status = 202, body = PreviewSession, headers(("Location" = String))),
        (status = 404, description = "Unknown or expired", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Refused, with pointers", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn replace_preview(
    State(state): State<AppState>,
    Named(id): Named<PreviewId>,
    Parameters(how): Parameters<PreviewParameters>,
    JsonBytes(body): JsonBytes,
) -> Result<Response, ApiError> {
    let checked = submission::check(&state, &body, how.strict).await?;
    let replaced = state
        .queue
        .replace_preview(id, text(&body)?, &checked.asset_pins)
        .await?;
    Ok(session(&state, id, replaced.ok_or(NO_PREVIEW)?, checked))
}

/// Answers with the newest frame of the newest request
#[utoipa::path(
    get, path = "/preview/{id}", tag = "previews",
    params(
        ("id" = Uuid, Path),
        ("Prefer" = Option<String>, Header, description = "`wait=N` waits up to N (at most 60) seconds for a frame newer than `If-None-Match`"),
        ("If-None-Match" = Option<String>, Header, description = "`ETag` of the frame the client has"),
    ),
    responses(
        (
            status = 200, description = "The frame", content_type = "image/png", body = [u8],
            headers(
                ("ETag" = String), ("Clovers-Revision" = u32), ("Clovers-Samples" = u32), ("Clovers-Width" = u32),
                ("Clovers-Height" = u32), ("Clovers-Final" = bool),
            )
        ),
        (status = 202, description = "No frame yet", body = PreviewWaiting),
        (status = 304, description = "The client has the newest frame"),
        (status = 404, description = "Unknown or expired", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The scene cannot be rendered", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_preview(
    State(state): State<AppState>,
    Named(id): Named<PreviewId>,
    headers: HeaderMap,
    wait: Wait,
) -> Result<Response, ApiError> {
    let shown = headers.get(header::IF_NONE_MATCH);
    let look = || look_for_frame(&state, id, shown);
    let answer = match wait.until(&state, Notice::Preview(id), look).await? {
        PreviewState::Waiting => (
            StatusCode::ACCEPTED,
            Json(PreviewWaiting {
                id: id.0,
                state: "waiting",
            }),
        )
            .into_response(),
        PreviewState::Frame(frame) if matches_etag(shown, &etag(&frame)) => {
            (StatusCode::NOT_MODIFIED, [(header::ETAG, etag(&frame))]).into_response()
        }
        PreviewState::Frame(frame) => frame_answer(frame),
        PreviewState::Failed { revision, reason } => {
            return Err(ApiError::PreviewFailed { revision, reason });
        }
    };
    Ok((wait, NO_STORE, answer).into_response())
}

/// Looks for something newer than what is shown; after the final frame of a request only another request brings it.
async fn look_for_frame(
    state: &AppState,
    id: PreviewId,
    shown: Option<&HeaderValue>,
) -> Result<Looked<PreviewState>, ApiError> {
    let found = state.queue.preview_state(id).await?.ok_or(NO_PREVIEW)?;
    Ok(match &found {
        PreviewState::Waiting => Looked::OnlyIfNothingBetter(found),
        PreviewState::Frame(frame) if matches_etag(shown, &etag(frame)) => {
            Looked::OnlyIfNothingBetter(found)
        }
        PreviewState::Frame(_) | PreviewState::Failed { .. } => Looked::Tell(found),
    })
}

/// Stops a preview
#[utoipa::path(
    delete, path = "/preview/{id}", tag = "previews", params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Stopped"),
        (status = 404, description = "Unknown or expired", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn end_preview(
    State(state): State<AppState>,
    Named(id): Named<PreviewId>,
) -> Result<StatusCode, ApiError> {
    if state.queue.end_preview(id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(NO_PREVIEW)
    }
}

const NO_PREVIEW: ApiError = ApiError::NotFound(
    "There is no preview of this id; those nobody looks at expire after a minute.",
);

fn session(state: &AppState, id: PreviewId, revision: u32, checked: Checked) -> Response {
    let effective = state.preview_limits.fit(&checked.request.options.render);
    let body = PreviewSession {
        id: id.0,
        revision,
        width: effective.width,
        height: effective.height,
        samples: effective.samples,
        max_depth: effective.max_depth,
        warnings: checked
            .request
            .warnings
            .into_iter()
            .map(Pointed::from)
            .collect(),
    };
    (
        StatusCode::ACCEPTED,
        [(header::LOCATION, format!("/preview/{id}"))],
        Json(body),
    )
        .into_response()
}

fn frame_answer(frame: PreviewFrame) -> Response {
    let headers = [
        ("content-type", "image/png".to_owned()),
        ("etag", etag(&frame)),
        ("clovers-revision", frame.revision.to_string()),
        ("clovers-samples", frame.samples.to_string()),
        ("clovers-width", frame.width.to_string()),
        ("clovers-height", frame.height.to_string()),
        ("clovers-final", frame.last.to_string()),
    ];
    (headers, frame.png).into_response()
}

fn etag(frame: &PreviewFrame) -> String {
    format!("\"{}-{}\"", frame.revision, frame.pass)
}

fn text(body: &Bytes) -> Result<&str, ApiError> {
    std::str::from_utf8(body)
        .map_err(|_| ApiError::Internal("a body that is JSON is not UTF-8".to_owned()))
}
