//! When to stop: SIGTERM or SIGINT.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::Failure;

/// Becomes true when the process is told to stop, and stays so.
pub fn told() -> Result<watch::Receiver<bool>, Failure> {
    let (tell, told) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "told to stop");
        tell.send_replace(true);
        // a second one is somebody who cannot wait
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(130);
    });
    Ok(told)
}

/// Returns once the process was told to stop.
pub async fn wait(mut told: watch::Receiver<bool>) {
    // the sender lives as long as the process
    if told.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
