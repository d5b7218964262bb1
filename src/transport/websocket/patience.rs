//! A stream in actix's hands, with the patience that its HTTP/1 dispatcher lacks: that one waits for ever for a
//! peer to take an answer, and reads requests on meanwhile, at full speed once its buffer is full.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

use super::{departure::Departure, wire::Wire};

/// How long a peer may take nothing of what it is sent.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// The stream. While a write waits, nothing is read; a write that waits for too long fails, and with it the connection.
pub struct Patient {
    stream: Wire,
    /// Runs while a write waits.
    deadline: Option<Deadline>,
    departure: Departure,
}

struct Deadline {
    sleep: Pin<Box<Sleep>>,
    /// What waited beside the system when it began: a peer that has taken of that has a new one.
    pending_bytes: usize,
}

impl Patient {
    pub(super) fn new(stream: Wire) -> Self {
        Self {
            stream,
            deadline: None,
            departure: Departure::default(),
        }
    }

    /// Whether the client has left, for the answers that want to know.
    pub(super) fn departure(&self) -> &Departure {
        &self.departure
    }

    /// The stream itself, once it has left actix's hands.
    pub(super) fn into_inner(self) -> Wire {
        self.stream
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deadline = None;
            return written;
        }
        let pending_bytes = self.stream.pending_bytes();
        let deadline = self
            .deadline
            .take_if(|deadline| deadline.pending_bytes <= pending_bytes);
        let deadline = self.deadline.insert(deadline.unwrap_or_else(|| Deadline {
            sleep: Box::pin(sleep(WRITE_TIMEOUT)),
            pending_bytes,
        }));
        deadline
            .sleep
            .as_mut()
            .poll(cx)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// A plain stream does not wait here, and that it does not says nothing of its writes.
    fn watch_tls(&mut self, cx: &mut Context<'_>, flushed: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
        match self.stream {
            Wire::Tcp(_) => flushed,
            Wire::Tls(_) => self.watch(cx, flushed),
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.deadline.is_some() {
            // Whoever polls is woken by the write.
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        if read.is_err() || buffer.filled().len() == before && buffer.remaining() > 0 {
            self.departure.happen();
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch_tls(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch_tls(cx, shut)
    }
}
