//! One id, one log line and one measurement for each request.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, debug, field, info, info_span};
use uuid::Uuid;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_ID: usize = 128;
/// What is longer is cut in the log.
const LONGEST_PATH: usize = 200;

tokio::task_local! {
    static REQUEST_UUID: Uuid;
}

/// The id that the problem of the running request carries.
pub(crate) fn request_uuid() -> Uuid {
    REQUEST_UUID
        .try_with(|uuid| *uuid)
        .unwrap_or_else(|_| Uuid::now_v7())
}

/// Gives the request its id (the client's, if it sent a usable one), echoes it, and logs and measures the answer.
pub(crate) async fn log_request(request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(&X_REQUEST_ID)
        .filter(|id| is_usable(id))
        .cloned();
    let (id, uuid) = given.map_or_else(new_id, |id| {
        let uuid = id.to_str().ok().and_then(|id| id.parse().ok());
        (id, uuid.unwrap_or_else(Uuid::now_v7))
    });
    let method = known_method(request.method());
    let path: String = request.uri().path().chars().take(LONGEST_PATH).collect();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let id_text = id.to_str().unwrap_or_default();
    let span = info_span!("request", request.id = id_text, request.uuid = field::Empty);
    // A client's id that is no UUID cannot stand in a problem; the log then tells both.
    if uuid.to_string() != id_text {
        span.record("request.uuid", field::display(uuid));
    }

    let answer = async {
        let begun = Instant::now();
        let mut response = next.run(request).await;
        let (status, duration) = (response.status().as_u16(), begun.elapsed());
        let duration_ms = duration.as_millis();
        // Those who watch ask all the time.
        if ["/healthz", "/readyz"].contains(&path.as_str()) {
            debug!(status, duration_ms, "{method} {path}");
        } else {
            info!(status, duration_ms, "{method} {path}");
        }
        let labels = [
            ("method", method.to_owned()),
            ("route", route),
            ("status", status.to_string()),
        ];
        metrics::counter!("clovers_http_requests_total", &labels).increment(1);
        metrics::histogram!("clovers_http_request_duration_seconds", &labels).record(duration);
        response.headers_mut().insert(X_REQUEST_ID.clone(), id);
        response
    };
    REQUEST_UUID.scope(uuid, answer.instrument(span)).await
}

fn new_id() -> (HeaderValue, Uuid) {
    let uuid = Uuid::now_v7();
    (
        HeaderValue::try_from(uuid.to_string()).expect("a UUID is visible ASCII"),
        uuid,
    )
}

fn is_usable(id: &HeaderValue) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

/// Anybody can invent methods; neither the log nor the metrics should grow by them.
fn known_method(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known
        .into_iter()
        .find(|known| method == known)
        .unwrap_or("OTHER")
}
