//! What a connection asks of a byte stream, beyond what a hub asks.

use std::{
    io,
    net::{Shutdown, SocketAddr},
    task::{Context, Poll, ready},
};

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::delivery::Transport;

/// A byte stream that is shared by its task and the hub, so all its methods take `&self`.
pub trait Stream: Transport {
    /// Reads what is there; 0 is the end.
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Ready when a write that would have blocked is worth another try.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends our half: the peer reads the end after all that was written.
    fn shut_down(&self) -> io::Result<()>;

    /// Makes the coming close forget what the peer has not taken, so that the kernel keeps no memory for it.
    fn abandon(&self);
}

impl Transport for TcpStream {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        TcpStream::try_write(self, bytes)
    }

    fn remote_address(&self) -> Option<SocketAddr> {
        self.peer_addr().ok()
    }
}

impl Stream for TcpStream {
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.poll_read_ready(cx))?;
            match self.try_read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(cx)
    }

    fn shut_down(&self) -> io::Result<()> {
        SockRef::from(self).shutdown(Shutdown::Write)
    }

    fn abandon(&self) {
        // A socket that is broken already needs no abandoning.
        let _ = SockRef::from(self).set_linger(Some(std::time::Duration::ZERO));
    }
}
