//! The headers that all of SockJS' answers share: whom they are for, and for how long.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    cookie::Cookie,
    http::{StatusCode, header},
};
use sha2::{Digest, Sha256};

use super::{SockJs, requests::Route};

/// For a year.
const FOR_LONG: &str = "public, max-age=31536000";
const YEAR: &str = "31536000";
/// What the protocol asks for, word by word. `no-transform` keeps proxies from gathering what they might compress.
const NOT_AT_ALL: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
const TEXT: &str = "text/plain; charset=UTF-8";

/// Lets the page that asks read the answer, wherever it comes from: whether it may ask is decided by its origin.
pub(super) fn for_page(request: &HttpRequest, answer: &mut HttpResponseBuilder) {
    match request.headers().get(header::ORIGIN) {
        Some(origin) => answer
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()))
            .insert_header((header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"))
            .insert_header((header::VARY, "Origin")),
        None => answer.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")),
    };
    // Pages elsewhere that may read it may also embed it.
    answer.insert_header(("cross-origin-resource-policy", "cross-origin"));
}

/// An answer that nobody keeps, and that no proxy holds back.
pub(super) fn fresh(request: &HttpRequest, status: StatusCode, content_type: &'static str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    for_page(request, &mut answer);
    answer
        .insert_header((header::CACHE_CONTROL, NOT_AT_ALL))
        .insert_header((header::CONTENT_TYPE, content_type))
        // nginx gathers answers unless it is told otherwise.
        .insert_header(("x-accel-buffering", "no"))
        // So that nothing on our own way gathers it to compress it.
        .insert_header((header::CONTENT_ENCODING, "identity"));
    answer
}

/// A sentence of the protocol.
pub(super) fn sentence(request: &HttpRequest, status: StatusCode, text: &'static str) -> HttpResponse {
    fresh(request, status, TEXT).body(text)
}

/// The greeting that shows that the service is there.
pub(super) fn greeting() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).body("Welcome to SockJS!\n")
}

/// 404, in as many words.
pub(super) fn not_found() -> HttpResponse {
    HttpResponse::NotFound().content_type(TEXT).body("not found\n")
}

/// 405, without any.
pub(super) fn wrong_method(route: Route<'_>) -> HttpResponse {
    let allowed = route.methods().join(", ");
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, allowed))
        .finish()
}

/// Leave to use this, for a page from elsewhere.
pub(super) fn preflight(request: &HttpRequest, route: Route<'_>) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    for_page(request, &mut answer);
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
        answer.insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone()));
    }
    answer
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_METHODS,
            format!("OPTIONS, {}", route.methods().join(", ")),
        ))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, YEAR));
    kept(&mut answer).finish()
}

fn kept(answer: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    let expires = std::time::SystemTime::now() + std::time::Duration::from_secs(365 * 24 * 60 * 60);
    answer
        .insert_header((header::CACHE_CONTROL, FOR_LONG))
        .insert_header((header::EXPIRES, header::HttpDate::from(expires)))
}

/// What the service can do, and some chance for clients that have none.
pub(super) fn info(request: &HttpRequest, sockjs: &SockJs) -> HttpResponse {
    let entropy = getrandom::u32().unwrap_or_default();
    let info = serde_json::json!({
        "websocket": sockjs.has_websocket,
        "cookie_needed": sockjs.needs_cookie,
        "origins": ["*:*"],
        "entropy": entropy,
    });
    fresh(request, StatusCode::OK, "application/json; charset=UTF-8").body(info.to_string())
}

/// The page that speaks with the service for a page from elsewhere.
pub(super) fn iframe(request: &HttpRequest, sockjs: &SockJs) -> HttpResponse {
    let page = format!(
        "<!DOCTYPE html>\n\
         <html>\n\
         <head>\n\
         \x20 <meta http-equiv=\"X-UA-Compatible\" content=\"IE=edge\" />\n\
         \x20 <meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n\
         \x20 <script src=\"{}\"></script>\n\
         \x20 <script>\n\
         \x20   document.domain = document.domain;\n\
         \x20   SockJS.bootstrap_iframe();\n\
         \x20 </script>\n\
         </head>\n\
         <body>\n\
         \x20 <h2>Don't panic!</h2>\n\
         \x20 <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>\n\
         </body>\n\
         </html>\n",
        sockjs.client_library
    );
    let digest = Sha256::digest(page.as_bytes());
    let tag = header::EntityTag::new_strong(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect());
    let known = request.headers().get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.as_bytes() == tag.to_string().as_bytes());
    let mut answer = match is_known {
        true => HttpResponse::NotModified(),
        false => HttpResponse::Ok(),
    };
    kept(&mut answer).insert_header(header::ETag(tag));
    if is_known {
        return answer.finish();
    }
    page_of_sockjs(&mut answer);
    answer.content_type("text/html; charset=UTF-8").body(page)
}

/// SockJS' own pages live from inline scripts, in frames of other pages.
pub(super) fn page_of_sockjs(answer: &mut HttpResponseBuilder) {
    answer
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src * 'unsafe-inline'; connect-src 'self'; frame-src 'self'",
        ))
        .insert_header(("cross-origin-opener-policy", "unsafe-none"));
}

/// The cookie by which load balancers keep a client at one server: as it came, or a dummy.
pub(super) fn jsessionid(request: &HttpRequest, answer: &mut HttpResponseBuilder) {
    let value = request.cookie("JSESSIONID");
    let value = value.as_ref().map_or("dummy", |cookie| cookie.value()).to_owned();
    answer.cookie(Cookie::build("JSESSIONID", value).path("/").finish());
}
