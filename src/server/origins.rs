//! Origin comes first: before the HTTP session is even looked up, so that a page that is refused has touched nothing.

use std::sync::Arc;

use actix_web::{
    Error, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
};

use crate::{counters::Counters, interceptor::AllowedOrigins};

/// What is judged by its origin.
pub(super) enum Judged {
    /// Whatever may change something. Browsers send no `Origin` with a page's own GET.
    Changes,
    /// Every handshake, counted where it is refused.
    Handshakes(Arc<Counters>),
    /// SockJS' requests, which are handshakes but for those that ask by GET what the service can do.
    SockJs(Arc<Counters>),
}

impl Judged {
    fn is_judged(&self, request: &ServiceRequest) -> bool {
        let is_get = request.method() == Method::GET;
        match self {
            Self::Changes => !is_get,
            Self::Handshakes(_) => true,
            Self::SockJs(_) => {
                let last = request.path().rsplit('/').next();
                let is_asking = !matches!(last, Some("eventsource" | "htmlfile" | "jsonp" | "websocket"));
                !(is_get && is_asking) || request.headers().contains_key(header::ORIGIN)
            }
        }
    }
}

/// Middleware outside of the HTTP session's: judges what is to be judged.
pub(super) async fn origin_first<B: MessageBody>(
    origins: AllowedOrigins,
    judged: Judged,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    if judged.is_judged(&request)
        && let Err(refusal) = origins.check(request.request())
    {
        if let Judged::Handshakes(counters) | Judged::SockJs(counters) = judged {
            counters.handshake(refusal.code());
        }
        return Ok(request.into_response(refusal.error_response()).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}
