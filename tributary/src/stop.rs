//! When to stop: SIGTERM or SIGINT.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::Failure;

/// Listens for being told to stop.
#[derive(Debug)]
pub struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Begins to listen: from now on the signals no longer end the process by themselves.
    pub fn listen() -> Result<Self, Failure> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Returns when the process is told to stop; the next call waits for the next time.
    pub async fn told(&mut self) {
        let signal = tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal, "told to stop");
    }
}
