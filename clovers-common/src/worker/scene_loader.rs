//! From a stored request to a scene that renders. A mesh is parsed once per content, however many scenes show it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clovers::mesh::{Mesh, MeshFormat};
use clovers::scene::{MeshSource, Scene};

use super::render_pool::{Panicked, RenderPool};
use crate::domain::render_options::{FrameOptions, RenderLimits};
use crate::domain::request::{RenderRequest, RequestError};
use crate::store::{Store, StoreError};

/// Meshes kept in memory; the least recently used goes first.
const KEPT_MESHES: usize = 16;

/// A scene ready to render, and how.
#[derive(Debug)]
pub struct LoadedScene {
    pub scene: Scene,
    pub options: FrameOptions,
}

/// Why a stored request cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The store did not answer: try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The request itself is at fault, though it passed the edge: a defect, or a mesh that is gone.
    #[error("{0}")]
    Unusable(String),
    #[error(transparent)]
    Panicked(#[from] Panicked),
}

/// Loads scenes for one worker.
#[derive(Debug)]
pub struct SceneLoader {
    store: Store,
    pool: RenderPool,
    meshes: Mutex<Vec<(String, Arc<Mesh>)>>,
}

impl SceneLoader {
    pub fn new(store: Store, pool: RenderPool) -> Self {
        Self {
            store,
            pool,
            meshes: Mutex::default(),
        }
    }

    /// Parses a request, fetches its meshes and builds the scene.
    pub async fn load(
        &self,
        body: Vec<u8>,
        pins: &BTreeMap<String, String>,
    ) -> Result<LoadedScene, LoadError> {
        // The edge has applied the limits in force when the request came; they may have been lowered since.
        let limits = RenderLimits {
            max_body_bytes: usize::MAX,
            ..RenderLimits::default()
        };
        let request = self
            .pool
            .run(move || RenderRequest::parse(&body, &limits))
            .await?
            .map_err(|error| LoadError::Unusable(explain(&error)))?;

        let mut meshes = PinnedMeshes::default();
        for mesh in request.meshes() {
            let Some(sha256) = pins.get(&mesh.path) else {
                return Err(LoadError::Unusable(format!(
                    "no asset is pinned for the mesh `{}`",
                    mesh.path
                )));
            };
            let parsed = self.mesh(sha256, mesh.format).await?;
            meshes.by_path.insert(mesh.path, parsed);
        }
        let options = request.options;
        let scene = self
            .pool
            .run(move || Scene::build(&request.scene, &meshes))
            .await?;
        let scene = scene.map_err(|problems| {
            LoadError::Unusable(problems.first().map_or_else(
                || "the scene cannot be built".to_owned(),
                ToString::to_string,
            ))
        })?;
        Ok(LoadedScene { scene, options })
    }

    async fn mesh(&self, sha256: &str, format: MeshFormat) -> Result<Arc<Mesh>, LoadError> {
        if let Some(mesh) = self.kept_mesh(sha256) {
            return Ok(mesh);
        }
        let asset = self
            .store
            .resolve_asset(&format!("sha256:{sha256}"))
            .await?;
        let Some(asset) = asset else {
            return Err(LoadError::Unusable(format!(
                "the mesh sha256:{sha256} is gone"
            )));
        };
        let bytes = self.store.whole_blob(asset.blob_id).await?;
        let mesh = self.pool.run(move || Mesh::parse(format, &bytes)).await?;
        let mesh =
            Arc::new(mesh.map_err(|error| {
                LoadError::Unusable(format!("the mesh sha256:{sha256}: {error}"))
            })?);
        self.keep_mesh(sha256, &mesh);
        Ok(mesh)
    }

    fn kept_mesh(&self, sha256: &str) -> Option<Arc<Mesh>> {
        let mut kept = self.meshes.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(hash, _)| hash == sha256)?;
        // The most recently used stands last.
        let entry = kept.remove(at);
        let mesh = entry.1.clone();
        kept.push(entry);
        Some(mesh)
    }

    fn keep_mesh(&self, sha256: &str, mesh: &Arc<Mesh>) {
        let mut kept = self.meshes.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MESHES {
            kept.remove(0);
        }
        kept.push((sha256.to_owned(), mesh.clone()));
    }
}

/// What is wrong with a request, in one line.
fn explain(error: &RequestError) -> String {
    let first = match error {
        RequestError::Malformed(problem) => Some(problem),
        RequestError::Invalid(problems)
        | RequestError::InvalidScene(problems)
        | RequestError::LimitsExceeded(problems) => problems.first(),
    };
    first.map_or_else(
        || error.to_string(),
        |problem| format!("{error}: {problem}"),
    )
}

#[derive(Default)]
struct PinnedMeshes {
    by_path: BTreeMap<String, Arc<Mesh>>,
}

impl MeshSource for PinnedMeshes {
    fn mesh(&self, path: &str, _: MeshFormat) -> Result<Arc<Mesh>, String> {
        self.by_path
            .get(path)
            .cloned()
            .ok_or_else(|| format!("the mesh `{path}` is not pinned"))
    }
}
