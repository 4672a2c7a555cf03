//! From a stored request to a scene that renders. A mesh is parsed once per content, however many scenes show it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use clovers::mesh::{Mesh, MeshFormat};
use clovers::scene::{MeshRef, MeshSource, Scene};

use super::render_pool::{Panicked, RenderPool};
use crate::domain::render_options::{FrameOptions, RenderLimits};
use crate::domain::request::{RenderRequest, RequestError, in_scene_file};
use crate::store::{Store, StoreError};

/// Meshes kept in memory; the least recently used goes first.
const KEPT_MESHES: usize = 16;

/// A mesh is what its format makes of its content.
type MeshKey = (String, MeshFormat);

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
    meshes: Mutex<Vec<(MeshKey, Arc<Mesh>)>>,
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
                    "{}: no asset is pinned for the mesh `{}`",
                    mesh.pointer, mesh.path
                )));
            };
            let parsed = self.mesh(sha256, &mesh).await?;
            meshes.by_path.insert((mesh.path, mesh.format), parsed);
        }
        let options = request.options;
        let scene = self
            .pool
            .run(move || Scene::build(&request.scene, &meshes))
            .await?;
        let scene = scene.map_err(|problems| {
            LoadError::Unusable(problems.into_iter().next().map_or_else(
                || "the scene cannot be built".to_owned(),
                |problem| in_scene_file(problem).to_string(),
            ))
        })?;
        Ok(LoadedScene { scene, options })
    }

    async fn mesh(&self, sha256: &str, named: &MeshRef) -> Result<Arc<Mesh>, LoadError> {
        let key = (sha256.to_owned(), named.format);
        if let Some(mesh) = self.kept_mesh(&key) {
            return Ok(mesh);
        }
        let unusable = |detail: String| {
            let MeshRef { pointer, path, .. } = named;
            LoadError::Unusable(format!("{pointer}: the mesh `{path}` {detail}"))
        };
        let asset = self
            .store
            .resolve_asset(&format!("sha256:{sha256}"))
            .await?;
        let Some(asset) = asset else {
            return Err(unusable(format!("is gone (sha256:{sha256})")));
        };
        let bytes = self.store.whole_blob(asset.blob_id).await?;
        let format = named.format;
        let mesh = self.pool.run(move || Mesh::parse(format, &bytes)).await?;
        let mesh =
            mesh.map_err(|error| unusable(format!("cannot be read as {format}: {error}")))?;
        let mesh = Arc::new(mesh);
        self.keep_mesh(key, &mesh);
        Ok(mesh)
    }

    fn kept_mesh(&self, key: &MeshKey) -> Option<Arc<Mesh>> {
        let mut kept = self.meshes.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(of, _)| of == key)?;
        // The most recently used stands last.
        let entry = kept.remove(at);
        let mesh = entry.1.clone();
        kept.push(entry);
        Some(mesh)
    }

    fn keep_mesh(&self, key: MeshKey, mesh: &Arc<Mesh>) {
        let mut kept = self.meshes.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MESHES {
            kept.remove(0);
        }
        kept.push((key, mesh.clone()));
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
    by_path: BTreeMap<(String, MeshFormat), Arc<Mesh>>,
}

impl MeshSource for PinnedMeshes {
    fn mesh(&self, path: &str, format: MeshFormat) -> Result<Arc<Mesh>, String> {
        self.by_path
            .get(&(path.to_owned(), format))
            .cloned()
            .ok_or_else(|| format!("the mesh `{path}` is not pinned"))
    }
}
