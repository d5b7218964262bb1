//! A TLS stream in actix's hands: tokio tells when there is something to read or room to write.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::{Raw, session::Session};

/// See the module.
pub struct TlsStream {
    tcp: TcpStream,
    session: Session,
}

impl Raw for TcpStream {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.try_read(buffer)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.try_write(bytes)
    }
}

impl TlsStream {
    pub(super) fn new(tcp: TcpStream, session: Session) -> Self {
        Self { tcp, session }
    }

    pub(super) fn into_parts(self) -> (TcpStream, Session) {
        (self.tcp, self.session)
    }

    /// Ciphertext that the peer has not taken.
    pub fn pending_bytes(&self) -> usize {
        self.session.pending_bytes()
    }

    /// Ready when the handshake is done.
    pub(super) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match self.session.shake_hands(&self.tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(self.poll_readable(cx))?,
                result => return Poll::Ready(result),
            }
        }
    }

    /// Ready when another try to read is worth it: something came, or there is room for what waits to be written.
    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.session.pending_bytes() > 0
            && let Poll::Ready(result) = self.tcp.poll_write_ready(cx)
        {
            return Poll::Ready(result);
        }
        self.tcp.poll_read_ready(cx)
    }

    /// Tries again whenever there is more room.
    fn poll_write_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(&mut Session, &TcpStream) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match write(&mut self.session, &self.tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(self.tcp.poll_write_ready(cx))?,
                result => return Poll::Ready(result),
            }
        }
    }
}

impl AsyncRead for TlsStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let this = &mut *self;
        loop {
            match this.session.read(&this.tcp, buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(this.poll_readable(cx))?,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for TlsStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |session, tcp| session.write(tcp, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_with(cx, |session, tcp| session.flush(tcp))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = self.poll_write_with(cx, |session, tcp| {
            session.close(tcp)?;
            session.flush(tcp)
        });
        ready!(closed)?;
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
