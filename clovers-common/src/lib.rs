//! What every process of clovers-service shares: domain types, the store (Postgres), the queue (Redis), the worker's
//! lease and rescue, configuration, telemetry and shutdown.
//!
//! No HTTP API lives here and no helpers: a module is either one of these parts or belongs in the crate that needs it.

pub use clovers;

pub mod config;
pub mod domain;
pub mod queue;
pub mod shutdown;
pub mod store;
pub mod telemetry;
#[cfg(feature = "test-support")]
pub mod test_support;
pub mod worker;
