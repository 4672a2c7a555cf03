//! The limits in force.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::AppState;

/// Different meshes that one scene may name.
pub(crate) const MAX_MESHES: usize = 1000;

/// What one request may ask for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Limits {
    max_width: u32,
    max_height: u32,
    /// Width times height.
    max_pixels: u64,
    max_samples: u32,
    max_depth: u32,
    max_body_bytes: usize,
    /// Different meshes in one scene.
    max_meshes: usize,
    preview: PreviewLimitsBody,
}

/// What a larger request is fitted into for a preview.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PreviewLimits)]
struct PreviewLimitsBody {
    max_width: u32,
    max_height: u32,
    max_samples: u32,
    max_depth: u32,
}

/// Tells the limits in force
#[utoipa::path(get, path = "/limits", tag = "service", responses((status = 200, body = Limits)))]
pub(crate) async fn get_limits(State(state): State<AppState>) -> Json<Limits> {
    let (render, preview) = (&state.limits, &state.preview_limits);
    Json(Limits {
        max_width: render.max_width,
        max_height: render.max_height,
        max_pixels: render.max_pixels,
        max_samples: render.max_samples,
        max_depth: render.max_depth,
        max_body_bytes: render.max_body_bytes,
        max_meshes: MAX_MESHES,
        preview: PreviewLimitsBody {
            max_width: preview.max_width,
            max_height: preview.max_height,
            max_samples: preview.max_samples,
            max_depth: preview.max_depth,
        },
    })
}
