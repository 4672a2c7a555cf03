//! Roles that one process at a time may hold, and sweeping up after those that are gone.

use std::time::Duration;

use super::{Store, StoreError};
use crate::domain::ids::WorkerId;

impl Store {
    /// Takes or renews a role for `duration`; false while another process holds it.
    pub async fn hold_lease(
        &self,
        name: &str,
        holder: WorkerId,
        duration: Duration,
    ) -> Result<bool, StoreError> {
        let held = sqlx::query!(
            r#"
            insert into leases (name, holder, expires_at)
            values ($1, $2, now() + make_interval(secs => $3))
            on conflict (name) do update
            set holder = excluded.holder, expires_at = excluded.expires_at
            where leases.holder = excluded.holder or leases.expires_at <= now()
            returning name
            "#,
            name,
            holder.0,
            duration.as_secs_f64(),
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(held.is_some())
    }

    /// Gives a role up, so that another process need not wait for it.
    pub async fn drop_lease(&self, name: &str, holder: WorkerId) -> Result<(), StoreError> {
        sqlx::query!(
            "delete from leases where name = $1 and holder = $2",
            name,
            holder.0
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Removes what has had its time: dead workers after an hour, idempotency keys after a day.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        sqlx::query!("delete from workers where lease_expires_at < now() - interval '1 hour'")
            .execute(&self.pool)
            .await?;
        sqlx::query!("delete from idempotency_keys where created_at < now() - interval '24 hours'")
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
