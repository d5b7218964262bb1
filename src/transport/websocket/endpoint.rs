//! Where a handler meets the web: the registration of a path, and the answer to a handshake there.

use std::rc::Rc;

use actix_http::ws;
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};

use super::{
    connection::{Connection, Limits, Site},
    handshake,
    reactor::Reactor,
    serve::Worker,
    stream::Socket,
    takeover::{Successor, Ticket},
};
use crate::{
    attributes::Attributes,
    client_address::LimitKey,
    handler::{Session, WebSocketHandler},
    interceptor::{Chain, HandshakeInterceptor, LogLimit, Refusal, notes_of},
    lab::Notes,
};

/// Puts a handler on a path, as Spring's `registry.addHandler(handler, path)` does.
///
/// ```no_run
/// # use tertulia::{AllowedOrigins, HandlerMapping, HandlerError, Session, WebSocketHandler};
/// # struct Echo;
/// # impl WebSocketHandler for Echo {
/// #     fn handle_text_message(&self, _: &Session, _: &str) -> Result<(), HandlerError> { Ok(()) }
/// # }
/// let mapping = HandlerMapping::new(Echo, "/echo").allowed_origins(AllowedOrigins::any());
/// ```
pub struct HandlerMapping<H> {
    handler: Rc<H>,
    path: &'static str,
    origins: Option<Rc<dyn HandshakeInterceptor>>,
    interceptors: Vec<Rc<dyn HandshakeInterceptor>>,
    limits: Limits,
}

impl<H: WebSocketHandler> HandlerMapping<H> {
    /// A handler on a path, without interceptors, for any origin.
    pub fn new(handler: H, path: &'static str) -> Self {
        Self {
            handler: Rc::new(handler),
            path,
            origins: None,
            interceptors: Vec::new(),
            limits: Limits::default(),
        }
    }

    /// Who may connect from a browser. Asked before all interceptors, in whatever order the calls stand, so that a
    /// page that is refused has touched nothing.
    #[must_use]
    pub fn allowed_origins(mut self, origins: impl HandshakeInterceptor) -> Self {
        self.origins = Some(Rc::new(origins));
        self
    }

    /// Adds an interceptor behind those that were added before.
    #[must_use]
    pub fn interceptor(mut self, interceptor: impl HandshakeInterceptor) -> Self {
        self.interceptors.push(Rc::new(interceptor));
        self
    }

    /// What peers must keep to.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Mounts it on the App of `worker`: `App::new().configure(mapping.register(&worker))`.
    pub fn register(self, worker: &Worker) -> impl FnOnce(&mut web::ServiceConfig) + use<H> {
        let Worker { hub, reactor, counters } = worker.clone();
        let endpoint = Rc::new(Endpoint {
            reactor,
            chain: Chain::new(self.origins.into_iter().chain(self.interceptors)),
            log: LogLimit::default(),
            site: Rc::new(Site {
                hub,
                handler: self.handler,
                limits: self.limits,
                counters,
            }),
        });
        move |config| {
            let answer = move |request: HttpRequest| {
                let endpoint = endpoint.clone();
                async move { endpoint.answer(request).await }
            };
            config.service(web::resource(self.path).to(answer));
        }
    }
}

/// A handler on its path, on one worker.
struct Endpoint<H> {
    reactor: Rc<Reactor>,
    chain: Chain,
    log: LogLimit,
    site: Rc<Site<H>>,
}

impl<H: WebSocketHandler> Endpoint<H> {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, Refusal> {
        let outcome = self.shake_hands(&request).await;
        if let Err(refusal) = &outcome
            && refusal.code() == handshake::SPOILED
            && self.log.allows()
        {
            // Mostly a proxy that does not pass the upgrade on: the operator should read it, not only who asks by curl.
            tracing::warn!(reason = refusal.message(), "handshake refused");
        }
        self.site
            .counters
            .handshake(outcome.as_ref().map_or_else(Refusal::code, |_| "accepted"));
        outcome
    }

    async fn shake_hands(&self, request: &HttpRequest) -> Result<HttpResponse, Refusal> {
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
        let sub_protocol = handshake::sub_protocol(request.headers(), self.site.handler.sub_protocols());
        ticket.fill(self.successor(attributes, sub_protocol, notes));
        passage.after_handshake(request, Ok(()));
        let mut answer = ws::handshake_response(request.head());
        if let Some(name) = sub_protocol {
            answer.insert_header((header::SEC_WEBSOCKET_PROTOCOL, name));
        }
        Ok(answer.finish().map_into_boxed_body().into())
    }

    /// What becomes of the socket. Holds nothing of the request, whose headers would pin the read buffer.
    fn successor(
        &self,
        mut attributes: Attributes,
        sub_protocol: Option<&'static str>,
        notes: Option<Rc<Notes>>,
    ) -> Successor {
        let (site, reactor) = (self.site.clone(), self.reactor.clone());
        let address = attributes.take::<LimitKey>().unwrap_or(LimitKey::UNKNOWN);
        Box::new(move |socket, early, held| {
            let seated = Socket::take(socket).and_then(|socket| {
                reactor.seat(socket, held, |socket| {
                    let link = site.hub.open(socket);
                    link.came_from(address);
                    if let Some(tap) = notes.and_then(|notes| notes.open(link.id(), link.remote_address())) {
                        site.hub.taps().add(&*link, tap);
                    }
                    let session = Session::new(site.hub.clone(), link.clone(), attributes, sub_protocol);
                    Connection::begin(site, link, session, early)
                })
            });
            if let Err(error) = seated {
                tracing::error!(%error, "a socket cannot be watched");
            }
        })
    }
}

fn restarting() -> Refusal {
    let message = "the server is about to restart; try again in a few seconds";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "restarting", message).with_header(header::RETRY_AFTER, "5")
}
