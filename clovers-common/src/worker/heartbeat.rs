//! A heartbeat on an OS thread and async runtime of its own: no rendering, and no other task, can hold it up.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

/// A beat that takes longer has failed.
const LONGEST_BEAT: Duration = Duration::from_secs(4);

/// A running heartbeat; it stops when dropped.
#[derive(Debug)]
pub struct Heartbeat {
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Starts the thread. `connect` is called on it once, so that connections belong to its runtime; what it returns
    /// is then called every `period`.
    ///
    /// # Errors
    ///
    /// If the thread or its runtime cannot be started.
    pub fn start<Connect, Beat>(period: Duration, connect: Connect) -> io::Result<Self>
    where
        Connect: FnOnce() -> Beat + Send + 'static,
        Beat: AsyncFnMut() + 'static,
    {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || {
                runtime.block_on(async move {
                    let mut beat = connect();
                    let mut ticks = tokio::time::interval(period);
                    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    loop {
                        tokio::select! {
                            () = stopped.cancelled() => break,
                            _ = ticks.tick() => {}
                        }
                        tokio::select! {
                            () = stopped.cancelled() => break,
                            // A connection that hangs is dropped, and the next beat makes another.
                        _ = tokio::time::timeout(LONGEST_BEAT, beat()) => {}
                        }
                    }
                });
            })?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A heartbeat that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}
