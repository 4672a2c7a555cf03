//! Ctrl-C, SIGTERM and a closed terminal: the first asks for a clean stop, the second kills.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The two things a signal can ask for. Both stay asked.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts {
    pub(crate) stop: CancellationToken,
    pub(crate) kill: CancellationToken,
}

impl Interrupts {
    /// Takes over SIGINT, SIGTERM and SIGHUP for the rest of the process' life.
    pub(crate) fn listen() -> Result<Interrupts> {
        let mut signals = Signals {
            interrupt: signal(SignalKind::interrupt()).context("listening to SIGINT")?,
            terminate: signal(SignalKind::terminate()).context("listening to SIGTERM")?,
            hangup: signal(SignalKind::hangup()).context("listening to SIGHUP")?,
        };
        let interrupts = Interrupts {
            stop: CancellationToken::new(),
            kill: CancellationToken::new(),
        };
        let tokens = interrupts.clone();
        tokio::spawn(async move {
            signals.next().await;
            tokens.stop.cancel();
            signals.next().await;
            tokens.kill.cancel();
        });
        Ok(interrupts)
    }
}

#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
