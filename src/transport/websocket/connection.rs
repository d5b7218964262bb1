//! The life of one socket after its handshake: read, decode, call the handler, write what waits, until it ends.
//!
//! One life per socket, driven by the reactor of its thread, and nobody else reads from it. It never waits for a write:
//! what the peer does not take stays in the outbox, while reading and the clocks go on.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::BytesMut;

use super::{
    farewell,
    protocol::{Decoder, Event, ProtocolError, Rules},
    reactor::Drive,
    scratch::with_scratch,
    stream::{Stirred, Stream},
};
use crate::{
    close_status::{CloseStatus, Ending},
    counters::Counters,
    delivery::{Hub, Link},
    handler::{HandlerError, Session, WebSocketHandler},
    lab,
    quota::{Quota, Rates},
};

/// Reads after which a socket lets the others of its thread have their turn.
const READS_PER_POLL: usize = 16;

/// What a peer must keep to. The same for all sockets of a path.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// How large a message may be.
    pub rules: Rules,
    /// The same where a sub-protocol was agreed on, whose messages wrap what is said; `None` if that makes no
    /// difference.
    pub sub_protocol_rules: Option<Rules>,
    /// How much a peer may send; `None` is no limit.
    pub rates: Option<Rates>,
    /// How long one message may take from its first byte to its last; `None` is no limit.
    pub message_time: Option<Duration>,
}

/// What the sockets of one path share on one worker.
pub(super) struct Site<H> {
    pub(super) hub: Rc<Hub>,
    pub(super) handler: Rc<H>,
    pub(super) limits: Limits,
    pub(super) counters: Arc<Counters>,
}

/// One live socket. See the module.
///
/// Dropped before its end, by a panic or with its whole thread, it ends as one that the server closed: the handler is
/// told all the same.
pub(super) struct Connection<H: WebSocketHandler, S: Stream> {
    pub(super) site: Rc<Site<H>>,
    pub(super) link: Rc<Link<S>>,
    session: Session,
    pub(super) decoder: Decoder,
    quota: Quota,
    /// When the first byte of the message under way was seen.
    began_at: Option<Instant>,
    /// What the handler waits for before it can take more.
    waiting: Option<Pin<Box<dyn Future<Output = ()>>>>,
    /// Whether the handler was told of the end.
    is_buried: bool,
}

/// A socket from its handshake to its end. A state machine by hand, since it is most of what an idle socket costs: while
/// the socket lives it holds the connection and nothing else.
pub(super) enum Life<H: WebSocketHandler, S: Stream> {
    Living(Connection<H, S>),
    /// The farewell, with its timers.
    Parting {
        link: Rc<Link<S>>,
        farewell: Pin<Box<dyn Future<Output = ()>>>,
    },
}

impl<H: WebSocketHandler, S: Stream> Drive for Life<H, S> {
    fn stir(&self, what: Stirred) {
        let (Self::Living(Connection { link, .. }) | Self::Parting { link, .. }) = self;
        link.transport().stir(what);
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Living(connection) = &mut *self {
            let ending = ready!(connection.poll_live(cx));
            let parting = Self::Parting {
                link: connection.link.clone(),
                farewell: Box::pin(std::future::ready(())),
            };
            if let Self::Living(connection) = std::mem::replace(&mut *self, parting) {
                *self = Self::part(connection, ending);
            }
        }
        match &mut *self {
            Self::Parting { farewell, .. } => farewell.as_mut().poll(cx),
            Self::Living(_) => Poll::Pending,
        }
    }
}

impl<H: WebSocketHandler, S: Stream> Life<H, S> {
    fn part(mut connection: Connection<H, S>, ending: Ending) -> Self {
        connection.bury(&ending);
        Self::Parting {
            link: connection.link.clone(),
            farewell: Box::pin(farewell::part(connection, ending)),
        }
    }
}

impl<H: WebSocketHandler, S: Stream> Connection<H, S> {
    /// Begins a session: the handler is told, and gets what came with the handshake.
    pub(super) fn begin(site: Rc<Site<H>>, link: Rc<Link<S>>, session: Session, mut early: BytesMut) -> Life<H, S> {
        site.counters.connections.inc();
        let mut connection = Self {
            site,
            link,
            session,
            decoder: Decoder::new(),
            quota: Quota::default(),
            began_at: None,
            waiting: None,
            is_buried: false,
        };
        let established = connection
            .site
            .handler
            .after_connection_established(&connection.session);
        let ending = match established {
            Ok(()) => connection.take_in(&mut early),
            Err(error) => Some(connection.failed(error)),
        };
        match ending {
            None => Life::Living(connection),
            Some(ending) => Life::part(connection, ending),
        }
    }

    fn poll_live(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        self.link.watch(cx.waker());
        for _ in 0..READS_PER_POLL {
            // What the peer does not take now is written when it takes more, which stirs the socket.
            if let Err(error) = self.site.hub.flush(&*self.link) {
                return Poll::Ready(self.broke(&error));
            }
            if let Some(ending) = self.link.ending() {
                return Poll::Ready(ending);
            }
            let is_ready = self.poll_handler(cx).is_ready();
            self.link.set_unheard(!is_ready);
            if self.link.queued_bytes() > self.site.hub.high_water_bytes() {
                // Who does not listen is not listened to. It is polled again when it takes more.
                self.link.hold_back();
                return Poll::Pending;
            }
            if !is_ready {
                return Poll::Pending;
            }
            if let Some(ending) = ready!(self.poll_take_in(cx)) {
                return Poll::Ready(ending);
            }
        }
        // A peer that sends without end does not have the thread for itself.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready when the handler can take more.
    fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx));
            }
            self.waiting = self.site.handler.not_ready();
            if self.waiting.is_none() {
                return Poll::Ready(());
            }
        }
    }

    /// Reads once and handles what came; an ending if that was the end.
    fn poll_take_in(&mut self, cx: &mut Context<'_>) -> Poll<Option<Ending>> {
        with_scratch(|scratch| {
            let read = ready!(self.link.transport().poll_read(cx, scratch));
            Poll::Ready(match read {
                Ok(0) => Some(Ending::Lost),
                Ok(count) => self.take_in(&mut scratch[..count]),
                Err(error) => Some(self.broke(&error)),
            })
        })
    }

    /// Handles what came from the peer.
    fn take_in(&mut self, input: &mut [u8]) -> Option<Ending> {
        if input.is_empty() {
            return None;
        }
        let now = Instant::now();
        let ending = self.handle_all(input, now);
        self.site.handler.handle_pause();
        ending.or_else(|| {
            self.is_message_too_slow(now)
                .then_some(Ending::Refused(CloseStatus::MESSAGE_TOO_SLOW))
        })
    }

    /// Whether a message has been under way for too long, so that nobody holds memory here by sending a byte now and
    /// then. Asked when something came: a peer that sends nothing at all is the heartbeat's affair.
    fn is_message_too_slow(&mut self, now: Instant) -> bool {
        if self.decoder.is_idle() {
            self.began_at = None;
            return false;
        }
        let began_at = *self.began_at.get_or_insert(now);
        self.site
            .limits
            .message_time
            .is_some_and(|limit| now - began_at > limit)
    }

    fn handle_all(&mut self, mut input: &mut [u8], now: Instant) -> Option<Ending> {
        self.site.hub.show_life(&self.link, now);
        self.site.counters.bytes_in.inc_by(input.len() as u64);
        let wrapped = self.session.sub_protocol().and(self.site.limits.sub_protocol_rules);
        let rules = wrapped.unwrap_or(self.site.limits.rules);
        loop {
            let event = match self.decoder.decode(&mut input, &rules) {
                Ok(Some(event)) => event,
                Ok(None) => return None,
                Err(error) => {
                    if let Some(tap) = self.site.hub.taps().of(&*self.link) {
                        tap.report(broken(error));
                    }
                    self.site.handler.handle_transport_error(&self.session, &error);
                    tracing::debug!(session = %self.session.id(), %error, "protocol broken");
                    return Some(Ending::Refused(error.close_status()));
                }
            };
            self.site.counters.frames_in.inc();
            if let Some(tap) = self.site.hub.taps().of(&*self.link) {
                let (opcode, name) = event.kind();
                tap.frame_in(opcode, name, event.payload_bytes(), !self.link.is_deaf(), now);
                if let Event::Pong(_) = event {
                    tap.ponged(now);
                }
            }
            if let Some(rates) = &self.site.limits.rates
                && self.quota.take(event.payload_bytes() as u64, now, rates).is_err()
            {
                self.site.handler.handle_too_fast(&self.session);
                return Some(Ending::Refused(CloseStatus::TOO_FAST));
            }
            let handled = match event {
                Event::Text(text) => self.site.handler.handle_text_message(&self.session, text),
                Event::Binary(data) => self.site.handler.handle_binary_message(&self.session, data),
                Event::Ping(payload) => {
                    self.site.hub.pong(&self.link, payload);
                    Ok(())
                }
                // Beside having shown life it tells how far away the peer is.
                Event::Pong(_) => {
                    self.site.hub.hear_pong(&*self.link, now);
                    Ok(())
                }
                Event::Close(status) => return Some(Ending::ClosedByPeer(status)),
            };
            if let Err(error) = handled {
                return Some(self.failed(error));
            }
            if !self.decoder.is_inside_message() {
                // What follows is another message, or another control frame.
                self.began_at = None;
            }
            if self.link.is_ending() {
                return self.link.ending();
            }
            if let Some(ending) = self.handle_fed(now) {
                return Some(ending);
            }
        }
    }

    /// Handles what was put down to be decoded behind the message in hand, as if the peer had sent it.
    fn handle_fed(&mut self, now: Instant) -> Option<Ending> {
        let mut fed = self.site.hub.taps().of(&*self.link)?.take_fed();
        // Each message that asks for more was part of what was fed before, so this comes to an end.
        match fed.is_empty() {
            true => None,
            false => self.handle_all(&mut fed, now),
        }
    }

    /// The one place where a handler's failure becomes a close status, and a log line.
    fn failed(&self, error: HandlerError) -> Ending {
        match error {
            HandlerError::Close(status) if status.blames_peer() => Ending::Refused(status),
            HandlerError::Close(status) => Ending::ClosedByUs(status),
            HandlerError::Failed(error) => {
                tracing::error!(session = %self.session.id(), error = %error, "handler failed");
                Ending::Failed
            }
        }
    }

    fn broke(&self, error: &std::io::Error) -> Ending {
        self.site.handler.handle_transport_error(&self.session, error);
        Ending::Lost
    }
}

impl<H: WebSocketHandler, S: Stream> Connection<H, S> {
    /// The session is over: nothing is sent to it from here on, and the handler learns how it ended. Once.
    fn bury(&mut self, ending: &Ending) {
        if std::mem::replace(&mut self.is_buried, true) {
            return;
        }
        if let Some(tap) = self.site.hub.taps().of(&*self.link) {
            tap.report(lab::Event::ended(ending));
        }
        self.site.hub.close(&*self.link);
        self.site.counters.ended(ending);
        tracing::debug!(session = %self.session.id(), code = ending.code(), "session ended");
        self.site.handler.after_connection_closed(&self.session, ending);
    }
}

impl<H: WebSocketHandler, S: Stream> Drop for Connection<H, S> {
    fn drop(&mut self) {
        self.bury(&match std::thread::panicking() {
            true => Ending::Failed,
            false => Ending::ClosedByUs(CloseStatus::GOING_AWAY),
        });
        self.site.counters.connections.dec();
    }
}

fn broken(error: ProtocolError) -> lab::Event {
    lab::Event::Decoder {
        rule: error.to_string(),
        section: error.section(),
        code: error.close_status().code(),
    }
}
