//! The worker that renders previews.
//!
//! It waits for sessions that want a picture, owns one at a time, and refines it in doubling passes. It looks at the
//! session's revision between passes and inside them, and gives a session back between passes when others wait.

mod session;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use clovers_common::clovers::FINGERPRINT;
use clovers_common::config::{QueueConfig, WorkerConfig};
use clovers_common::domain::ids::{PreviewId, WorkerId};
use clovers_common::domain::preview::PreviewLimits;
use clovers_common::queue::{PreviewWorker, Queue};
use clovers_common::store::{Backoff, Store};
use clovers_common::worker::PREVIEW_RENEWAL;
use clovers_common::worker::heartbeat::Heartbeat;
use clovers_common::worker::render_pool::RenderPool;
use clovers_common::worker::scene_loader::SceneLoader;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use crate::session::Outcome;
use crate::session::Refining;

/// How long one blocking wait for a session lasts.
const POP_TIMEOUT: Duration = Duration::from_secs(5);

/// One preview worker process.
#[derive(Debug)]
pub struct Worker {
    id: WorkerId,
    host: String,
    since: DateTime<Utc>,
    queue_config: QueueConfig,
    queue: Queue,
    pool: RenderPool,
    loader: SceneLoader,
    limits: PreviewLimits,
    /// The session in work, for the heartbeat to keep.
    owned: Arc<Mutex<Option<PreviewId>>>,
    /// Sessions between two turns, each at a revision.
    suspended: Mutex<Vec<(PreviewId, u32, Refining)>>,
}

impl Worker {
    /// # Errors
    ///
    /// If the render threads cannot be started, or the address of Redis is not usable.
    pub fn new(
        store: Store,
        queue_config: QueueConfig,
        config: &WorkerConfig,
    ) -> anyhow::Result<Self> {
        let pool = RenderPool::new(config.threads, 0)?;
        Ok(Self {
            id: WorkerId::new(),
            host: config.host.clone(),
            since: Utc::now(),
            queue: Queue::new(&queue_config)?,
            queue_config,
            loader: SceneLoader::new(store, pool.clone()),
            pool,
            limits: PreviewLimits::default(),
            owned: Arc::default(),
            suspended: Mutex::default(),
        })
    }

    /// Works until `shutdown`.
    ///
    /// # Errors
    ///
    /// If the heartbeat cannot be started.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let heartbeat = self.start_heartbeat()?;
        info!(worker.id = %self.id, engine = FINGERPRINT, "Worker {} is ready", self.id);
        let mut pops = self.queue.preview_pops();
        let mut backoff = Backoff::default();
        while !shutdown.is_cancelled() {
            let popped = tokio::select! {
                popped = pops.pop(POP_TIMEOUT) => popped,
                () = shutdown.cancelled() => break,
            };
            let worked = match popped {
                Ok(Some(id)) => self.work_on(id, &shutdown).await.map(|_| ()),
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = worked {
                warn!(error = %error, "Redis does not answer");
                tokio::select! {
                    () = backoff.wait() => {}
                    () = shutdown.cancelled() => {}
                }
            } else {
                backoff = Backoff::default();
            }
        }
        drop(heartbeat);
        // If this fails the worker's own key expires.
        let _ = self.queue.remove_preview_worker(self.id).await;
        info!("Stopped");
        Ok(())
    }

    fn start_heartbeat(&self) -> std::io::Result<Heartbeat> {
        let worker = PreviewWorker {
            id: self.id,
            host: self.host.clone(),
            state: String::new(),
            engine: FINGERPRINT.to_owned(),
            since: self.since,
        };
        let (config, owned) = (self.queue_config.clone(), self.owned.clone());
        Heartbeat::start(PREVIEW_RENEWAL, move || {
            // A connection of its own, on the heartbeat's own runtime. The URL was parsed when the worker started.
            let queue = Queue::new(&config).ok();
            async move || {
                let Some(queue) = &queue else { return };
                let owned = *owned.lock().unwrap_or_else(PoisonError::into_inner);
                if let Err(error) = queue.renew_preview_worker(&worker, owned).await {
                    warn!(error = %error, "Cannot tell that this worker lives");
                }
            }
        })
    }

    fn set_owned(&self, session: Option<PreviewId>) {
        *self.owned.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }
}
