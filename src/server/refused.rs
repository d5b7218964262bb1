//! Every refusal of the App is noted for the operator, in one place: whoever refuses only says what was compared with
//! what.

use std::sync::Arc;

use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
};
use chrono::Utc;

use super::Shared;
use crate::interceptor::{Refusal, client_of};

/// Middleware outside of all others.
pub(super) async fn note<B: MessageBody>(
    shared: Arc<Shared>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let answer = next.call(request).await?;
    let refusal = answer.response().extensions().get::<Refusal>().cloned();
    if let Some(refusal) = refusal {
        let request = answer.request();
        // Every newcomer's page asks who it is, and is nobody yet.
        let is_question = refusal.code() == "no-session" && request.method() == Method::GET && request.path() != "/ws";
        if !is_question {
            let client = client_of(request, &shared.settings.trusted_proxies).limit_key();
            shared
                .refusals
                .note(client, refusal.code(), refusal.compared(), Utc::now());
        }
    }
    Ok(answer)
}
