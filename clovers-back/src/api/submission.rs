//! From the bytes of a body to a request that can be rendered: every check, before anything is stored or queued.

use std::collections::BTreeMap;

use bytes::Bytes;
use clovers_common::clovers::scene::{MeshRef, SceneProblem};
use clovers_common::domain::request::RenderRequest;
use clovers_common::store::{Asset, Store};
use tokio::sync::Semaphore;

use super::limits::MAX_MESHES;
use crate::error::ApiError;
use crate::state::AppState;

/// More missing meshes than this are not listed.
const MAX_MISSING: usize = 20;

/// A request that passed every check.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) request: RenderRequest,
    /// Mesh path to the SHA-256 of the content, in hexadecimal.
    pub(crate) asset_pins: BTreeMap<String, String>,
}

/// Parses a body within the limits and finds its meshes. With `strict`, warnings are errors.
pub(crate) async fn check(
    state: &AppState,
    body: &Bytes,
    strict: bool,
) -> Result<Checked, ApiError> {
    let mut request = parse(state, body).await?;
    if strict && !request.warnings.is_empty() {
        return Err(ApiError::Warnings(request.warnings));
    }
    // Postgres keeps no NUL in text, and a warning may quote a key that has one.
    for warning in &mut request.warnings {
        warning.pointer = warning.pointer.replace('\0', "\u{fffd}");
        warning.detail = warning.detail.replace('\0', "\u{fffd}");
    }
    let asset_pins = find_meshes(&state.store, &request.meshes()).await?;
    Ok(Checked {
        request,
        asset_pins,
    })
}

/// Parses a body away from the threads that serve everybody else: 16 MiB take their time.
pub(crate) async fn parse(state: &AppState, body: &Bytes) -> Result<RenderRequest, ApiError> {
    // A hostile body takes a hundred times its size while it is parsed.
    static PARSERS: Semaphore = Semaphore::const_new(4);
    // It is never closed, so this only ever waits.
    let _permit = PARSERS.acquire().await.ok();
    let (body, limits) = (body.clone(), state.limits.clone());
    let parsed = tokio::task::spawn_blocking(move || RenderRequest::parse(&body, &limits)).await;
    Ok(parsed.map_err(|error| ApiError::Internal(format!("the parser failed: {error}")))??)
}

async fn find_meshes(
    store: &Store,
    meshes: &[MeshRef],
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut found: BTreeMap<&str, Option<Asset>> = BTreeMap::new();
    let mut missing = Vec::new();
    for mesh in meshes {
        let asset = match found.get(mesh.path.as_str()) {
            Some(asset) => asset,
            None if found.len() == MAX_MESHES => {
                let detail = format!("the scene names more than {MAX_MESHES} different meshes");
                return Err(ApiError::LimitsExceeded(vec![SceneProblem {
                    pointer: mesh.pointer.clone(),
                    detail,
                }]));
            }
            None => {
                let asset = resolve(store, &mesh.path).await?;
                found.entry(&mesh.path).or_insert(asset)
            }
        };
        let detail = match asset {
            None => format!("there is no asset `{}`", mesh.path),
            Some(asset) if !asset.format.eq_ignore_ascii_case(&mesh.format.to_string()) => {
                format!(
                    "the asset `{}` is {}, not {}",
                    mesh.path,
                    asset.format.to_uppercase(),
                    mesh.format
                )
            }
            Some(_) => continue,
        };
        missing.push(SceneProblem {
            pointer: mesh.pointer.clone(),
            detail,
        });
        if missing.len() == MAX_MISSING {
            break;
        }
    }
    if !missing.is_empty() {
        return Err(ApiError::InvalidScene(missing));
    }
    Ok(found
        .into_iter()
        .filter_map(|(path, asset)| Some((path.to_owned(), asset?.sha256)))
        .collect())
}

async fn resolve(store: &Store, path: &str) -> Result<Option<Asset>, ApiError> {
    // No asset's name has one, and Postgres would refuse the question.
    if path.contains('\0') {
        return Ok(None);
    }
    Ok(store.resolve_asset(path).await?)
}
