//! The HTTP side of SockJS: each request finds its session, or opens one after the interceptors were asked.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_session::SessionExt;
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse, ResponseError,
    http::{Method, StatusCode, Version, header},
    web,
};
use serde::Deserialize;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    SockJs, answers,
    body::Answer,
    format::{Format, callback},
    framing::{Unreadable, packed_bytes, texts},
    life::Life,
    packed::Packed,
    pipe::{Inlet, Pipe},
    requests::{Route, Verb},
    sessions::{Entry, Found, Said},
};
use crate::{
    attributes::Attributes,
    client_address::LimitKey,
    handler::WebSocketHandler,
    http_session_id::HttpSessionId,
    interceptor::{Chain, HandshakeInterceptor, Refusal, identity_of, notes_of},
    transport::{
        visit::{Site, Visit},
        websocket::{Departure, Dialect, Endpoint, Plain, Stream, restarting},
    },
};

/// How long a body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// SockJS on one path, on one worker.
pub struct Service<H: WebSocketHandler> {
    sockjs: SockJs,
    endpoint: Rc<Endpoint<H>>,
    origins: Option<Rc<dyn HandshakeInterceptor>>,
    chain: Chain,
    site: Rc<Site<H>>,
}

/// The parts of a query that are SockJS' own, and that of the sub-protocol, which it has no other place for.
#[derive(Deserialize)]
struct Query {
    #[serde(alias = "callback")]
    c: Option<String>,
    protocol: Option<String>,
}

fn query(request: &HttpRequest) -> Query {
    let read = web::Query::<Query>::from_query(request.query_string());
    read.map_or(
        Query {
            c: None,
            protocol: None,
        },
        web::Query::into_inner,
    )
}

fn sub_protocol(request: &HttpRequest, ours: &[&'static str]) -> Option<&'static str> {
    let asked = query(request).protocol?;
    ours.iter().copied().find(|name| *name == asked)
}

/// SockJS over a WebSocket.
struct Envelopes;

impl Dialect for Envelopes {
    type Stream<S: Stream> = Packed<S>;

    const IS_AGREED: bool = false;
    const MAY_COMPRESS: bool = false;

    fn wrap<S: Stream>(socket: S) -> Packed<S> {
        Packed::open(socket)
    }

    fn sub_protocol(request: &HttpRequest, ours: &[&'static str]) -> Option<&'static str> {
        sub_protocol(request, ours)
    }
}

impl<H: WebSocketHandler> Service<H> {
    /// A service beside the WebSocket `endpoint` of the same site. `origins` is asked before each request, and `chain`,
    /// which begins with it, before each session.
    pub fn new(
        sockjs: SockJs,
        endpoint: Rc<Endpoint<H>>,
        origins: Option<Rc<dyn HandshakeInterceptor>>,
        chain: Chain,
        site: Rc<Site<H>>,
    ) -> Self {
        Self {
            sockjs,
            endpoint,
            origins,
            chain,
            site,
        }
    }

    /// Mounts it on `path` and below.
    pub fn register(self, path: &str, config: &mut web::ServiceConfig) {
        let service = Rc::new(self);
        let answer = move |request: HttpRequest, body: web::Payload| {
            let service = service.clone();
            async move { service.answer(request, body).await }
        };
        config.service(web::resource(path).to(answer.clone()));
        config.service(web::resource(format!("{path}/{{rest:.*}}")).to(answer));
    }

    async fn answer(&self, request: HttpRequest, body: web::Payload) -> HttpResponse {
        let rest = request.match_info().get("rest").map(|rest| format!("/{rest}"));
        let route = Route::of(rest.as_deref().unwrap_or_default());
        let Some(route) = route.filter(|route| self.has(*route)) else {
            return answers::not_found();
        };
        if request.method() == Method::OPTIONS && route.has_preflight() {
            return match self.check_origin(&request).await {
                Ok(()) => answers::preflight(&request, route),
                Err(refusal) => refusal.error_response(),
            };
        }
        if !route.methods().contains(&request.method().as_str()) {
            return answers::wrong_method(route);
        }
        let answered = match route {
            Route::Greeting => Ok(answers::greeting()),
            Route::Info => Ok(answers::info(&request, &self.sockjs)),
            Route::Iframe => Ok(answers::iframe(&request, &self.sockjs)),
            Route::RawWebSocket => self.endpoint.answer::<Plain>(&request).await,
            Route::Session { session, verb } => self.answer_session(&request, body, session, verb).await,
        };
        answered.unwrap_or_else(|refusal| self.refused(&request, &refusal))
    }

    /// Whether this service has what is asked for.
    fn has(&self, route: Route<'_>) -> bool {
        match route {
            Route::RawWebSocket
            | Route::Session {
                verb: Verb::WebSocket, ..
            } => self.sockjs.has_websocket,
            route if route.is_unproven() => self.origins.is_none() || self.sockjs.any_origin,
            _ => true,
        }
    }

    fn refused(&self, request: &HttpRequest, refusal: &Refusal) -> HttpResponse {
        let mut answer = refusal.error_response();
        if let Some(origin) = request.headers().get(header::ORIGIN)
            && refusal.status() != StatusCode::FORBIDDEN
        {
            // A page that may come is told why it may not come now.
            let headers = answer.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                header::HeaderValue::from_static("true"),
            );
        }
        answer
    }

    async fn answer_session(
        &self,
        request: &HttpRequest,
        body: web::Payload,
        session: &str,
        verb: Verb,
    ) -> Result<HttpResponse, Refusal> {
        let format = match verb {
            Verb::WebSocket => return self.endpoint.answer::<Envelopes>(request).await,
            Verb::XhrSend | Verb::JsonpSend => return self.hear(request, body, session, verb).await,
            Verb::Xhr => Format::Xhr,
            Verb::XhrStreaming => Format::XhrStreaming,
            Verb::EventSource => Format::EventSource,
            Verb::HtmlFile | Verb::Jsonp => match (callback(query(request).c.as_deref()), verb) {
                (Ok(callback), Verb::HtmlFile) => Format::HtmlFile(callback),
                (Ok(callback), _) => Format::Jsonp(callback),
                (Err(bad), _) => {
                    let status = StatusCode::INTERNAL_SERVER_ERROR;
                    return Ok(answers::sentence(request, status, bad.message()));
                }
            },
        };
        self.check_origin(request).await?;
        if !(Route::Session { session, verb }).is_unproven() {
            check_site(request)?;
        }
        let owner = owner(request);
        let pipe = match self.sockjs.sessions.find(session, owner) {
            Found::Theirs(entry) => entry.pipe,
            // Of which nobody should learn more.
            Found::Foreign => return Ok(answers::not_found()),
            Found::Nothing => match self.counted(self.open(request, session, owner).await)? {
                Some(pipe) => pipe,
                None => return Ok(answers::not_found()),
            },
        };
        Ok(self.carry(request, format, pipe))
    }

    fn counted<T>(&self, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        let code = outcome.as_ref().map_or_else(Refusal::code, |_| "accepted");
        self.site.counters.handshake(code);
        outcome
    }

    /// An answer that carries what the session says.
    fn carry(&self, request: &HttpRequest, format: Format, pipe: Arc<Pipe>) -> HttpResponse {
        let mut answer = answers::fresh(request, StatusCode::OK, format.content_type());
        if let Format::HtmlFile(_) = format {
            answers::page_of_sockjs(&mut answer);
        }
        self.set_cookie(request, &mut answer);
        let knows_chunks = request.version() >= Version::HTTP_11;
        if !knows_chunks {
            answer.force_close();
        }
        let body = Answer::new(format, pipe, self.sockjs.response_bytes, Departure::of(request));
        let mut answer = answer.body(body);
        // Without chunks, the end of the connection is the end of the answer.
        answer.head_mut().no_chunking(!knows_chunks);
        answer
    }

    fn set_cookie(&self, request: &HttpRequest, answer: &mut actix_web::HttpResponseBuilder) {
        if self.sockjs.sets_cookie {
            answers::jsessionid(request, answer);
        }
    }

    async fn check_origin(&self, request: &HttpRequest) -> Result<(), Refusal> {
        match &self.origins {
            Some(origins) => origins.before_handshake(request, &mut Attributes::default()).await,
            None => Ok(()),
        }
    }

    /// Opens a session on this thread. `None` if somebody else has taken its id meanwhile.
    async fn open(
        &self,
        request: &HttpRequest,
        id: &str,
        owner: Option<HttpSessionId>,
    ) -> Result<Option<Arc<Pipe>>, Refusal> {
        let hub = &self.site.hub;
        if hub.is_draining() {
            return Err(restarting());
        }
        let mut attributes = Attributes::default();
        let passage = self.chain.before_handshake(request, &mut attributes).await?;
        let (mailbox, heard) = mpsc::unbounded_channel();
        let pipe = Arc::new(Pipe::new(Instant::now()));
        let entry = Entry::new(pipe.clone(), mailbox, owner);
        let Some(place) = self.sockjs.sessions.enter(id, entry) else {
            let entered = self.sockjs.sessions.find(id, owner).theirs();
            return Ok(entered.map(|entry| entry.pipe));
        };
        passage.after_handshake(request, Ok(()));
        let link = hub.open(Inlet {
            pipe: pipe.clone(),
            peer: request.peer_addr(),
        });
        link.came_from(attributes.take::<LimitKey>().unwrap_or(LimitKey::UNKNOWN));
        if let Some(tap) = notes_of(request).and_then(|notes| notes.open(link.id(), link.remote_address())) {
            tap.has_no_decoder();
            hub.taps().add(&*link, tap);
        }
        let sub_protocol = sub_protocol(request, self.site.handler.sub_protocols());
        let (visit, refused) = Visit::begin(self.site.clone(), link, attributes, sub_protocol);
        let life = Life {
            visit,
            pipe: pipe.clone(),
            mailbox: heard,
            disconnect_delay: self.sockjs.disconnect_delay,
            place,
        };
        actix_rt::spawn(life.run(refused));
        Ok(Some(pipe))
    }

    /// Takes in what the client says.
    async fn hear(
        &self,
        request: &HttpRequest,
        body: web::Payload,
        session: &str,
        verb: Verb,
    ) -> Result<HttpResponse, Refusal> {
        self.check_origin(request).await?;
        let Some(entry) = self.sockjs.sessions.find(session, owner(request)).theirs() else {
            return Ok(answers::not_found());
        };
        let Some(_sending) = entry.send() else {
            let message = "too many requests of this session at once; wait for the answers";
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too-many-sends", message));
        };
        let body = self.read(request, body).await?;
        let said = match unpacked(request, &body, verb) {
            Ok(said) => said,
            Err(unreadable) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                return Ok(answers::sentence(request, status, unreadable.message()));
            }
        };
        let (done, handled) = oneshot::channel();
        if entry.mailbox.send(Said { texts: said, done }).is_err() || handled.await.is_err() {
            // It ended meanwhile.
            return Ok(answers::not_found());
        }
        let (status, text) = match verb {
            Verb::JsonpSend => (StatusCode::OK, "ok"),
            _ => (StatusCode::NO_CONTENT, ""),
        };
        let mut answer = answers::fresh(request, status, "text/plain; charset=UTF-8");
        self.set_cookie(request, &mut answer);
        Ok(match text {
            "" => answer.finish(),
            text => answer.body(text),
        })
    }

    async fn read(&self, request: &HttpRequest, body: web::Payload) -> Result<web::Bytes, Refusal> {
        let limits = &self.site.limits;
        let wrapped = limits.sub_protocol_rules.unwrap_or(limits.rules);
        let unbounded = |bytes: usize| if bytes == 0 { usize::MAX } else { bytes };
        let most = [limits.rules, wrapped].map(|rules| unbounded(packed_bytes(rules.max_message_bytes)));
        let most = most.into_iter().max().unwrap_or(usize::MAX);
        let length = request
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok());
        if length
            .and_then(|length| length.parse().ok())
            .is_some_and(|bytes: usize| bytes > most)
        {
            return Err(too_large());
        }
        let read = timeout(BODY_TIMEOUT, body.to_bytes_limited(most)).await;
        match read {
            Ok(Ok(Ok(body))) => Ok(body),
            Ok(Ok(Err(_))) => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "bad-body",
                "the body of this request is broken",
            )),
            Ok(Err(_)) => Err(too_large()),
            Err(_) => Err(Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "body-too-slow",
                "the body did not come in time; send it again",
            )),
        }
    }
}

fn too_large() -> Refusal {
    let message = "this is more than one request may say; say it in several";
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message)
}

/// Whose HTTP session this request belongs to. Where the server has left whose cookie came, that counts though the session
/// may have ended: it is how its owner learns of the end.
fn owner(request: &HttpRequest) -> Option<HttpSessionId> {
    let presented = request.extensions().get::<HttpSessionId>().copied();
    presented.or_else(|| identity_of(&request.get_session()).map(|identity| identity.http_session))
}

/// The texts in a body, whichever way they are packed.
fn unpacked(request: &HttpRequest, body: &[u8], verb: Verb) -> Result<Vec<String>, Unreadable> {
    if verb == Verb::JsonpSend
        && request
            .content_type()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        let fields = url::form_urlencoded::parse(body);
        let packed = fields.into_iter().find(|(name, _)| name == "d");
        return texts(
            packed
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
                .as_bytes(),
        );
    }
    texts(body)
}

/// A browser names no origin when a page asks for something by GET at its own server, nor when a page from elsewhere
/// embeds it; but it tells the two apart.
fn check_site(request: &HttpRequest) -> Result<(), Refusal> {
    let headers = request.headers();
    let site = headers.get("sec-fetch-site").map(header::HeaderValue::as_bytes);
    let is_foreign = site.is_some_and(|site| !matches!(site, b"same-origin" | b"none"));
    match is_foreign && !headers.contains_key(header::ORIGIN) {
        true => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "origin-refused",
            "pages from elsewhere may not embed this",
        )),
        false => Ok(()),
    }
}
