//! Scenes of the renders in work, built once for all their tiles.

use std::sync::{Arc, Mutex, PoisonError};

use clovers_common::domain::ids::RenderId;
use clovers_common::domain::request::REQUEST_FORMAT;
use clovers_common::store::Store;
use clovers_common::worker::render_pool::RenderPool;
use clovers_common::worker::scene_loader::{LoadError, LoadedScene, SceneLoader};
use tokio::sync::OnceCell;

use crate::TileError;

/// Tiles of one render come one after the other, so few scenes are in use at a time.
const KEPT_SCENES: usize = 3;

type Slot = Arc<OnceCell<Arc<LoadedScene>>>;

#[derive(Debug)]
pub(crate) struct SceneCache {
    store: Store,
    loader: SceneLoader,
    /// The most recently used stands last.
    slots: Mutex<Vec<(RenderId, Slot)>>,
}

impl SceneCache {
    pub(crate) fn new(store: Store, pool: RenderPool) -> Self {
        Self {
            loader: SceneLoader::new(store.clone(), pool),
            store,
            slots: Mutex::default(),
        }
    }

    /// The scene of a live render; two tiles that ask at the same time wait for the same build.
    pub(crate) async fn scene(&self, id: RenderId) -> Result<Arc<LoadedScene>, TileError> {
        let slot = self.slot(id);
        slot.get_or_try_init(|| self.load(id)).await.cloned()
    }

    fn slot(&self, id: RenderId) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match slots.iter().position(|(kept, _)| *kept == id) {
            Some(at) => slots.remove(at),
            None => (id, Slot::default()),
        };
        if slots.len() >= KEPT_SCENES {
            slots.remove(0);
        }
        let slot = entry.1.clone();
        slots.push(entry);
        slot
    }

    async fn load(&self, id: RenderId) -> Result<Arc<LoadedScene>, TileError> {
        let request = self.store.task_request(id).await?.ok_or(TileError::Lost)?;
        if !(1..=REQUEST_FORMAT).contains(&request.request_format) {
            let format = request.request_format;
            return Err(TileError::NotNow(format!(
                "this build does not read requests of format {format}"
            )));
        }
        match self.loader.load(request.request, &request.asset_pins).await {
            Ok(loaded) => Ok(Arc::new(loaded)),
            Err(LoadError::Store(error)) => Err(error.into()),
            Err(error) => Err(TileError::Failed(error.to_string())),
        }
    }
}
