//! The end of the server: what asks for it, and how long its sockets have.

use std::{
    future::Future,
    io,
    time::{Duration, Instant},
};

use tokio::signal::unix::{SignalKind, signal as listen_for};

use crate::counters::Counters;

/// How often the sockets that are left are counted.
const GLANCE: Duration = Duration::from_millis(20);

/// Ready when the system asks the server to stop: SIGTERM, or Ctrl-C. Listens from the call on.
///
/// # Errors
///
/// The system does not let us listen.
pub fn signal() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = listen_for(SignalKind::terminate())?;
    let mut interrupt = listen_for(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Waits until no socket is left, at most for `patience`; whether none is left.
pub(super) async fn drain(counters: &Counters, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    while counters.connections.get() > 0 {
        if Instant::now() >= deadline {
            return false;
        }
        tokio::time::sleep(GLANCE).await;
    }
    true
}
