//! What every handler can reach.

use std::path::Path;
use std::sync::Arc;

use clovers_common::config::BackConfig;
use clovers_common::domain::preview::PreviewLimits;
use clovers_common::domain::render_options::RenderLimits;
use clovers_common::queue::{Notices, Queue};
use clovers_common::store::Store;
use clovers_common::telemetry::ReadyCheck;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::api::examples::Examples;
use crate::api::render_images::PartialPictures;

/// Handles to everything; cheap to clone.
#[derive(Clone, Debug)]
pub struct AppState {
    pub store: Store,
    pub queue: Queue,
    /// Cancelled when the process is asked to stop; whoever waits on behalf of a client stops waiting.
    pub shutdown: CancellationToken,
    pub(crate) notices: Notices,
    pub(crate) limits: Arc<RenderLimits>,
    pub(crate) preview_limits: Arc<PreviewLimits>,
    pub(crate) examples: Arc<Examples>,
    pub(crate) partial_pictures: Arc<PartialPictures>,
    pub(crate) ui_dir: Option<Arc<Path>>,
}

impl AppState {
    /// Reads the examples and begins to listen for notices; Postgres and Redis may still be down.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn new(
        config: BackConfig,
        store: Store,
        queue: Queue,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            notices: queue.listen(),
            limits: Arc::new(config.limits.clone()),
            preview_limits: Arc::new(PreviewLimits::default()),
            examples: Arc::new(Examples::load(&config.scenes_dir, &config.limits)),
            partial_pictures: Arc::default(),
            ui_dir: config.ui_dir.map(Into::into),
            store,
            queue,
            shutdown,
        }
    }

    /// Migrates the database as soon as it answers, then keeps the meshes of the examples as assets.
    pub fn prepare_in_background(&self) {
        let (store, examples) = (self.store.clone(), Arc::clone(&self.examples));
        let prepare = async move {
            store.migrate_when_reachable().await;
            info!("The database is up to date");
            examples.seed_meshes(&store).await;
        };
        let stopped = self.shutdown.clone().cancelled_owned();
        tokio::spawn(async move {
            tokio::select! {
                () = prepare => {}
                () = stopped => {}
            }
        });
    }

    /// Ready means that the store is: without the queue the API still does most of its work.
    pub fn ready_check(&self) -> ReadyCheck {
        let store = self.store.clone();
        Arc::new(move || {
            let store = store.clone();
            Box::pin(async move { store.check_ready().await.map_err(|error| error.to_string()) })
        })
    }
}
