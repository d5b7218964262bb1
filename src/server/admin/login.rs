//! Signing in and out, and the proof that every other route asks for.

use std::{
    future::{Ready, ready},
    sync::Arc,
    time::Instant,
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    dev::Payload,
    http::{Method, StatusCode, header},
    web,
};
use serde::Deserialize;
use serde_json::json;

use super::{Admin, body::read};
use crate::{
    client_address::Scheme,
    interceptor::{Refusal, client_of, own_origin, values},
    origin::{OriginRules, Verdict},
    refusals::Compared,
    server::Shared,
};

const COOKIE: &str = "tertulia-admin";

/// The request comes from an operator: it has a cookie that counts and, where it changes something, comes from our own
/// page or from no page.
pub(super) struct SignedIn;

impl FromRequest for SignedIn {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(shared(request).and_then(|(shared, admin)| {
            own_page(request, shared)?;
            let is_known = cookie(request).is_some_and(|cookie| admin.logins.uses(&cookie, Instant::now()));
            is_known.then_some(Self).ok_or_else(not_signed_in)
        }))
    }
}

/// What the server has for all workers, and the view's part of it.
fn shared(request: &HttpRequest) -> Result<(&Arc<Shared>, &Admin), Refusal> {
    let shared = request.app_data::<web::Data<Arc<Shared>>>();
    let shared = shared.and_then(|shared| Some((shared.get_ref(), shared.admin.as_ref()?)));
    shared.ok_or_else(not_signed_in)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    token: String,
}

/// `POST /admin/login`.
pub(super) async fn sign_in(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Refusal> {
    let (shared, admin) = shared(&request)?;
    own_page(&request, shared)?;
    let client = client_of(&request, &shared.settings.trusted_proxies);
    if !admin.logins.may_try(client.limit_key(), Instant::now()) {
        let message = "too many tries from your address; wait ten seconds";
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too-many-logins", message)
            .with_header(header::RETRY_AFTER, "10"));
    }
    let Token { token } = read(&request, body).await?;
    if !admin.logins.knows(&token) {
        let message = "that is not the token; the file `admin-token` in the data directory has it";
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "wrong-token", message));
    }
    let value = admin.logins.open(Instant::now()).map_err(|error| {
        tracing::error!(%error, "no random numbers to be had from this system");
        super::busy()
    })?;
    // By plain HTTP a browser would not keep a cookie that is `Secure`: on an address of its own the view may have none.
    let is_secure = client.scheme == Some(Scheme::Https)
        || shared.settings.admin_bind.is_none() && shared.settings.has_secure_cookies();
    let cookie = Cookie::build(COOKIE, value)
        .path(path(shared))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure)
        .finish();
    tracing::info!(address = %client.limit_key(), "an operator signed in");
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .cookie(cookie)
        .json(json!({ "signed_in": true })))
}

/// `POST /admin/logout`. Signing out twice is harmless.
pub(super) async fn sign_out(request: HttpRequest) -> Result<HttpResponse, Refusal> {
    let (shared, admin) = shared(&request)?;
    own_page(&request, shared)?;
    let mut answer = HttpResponse::NoContent();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    if let Some(value) = cookie(&request) {
        admin.logins.close(&value);
        let mut gone = Cookie::build(COOKIE, "").path(path(shared)).http_only(true).finish();
        gone.make_removal();
        answer.cookie(gone);
    }
    Ok(answer.finish())
}

/// Below this path browsers send the cookie. An address of the view's own knows no base path.
fn path(shared: &Shared) -> String {
    let settings = &shared.settings;
    let base = settings.admin_bind.map_or_else(|| settings.base_path.prefix(), |_| "");
    format!("{base}/admin")
}

fn cookie(request: &HttpRequest) -> Option<String> {
    request.cookie(COOKIE).map(|cookie| cookie.value().to_owned())
}

/// Whatever changes something comes from a page of this very server, or from a program: `--allowed-origin` is for the
/// chat, not for its operator.
fn own_page(request: &HttpRequest, shared: &Shared) -> Result<(), Refusal> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let client = client_of(request, &shared.settings.trusted_proxies);
    let own = own_origin(request, &client).into_iter();
    let own: Vec<_> = own.chain(shared.settings.public_urls.iter().cloned()).collect();
    let refused = match OriginRules::default().check(&values(request.headers(), "origin"), &own) {
        Verdict::Admitted(_) => return Ok(()),
        Verdict::Refused(refused) => Compared {
            got: refused.got,
            wanted: refused.wanted.join(" "),
            admit: None,
        },
        Verdict::Several => Compared {
            got: "more than one `Origin` header".into(),
            ..Compared::default()
        },
    };
    let message = "only this server's own page may change something here";
    Err(Refusal::new(StatusCode::FORBIDDEN, "origin-refused", message).with_comparison(refused))
}

fn not_signed_in() -> Refusal {
    let message = "sign in first: POST /admin/login with the token from the file `admin-token` in the data directory";
    Refusal::new(StatusCode::UNAUTHORIZED, "not-signed-in", message)
}
