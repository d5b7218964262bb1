//! Where a WebSocket handshake is answered: form, interceptors, and the way out of HTTP.

use std::rc::Rc;

use actix_http::ws;
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{StatusCode, header},
};

use super::{
    connection::Connection,
    extensions, handshake,
    reactor::Reactor,
    serve::Worker,
    stream::{Socket, Stream},
    takeover::{Successor, Ticket},
};
use crate::{
    attributes::Attributes,
    client_address::LimitKey,
    handler::WebSocketHandler,
    interceptor::{Chain, LogLimit, Refusal, notes_of},
    lab::Notes,
    transport::visit::Site,
};

/// That permessage-deflate (RFC 7692) is agreed on with whoever offers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// Messages of fewer bytes go out as they are. The same for all mappings of a [`Worker`]: the last says it.
    pub least_bytes: usize,
}

/// How a path speaks over its sockets.
pub struct Dialect<S> {
    /// What is done with the socket before anything is said.
    pub wrap: fn(Socket) -> S,
    /// The sub-protocol of a request, out of those that the handler speaks.
    pub sub_protocol: fn(&HttpRequest, &[&'static str]) -> Option<&'static str>,
    /// Whether it was agreed on in the handshake, so that the answer must name it.
    pub is_agreed: bool,
    /// Whether messages may be compressed on their way: not where what is sent is changed once more.
    pub may_compress: bool,
}

/// WebSocket as RFC 6455 has it.
pub const PLAIN: Dialect<Socket> = Dialect {
    wrap: |socket| socket,
    sub_protocol: |request, ours| handshake::sub_protocol(request.headers(), ours),
    is_agreed: true,
    may_compress: true,
};

/// A handler on its path, on one worker.
pub struct Endpoint<H> {
    reactor: Rc<Reactor>,
    /// Whether permessage-deflate is agreed on.
    compresses: bool,
    chain: Chain,
    log: LogLimit,
    site: Rc<Site<H>>,
}

impl<H: WebSocketHandler> Endpoint<H> {
    /// An endpoint on the thread of `worker`. `chain` is asked before each handshake.
    pub fn new(worker: &Worker, chain: Chain, site: Rc<Site<H>>, compression: Option<Compression>) -> Self {
        if let Some(compression) = compression {
            site.hub.pack_from(compression.least_bytes);
        }
        Self {
            reactor: worker.reactor.clone(),
            compresses: compression.is_some(),
            chain,
            log: LogLimit::default(),
            site,
        }
    }

    /// Answers a handshake.
    ///
    /// # Errors
    ///
    /// What is wrong with its form, or whatever an interceptor has against it.
    pub async fn answer<S: Stream>(
        &self,
        request: &HttpRequest,
        dialect: &Dialect<S>,
    ) -> Result<HttpResponse, Refusal> {
        let outcome = self.shake_hands(request, dialect).await;
        if let Err(refusal) = &outcome
            && refusal.code() == handshake::SPOILED
            && self.log.allows()
        {
            // The operator should read it, not only who asks by curl.
            tracing::warn!(reason = refusal.message(), "handshake refused");
        }
        self.site
            .counters
            .handshake(outcome.as_ref().map_or_else(Refusal::code, |_| "accepted"));
        outcome
    }

    async fn shake_hands<S: Stream>(
        &self,
        request: &HttpRequest,
        dialect: &Dialect<S>,
    ) -> Result<HttpResponse, Refusal> {
        if self.site.hub.is_draining() {
            return Err(restarting());
        }
        let notes = notes_of(request);
        let checked = handshake::check(request.method(), request.version(), request.headers());
        if let Some(notes) = &notes {
            notes.asked(handshake::note(request.method(), request.version(), checked.is_ok()));
        }
        checked?;
        let ticket = request.extensions().get::<Rc<Ticket>>().cloned();
        let ticket = ticket.ok_or_else(|| handshake::upgrade_required(handshake::BODY))?;
        let mut attributes = Attributes::default();
        let passage = self.chain.before_handshake(request, &mut attributes).await?;
        let sub_protocol = (dialect.sub_protocol)(request, self.site.handler.sub_protocols());
        let is_packed = self.compresses && dialect.may_compress && handshake::offers_deflate(request.headers());
        ticket.fill(self.successor(attributes, sub_protocol, is_packed, notes, dialect.wrap));
        passage.after_handshake(request, Ok(()));
        let mut answer = ws::handshake_response(request.head());
        if let Some(name) = sub_protocol.filter(|_| dialect.is_agreed) {
            answer.insert_header((header::SEC_WEBSOCKET_PROTOCOL, name));
        }
        if is_packed {
            answer.insert_header((header::SEC_WEBSOCKET_EXTENSIONS, extensions::AGREED));
        }
        Ok(answer.finish().map_into_boxed_body().into())
    }

    /// What becomes of the socket. Holds nothing of the request, whose headers would pin the read buffer.
    fn successor<S: Stream>(
        &self,
        mut attributes: Attributes,
        sub_protocol: Option<&'static str>,
        is_packed: bool,
        notes: Option<Rc<Notes>>,
        wrap: fn(Socket) -> S,
    ) -> Successor {
        let (site, reactor) = (self.site.clone(), self.reactor.clone());
        let address = attributes.take::<LimitKey>().unwrap_or(LimitKey::UNKNOWN);
        Box::new(move |socket, early, held| {
            let seated = Socket::take(socket).and_then(|socket| {
                reactor.seat(socket, held, |socket| {
                    let link = site.hub.open(wrap(socket));
                    link.came_from(address);
                    if is_packed {
                        site.hub.pack_for(&*link);
                    }
                    if let Some(tap) = notes.and_then(|notes| notes.open(link.id(), link.remote_address())) {
                        site.hub.taps().add(&*link, tap);
                    }
                    Connection::begin(site, link, attributes, sub_protocol, early)
                })
            });
            if let Err(error) = seated {
                tracing::error!(%error, "a socket cannot be watched");
            }
        })
    }
}

/// 503: no new sockets, since all are about to be closed.
pub fn restarting() -> Refusal {
    let message = "the server is about to restart; try again in a few seconds";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "restarting", message).with_header(header::RETRY_AFTER, "5")
}
