//! What can go wrong between a process and its database.

use std::error::Error;

/// A failed question to the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Postgres does not answer now; the same call may work later.
    #[error("Postgres is not reachable")]
    Unavailable(#[source] sqlx::Error),
    /// The schema is older than this build.
    #[error("the database is not migrated")]
    NotMigrated,
    /// A migration failed.
    #[error("a migration failed")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// Postgres answered with an error: a defect of ours.
    #[error("a query failed")]
    Query(#[source] sqlx::Error),
    /// A row that this build cannot read.
    #[error("stored data cannot be read: {0}")]
    Unreadable(String),
}

impl StoreError {
    /// The innermost cause, for the log.
    pub fn cause(&self) -> Option<String> {
        let mut cause = self.source()?;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Some(cause.to_string())
    }

    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NotMigrated)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let unavailable = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // Class 08 is a lost connection, 57P a server that starts or stops, 53 one out of resources.
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                ["08", "57P", "53"]
                    .iter()
                    .any(|class| code.starts_with(class))
            }),
            _ => false,
        };
        if unavailable {
            return Self::Unavailable(error);
        }
        let undefined_table = error
            .as_database_error()
            .and_then(|error| error.code())
            .is_some_and(|c| c == "42P01");
        if undefined_table {
            Self::NotMigrated
        } else {
            Self::Query(error)
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => Self::Migration(other),
        }
    }
}
