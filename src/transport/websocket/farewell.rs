//! The end of a socket, after its session has ended: the close handshake (RFC 6455 section 7), bounded in time, and
//! then TCP, which the server closes first.

use std::{
    future::poll_fn,
    io,
    task::{Context, Poll, ready},
    time::Duration,
};

use super::{
    connection::Connection,
    protocol::{Event, Rules},
    scratch::with_scratch,
    stream::Stream,
};
use crate::{close_status::Ending, handler::WebSocketHandler};

/// How long the peer has to take our close frame and to send its own.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long we go on reading after our half of TCP is closed, so that no reset overtakes our last words.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Says goodbye as `ending` asks for, and closes.
pub(super) async fn part<H: WebSocketHandler, S: Stream>(mut connection: Connection<H, S>, ending: Ending) {
    if ending == Ending::Lost {
        if connection.visit.link.is_cut() {
            connection.visit.link.transport().abandon();
        }
        return;
    }
    // A peer that takes too little gets no more of what it does not take.
    let discard = ending == Ending::SlowConsumer;
    connection
        .visit
        .site
        .hub
        .write_close(&connection.visit.link, ending.farewell().as_ref(), discard);
    if tokio::time::timeout(CLOSE_TIMEOUT, connection.shake_hands(&ending))
        .await
        .is_err()
    {
        connection.visit.link.transport().abandon();
        return;
    }
    if connection.visit.link.transport().shut_down().is_ok() {
        // The peer's end of stream, or the timeout: either will do.
        let _ = tokio::time::timeout(DRAIN_TIMEOUT, poll_fn(|cx| connection.poll_drain(cx))).await;
    }
}

impl<H: WebSocketHandler, S: Stream> Connection<H, S> {
    /// Our close frame is written, and the peer's has come if it is worth waiting for.
    async fn shake_hands(&mut self, ending: &Ending) {
        if poll_fn(|cx| self.poll_written(cx)).await.is_err() {
            return;
        }
        match ending {
            // A peer that broke the protocol is not read any more (section 7.1.7), nor one that is silent.
            Ending::ClosedByPeer(_) | Ending::Refused(_) | Ending::HeartbeatTimeout | Ending::Lost => {}
            Ending::ClosedByUs(_) | Ending::SlowConsumer | Ending::Failed => poll_fn(|cx| self.poll_close(cx)).await,
        }
    }

    fn poll_written(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.visit.link.watch(cx.waker());
        match self.visit.site.hub.flush(&*self.visit.link)? {
            true => Poll::Ready(Ok(())),
            // The socket is stirred when the peer takes more.
            false => Poll::Pending,
        }
    }

    /// Ready when the peer's close frame has come, or nothing more can come. What else comes is passed over.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let rules = Rules::default();
        loop {
            let is_over = with_scratch(|scratch| {
                let count = ready!(self.visit.link.transport().poll_read(cx, scratch)).unwrap_or(0);
                let mut input = &mut scratch[..count];
                Poll::Ready(
                    count == 0
                        || loop {
                            match self.decoder.decode(&mut input, &rules) {
                                Ok(Some(Event::Close(_))) | Err(_) => break true,
                                Ok(Some(_)) => {}
                                Ok(None) => break false,
                            }
                        },
                )
            });
            if ready!(is_over) {
                return Poll::Ready(());
            }
        }
    }

    /// Ready when the peer has closed its half.
    fn poll_drain(&self, cx: &mut Context<'_>) -> Poll<()> {
        with_scratch(|scratch| {
            while ready!(self.visit.link.transport().poll_read(cx, scratch)).is_ok_and(|count| count > 0) {}
            Poll::Ready(())
        })
    }
}
