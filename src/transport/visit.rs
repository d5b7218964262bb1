//! What the sessions of all transports have in common: the handler is told of the beginning and, once, of the end; what
//! comes is counted against the limits; and a failure becomes a close status in one place.

#![forbid(unsafe_code)]

use std::{
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use super::websocket::Rules;
use crate::{
    attributes::Attributes,
    close_status::{CloseStatus, Ending},
    counters::Counters,
    delivery::{Hub, Link, Transport},
    handler::{HandlerError, Session, WebSocketHandler},
    lab,
    quota::{Quota, Rates},
};

/// What a peer must keep to. The same for all sessions of a path.
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

impl Limits {
    /// How large a message may be that speaks this sub-protocol, or none.
    pub fn rules_of(&self, sub_protocol: Option<&'static str>) -> &Rules {
        let wrapped = sub_protocol.and(self.sub_protocol_rules.as_ref());
        wrapped.unwrap_or(&self.rules)
    }
}

/// What the sessions of one path share on one worker.
pub struct Site<H> {
    /// Where they live.
    pub hub: Rc<Hub>,
    /// What is done with them.
    pub handler: Rc<H>,
    /// What their peers must keep to.
    pub limits: Limits,
    /// Where they are counted.
    pub counters: Arc<Counters>,
}

/// One session, as long as it lasts.
///
/// Dropped before its end, by a panic or with its whole thread, it ends as one that the server closed: the handler is
/// told all the same.
pub struct Visit<H: WebSocketHandler, T: Transport> {
    /// Where.
    pub site: Rc<Site<H>>,
    /// The way out.
    pub link: Rc<Link<T>>,
    /// As the handler knows it.
    pub session: Session,
    quota: Quota,
    /// What the handler waits for before it can take more.
    waiting: Option<Pin<Box<dyn Future<Output = ()>>>>,
    /// Whether the handler was told of the end.
    is_buried: bool,
}

impl<H: WebSocketHandler, T: Transport> Visit<H, T> {
    /// Begins a session: the handler is told. An ending if it would not have it.
    pub fn begin(
        site: Rc<Site<H>>,
        link: Rc<Link<T>>,
        attributes: Attributes,
        sub_protocol: Option<&'static str>,
    ) -> (Self, Option<Ending>) {
        site.counters.connections.inc();
        let session = Session::new(site.hub.clone(), link.clone(), attributes, sub_protocol);
        let visit = Self {
            site,
            link,
            session,
            quota: Quota::default(),
            waiting: None,
            is_buried: false,
        };
        let established = visit.site.handler.after_connection_established(&visit.session);
        let ending = established.err().map(|error| visit.failed(error));
        (visit, ending)
    }

    /// How large a message may be here.
    pub fn rules(&self) -> Rules {
        *self.site.limits.rules_of(self.session.sub_protocol())
    }

    /// Whether a text is longer than a message may be here: of those that came packed, no decoder has seen the length.
    pub fn is_too_long(&self, text: &str) -> bool {
        let most = self.rules().max_message_bytes;
        most > 0 && text.len() > most
    }

    /// Ready when the handler can take more.
    pub fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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

    /// Counts a message or control frame against the peer's rates; an ending if it was one too many.
    pub fn count(&mut self, payload_bytes: u64, now: Instant) -> Option<Ending> {
        let rates = self.site.limits.rates.as_ref()?;
        let is_too_fast = self.quota.take(payload_bytes, now, rates).is_err();
        is_too_fast.then(|| {
            self.site.handler.handle_too_fast(&self.session);
            Ending::Refused(CloseStatus::TOO_FAST)
        })
    }

    /// Hands a text to the handler.
    ///
    /// # Errors
    ///
    /// As the handler has it: see [`Self::failed`].
    pub fn handle_text(&self, text: &str) -> Result<(), HandlerError> {
        self.site.handler.handle_text_message(&self.session, text)
    }

    /// Hands on one of the texts in a message. Each counts as if it had come alone; the first was counted as the message.
    ///
    /// # Errors
    ///
    /// As the handler has it, or what limit is broken.
    pub fn handle_packed(&mut self, text: &str, is_first: bool, now: Instant) -> Result<(), HandlerError> {
        if self.link.is_ending() {
            // Said behind the end.
            return Ok(());
        }
        if !is_first && self.count(0, now).is_some() {
            return Err(CloseStatus::TOO_FAST.into());
        }
        if self.is_too_long(text) {
            return Err(CloseStatus::TOO_BIG_TO_PROCESS.into());
        }
        self.handle_text(text)
    }

    /// The one place where a handler's failure becomes a close status, and a log line.
    pub fn failed(&self, error: HandlerError) -> Ending {
        match error {
            HandlerError::Close(status) if status.blames_peer() => Ending::Refused(status),
            HandlerError::Close(status) => Ending::ClosedByUs(status),
            HandlerError::Failed(error) => {
                tracing::error!(session = %self.session.id(), error = %error, "handler failed");
                Ending::Failed
            }
        }
    }

    /// The connection broke.
    pub fn broke(&self, error: &std::io::Error) -> Ending {
        self.site.handler.handle_transport_error(&self.session, error);
        Ending::Lost
    }

    /// The session is over: nothing is sent to it from here on, and the handler learns how it ended. Once.
    pub fn bury(&mut self, ending: &Ending) {
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

impl<H: WebSocketHandler, T: Transport> Drop for Visit<H, T> {
    fn drop(&mut self) {
        self.bury(&match std::thread::panicking() {
            true => Ending::Failed,
            false => Ending::ClosedByUs(CloseStatus::GOING_AWAY),
        });
        self.site.counters.connections.dec();
    }
}
