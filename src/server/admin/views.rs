//! What changes from second to second, and what is only to be read.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use chrono::{SecondsFormat, Utc};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{body::answer, login::SignedIn};
use crate::{interceptor::Refusal, server::Shared};

/// `GET /admin/api/state`.
pub(super) async fn state(_: SignedIn, shared: web::Data<Arc<Shared>>) -> HttpResponse {
    let now = Utc::now();
    let text = |at: chrono::DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let admin = shared.admin.as_ref();
    let started_at = admin.map_or(now, |admin| admin.started_at);
    let body = json!({
        "at": text(now),
        "version": env!("CARGO_PKG_VERSION"),
        "epoch": shared.epoch,
        "started_at": text(started_at),
        "uptime": (now - started_at).num_seconds().max(0),
        "workers": shared.settings.workers,
        "bans": shared.bans.all().iter().filter(|ban| ban.holds(now)).count(),
        "refusals": shared.refusals.total(),
        "sample": admin.and_then(|admin| admin.samples.last()),
    });
    answer(StatusCode::OK, &body)
}

#[derive(Deserialize)]
struct After {
    after: Option<u64>,
}

/// `GET /admin/api/samples`.
pub(super) async fn samples(
    _: SignedIn,
    request: HttpRequest,
    shared: web::Data<Arc<Shared>>,
) -> Result<HttpResponse, Refusal> {
    let After { after } = query(&request)?;
    let samples = shared.admin.as_ref().map(|admin| admin.samples.after(after));
    let body = json!({ "epoch": shared.epoch, "samples": samples.unwrap_or_default() });
    Ok(answer(StatusCode::OK, &body))
}

/// `GET /admin/api/refusals`.
pub(super) async fn refusals(_: SignedIn, shared: web::Data<Arc<Shared>>) -> HttpResponse {
    let (total, refusals) = shared.refusals.all();
    answer(StatusCode::OK, &json!({ "total": total, "refusals": refusals }))
}

/// `GET /admin/api/settings`.
pub(super) async fn settings(_: SignedIn, shared: web::Data<Arc<Shared>>) -> HttpResponse {
    answer(StatusCode::OK, &json!({ "settings": shared.settings.described() }))
}

/// What stands behind the question mark.
///
/// # Errors
///
/// 400 `bad-query`.
pub(super) fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Refusal> {
    let read = web::Query::from_query(request.query_string());
    read.map(web::Query::into_inner)
        .map_err(|error| bad_query(error.to_string()))
}

pub(super) fn bad_query(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "bad-query", message)
}
