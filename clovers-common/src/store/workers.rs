//! The lease row of each worker process.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Store, StoreError};
use crate::domain::ids::WorkerId;

/// What a worker says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerState {
    Idle,
    Rendering,
    Stopping,
}

impl WorkerState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Rendering => "rendering",
            Self::Stopping => "stopping",
        }
    }
}

/// A live worker, as the queue page lists it.
#[derive(Clone, Debug)]
pub struct Worker {
    pub id: WorkerId,
    pub kind: String,
    pub host: String,
    pub state: String,
    pub engine: String,
    pub since: DateTime<Utc>,
}

impl Store {
    /// Makes or renews a worker's lease. The heartbeat calls this; a row that was swept comes back.
    pub async fn renew_worker(
        &self,
        id: WorkerId,
        host: &str,
        engine: &str,
        state: WorkerState,
        lease: Duration,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            r#"
            insert into workers (id, kind, host, engine, state, lease_expires_at)
            values ($1, 'batch', $2, $3, $4, now() + make_interval(secs => $5))
            on conflict (id) do update
            set state = excluded.state, lease_expires_at = excluded.lease_expires_at
            "#,
            id.0,
            host,
            engine,
            state.as_str(),
            lease.as_secs_f64(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends a worker's lease at once: what it still holds is free for others.
    pub async fn remove_worker(&self, id: WorkerId) -> Result<(), StoreError> {
        sqlx::query!("delete from workers where id = $1", id.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The workers whose lease is current, oldest first.
    pub async fn live_workers(&self) -> Result<Vec<Worker>, StoreError> {
        let rows = sqlx::query!(
            r#"
            select id, kind, host, state, engine, started_at
            from workers
            where lease_expires_at > now()
            order by started_at, id
            "#,
        )
        .fetch_all(&self.pool)
        .await?;
        let workers = rows.into_iter().map(|row| Worker {
            id: WorkerId(row.id),
            kind: row.kind,
            host: row.host,
            state: row.state,
            engine: row.engine,
            since: row.started_at,
        });
        Ok(workers.collect())
    }
}
