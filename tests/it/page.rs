//! The page as a browser gets it: what is in it, how it is compressed, and what need not be sent twice.

use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Response, StatusCode, header::HeaderMap};
use sha2::{Digest, Sha256};

use crate::app::{TestApp, settings, spawn_app};

async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = reqwest::Client::new().get(format!("http://{}/{path}", app.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

/// What stands in quotes behind each `before`.
fn addresses<'a>(page: &'a str, before: &'a str) -> Vec<&'a str> {
    page.split(before)
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect()
}

#[tokio::test]
async fn policy_admits_the_very_styles_that_are_served() {
    let app = spawn_app(settings(&[]));
    for language in ["en", "zh"] {
        let answer = get(&app, "", &[("accept-language", language)]).await;
        let policy = header(answer.headers(), "content-security-policy").to_owned();
        let page = answer.text().await.unwrap();
        let (_, rest) = page.split_once("<style>").unwrap();
        let (styles, _) = rest.split_once("</style>").unwrap();
        let digest = BASE64_STANDARD.encode(Sha256::digest(styles));
        assert!(
            policy.contains(&format!("style-src 'self' 'sha256-{digest}';")),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"));
        assert!(styles.len() > 10_000);
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again_however_it_is_compressed() {
    let app = spawn_app(settings(&[]));
    for path in ["", "modules.js", "icon.svg"] {
        let mut tags = Vec::new();
        for coding in ["", "gzip", "br"] {
            let asked = [("accept-encoding", coding), ("accept-language", "en")];
            let first = get(&app, path, &asked).await;
            assert_eq!(first.status(), StatusCode::OK);
            assert_eq!(header(first.headers(), "content-encoding"), coding);
            let tag = header(first.headers(), "etag").to_owned();
            let again = get(&app, path, &[asked[0], asked[1], ("if-none-match", &tag)]).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path} {coding}");
            assert_eq!(header(again.headers(), "etag"), tag);
            // A proxy that compresses makes the tag weak.
            let weak = format!("\"other\", W/{tag}");
            let again = get(&app, path, &[asked[0], asked[1], ("if-none-match", &weak)]).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path} {coding}");
            assert!(again.bytes().await.unwrap().is_empty());
            tags.push(tag);
        }
        tags.dedup();
        assert_eq!(tags.len(), 3, "other bytes have another tag: {tags:?}");
    }
    let english = get(&app, "", &[("accept-language", "en")]).await;
    let tag = header(english.headers(), "etag").to_owned();
    let chinese = get(&app, "", &[("accept-language", "zh"), ("if-none-match", &tag)]).await;
    assert_eq!(chinese.status(), StatusCode::OK);
}

#[tokio::test]
async fn caches_are_told_what_an_answer_depends_on() {
    let app = spawn_app(settings(&[]));
    for (path, expected) in [
        ("", &["accept-language", "accept-encoding"][..]),
        ("chat.js", &["accept-encoding"]),
    ] {
        let answer = get(&app, path, &[("accept-encoding", "gzip")]).await;
        let vary: Vec<_> = answer
            .headers()
            .get_all("vary")
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert_eq!(vary, expected, "{path}");
    }
}

#[tokio::test]
async fn everything_that_the_page_asks_for_is_there_and_may_be_kept_if_it_is_named_by_its_digest() {
    let app = spawn_app(settings(&[]));
    let page = get(&app, "", &[]).await.text().await.unwrap();
    let preloads = addresses(&page, "<link rel=\"modulepreload\" href=\"");
    let scripts = addresses(&page, "<script type=\"module\" src=\"");
    assert!(!preloads.is_empty() && scripts.len() == 1, "{preloads:?} {scripts:?}");
    for path in preloads.iter().chain(&scripts) {
        let answer = get(&app, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(
            header(answer.headers(), "content-type"),
            "text/javascript; charset=utf-8"
        );
        assert!(
            header(answer.headers(), "cache-control").contains("immutable"),
            "{path}"
        );
        let (file, _) = path.split_once('?').unwrap();
        for asked in [file.to_owned(), format!("{file}?v=0123456789abcdef")] {
            let answer = get(&app, &asked, &[]).await;
            assert_eq!(header(answer.headers(), "cache-control"), "no-cache", "{asked}");
        }
    }
    for path in addresses(&page, " href=\"")
        .into_iter()
        .chain(addresses(&page, "url(\""))
    {
        assert_eq!(get(&app, path, &[]).await.status(), StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_file_is_not_found_and_nothing_is_written() {
    let app = spawn_app(settings(&[]));
    for path in ["nothing.js", "types.d.ts", "%2e%2e/Cargo.toml", "styles", "styles/"] {
        assert_eq!(get(&app, path, &[]).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let url = format!("http://{}/chat.js", app.address);
    let posted = reqwest::Client::new().post(&url).send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    let head = reqwest::Client::new().head(&url).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert!(head.bytes().await.unwrap().is_empty());
}
