//! Handshake interceptors: who may enter, and what is known about them.
//!
//! Origin, host, limits and HTTP session are interceptors like any other; the composition root puts them in order.

#![forbid(unsafe_code)]

mod bans;
mod chain;
mod client;
mod http_session;
mod log_limit;
mod notes;
mod origin;
mod permits;
mod refusal;
mod resume;

use std::{future::Future, pin::Pin};

use actix_web::HttpRequest;

pub use bans::{BanInterceptor, check_ban};
pub use chain::Chain;
pub use client::{client_of, own_origin, values};
pub use http_session::{HttpSessionInterceptor, identity_of, no_session, sign_in};
pub use log_limit::LogLimit;
pub use notes::{note, notes_of};
pub use origin::AllowedOrigins;
pub use permits::{PermitInterceptor, Permits};
pub use refusal::Refusal;
pub use resume::ResumeInterceptor;

use crate::attributes::Attributes;

/// Looks at a handshake before it happens, and again when its outcome is known.
///
/// Interceptors run in the order in which they were registered. The first refusal ends the handshake; nothing has
/// been touched by then. Those that had let it pass learn the outcome in reverse order, whatever it is.
pub trait HandshakeInterceptor: 'static {
    /// Lets the handshake pass, or refuses it. What the handler should know goes into `attributes`; what must be
    /// given back when the session ends rides there too, as a value with a `Drop`.
    ///
    /// # Errors
    ///
    /// The refusal becomes the HTTP answer.
    fn before_handshake<'a>(
        &'a self,
        request: &'a HttpRequest,
        attributes: &'a mut Attributes,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>>;

    /// The handshake that this interceptor let pass was answered with 101, or refused by a later one or by the
    /// protocol. Nothing that happens here changes the outcome.
    fn after_handshake(&self, request: &HttpRequest, outcome: Result<(), &Refusal>) {
        let _ = (request, outcome);
    }
}
