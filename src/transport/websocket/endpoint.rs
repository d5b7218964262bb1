//! Where a WebSocket handshake is answered: form, interceptors, and the way out of HTTP.

use std::rc::Rc;

use actix_http::ws;
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{StatusCode, header},
};

use bytes::BytesMut;

use super::{
    connection::{Connection, Life},
    extensions, handshake,
    reactor::Reactor,
    serve::Worker,
    stream::{Socket, Stream},
    takeover::{Successor, Ticket},
    tls::TlsSocket,
    wire::Wire,
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
pub trait Dialect {
    /// What a socket becomes.
    type Stream<S: Stream>: Stream;

    /// Whether the sub-protocol is agreed on in the handshake, so that the answer must name it.
    const IS_AGREED: bool;
    /// Whether messages may be compressed on their way: not where what is sent is changed once more.
    const MAY_COMPRESS: bool;

    /// What is done with a socket before anything is said.
    fn wrap<S: Stream>(socket: S) -> Self::Stream<S>;

    /// The sub-protocol of a request, out of those that the handler speaks.
    fn sub_protocol(request: &HttpRequest, ours: &[&'static str]) -> Option<&'static str>;
}

/// WebSocket as RFC 6455 has it.
pub struct Plain;

impl Dialect for Plain {
    type Stream<S: Stream> = S;

    const IS_AGREED: bool = true;
    const MAY_COMPRESS: bool = true;

    fn wrap<S: Stream>(socket: S) -> S {
        socket
    }

    fn sub_protocol(request: &HttpRequest, ours: &[&'static str]) -> Option<&'static str> {
        handshake::sub_protocol(request.headers(), ours)
    }
}

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
    pub async fn answer<D: Dialect>(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
        let outcome = self.shake_hands::<D>(request).await;
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

    async fn shake_hands<D: Dialect>(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
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
        let sub_protocol = D::sub_protocol(request, self.site.handler.sub_protocols());
        let is_packed = self.compresses && D::MAY_COMPRESS && handshake::offers_deflate(request.headers());
        ticket.fill(self.successor::<D>(attributes, sub_protocol, is_packed, notes));
        passage.after_handshake(request, Ok(()));
        let mut answer = ws::handshake_response(request.head());
        if let Some(name) = sub_protocol.filter(|_| D::IS_AGREED) {
            answer.insert_header((header::SEC_WEBSOCKET_PROTOCOL, name));
        }
        if is_packed {
            answer.insert_header((header::SEC_WEBSOCKET_EXTENSIONS, extensions::AGREED));
        }
        Ok(answer.finish().map_into_boxed_body().into())
    }

    /// What becomes of the socket. Holds nothing of the request, whose headers would pin the read buffer.
    fn successor<D: Dialect>(
        &self,
        mut attributes: Attributes,
        sub_protocol: Option<&'static str>,
        is_packed: bool,
        notes: Option<Rc<Notes>>,
    ) -> Successor {
        let (site, reactor) = (self.site.clone(), self.reactor.clone());
        let address = attributes.take::<LimitKey>().unwrap_or(LimitKey::UNKNOWN);
        let comer = Comer {
            address,
            attributes,
            sub_protocol,
            is_packed,
            notes,
        };
        Box::new(move |wire, early, held| {
            let seated = match wire {
                Wire::Tcp(tcp) => Socket::take(tcp)
                    .and_then(|socket| reactor.seat(socket, held, |socket| comer.begin(site, D::wrap(socket), early))),
                Wire::Tls(stream) => TlsSocket::take(*stream)
                    .and_then(|socket| reactor.seat(socket, held, |socket| comer.begin(site, D::wrap(socket), early))),
            };
            if let Err(error) = seated {
                tracing::error!(%error, "a socket cannot be watched");
            }
        })
    }
}

/// Who has passed the handshake.
struct Comer {
    address: LimitKey,
    attributes: Attributes,
    sub_protocol: Option<&'static str>,
    is_packed: bool,
    notes: Option<Rc<Notes>>,
}

impl Comer {
    /// Begins the life of the socket.
    fn begin<H: WebSocketHandler, S: Stream>(self, site: Rc<Site<H>>, socket: S, early: BytesMut) -> Life<H, S> {
        let link = site.hub.open(socket);
        link.came_from(self.address);
        if self.is_packed {
            site.hub.pack_for(&*link);
        }
        if let Some(tap) = self
            .notes
            .and_then(|notes| notes.open(link.id(), link.remote_address()))
        {
            site.hub.taps().add(&*link, tap);
        }
        Connection::begin(site, link, self.attributes, self.sub_protocol, early)
    }
}

/// 503: no new sockets, since all are about to be closed.
pub fn restarting() -> Refusal {
    let message = "the server is about to restart; try again in a few seconds";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "restarting", message).with_header(header::RETRY_AFTER, "5")
}
