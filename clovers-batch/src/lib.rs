//! The worker that renders finals.
//!
//! It waits for ids of live renders, claims their tiles one by one, renders them on a thread pool of its own, and
//! stores the pixels. Whoever finishes the last tile of a frame makes its assembly claimable; assembling is claimed
//! like a tile. It holds no truth: any step may run twice or be cut short, and the store's fences sort it out.

mod assemble;
mod held_tiles;
mod render_tile;
mod scene_cache;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clovers_common::clovers::FINGERPRINT;
use clovers_common::config::{DatabaseConfig, WorkerConfig};
use clovers_common::domain::ids::{RenderId, WorkerId};
use clovers_common::queue::{Notice, Queue, RenderPops};
use clovers_common::store::{
    Backoff, Claim, ClaimedTile, QueueEntry, Store, StoreError, TileFailure, TileKind, WorkerState,
};
use clovers_common::worker::heartbeat::Heartbeat;
use clovers_common::worker::render_pool::RenderPool;
use clovers_common::worker::rescuer::Rescuer;
use clovers_common::worker::{LEASE, LEASE_RENEWAL};
use tokio::sync::RwLock;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::held_tiles::HeldTiles;
use crate::scene_cache::SceneCache;

/// Tiles in work at the same time: while one is stored and the next claimed, the threads render the other.
const TILES_IN_FLIGHT: usize = 2;

/// Previews run beside finals, and people wait for them.
const NICENESS: i32 = 10;

/// What is not handed back by then is left to the rescuer.
const STOP_WITHIN: Duration = Duration::from_secs(4);

/// How long an idle worker listens to Redis before it looks into Postgres by itself.
const POP_TIMEOUT: Duration = Duration::from_secs(5);

/// One batch worker process.
#[derive(Clone, Debug)]
pub struct Worker {
    id: WorkerId,
    host: String,
    store: Store,
    queue: Queue,
    pool: RenderPool,
    scenes: Arc<SceneCache>,
    database: DatabaseConfig,
    held: Arc<HeldTiles>,
    /// A tile that has failed before is tried alone, so that it cannot take an innocent one down with it.
    company: Arc<RwLock<()>>,
}

/// What became of one look for work.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A tile was rendered, or a picture assembled.
    Done,
    /// Nothing was there to do.
    Empty,
    /// The claim was lost on the way (cancelled, or given to another worker); what was rendered is discarded.
    Lost,
    /// The tile failed and was charged for it.
    Failed,
    /// Handed back: the worker is stopping, or cannot render this.
    HandedBack,
}

impl Outcome {
    fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Empty => "empty",
            Self::Lost => "lost",
            Self::Failed => "failed",
            Self::HandedBack => "handed_back",
        }
    }
}

/// How work on a claimed tile ended, before the store is told.
#[derive(Debug)]
enum TileError {
    /// The claim no longer holds.
    Lost,
    /// The worker is stopping.
    Stopping,
    /// Not the tile's fault: Postgres did not answer, or the request is for a newer build.
    NotNow(String),
    /// The tile's own fault.
    Failed(String),
}

impl From<StoreError> for TileError {
    fn from(error: StoreError) -> Self {
        Self::NotNow(error.to_string())
    }
}

impl Worker {
    /// # Errors
    ///
    /// If the render threads cannot be started.
    pub fn new(
        store: Store,
        queue: Queue,
        database: &DatabaseConfig,
        config: &WorkerConfig,
    ) -> anyhow::Result<Self> {
        let pool = RenderPool::new(config.threads, NICENESS)?;
        Ok(Self {
            id: WorkerId::new(),
            host: config.host.clone(),
            scenes: Arc::new(SceneCache::new(store.clone(), pool.clone())),
            store,
            queue,
            pool,
            database: DatabaseConfig {
                max_connections: 1,
                ..database.clone()
            },
            held: Arc::default(),
            company: Arc::default(),
        })
    }

    /// Works until `shutdown`; then hands back what it holds.
    ///
    /// # Errors
    ///
    /// If the heartbeat cannot be started.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        tokio::select! {
            () = self.get_ready() => {}
            () = shutdown.cancelled() => return Ok(()),
        }
        let heartbeat = self.start_heartbeat(&shutdown)?;
        info!(worker.id = %self.id, engine = FINGERPRINT, "Worker {} is ready", self.id);

        let rescuer = Rescuer::new(self.store.clone(), self.queue.clone(), self.id);
        let mut tasks = JoinSet::new();
        tasks.spawn(rescuer.run(shutdown.clone()));
        for _ in 0..TILES_IN_FLIGHT {
            tasks.spawn(self.clone().work(shutdown.clone()));
        }
        tasks.spawn(self.clone().reconcile(shutdown.clone()));
        let all_ended = async {
            while let Some(ended) = tasks.join_next().await {
                if let Err(error) = ended {
                    error!(error = %error, "A part of the worker panicked");
                    shutdown.cancel();
                }
            }
        };
        let out_of_patience = async {
            shutdown.cancelled().await;
            tokio::time::sleep(STOP_WITHIN).await;
        };
        tokio::select! {
            () = all_ended => {}
            () = out_of_patience => warn!("Leaving with tiles that could not be handed back; they will be rescued"),
        }
        drop(heartbeat);
        // If this fails the lease simply runs out.
        let _ = timeout(
            Duration::from_millis(500),
            self.store.remove_worker(self.id),
        )
        .await;
        info!("Stopped");
        Ok(())
    }

    /// Waits for the database, and has a lease before the first claim.
    async fn get_ready(&self) {
        self.store.wait_until_ready().await;
        let mut backoff = Backoff::default();
        while let Err(error) = self
            .store
            .renew_worker(self.id, &self.host, FINGERPRINT, WorkerState::Idle, LEASE)
            .await
        {
            warn!(error = %error, "Cannot take a lease yet");
            backoff.wait().await;
        }
        self.held.lease_renewed();
    }

    /// Now and then compares the worker's books with the store's: a tile that is leased to this worker without its
    /// knowing would wait for ever, for the worker lives.
    async fn reconcile(self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(LEASE) => {}
            }
            let held = self.held.pause_claims().await;
            match self
                .store
                .release_unheld_tiles(self.id, &held.fences())
                .await
            {
                Ok(0) => {}
                Ok(released) => warn!(
                    released,
                    "Handed back tiles whose claim or end was lost on the way"
                ),
                Err(error) => warn!(error = %error, "Cannot compare the tiles held with the store"),
            }
        }
    }

    fn start_heartbeat(&self, shutdown: &CancellationToken) -> std::io::Result<Heartbeat> {
        let (id, host, held, database) = (
            self.id,
            self.host.clone(),
            self.held.clone(),
            self.database.clone(),
        );
        let stopping = shutdown.clone();
        Heartbeat::start(LEASE_RENEWAL, move || {
            // A pool of its own, on the heartbeat's own runtime. The URL was parsed when the worker started.
            let store = Store::new(&database).ok();
            async move || {
                let Some(store) = &store else { return };
                let state = match held.count() {
                    _ if stopping.is_cancelled() => WorkerState::Stopping,
                    0 => WorkerState::Idle,
                    _ => WorkerState::Rendering,
                };
                match store
                    .renew_worker(id, &host, FINGERPRINT, state, LEASE)
                    .await
                {
                    Ok(()) => held.lease_renewed(),
                    Err(error) => warn!(error = %error, "Cannot renew the lease"),
                }
            }
        })
    }

    /// Takes work, one tile at a time, until `shutdown`.
    async fn work(self, shutdown: CancellationToken) {
        let mut pops = self.queue.render_pops();
        let mut backoff = Backoff::default();
        while !shutdown.is_cancelled() {
            if !self.held.lease_is_current() {
                // What is claimed without a lease is taken away again, and charged.
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
            let next = tokio::select! {
                next = self.next_render(&mut pops, &mut backoff) => next,
                () = shutdown.cancelled() => break,
            };
            let Some(id) = next else { continue };
            if let Err(error) = self.work_on(id, &shutdown).await {
                warn!(error = %error, cause = ?error.cause(), render.id = %id, "Cannot claim a tile of {id}");
                tokio::select! {
                    () = backoff.wait() => {}
                    () = shutdown.cancelled() => {}
                }
            } else {
                backoff = Backoff::default();
            }
        }
    }

    /// The next render with work: the first in the queue, or, when Redis has nothing to say, one that Postgres knows.
    async fn next_render(&self, pops: &mut RenderPops, backoff: &mut Backoff) -> Option<RenderId> {
        match pops.pop(POP_TIMEOUT).await {
            Ok(Some(id)) => return Some(id),
            Ok(None) => {}
            Err(error) => {
                warn!(error = %error, "Redis does not answer; looking into Postgres instead");
                backoff.wait().await;
            }
        }
        match self.store.next_claimable_render(FINGERPRINT).await {
            Ok(id) => id,
            Err(error) => {
                warn!(error = %error, "Postgres does not answer");
                backoff.wait().await;
                None
            }
        }
    }

    /// Claims one tile of a render and sees it through. Tests step a worker by this.
    ///
    /// # Errors
    ///
    /// If the claim could not be made; nothing is held then.
    pub async fn work_on(
        &self,
        id: RenderId,
        shutdown: &CancellationToken,
    ) -> Result<Outcome, StoreError> {
        match self.claim(id).await? {
            Claim::Nothing => Ok(Outcome::Empty),
            Claim::Tile { tile, more } => Ok(self.see_through(&tile, more, shutdown).await),
            Claim::OtherEngine(entry) => {
                // Its own workers want the id; what stands behind it in the queue may be for this one.
                self.push(entry).await;
                let Some(next) = self.store.next_claimable_render(FINGERPRINT).await? else {
                    // Without a pause the two kinds of worker would pass the id to and fro.
                    tokio::time::sleep(Duration::from_millis(250)).await;
                    return Ok(Outcome::HandedBack);
                };
                match self.claim(next).await? {
                    Claim::Tile { tile, more } => Ok(self.see_through(&tile, more, shutdown).await),
                    Claim::Nothing | Claim::OtherEngine(_) => Ok(Outcome::Empty),
                }
            }
        }
    }

    async fn claim(&self, id: RenderId) -> Result<Claim, StoreError> {
        let _claiming = self.held.claiming().await;
        let claim = self.store.claim_tile(id, self.id, FINGERPRINT).await?;
        if let Claim::Tile { tile, .. } = &claim {
            self.held.insert(tile.fence);
        }
        Ok(claim)
    }

    async fn see_through(
        &self,
        tile: &ClaimedTile,
        more: Option<QueueEntry>,
        shutdown: &CancellationToken,
    ) -> Outcome {
        if let Some(entry) = more {
            self.push(entry).await;
        }
        let begun = Instant::now();
        let worked = {
            let (_in_company, _alone) = match tile.attempt {
                1 => (Some(self.company.read().await), None),
                _ => (None, Some(self.company.write().await)),
            };
            match tile.kind {
                TileKind::Pixels => self.render_tile(tile, shutdown).await,
                TileKind::Assembly => self.assemble(tile, shutdown).await,
            }
        };
        let outcome = self.settle(tile, worked).await;
        self.held.remove(tile.fence);
        let labels = [("kind", tile.kind.as_str()), ("outcome", outcome.as_str())];
        metrics::counter!("clovers_tiles_total", &labels).increment(1);
        metrics::histogram!("clovers_tile_duration_seconds", &labels).record(begun.elapsed());
        if !shutdown.is_cancelled() {
            self.notify(tile.fence.render_id).await;
        }
        outcome
    }

    /// Tells the store how work on a tile ended.
    async fn settle(&self, tile: &ClaimedTile, worked: Result<(), TileError>) -> Outcome {
        let (id, tile_no) = (tile.fence.render_id, tile.fence.tile_no);
        let settled = match worked {
            Ok(()) => Ok(Outcome::Done),
            Err(TileError::Lost) => {
                info!(render.id = %id, tile_no, "Lost tile {tile_no} of {id}; discarded");
                Ok(Outcome::Lost)
            }
            Err(TileError::Stopping) => self.hand_back(tile).await,
            Err(TileError::NotNow(reason)) => {
                warn!(render.id = %id, tile_no, reason, "Handing tile {tile_no} of {id} back");
                tokio::time::sleep(Duration::from_millis(500)).await;
                self.hand_back(tile).await
            }
            Err(TileError::Failed(reason)) => {
                warn!(render.id = %id, tile_no, attempt = tile.attempt, reason, "Tile {tile_no} of {id} failed");
                self.store
                    .fail_tile(tile.fence, self.id, &reason)
                    .await
                    .map(|failure| match failure {
                        TileFailure::WillRetry | TileFailure::RenderFailed => Outcome::Failed,
                        TileFailure::Outdated => Outcome::Lost,
                    })
            }
        };
        settled.unwrap_or_else(|error| {
            // It leaves the worker's books, and `reconcile` hands it back.
            warn!(error = %error, render.id = %id, tile_no, "Cannot tell the store about tile {tile_no} of {id}");
            Outcome::Lost
        })
    }

    async fn hand_back(&self, tile: &ClaimedTile) -> Result<Outcome, StoreError> {
        if let Some(entry) = self.store.release_tile(tile.fence, self.id).await? {
            self.push(entry).await;
        }
        Ok(Outcome::HandedBack)
    }

    /// Puts an id (back) into the queue. Without Redis the rescuer will.
    async fn push(&self, entry: QueueEntry) {
        if let Err(error) = self.queue.push_renders(&[entry]).await {
            warn!(error = %error, render.id = %entry.id, "Cannot queue {}; the rescuer will", entry.id);
        }
    }

    /// Tells listeners that a render changed; those that miss it look by themselves.
    async fn notify(&self, id: RenderId) {
        if let Err(error) = self.queue.notify(Notice::Render(id)).await {
            warn!(error = %error, render.id = %id, "Cannot tell that {id} changed");
        }
    }
}
