//! The page: the files of `static/`, embedded in the binary.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{self, AcceptLanguage, Header, LanguageTag, Preference},
    },
};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Files;

/// Where a stranger's page, or a stranger's text in our page, finds nothing to hold on to.
pub(super) const SECURITY_HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

const INDEX: &str = "index.html";
/// The attribute of the page that says its language, as the file has it.
const LANGUAGE: &str = "<html lang=\"en\"";

/// `GET` of any path without a route of its own: a file of the page, or 404.
pub(super) async fn file(request: HttpRequest) -> HttpResponse {
    match request.path().trim_start_matches('/') {
        "" => show(&request, INDEX),
        // Those of the operator's view have routes of their own, where it is on.
        path if path.split('/').next() == Some("admin") => not_found(),
        path => show(&request, path),
    }
}

pub(super) fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("text/plain; charset=utf-8")
        .body("not found\n")
}

/// The file of this path, or 404.
pub(super) fn show(request: &HttpRequest, path: &str) -> HttpResponse {
    let Some(file) = Files::get(path) else {
        return not_found();
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, "GET, HEAD"))
            .finish();
    }
    if path.ends_with(INDEX) {
        index(request, &file)
    } else {
        plain(request, file)
    }
}

/// Browsers keep files, and ask each time whether they are still right: a new server's page is never half old.
fn plain(request: &HttpRequest, file: EmbeddedFile) -> HttpResponse {
    let tag = tag_of(&file, "");
    if has_already(request, &tag) {
        return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish();
    }
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, content_type(&file)))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::ETAG, tag))
        .body(file.data.into_owned())
}

/// The page itself speaks the reader's language from the first paint.
fn index(request: &HttpRequest, file: &EmbeddedFile) -> HttpResponse {
    let language = language(request);
    let tag = tag_of(file, language);
    let mut answer = if has_already(request, &tag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    answer
        .insert_header((header::CONTENT_TYPE, content_type(file)))
        .insert_header((header::CONTENT_LANGUAGE, language))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "accept-language"))
        .insert_header((header::ETAG, tag.clone()));
    if has_already(request, &tag) {
        return answer.finish();
    }
    let page = String::from_utf8_lossy(&file.data);
    answer.body(page.replacen(LANGUAGE, &format!("<html lang=\"{language}\""), 1))
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

fn content_type(file: &EmbeddedFile) -> String {
    let kind = file.metadata.mimetype();
    let is_text = kind.starts_with("text/") || kind.ends_with("javascript") || kind.ends_with("json");
    if is_text {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    }
}

fn tag_of(file: &EmbeddedFile, variant: &str) -> String {
    let hash = file.metadata.sha256_hash();
    let digits: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}{variant}\"")
}

fn has_already(request: &HttpRequest, tag: &str) -> bool {
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    // Compression on the way makes a strong tag weak.
    known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
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

    #[test]
    fn page_says_its_language_where_the_server_changes_it() {
        let page = Files::get(INDEX).unwrap();
        assert!(String::from_utf8_lossy(&page.data).contains(LANGUAGE));
    }
}
