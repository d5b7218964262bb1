//! Reading what an operator's page sends, strictly.

use std::{fmt::Display, time::Duration};

use actix_web::{FromRequest, HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;

use crate::interceptor::Refusal;

/// How long a body may take to come.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an explanation, which may quote what came.
const EXPLANATION_BYTES: usize = 200;
/// Characters of a reason.
const REASON: usize = 200;

/// The JSON of a request's body.
///
/// # Errors
///
/// 415, 413, 408, or 400 with the reader's own words. A page of another origin cannot send `application/json` without
/// asking first, which it is refused.
pub(super) async fn read<T: DeserializeOwned + 'static>(
    request: &HttpRequest,
    body: web::Payload,
) -> Result<T, Refusal> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/json")
    {
        let message = "send it as application/json";
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "bad-content-type",
            message,
        ));
    }
    let mut payload = body.into_inner();
    let Ok(read) = timeout(BODY_TIMEOUT, web::Bytes::from_request(request, &mut payload)).await else {
        let message = "the body did not come in time; send it again";
        return Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", message));
    };
    let bytes = read.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = "the body has more than 4096 bytes";
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message)
        }
        _ => bad_body("the body cannot be read"),
    })?;
    serde_json::from_slice(&bytes).map_err(|error| bad_body(format_args!("not what is wanted here: {error}")))
}

/// 400: the sentence says what is wrong.
pub(super) fn bad_body(what: impl Display) -> Refusal {
    let mut message = what.to_string();
    message.truncate(message.floor_char_boundary(EXPLANATION_BYTES));
    Refusal::new(StatusCode::BAD_REQUEST, "bad-body", message)
}

/// A reason as it may be shown: one line, not too long.
pub(super) fn reason(typed: Option<&str>) -> Result<String, Refusal> {
    let reason = typed.unwrap_or_default().trim();
    if reason.chars().any(char::is_control) {
        return Err(bad_body("a reason is one line without control characters"));
    }
    if reason.chars().count() > REASON {
        return Err(bad_body(format_args!("a reason has at most {REASON} characters")));
    }
    Ok(reason.to_owned())
}

/// An answer that nobody may keep.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(body)
}
