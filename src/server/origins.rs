//! Origin comes first: before the HTTP session is even looked up, so that a page that is refused has touched nothing.

use std::sync::Arc;

use actix_web::{
    Error, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};

use crate::{counters::Counters, interceptor::AllowedOrigins};

/// Middleware outside of the HTTP session's: judges whatever may change something, and every handshake.
pub(super) async fn origin_first<B: MessageBody>(
    origins: AllowedOrigins,
    handshakes: Option<Arc<Counters>>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    // Browsers send no `Origin` with a page's own GET, so only handshakes are asked for one.
    let is_judged = handshakes.is_some() || request.method() != Method::GET;
    let judged = if is_judged {
        origins.check(request.request())
    } else {
        Ok(())
    };
    if let Err(refusal) = judged {
        if let Some(counters) = handshakes {
            counters.handshake(refusal.code());
        }
        return Ok(request.into_response(refusal.error_response()).map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}
