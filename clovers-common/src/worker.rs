//! What the two kinds of worker share: a heartbeat that rendering cannot starve, threads that render, scenes made
//! ready, and the rescuer.

pub mod heartbeat;
pub mod render_pool;
pub mod rescuer;
pub mod scene_loader;

use std::time::Duration;

/// A batch worker that is silent for this long has lost its tiles.
pub const LEASE: Duration = Duration::from_secs(10);

/// How often a batch worker renews its lease.
pub const LEASE_RENEWAL: Duration = Duration::from_secs(2);

/// How often a preview worker says that it lives, and keeps the session it owns.
pub const PREVIEW_RENEWAL: Duration = Duration::from_millis(300);
