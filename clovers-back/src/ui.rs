//! The built UI, when it is served from here: its pages are all `index.html`, its files lie under `/static/`.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower::ServiceExt;
use tower_http::services::{ServeDir, ServeFile};

use crate::error::ApiError;
use crate::state::AppState;

const PAGES: [&str; 7] = [
    "/",
    "/studio",
    "/farm",
    "/gallery",
    "/gallery/{id}",
    "/compare",
    "/settings",
];

/// The app's own scripts, the styles its components write into the page, and pictures it made itself.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; \
                      font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

pub(crate) fn routes(folder: &Arc<Path>) -> Router<AppState> {
    let files = Router::new()
        .route("/static/{*file}", get(hashed_file))
        .route("/favicon.svg", get(favicon))
        .with_state(Arc::clone(folder));
    let page = get(page).with_state(Arc::clone(folder));
    PAGES
        .into_iter()
        .fold(files, |router, path| router.route(path, page.clone()))
}

async fn page(State(folder): State<Arc<Path>>, request: Request) -> Response {
    let mut response = file(
        ServeFile::new(folder.join("index.html"))
            .oneshot(request)
            .await,
        "no-cache",
    );
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// The names carry a hash of the content, so what a name means never changes.
async fn hashed_file(State(folder): State<Arc<Path>>, request: Request) -> Response {
    let served = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .oneshot(request)
        .await;
    file(served, "public, max-age=31536000, immutable")
}

async fn favicon(State(folder): State<Arc<Path>>, request: Request) -> Response {
    file(
        ServeFile::new(folder.join("favicon.svg"))
            .oneshot(request)
            .await,
        "no-cache",
    )
}

fn file(
    served: Result<impl IntoResponse, std::convert::Infallible>,
    cache: &'static str,
) -> Response {
    let Ok(served) = served;
    let mut response = served.into_response();
    match response.status() {
        StatusCode::NOT_FOUND => ApiError::UnknownPath.into_response(),
        status if status.is_server_error() => {
            ApiError::Internal("a file of the UI cannot be read".to_owned()).into_response()
        }
        _ => {
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            response
        }
    }
}
