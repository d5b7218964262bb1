//! A TLS socket in the reactor's hands.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    os::fd::{AsRawFd, RawFd},
    task::{Context, Poll},
};

use super::{Raw, TlsStream, session::Session};
use crate::{
    delivery::Transport,
    transport::websocket::stream::{Socket, Stirred, Stream},
};

/// See the module.
pub struct TlsSocket {
    socket: Socket,
    session: RefCell<Session>,
    /// Our half of TCP is to be closed when the last ciphertext is out.
    is_ending: Cell<bool>,
}

impl Raw for Socket {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.try_read(buffer)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.try_write(bytes)
    }
}

impl TlsSocket {
    /// Takes a stream out of tokio's hands.
    ///
    /// # Errors
    ///
    /// The system does not let us.
    pub fn take(stream: TlsStream) -> io::Result<Self> {
        let (tcp, session) = stream.into_parts();
        Ok(Self {
            socket: Socket::take(tcp)?,
            session: RefCell::new(session),
            is_ending: Cell::new(false),
        })
    }

    /// Closes our half of TCP if that is due.
    fn end_when_flushed(&self, session: &Session) -> io::Result<()> {
        if self.is_ending.get() && session.pending_bytes() == 0 {
            self.is_ending.set(false);
            return self.socket.shut_down();
        }
        Ok(())
    }
}

impl Stream for TlsSocket {
    fn poll_read(&self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut session = self.session.borrow_mut();
        let read = session.read(&self.socket, buffer);
        self.end_when_flushed(&session)?;
        match read {
            // The reactor stirs it.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    fn stir(&self, what: Stirred) {
        self.socket.stir(what);
    }

    fn shut_down(&self) -> io::Result<()> {
        let mut session = self.session.borrow_mut();
        session.close(&self.socket)?;
        self.is_ending.set(true);
        session.push(&self.socket)?;
        self.end_when_flushed(&session)
    }

    fn abandon(&self) {
        self.socket.abandon();
    }
}

impl Transport for TlsSocket {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.session.borrow_mut().write(&self.socket, bytes)
    }

    fn try_flush(&self) -> io::Result<()> {
        self.session.borrow_mut().flush(&self.socket)
    }

    fn remote_address(&self) -> Option<SocketAddr> {
        self.socket.remote_address()
    }
}

impl AsRawFd for TlsSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}
