//! What carries HTTP while a connection is in actix's hands: TCP, or TLS over it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::tls::TlsStream;

/// See the module.
pub enum Wire {
    /// Plain.
    Tcp(TcpStream),
    /// Behind a pointer, so that a plain one costs no more.
    Tls(Box<TlsStream>),
}

impl Wire {
    /// Bytes that were taken and wait for the peer, beside what waits in the system.
    pub fn pending_bytes(&self) -> usize {
        match self {
            Self::Tcp(_) => 0,
            Self::Tls(stream) => stream.pending_bytes(),
        }
    }
}

/// Does the same with whichever it is.
macro_rules! each {
    ($wire:expr, $stream:ident => $do:expr) => {
        match $wire.get_mut() {
            Wire::Tcp($stream) => {
                let $stream = Pin::new($stream);
                $do
            }
            Wire::Tls($stream) => {
                let $stream = Pin::new(&mut **$stream);
                $do
            }
        }
    };
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_read(cx, buffer))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        each!(self, stream => stream.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self, stream => stream.poll_write_vectored(cx, slices))
    }

    fn is_write_vectored(&self) -> bool {
        matches!(self, Self::Tcp(stream) if stream.is_write_vectored())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => stream.poll_shutdown(cx))
    }
}
