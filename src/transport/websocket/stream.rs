//! What a connection asks of a byte stream, beyond what a hub asks.

use std::{
    cell::Cell,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    os::fd::{AsRawFd, RawFd},
    task::{Context, Poll},
};

use socket2::SockRef;

use crate::{delivery::Transport, handler::HandlerError};

/// What happened to a stream.
#[derive(Clone, Copy, Debug)]
pub struct Stirred {
    /// There is something to read, if only the end.
    pub can_read: bool,
    /// There is room to write, or nobody left to write to.
    pub can_write: bool,
    /// The peer sends no more.
    pub is_closed: bool,
}

/// A byte stream that is shared by its task and the hub, so all its methods take `&self`.
pub trait Stream: Transport {
    /// Reads what is there; 0 is the end.
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Something happened to it: what would have blocked is worth another try.
    fn stir(&self, what: Stirred);

    /// How large a message may be whose texts have so many bytes; 0 means no limit.
    fn packed_bytes(&self, text_bytes: usize) -> usize {
        text_bytes
    }

    /// Hands on the text of one message, or of each that this stream packs into one.
    ///
    /// # Errors
    ///
    /// The first of `handle`'s, or what is wrong with the packing.
    fn unpack(&self, text: &str, handle: &mut dyn FnMut(&str) -> Result<(), HandlerError>) -> Result<(), HandlerError> {
        handle(text)
    }

    /// Ends our half: the peer reads the end after all that was written.
    fn shut_down(&self) -> io::Result<()>;

    /// Makes the coming close forget what the peer has not taken, so that the kernel keeps no memory for it.
    fn abandon(&self);
}

/// A TCP socket that never blocks, and that a reactor stirs.
pub struct Socket {
    tcp: TcpStream,
    /// Whether there is nothing to read until it is stirred.
    is_drained: Cell<bool>,
    /// Whether there is no room to write until it is stirred.
    is_full: Cell<bool>,
    is_closed: Cell<bool>,
}

impl Socket {
    /// Takes a socket out of tokio's hands.
    ///
    /// # Errors
    ///
    /// The system does not let us.
    pub fn take(socket: tokio::net::TcpStream) -> io::Result<Self> {
        Ok(Self {
            tcp: socket.into_std()?,
            is_drained: Cell::new(false),
            is_full: Cell::new(false),
            is_closed: Cell::new(false),
        })
    }

    /// Reads what is there; 0 is the end.
    ///
    /// # Errors
    ///
    /// `WouldBlock` until it is stirred. Anything else means that the socket is broken.
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_drained.get() {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            match (&self.tcp).read(buffer) {
                Ok(count) => {
                    // A short read has taken all there was, and what comes later will stir. But the end of the stream
                    // comes without another stir.
                    self.is_drained.set(count < buffer.len() && !self.is_closed.get());
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.is_drained.set(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Stream for Socket {
    fn poll_read(&self, _: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self.try_read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            result => Poll::Ready(result),
        }
    }

    fn stir(&self, what: Stirred) {
        if what.can_read {
            self.is_drained.set(false);
        }
        if what.can_write {
            self.is_full.set(false);
        }
        if what.is_closed {
            self.is_closed.set(true);
        }
    }

    fn shut_down(&self) -> io::Result<()> {
        self.tcp.shutdown(Shutdown::Write)
    }

    fn abandon(&self) {
        // A socket that is broken already needs no abandoning.
        let _ = SockRef::from(&self.tcp).set_linger(Some(std::time::Duration::ZERO));
    }
}

impl Transport for Socket {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full.get() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        loop {
            match (&self.tcp).write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.is_full.set(true);
                    return Err(error);
                }
                result => return result,
            }
        }
    }

    fn remote_address(&self) -> Option<SocketAddr> {
        self.tcp.peer_addr().ok()
    }
}

impl AsRawFd for Socket {
    fn as_raw_fd(&self) -> RawFd {
        self.tcp.as_raw_fd()
    }
}
