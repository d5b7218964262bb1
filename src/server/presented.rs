//! Which HTTP session a request's cookie is the key of, whether or not that session still lives.
//!
//! Who has just logged out is nobody. But a SockJS client that asks once more is still the one whose session ended, and
//! should be told how it ended, where a stranger is told nothing.

use std::rc::Rc;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    cookie::{CookieJar, Key},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::session_store::digest;
use crate::store::SigningKey;

/// Reads the cookie.
pub(super) struct Presented {
    key: Key,
    cookie_name: &'static str,
}

impl Presented {
    pub fn new(key: &SigningKey, cookie_name: &'static str) -> Rc<Self> {
        let key = Key::from(key.expose());
        Rc::new(Self { key, cookie_name })
    }

    /// Middleware: leaves the [`HttpSessionId`](crate::http_session_id::HttpSessionId) in the request's extensions, if
    /// the cookie was signed here.
    pub async fn note<B: MessageBody>(
        self: Rc<Self>,
        request: ServiceRequest,
        next: Next<B>,
    ) -> Result<ServiceResponse<B>, Error> {
        if let Some(cookie) = request.cookie(self.cookie_name) {
            let mut jar = CookieJar::new();
            jar.add_original(cookie);
            if let Some(cookie) = jar.signed(&self.key).get(self.cookie_name) {
                request.extensions_mut().insert(digest(cookie.value()));
            }
        }
        next.call(request).await
    }
}
