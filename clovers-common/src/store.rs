//! The truth: Postgres. The only module that speaks SQL.
//!
//! Statements are short and stand alone or in a transaction that never spans rendering. Every write by a worker is
//! fenced: it carries the `lease_no` of its claim and changes nothing when the tile has been claimed again since.

mod assets;
mod blobs;
mod error;
mod leases;
mod render_events;
mod render_results;
mod render_tasks;
mod tiles;
mod workers;

use std::time::Duration;

use sqlx::PgPool;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPoolOptions;
use tracing::warn;

pub use self::assets::{Asset, AssetListing, NewAsset};
pub use self::blobs::{Blob, BlobId};
pub use self::error::StoreError;
pub use self::render_events::{EventKind, RenderEvent};
pub use self::render_results::{Pictures, RenderPage};
pub use self::render_tasks::{NewRender, QueueEntry, Submitted, TaskRequest};
pub use self::tiles::{Claim, ClaimedTile, DoneTile, Fence, TileFailure, TileKind};
pub use self::workers::{Worker, WorkerState};
use crate::config::DatabaseConfig;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// A handle to the database; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// A store over a pool that connects when it is first used, so that a process starts while Postgres is down.
    ///
    /// # Errors
    ///
    /// If the URL is not one of a Postgres database.
    pub fn new(config: &DatabaseConfig) -> Result<Self, StoreError> {
        let options = config.url.parse().map_err(StoreError::Query)?;
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// A store over the pool of a test.
    pub fn with_pool(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Brings the schema up to date, once across all processes that try at the same time.
    ///
    /// # Errors
    ///
    /// If Postgres is not reachable, or a migration fails.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // A connection of its own: when a migration fails, closing it gives the migrator's lock up.
        let options = self.pool.connect_options();
        let own = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(options.as_ref().clone());
        let migrated = MIGRATIONS.run(&own).await;
        own.close().await;
        Ok(migrated?)
    }

    /// Migrates, again and again until Postgres answers.
    pub async fn migrate_when_reachable(&self) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.migrate().await {
            warn!(error = %error, cause = ?error.cause(), "Cannot migrate the database yet; trying again");
            backoff.wait().await;
        }
    }

    /// Waits until some process has migrated the database at least as far as this build needs.
    pub async fn wait_until_ready(&self) {
        let mut backoff = Backoff::default();
        while let Err(error) = self.check_ready().await {
            warn!(error = %error, cause = ?error.cause(), "The database is not ready yet; trying again");
            backoff.wait().await;
        }
    }

    /// Whether Postgres answers and its schema is as new as this build needs.
    ///
    /// # Errors
    ///
    /// If not.
    pub async fn check_ready(&self) -> Result<(), StoreError> {
        let needed = MIGRATIONS
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0);
        // The table is made by the migrator itself, so this query cannot be checked at build time.
        let (newest,): (Option<i64>,) =
            sqlx::query_as("select max(version) from _sqlx_migrations where success")
                .fetch_one(&self.pool)
                .await?;
        if newest.is_some_and(|newest| newest >= needed) {
            Ok(())
        } else {
            Err(StoreError::NotMigrated)
        }
    }
}

/// Waiting times that double from 200 ms to 5 s.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            next: Duration::from_millis(200),
        }
    }
}

impl Backoff {
    /// Waits, longer each time.
    pub async fn wait(&mut self) {
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(Duration::from_secs(5));
    }
}
