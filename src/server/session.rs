//! The HTTP session's own routes: take a name, ask who one is, log out.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_session::Session as HttpSession;
use actix_web::{
    Either, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::{
    Shared,
    settle::{Settlement, Settling},
};
use crate::{
    identity::Identity,
    ids::UserId,
    interceptor::{Refusal, check_ban, client_of, identity_of, no_session, sign_in},
    name::Name,
    registry::Refused,
};

/// How long a body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of a request's body: a name and its wrapping.
pub(super) const MAX_BODY_BYTES: usize = 4096;

#[derive(Deserialize)]
struct Claim {
    name: String,
}

type Body = Either<web::Json<Claim>, web::Form<Claim>>;

/// `POST /session`: takes a name, from JSON or a form.
///
/// 201 with `{"id":…,"name":…}` and a cookie; 200 to who has that name already. Whoever had another name logs out of
/// it: their sockets close, and they are somebody else from here on.
pub(super) async fn take_name(
    request: HttpRequest,
    body: web::Payload,
    session: HttpSession,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, Refusal> {
    // A stranger could fill the store with names as well as with sockets.
    let client = client_of(&request, &shared.settings.trusted_proxies);
    check_ban(&shared.bans, client.limit_key())?;
    shared.permits.count_name(client.limit_key(), Instant::now())?;
    let typed = timeout(BODY_TIMEOUT, read(&request, body.into_inner()))
        .await
        .unwrap_or_else(|_| Err(too_slow()))?;
    let name = Name::parse(&typed)
        .map_err(|error| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-name", error.to_string()))?;
    let former = identity_of(&session);
    if let Some(same) = former.as_ref().filter(|former| former.name == name) {
        return Ok(shown(StatusCode::OK, same.user, &name, &shared));
    }
    let user = UserId::from_bits(getrandom::u64().map_err(unavailable)?);
    let claimed = shared
        .registry
        .claim(user, name.clone(), former.map(|former| former.user))
        .await;
    claimed.map_err(|refused| match refused {
        Refused::NameTaken => {
            let message = format!(
                "someone here is already called {}, or something that looks like it; choose another name",
                name.as_str()
            );
            Refusal::new(StatusCode::CONFLICT, "name-taken", message)
        }
        Refused::TooManySockets | Refused::SessionEnded => unavailable(refused),
    })?;
    settling(&request, Settlement::Claimed(user));
    sign_in(&session, user, &name).map_err(unavailable)?;
    Ok(shown(StatusCode::CREATED, user, &name, &shared))
}

/// `GET /session`: who am I? 401 before a name was taken.
pub(super) async fn who(session: HttpSession, shared: web::Data<Arc<Shared>>) -> Result<HttpResponse, Refusal> {
    let Identity { user, name, .. } = identity_of(&session).ok_or_else(no_session)?;
    Ok(shown(StatusCode::OK, user, &name, &shared))
}

/// `DELETE /session`: logs out, on every tab. Logging out twice is harmless.
pub(super) async fn log_out(request: HttpRequest, session: HttpSession) -> HttpResponse {
    if let Some(who) = identity_of(&session) {
        settling(&request, Settlement::LoggedOut(who.user));
    }
    session.purge();
    HttpResponse::NoContent()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// Leaves something to be settled once the HTTP session was kept, or was not.
fn settling(request: &HttpRequest, settlement: Settlement) {
    if let Some(place) = request.extensions().get::<Settling>() {
        place.set(Some(settlement));
    }
}

fn too_slow() -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        "body-too-slow",
        "the body did not come in time; send it again",
    )
}

/// The name in the body, whichever way it came.
async fn read(request: &HttpRequest, mut payload: Payload) -> Result<String, Refusal> {
    match Body::from_request(request, &mut payload).await {
        Ok(Either::Left(web::Json(claim)) | Either::Right(web::Form(claim))) => Ok(claim.name),
        Err(error) => Err(unreadable(request, error.into())),
    }
}

fn unreadable(request: &HttpRequest, error: actix_web::Error) -> Refusal {
    if error.as_response_error().status_code() == StatusCode::PAYLOAD_TOO_LARGE {
        let message = "the body is longer than a name can be";
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message);
    }
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let is_known = kind.starts_with("application/json") || kind.starts_with("application/x-www-form-urlencoded");
    match is_known {
        true => Refusal::new(
            StatusCode::BAD_REQUEST,
            "bad-body",
            "the body must be {\"name\":\"Ada\"}, or a form with a field `name`",
        ),
        false => Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "bad-content-type",
            "send the name as application/json or application/x-www-form-urlencoded",
        ),
    }
}

fn shown(status: StatusCode, user: UserId, name: &Name, shared: &Shared) -> HttpResponse {
    let mut shown = json!({ "id": user, "name": name.as_str() });
    if shared.lab.is_on() {
        shown["lab"] = true.into();
    }
    if let Some(spoiled) = shared.spoiled.of_user(user, Instant::now()) {
        shown["spoiled"] = spoiled.missing().collect();
    }
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(shown)
}

fn unavailable(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "a name could not be taken");
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "session-unavailable",
        "this did not work; try again in a moment",
    )
}
