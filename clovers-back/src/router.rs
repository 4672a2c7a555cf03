//! Every route, and the layers around all of them.

use std::any::Any;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{
    assets, examples, health, limits, openapi, previews, queue, render_images, renders,
    request_body,
};
use crate::error::ApiError;
use crate::request_log::log_request;
use crate::state::AppState;
use crate::ui;

fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .routes(routes!(renders::submit_render))
        .routes(routes!(renders::list_renders))
        .routes(routes!(
            render_images::get_picture,
            renders::change_render,
            renders::delete_render
        ))
        .routes(routes!(renders::get_status))
        .routes(routes!(render_images::get_thumbnail))
        .routes(routes!(render_images::get_partial))
        .routes(routes!(render_images::get_exr))
        .routes(routes!(renders::get_request))
        .routes(routes!(renders::get_events))
        .routes(routes!(renders::cancel_render))
        .routes(routes!(renders::retry_render))
        .routes(routes!(queue::get_queue))
        .routes(routes!(previews::begin_preview))
        .routes(routes!(
            previews::get_preview,
            previews::replace_preview,
            previews::end_preview
        ))
        .routes(routes!(assets::list_assets))
        .routes(routes!(assets::get_asset))
        .routes(routes!(examples::list_examples))
        .routes(routes!(examples::get_example))
        .routes(routes!(limits::get_limits))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::version))
        .routes(routes!(openapi::get_openapi))
}

pub(crate) fn router(state: AppState) -> Router {
    let (api, _) = api().split_for_parts();
    let ui = state.ui_dir.as_ref().map(ui::routes).unwrap_or_default();
    api.merge(ui)
        .fallback(async || ApiError::UnknownPath)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        // The last one added is the first to see a request.
        .layer(middleware::from_fn_with_state(
            state.clone(),
            request_body::refuse_large,
        ))
        .layer(middleware::from_fn(request_body::refuse_cross_site))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(CompressionLayer::new().compress_when(is_text))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(log_request))
        .with_state(state)
}

pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    api().into_openapi()
}

/// Pictures and meshes are compressed already, or served in ranges.
fn is_text(_: StatusCode, _: Version, headers: &HeaderMap, _: &axum::http::Extensions) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    [
        "application/json",
        "application/problem+json",
        "text/",
        "image/svg",
    ]
    .iter()
    .any(|text| content_type.starts_with(text))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let cause = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied());
    ApiError::Internal(format!(
        "a handler panicked: {}",
        cause.unwrap_or("no message")
    ))
    .into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_as_a_problem() {
        let panics = get(async || {
            if true {
                panic!("oh no")
            }
        });
        let router = Router::new()
            .route("/", panics)
            .layer(CatchPanicLayer::custom(panicked));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}
