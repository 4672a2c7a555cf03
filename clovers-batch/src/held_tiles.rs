//! The worker's own books: which tiles it holds, and until when its lease is good.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use clovers_common::store::Fence;
use clovers_common::worker::LEASE;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

#[derive(Debug, Default)]
pub(crate) struct HeldTiles {
    books: Mutex<Books>,
    /// Claims read, comparing the books with the store writes: a claim on its way is in neither.
    claims: RwLock<()>,
}

#[derive(Debug, Default)]
struct Books {
    fences: Vec<Fence>,
    lease_renewed: Option<Instant>,
}

/// While this lives no claim is on its way.
#[derive(Debug)]
pub(crate) struct ClaimsPaused<'a> {
    held: &'a HeldTiles,
    _guard: RwLockWriteGuard<'a, ()>,
}

impl ClaimsPaused<'_> {
    pub(crate) fn fences(&self) -> Vec<Fence> {
        self.held.books().fences.clone()
    }
}

impl HeldTiles {
    /// To be kept from before a claim until it is in the books.
    pub(crate) async fn claiming(&self) -> RwLockReadGuard<'_, ()> {
        self.claims.read().await
    }

    pub(crate) async fn pause_claims(&self) -> ClaimsPaused<'_> {
        ClaimsPaused {
            _guard: self.claims.write().await,
            held: self,
        }
    }

    pub(crate) fn insert(&self, fence: Fence) {
        self.books().fences.push(fence);
    }

    pub(crate) fn remove(&self, fence: Fence) {
        self.books().fences.retain(|held| *held != fence);
    }

    pub(crate) fn count(&self) -> usize {
        self.books().fences.len()
    }

    pub(crate) fn lease_renewed(&self) {
        self.books().lease_renewed = Some(Instant::now());
    }

    /// Judged by this process's own clock and therefore only good for caution: half a lease is left at least.
    pub(crate) fn lease_is_current(&self) -> bool {
        self.books()
            .lease_renewed
            .is_some_and(|at| at.elapsed() < LEASE / 2)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
