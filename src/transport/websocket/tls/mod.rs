//! TLS beneath HTTP and WebSocket, with rustls: the handshake (`accept`), a stream in actix's hands (`stream`), and a
//! socket in the reactor's (`socket`). Both drive one `session`, which goes along when the socket leaves.
//!
//! It knows nothing of certificates: whoever serves brings a configuration along.

mod accept;
mod session;
mod socket;
mod stream;

pub(super) use accept::accept;
pub(super) use socket::TlsSocket;
pub(super) use stream::TlsStream;

use std::io;

/// A byte stream beneath TLS that never waits.
trait Raw {
    /// Reads what is there; 0 is the end.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes what there is room for.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;
}
