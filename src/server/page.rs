//! The page: the files of `static/`, embedded in the binary.

mod item;
mod modules;
mod site;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{
        Method, StatusCode,
        header::{self, AcceptLanguage, Header, LanguageTag, Preference},
    },
};

use item::{Coding, Item};

use crate::authority::shown;

/// Where a stranger's page, or a stranger's text in our page, finds nothing to hold on to.
pub(super) const SECURITY_HEADERS: [(&str, &str); 5] = [
    (
        POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// For what is asked for by its digest.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";
const POLICY: &str = "content-security-policy";

/// The policy of a page that has styles in it, whose digest is this.
fn policy(digest: &str) -> String {
    let [(_, policy), ..] = SECURITY_HEADERS;
    policy.replacen("style-src 'self'", &format!("style-src 'self' 'sha256-{digest}'"), 1)
}

/// `GET` of any path without a route of its own: a file of the page, or 404.
pub(super) async fn file(request: HttpRequest) -> HttpResponse {
    match request.path().trim_start_matches('/') {
        "" => show(&request, site::INDEX).await,
        // No file of ours ends so: this is the address of a page, below a path that nobody told us of.
        path if path.ends_with('/') && !path.starts_with("admin/") => not_found_below(&request),
        // Those of the operator's view have routes of their own, where it is on.
        path if path.split('/').next() == Some("admin") => not_found(),
        path => show(&request, path).await,
    }
}

fn not_found_below(request: &HttpRequest) -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/plain; charset=utf-8")
        .body(format!(
            "not found: {}\nIf a proxy in front has this server below a path, --base-path must name it.\n",
            shown(request.path())
        ))
}

pub(super) fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/plain; charset=utf-8")
        .body("not found\n")
}

/// The file of this path, or 404.
pub(super) async fn show(request: &HttpRequest, path: &str) -> HttpResponse {
    let language = language(request);
    let Some(item) = site::site().item(path, language) else {
        return not_found();
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "GET, HEAD"))
            .finish();
    }
    answer(request, path, language, &item).await
}

/// Browsers keep files, and ask each time whether they are still right: a new server's page is never half old.
async fn answer(request: &HttpRequest, path: &str, language: &str, item: &Arc<Item>) -> HttpResponse {
    let coding = if item.is_text() {
        Coding::of(request)
    } else {
        Coding::Plain
    };
    let is_known = has_already(request, &item.digest);
    let keeps = request.query_string().strip_prefix(site::VERSION) == Some(&item.digest);
    let keeping = if keeps { FOR_GOOD } else { "no-cache" };
    let mut answer = HttpResponseBuilder::new(if is_known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    let tag = format!(
        "\"{}{}\"",
        item.digest,
        coding.name().map(|name| format!(".{name}")).unwrap_or_default()
    );
    answer
        .insert_header((header::CONTENT_TYPE, item.kind.clone()))
        .insert_header((header::CACHE_CONTROL, keeping))
        .insert_header((header::ETAG, tag));
    if let Some(policy) = &item.policy {
        answer.insert_header((POLICY, policy.as_str()));
    }
    if path.ends_with(".html") {
        answer.insert_header((header::CONTENT_LANGUAGE, language.to_owned()));
        answer.append_header((header::VARY, "accept-language"));
    }
    if item.is_text() {
        answer.append_header((header::VARY, "accept-encoding"));
    }
    if is_known {
        return answer.finish();
    }
    if let Some(name) = coding.name() {
        answer.insert_header((header::CONTENT_ENCODING, name));
    }
    answer.body(item.bytes(coding).await)
}

/// `zh` if the reader asks for Chinese before English, else `en`.
fn language(request: &HttpRequest) -> &'static str {
    let Ok(accepted) = AcceptLanguage::parse(request) else {
        return "en";
    };
    let ours = |tag: &LanguageTag| match tag.primary_language() {
        "zh" => Some("zh"),
        "en" => Some("en"),
        _ => None,
    };
    let ranked = accepted.ranked();
    ranked
        .iter()
        .find_map(|preference| match preference {
            Preference::Specific(tag) => ours(tag),
            Preference::Any => Some("en"),
        })
        .unwrap_or("en")
}

/// Whether the reader has these bytes, in whatever coding: a proxy may have taken ours away, or made the tag weak.
fn has_already(request: &HttpRequest, digest: &str) -> bool {
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known.split(',').any(|one| {
            let tag = one.trim().trim_start_matches("W/").trim_matches('"');
            tag.split_once('.').map_or(tag, |(digest, _)| digest) == digest
        })
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn language_is_what_the_reader_asks_for_first() {
        let cases = [
            (None, "en"),
            (Some("zh-CN,zh;q=0.9,en;q=0.8"), "zh"),
            (Some("en-GB,en;q=0.9,zh;q=0.8"), "en"),
            (Some("de,zh;q=0.5"), "zh"),
            (Some("fr"), "en"),
            (Some("en;q=0.1, zh-Hant"), "zh"),
            (Some(";;;"), "en"),
        ];
        for (header, expected) in cases {
            let mut request = TestRequest::default();
            if let Some(value) = header {
                request = request.insert_header(("accept-language", value));
            }
            assert_eq!(language(&request.to_http_request()), expected, "{header:?}");
        }
    }
}
