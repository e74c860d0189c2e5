//! Ending in order: Ctrl-C, SIGTERM, or a standard input that closes because the parent is gone.

use tokio::io::AsyncReadExt;

/// Returns when the user or the system asks this process to end.
pub(crate) async fn asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Returns when standard input is closed; a killed parent closes it too. What comes in is ignored.
pub(crate) async fn stdin_closed() {
    let mut input = tokio::io::stdin();
    let mut buffer = [0; 256];
    while matches!(input.read(&mut buffer).await, Ok(count) if count > 0) {}
}
