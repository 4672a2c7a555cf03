//! The pictures of renders.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use clovers_common::domain::ids::RenderId;
use clovers_common::domain::render::{RenderState, RenderStatus};
use clovers_common::store::{BlobId, Store, StoreError};

use super::blob_answer::{FOREVER, serve_blob};
use super::parameters::Named;
use super::renders::{NO_RENDER, NO_STORE, find};
use super::status_body::{StatusBody, render_path};
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// Answers with the picture of a finished render, or tells how it stands
#[utoipa::path(
    get, path = "/renders/{id}", tag = "pictures", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The picture", content_type = "image/png", body = [u8], headers(("ETag" = String))),
        (status = 202, description = "Not finished yet", body = StatusBody, headers(("Retry-After" = String))),
        (status = 206, description = "A part of the picture"),
        (status = 304, description = "As the client has it"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It failed or was cancelled", body = Problem, content_type = "application/problem+json"),
        (status = 416, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_picture(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let status = find(&state, id).await?;
    if let Some(answer) = instead_of_picture(&state, status).await? {
        return Ok(answer);
    }
    let picture = state.store.picture(id).await?.ok_or(NO_RENDER)?;
    serve_blob(&state.store, picture, &headers, FOREVER).await
}

/// Answers with the small picture of a finished render
#[utoipa::path(
    get, path = "/renders/{id}/thumbnail", tag = "pictures", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The picture, its longest side 256 pixels", content_type = "image/png", body = [u8]),
        (status = 202, description = "Not finished yet", body = StatusBody),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It failed or was cancelled", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_thumbnail(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let status = find(&state, id).await?;
    if let Some(answer) = instead_of_picture(&state, status).await? {
        return Ok(answer);
    }
    let thumbnail = state.store.thumbnail(id).await?.ok_or(NO_RENDER)?;
    serve_blob(&state.store, thumbnail, &headers, FOREVER).await
}

/// Answers with the OpenEXR file of a finished render that asked for one
#[utoipa::path(
    get, path = "/renders/{id}/exr", tag = "pictures", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Linear sRGB primaries, half floats", content_type = "image/x-exr", body = [u8]),
        (status = 202, description = "Not finished yet", body = StatusBody),
        (status = 404, description = "It did not ask for one", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It failed or was cancelled", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_exr(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let status = find(&state, id).await?;
    // Of one that failed it is not known what it would have had.
    let failed = matches!(status.state, RenderState::Failed | RenderState::Cancelled);
    if !status.exr && !failed {
        return Err(ApiError::NotFound(
            "The request did not ask for an OpenEXR file.",
        ));
    }
    if let Some(answer) = instead_of_picture(&state, status).await? {
        return Ok(answer);
    }
    let exr = state.store.exr(id).await?.ok_or(NO_RENDER)?;
    serve_blob(&state.store, exr, &headers, FOREVER).await
}

/// Answers with the picture of the tiles done so far
#[utoipa::path(
    get, path = "/renders/{id}/partial", tag = "pictures", params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The picture, its longest side at most 2048 pixels", content_type = "image/png", body = [u8]),
        (status = 303, description = "The render is done: the whole picture is there"),
        (status = 404, description = "No such render, or no tile is done yet", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_partial(
    State(state): State<AppState>,
    Named(id): Named<RenderId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let status = find(&state, id).await?;
    if status.state == RenderState::Done {
        return Ok((NO_STORE, Redirect::to(&render_path(id))).into_response());
    }
    if !status.state.is_final()
        && let Some(png) = state.partial_pictures.get(&state.store, id).await?
    {
        return Ok((NO_STORE, [(header::CONTENT_TYPE, "image/png")], png).into_response());
    }
    let kept: Option<BlobId> = state.store.kept_partial(id).await?;
    let kept = kept.ok_or(ApiError::NotFound("No part of the picture is there."))?;
    serve_blob(
        &state.store,
        kept,
        &headers,
        HeaderValue::from_static("no-store"),
    )
    .await
}

/// What to say of a render that has no picture (yet); `None` if it is done.
async fn instead_of_picture(
    state: &AppState,
    status: RenderStatus,
) -> Result<Option<Response>, ApiError> {
    match status.state {
        RenderState::Done => Ok(None),
        RenderState::Failed => Err(ApiError::RenderFailed {
            reason: status.reason.unwrap_or_default(),
        }),
        RenderState::Cancelled => Err(ApiError::RenderCancelled),
        RenderState::Queued | RenderState::Rendering | RenderState::Assembling => {
            let body = StatusBody::with_position(state, status).await;
            let retry_after = [(header::RETRY_AFTER, "1")];
            let answer = (StatusCode::ACCEPTED, NO_STORE, retry_after, Json(body));
            Ok(Some(answer.into_response()))
        }
    }
}

/// Pictures of live renders, each made at most once a second however many look.
#[derive(Debug, Default)]
pub(crate) struct PartialPictures {
    entries: Mutex<HashMap<RenderId, Arc<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    /// When the entry was last looked at.
    seen: Mutex<Instant>,
    /// The picture and when it was made; locked while it is made, so that all who wait get the same one.
    made: tokio::sync::Mutex<Option<(Instant, Option<Bytes>)>>,
}

impl PartialPictures {
    const FRESH: Duration = Duration::from_secs(1);
    const FORGOTTEN: Duration = Duration::from_secs(5);

    async fn get(&self, store: &Store, id: RenderId) -> Result<Option<Bytes>, StoreError> {
        let entry = self.entry(id);
        let mut made = entry.made.lock().await;
        if let Some((at, png)) = &*made
            && at.elapsed() < Self::FRESH
        {
            return Ok(png.clone());
        }
        let png = store.partial_picture(id).await?.map(Bytes::from);
        *made = Some((Instant::now(), png.clone()));
        Ok(png)
    }

    fn entry(&self, id: RenderId) -> Arc<Entry> {
        let now = Instant::now();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = |entry: &Entry| *entry.seen.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|_, entry| now.duration_since(seen(entry)) < Self::FORGOTTEN);
        let new = || {
            Arc::new(Entry {
                seen: Mutex::new(now),
                made: tokio::sync::Mutex::default(),
            })
        };
        let entry = entries.entry(id).or_insert_with(new);
        *entry.seen.lock().unwrap_or_else(PoisonError::into_inner) = now;
        Arc::clone(entry)
    }
}
