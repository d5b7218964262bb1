//! What the operator of a SockJS service may choose.

use std::{sync::Arc, time::Duration};

use super::sessions::Sessions;

/// A SockJS service on a path, for [`HandlerMapping::with_sockjs`](crate::HandlerMapping::with_sockjs). Made once: its
/// clones share the sessions, so that every worker finds them.
#[derive(Clone)]
pub struct SockJs {
    pub(super) sessions: Arc<Sessions>,
    pub(super) has_websocket: bool,
    pub(super) needs_cookie: bool,
    pub(super) sets_cookie: bool,
    pub(super) any_origin: bool,
    pub(super) client_library: Arc<str>,
    pub(super) response_bytes: usize,
    pub(super) disconnect_delay: Duration,
}

impl Default for SockJs {
    fn default() -> Self {
        Self {
            sessions: Arc::default(),
            has_websocket: true,
            needs_cookie: false,
            sets_cookie: false,
            any_origin: false,
            client_library: "https://cdn.jsdelivr.net/npm/sockjs-client@1/dist/sockjs.min.js".into(),
            response_bytes: 128 * 1024,
            disconnect_delay: Duration::from_secs(5),
        }
    }
}

impl SockJs {
    /// A service as Spring's is by default, but for the cookie.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether WebSocket is one of the transports.
    #[must_use]
    pub fn websocket(mut self, has_websocket: bool) -> Self {
        self.has_websocket = has_websocket;
        self
    }

    /// Tells clients that requests must carry cookies, so that they leave out transports that cannot.
    #[must_use]
    pub fn cookie_needed(mut self) -> Self {
        self.needs_cookie = true;
        self
    }

    /// Sets `JSESSIONID`, by which load balancers are used to keep a client at one server; implies
    /// [`Self::cookie_needed`].
    #[must_use]
    pub fn jsessionid(mut self) -> Self {
        self.sets_cookie = true;
        self.cookie_needed()
    }

    /// Has the transports that cannot prove an origin (jsonp, htmlfile, and the iframe) though there are origin rules.
    /// Only where every page of the world may connect anyway. Without origin rules they are on by themselves.
    #[must_use]
    pub fn any_origin(mut self, any_origin: bool) -> Self {
        self.any_origin = any_origin;
        self
    }

    /// Where the iframe finds sockjs-client: an absolute URL, or a path of this server.
    #[must_use]
    pub fn client_library(mut self, url: &str) -> Self {
        self.client_library = url.into();
        self
    }

    /// Bytes after which a streaming answer ends and the client asks for the next one, so that browsers forget what they
    /// have read. 128 KiB unless set.
    #[must_use]
    pub fn response_bytes(mut self, bytes: usize) -> Self {
        self.response_bytes = bytes;
        self
    }

    /// How long a client may be without an open answer until its session is lost. 5 s unless set.
    #[must_use]
    pub fn disconnect_delay(mut self, delay: Duration) -> Self {
        self.disconnect_delay = delay;
        self
    }
}
