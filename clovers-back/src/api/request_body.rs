//! Bodies, bounded and of the right type, and who may send them.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt;

use crate::error::ApiError;
use crate::state::AppState;

/// The rest of a refused body is read (and forgotten) within these bounds, because a client that is still sending
/// would otherwise see a broken connection instead of the answer.
const DRAIN_BYTES: usize = 256 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(20);

/// A client that sends nothing for this long is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);

type ChunkRead = Result<Bytes, axum::Error>;

/// The bytes of a body that claims to be JSON, or claims nothing.
#[derive(Debug)]
pub(crate) struct JsonBytes(pub(crate) Bytes);

impl FromRequest<AppState> for JsonBytes {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let may_be_json = may_be_json(request.headers());
        let body = request.into_body();
        if may_be_json {
            read_whole(body, state.limits.max_body_bytes)
                .await
                .map(Self)
        } else {
            drain(body);
            Err(ApiError::UnsupportedMediaType)
        }
    }
}

/// Refuses any request that announces a body above the limit.
pub(crate) async fn refuse_large(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let most = state.limits.max_body_bytes;
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > most as u64) {
        drain(request.into_body());
        return ApiError::BodyTooLarge { most }.into_response();
    }
    next.run(request).await
}

/// Refuses changes that a browser sends on behalf of a page of another site.
pub(crate) async fn refuse_cross_site(request: Request, next: Next) -> Response {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let cross_site = request
        .headers()
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site");
    if cross_site && !reads {
        drain(request.into_body());
        return ApiError::CrossSite.into_response();
    }
    next.run(request).await
}

/// `curl --data` calls everything a form unless told otherwise, so that type means nothing.
fn may_be_json(headers: &HeaderMap) -> bool {
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let essence = content_type
        .to_str()
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let essence = essence.to_ascii_lowercase();
    let json = essence.starts_with("application/") && essence.ends_with("+json");
    json || [
        "application/json",
        "text/json",
        "application/x-www-form-urlencoded",
    ]
    .contains(&essence.as_str())
}

async fn read_whole(body: Body, most: usize) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = next_in_time(&mut chunks).await? {
        let chunk = chunk.map_err(|_| ApiError::BodyUnreadable)?;
        if whole.len() + chunk.len() > most {
            drain(Body::from_stream(chunks));
            return Err(ApiError::BodyTooLarge { most });
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.into())
}

async fn next_in_time(chunks: &mut BodyDataStream) -> Result<Option<ChunkRead>, ApiError> {
    let next = tokio::time::timeout(PATIENCE, chunks.next()).await;
    next.map_err(|_| ApiError::BodyTooSlow)
}

fn drain(body: Body) {
    let mut chunks = body.into_data_stream();
    let read = async move {
        let mut bytes = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            bytes += chunk.len();
            if bytes > DRAIN_BYTES {
                break;
            }
        }
    };
    tokio::spawn(tokio::time::timeout(DRAIN_TIME, read));
}
