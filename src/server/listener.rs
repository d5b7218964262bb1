//! Listening, and how many connections the system lets us have.

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::ServerError;

/// Connections that may wait to be accepted; the system has the last word (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;
/// Open files that are not sockets of clients: database, listeners, the runtime's own.
const FILES_KEPT: u64 = 64;
/// One worker could not name more sockets than this, if it had them all.
const MOST_CONNECTIONS: usize = crate::ids::SessionId::MAX_SLOTS;

/// Listens on `address`; port 0 picks a free one. `setting` is named if that fails.
///
/// # Errors
///
/// The address is in use, or not ours.
pub fn listen(setting: &'static str, address: SocketAddr) -> Result<TcpListener, ServerError> {
    let listen = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A server that starts again need not wait for the last connections of the one before.
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        socket.set_nonblocking(true)?;
        Ok(socket.into())
    };
    listen().map_err(|source| ServerError::Listen {
        setting,
        address,
        source,
    })
}

/// How many connections the server may hold, so that files remain for everything else: at the limit, new connections
/// wait in the system's queue instead of failing.
///
/// Raises the soft limit of open files to the hard one first.
pub fn most_connections(workers: usize) -> usize {
    let files = match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => files,
        Err(error) => {
            tracing::warn!(%error, "limit of open files unknown");
            1024
        }
    };
    // Each worker has two epolls, and a pipe to wake it.
    let kept = FILES_KEPT + 4 * workers as u64;
    let most = usize::try_from(files.saturating_sub(kept)).unwrap_or(usize::MAX);
    most.clamp(1, MOST_CONNECTIONS)
}
