//! The threads that render. The async runtime hands work over and waits; it never renders itself.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use tokio::sync::oneshot;

/// A pool of render threads; cheap to clone.
#[derive(Clone, Debug)]
pub struct RenderPool {
    pool: Arc<ThreadPool>,
}

/// Work on the pool panicked; the process lives on.
#[derive(Debug, thiserror::Error)]
#[error("the renderer panicked: {0}")]
pub struct Panicked(String);

impl RenderPool {
    /// A pool of `threads`, each as nice as `niceness` says (0 to 19, more is more yielding).
    ///
    /// # Errors
    ///
    /// If the threads cannot be started.
    pub fn new(threads: usize, niceness: i32) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|index| format!("render-{index}"))
            .start_handler(move |_| {
                // On Linux niceness is per thread. Not being allowed to yield harms nobody else.
                let _ = rustix::process::nice(niceness);
            })
            .build()?;
        Ok(Self {
            pool: Arc::new(pool),
        })
    }

    /// Runs `work` on the pool, where it may use rayon, and waits for it without blocking the async runtime.
    ///
    /// # Errors
    ///
    /// If it panics.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Panicked> {
        let (sender, receiver) = oneshot::channel();
        self.pool.spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(work))
                .map_err(|payload| Panicked(message(&*payload)));
            // Nobody waits any more when the caller was cancelled.
            let _ = sender.send(result);
        });
        receiver
            .await
            .unwrap_or_else(|_| Err(Panicked("its thread is gone".to_owned())))
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_on_the_pool_is_an_error_and_the_pool_lives_on() {
        let pool = RenderPool::new(1, 0).unwrap();
        let error = pool.run(|| panic!("bad {}", "tile")).await.unwrap_err();
        assert_eq!(error.to_string(), "the renderer panicked: bad tile");
        assert_eq!(pool.run(|| 7).await.unwrap(), 7);
    }
}
