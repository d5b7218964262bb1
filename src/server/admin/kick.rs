//! Ending somebody: their sockets, their HTTP session.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use serde_json::json;

use super::{
    body::{answer, read, reason},
    busy, in_time,
    login::SignedIn,
};
use crate::{ids::UserId, interceptor::Refusal, server::Shared};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kick {
    user: UserId,
    reason: Option<String>,
}

/// `POST /admin/api/kick`.
pub(super) async fn kick(
    _: SignedIn,
    request: HttpRequest,
    body: web::Payload,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, Refusal> {
    let Kick { user, reason: typed } = read(&request, body).await?;
    let mut message = reason(typed.as_deref())?;
    if message.is_empty() {
        message = "an operator of this server has ended your session".to_owned();
    }
    let sockets = in_time(end(&shared, user, message)).await??;
    let sockets = sockets.ok_or_else(no_such_user)?;
    Ok(answer(StatusCode::OK, &json!({ "sockets": sockets })))
}

/// Ends `user` with `message`, and says how many sockets that were; `None` if they are not here.
pub(super) async fn end(shared: &Shared, user: UserId, message: String) -> Result<Option<usize>, Refusal> {
    let Some(kicked) = shared.registry.kick(user, message).await else {
        return Ok(None);
    };
    if let Some(http_session) = kicked.http_session {
        // The registry lets nobody in again for minutes, so it does not matter that this comes after.
        shared.http_sessions.delete(http_session).await.map_err(|error| {
            tracing::error!(%error, "the HTTP session of somebody who was kicked could not be deleted");
            busy()
        })?;
    }
    tracing::info!(%user, sockets = kicked.sockets, "kicked by an operator");
    Ok(Some(kicked.sockets))
}

pub(super) fn no_such_user() -> Refusal {
    let message = "nobody of that id is here; they may have left";
    Refusal::new(StatusCode::NOT_FOUND, "no-such-user", message)
}
