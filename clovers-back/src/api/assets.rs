//! Meshes that scenes can name.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use clovers_common::store::AssetListing;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::blob_answer::{FOREVER, serve_blob};
use super::parameters::{Named, Parameters, page_size};
use super::status_body::Timestamp;
use crate::error::{ApiError, Problem};
use crate::state::AppState;

/// What `GET /assets` lists.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssetParameters {
    /// Assets on a page, 1 to 200; 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Assets, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetList {
    items: Vec<AssetBody>,
    /// Always null so far.
    next_cursor: Option<String>,
}

/// A mesh by its content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Asset)]
struct AssetBody {
    sha256: String,
    /// What scenes call it, beside `sha256:…`.
    name: Option<String>,
    /// `stl`, `ply` or `gltf`.
    format: String,
    bytes: i64,
    triangles: i64,
    /// Min x, y, z, max x, y, z.
    bounds: Vec<f64>,
    created_at: Timestamp,
}

/// Lists the assets
#[utoipa::path(
    get, path = "/assets", tag = "assets", params(AssetParameters),
    responses(
        (status = 200, body = AssetList),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list_assets(
    State(state): State<AppState>,
    Parameters(list): Parameters<AssetParameters>,
) -> Result<Json<AssetList>, ApiError> {
    let assets = state.store.assets(page_size(list.limit)?).await?;
    Ok(Json(AssetList {
        items: assets.into_iter().map(AssetBody::from).collect(),
        next_cursor: None,
    }))
}

/// Answers with the bytes of an asset
#[utoipa::path(
    get, path = "/assets/{sha256}", tag = "assets", params(("sha256" = String, Path)),
    responses(
        (status = 200, content_type = "application/octet-stream", body = [u8]),
        (status = 206, description = "A part of it"),
        (status = 304, description = "As the client has it"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get_asset(
    State(state): State<AppState>,
    Named(sha256): Named<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asset = state
        .store
        .resolve_asset(&format!("sha256:{sha256}"))
        .await?;
    let asset = asset.ok_or(ApiError::NotFound("There is no asset of this content."))?;
    serve_blob(&state.store, asset.blob_id, &headers, FOREVER).await
}

impl From<AssetListing> for AssetBody {
    fn from(asset: AssetListing) -> Self {
        Self {
            sha256: asset.sha256,
            name: asset.name,
            format: asset.format,
            bytes: asset.bytes,
            triangles: asset.triangles,
            bounds: asset.bounds,
            created_at: Timestamp(asset.created_at),
        }
    }
}
