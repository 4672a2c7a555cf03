//! Makes good what a death left behind: tiles of dead workers, renders that Redis forgot, assemblies nobody began.
//!
//! Any number of workers run this; a lease row lets one of them act at a time.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::LEASE;
use crate::domain::ids::WorkerId;
use crate::queue::{Notice, Queue, QueueError};
use crate::store::{Store, StoreError};

const PERIOD: Duration = Duration::from_secs(3);
const ROLE: &str = "rescuer";
const BATCH: i64 = 200;

/// What one worker's rescuer knows.
#[derive(Debug)]
pub struct Rescuer {
    store: Store,
    queue: Queue,
    worker: WorkerId,
    /// Since when Postgres has answered without a gap. Workers that could not renew their lease during an outage get
    /// one full lease to come back, and the start of a process counts as the end of an outage.
    answering_since: Instant,
}

/// What one round did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rescued {
    pub tiles: usize,
    pub failed: usize,
    pub assemblies: usize,
    pub engines: usize,
    pub requeued: usize,
}

/// What stopped a round.
#[derive(Debug, thiserror::Error)]
pub enum RescueError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl Rescuer {
    pub fn new(store: Store, queue: Queue, worker: WorkerId) -> Self {
        Self {
            store,
            queue,
            worker,
            answering_since: Instant::now(),
        }
    }

    /// Works until `shutdown`, then gives the role to whoever asks next.
    pub async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            self.round().await;
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
        // If this fails the lease simply runs out.
        let _ = self.store.drop_lease(ROLE, self.worker).await;
    }

    async fn round(&mut self) {
        match self.store.hold_lease(ROLE, self.worker, LEASE).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return self.outage(&error),
        }
        // The queue is looked at right away; only judging others has to wait.
        let judges = self.answering_since.elapsed() >= LEASE;
        match self.rescue(judges).await {
            Ok(rescued) if rescued != Rescued::default() => {
                info!(?rescued, "Rescued what was left behind");
            }
            Ok(_) => {}
            Err(RescueError::Store(error)) => self.outage(&error),
            Err(RescueError::Queue(error)) => {
                warn!(error = %error, "Redis does not answer; the queue waits");
            }
        }
    }

    fn outage(&mut self, error: &StoreError) {
        if error.is_unavailable() {
            warn!(error = %error, "Postgres does not answer; nothing is judged until one lease after it does");
            self.answering_since = Instant::now();
        } else {
            error!(error = %error, cause = ?error.cause(), "A rescue failed");
        }
    }

    /// One round; tests step through it by hand. Without `judges` the leases of others are left alone.
    pub async fn rescue(&self, judges: bool) -> Result<Rescued, RescueError> {
        let mut rescued = Rescued::default();
        if judges {
            rescued.tiles = self.store.rescue_tiles(BATCH).await?.len();
            rescued.engines = self.store.reset_abandoned_engines().await?.len();
        }
        for id in self.store.fail_exhausted_renders().await? {
            rescued.failed += 1;
            self.queue.notify(Notice::Render(id)).await?;
        }
        for id in self.store.unassembled_renders().await? {
            rescued.assemblies += usize::from(self.store.begin_assembly(id).await?.is_some());
        }
        self.store.sweep().await?;
        let mut after = -1.0;
        loop {
            let claimable = self.store.claimable_renders(after, BATCH).await?;
            let Some(last) = claimable.last() else { break };
            after = last.score;
            let missing = self.queue.renders_missing(&claimable).await?;
            rescued.requeued += missing.len();
            self.queue.push_renders(&missing).await?;
        }
        Ok(rescued)
    }
}
