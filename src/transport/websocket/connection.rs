//! The life of one socket after its handshake: read, decode, call the handler, write what waits, until it ends.
//!
//! One life per socket, driven by the reactor of its thread, and nobody else reads from it. It never waits for a write:
//! what the peer does not take stays in the outbox, while reading and the clocks go on.

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Instant,
};

use bytes::BytesMut;

use super::{
    farewell,
    protocol::{Decoder, Event, ProtocolError},
    reactor::Drive,
    scratch::with_scratch,
    stream::{Stirred, Stream},
};
use crate::{
    attributes::Attributes,
    close_status::{CloseStatus, Ending},
    delivery::Link,
    handler::WebSocketHandler,
    lab,
    transport::visit::{Site, Visit},
};

/// Reads after which a socket lets the others of its thread have their turn.
const READS_PER_POLL: usize = 16;

/// One live socket. See the module.
pub(super) struct Connection<H: WebSocketHandler, S: Stream> {
    pub(super) visit: Visit<H, S>,
    pub(super) decoder: Decoder,
    /// When the first byte of the message under way was seen.
    began_at: Option<Instant>,
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
        let (Self::Living(Connection {
            visit: Visit { link, .. },
            ..
        })
        | Self::Parting { link, .. }) = self;
        link.transport().stir(what);
    }

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let Self::Living(connection) = &mut *self {
            let ending = ready!(connection.poll_live(cx));
            let parting = Self::Parting {
                link: connection.visit.link.clone(),
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
        connection.visit.bury(&ending);
        Self::Parting {
            link: connection.visit.link.clone(),
            farewell: Box::pin(farewell::part(connection, ending)),
        }
    }
}

impl<H: WebSocketHandler, S: Stream> Connection<H, S> {
    /// Begins a session: the handler is told, and gets what came with the handshake.
    pub(super) fn begin(
        site: Rc<Site<H>>,
        link: Rc<Link<S>>,
        attributes: Attributes,
        sub_protocol: Option<&'static str>,
        mut early: BytesMut,
    ) -> Life<H, S> {
        let (visit, refused) = Visit::begin(site, link, attributes, sub_protocol);
        let decoder = match visit.link.takes_packed() {
            true => Decoder::inflating(),
            false => Decoder::new(),
        };
        let mut connection = Self {
            visit,
            decoder,
            began_at: None,
        };
        match refused.or_else(|| connection.take_in(&mut early)) {
            None => Life::Living(connection),
            Some(ending) => Life::part(connection, ending),
        }
    }

    fn poll_live(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        self.visit.link.watch(cx.waker());
        for _ in 0..READS_PER_POLL {
            // What the peer does not take now is written when it takes more, which stirs the socket.
            if let Err(error) = self.visit.site.hub.flush(&*self.visit.link) {
                return Poll::Ready(self.visit.broke(&error));
            }
            if let Some(ending) = self.visit.link.ending() {
                return Poll::Ready(ending);
            }
            let is_ready = self.visit.poll_handler(cx).is_ready();
            self.visit.link.set_unheard(!is_ready);
            if self.visit.link.queued_bytes() > self.visit.site.hub.high_water_bytes() {
                // Who does not listen is not listened to. It is polled again when it takes more.
                self.visit.link.hold_back();
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

    /// Reads once and handles what came; an ending if that was the end.
    fn poll_take_in(&mut self, cx: &mut Context<'_>) -> Poll<Option<Ending>> {
        with_scratch(|scratch| {
            let read = ready!(self.visit.link.transport().poll_read(cx, scratch));
            Poll::Ready(match read {
                Ok(0) => Some(Ending::Lost),
                Ok(count) => self.take_in(&mut scratch[..count]),
                Err(error) => Some(self.visit.broke(&error)),
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
        self.visit.site.handler.handle_pause();
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
        self.visit
            .site
            .limits
            .message_time
            .is_some_and(|limit| now - began_at > limit)
    }

    fn handle_all(&mut self, mut input: &mut [u8], now: Instant) -> Option<Ending> {
        self.visit.site.hub.show_life(&self.visit.link, now);
        self.visit.site.counters.bytes_in.inc_by(input.len() as u64);
        let mut rules = self.visit.rules();
        rules.max_message_bytes = self.visit.link.transport().packed_bytes(rules.max_message_bytes);
        loop {
            let unsaid_bytes = self.decoder.take_unsaid_bytes();
            let event = match self.decoder.decode(&mut input, &rules) {
                Ok(Some(event)) => event,
                Ok(None) => {
                    self.decoder.keep_unsaid_bytes(unsaid_bytes);
                    return None;
                }
                Err(error) => {
                    if let Some(tap) = self.visit.site.hub.taps().of(&*self.visit.link) {
                        tap.report(broken(error));
                    }
                    self.visit
                        .site
                        .handler
                        .handle_transport_error(&self.visit.session, &error);
                    tracing::debug!(session = %self.visit.session.id(), %error, "protocol broken");
                    return Some(Ending::Refused(error.close_status()));
                }
            };
            self.visit.site.counters.frames_in.inc();
            if let Some(tap) = self.visit.site.hub.taps().of(&*self.visit.link) {
                let (opcode, name) = event.kind();
                tap.frame_in(opcode, name, event.payload_bytes(), !self.visit.link.is_deaf(), now);
                if let Event::Pong(_) = event {
                    tap.ponged(now);
                }
            }
            if let Some(ending) = self.visit.count(event.payload_bytes() as u64 + unsaid_bytes, now) {
                return Some(ending);
            }
            let handled = match event {
                Event::Text(text) => {
                    let (link, visit, mut is_first) = (self.visit.link.clone(), &mut self.visit, true);
                    link.transport().unpack(text, &mut |text| {
                        visit.handle_packed(text, std::mem::replace(&mut is_first, false), now)
                    })
                }
                Event::Binary(data) => self.visit.site.handler.handle_binary_message(&self.visit.session, data),
                Event::Ping(payload) => {
                    self.visit.site.hub.pong(&self.visit.link, payload);
                    Ok(())
                }
                // Beside having shown life it tells how far away the peer is.
                Event::Pong(_) => {
                    self.visit.site.hub.hear_pong(&*self.visit.link, now);
                    Ok(())
                }
                Event::Close(status) => return Some(Ending::ClosedByPeer(status)),
            };
            if let Err(error) = handled {
                return Some(self.visit.failed(error));
            }
            if !self.decoder.is_inside_message() {
                // What follows is another message, or another control frame.
                self.began_at = None;
            }
            if self.visit.link.is_ending() {
                return self.visit.link.ending();
            }
            if let Some(ending) = self.handle_fed(now) {
                return Some(ending);
            }
        }
    }

    /// Handles what was put down to be decoded behind the message in hand, as if the peer had sent it.
    fn handle_fed(&mut self, now: Instant) -> Option<Ending> {
        let mut fed = self.visit.site.hub.taps().of(&*self.visit.link)?.take_fed();
        // Each message that asks for more was part of what was fed before, so this comes to an end.
        match fed.is_empty() {
            true => None,
            false => self.handle_all(&mut fed, now),
        }
    }
}

fn broken(error: ProtocolError) -> lab::Event {
    lab::Event::Decoder {
        rule: error.to_string(),
        section: error.section(),
        code: error.close_status().code(),
    }
}
