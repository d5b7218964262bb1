//! What a service says of itself, and what it has no place for: every request but those of a live session.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::{
    client::{Session, answer, text},
    services::services,
};
use crate::{
    app::EchoApp,
    peer::http,
    raw::{Answer, RawSocket, Request},
};

const NEVER: &str = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
const PAGE: &str = "https://page.example";

/// Asks byte by byte, so that no library tidies the path up.
async fn ask(app: &EchoApp, method: &str, path: &str) -> Answer {
    let request = Request::new(method, path, app.address).and("Connection", "close");
    RawSocket::connect(app.address).await.ask(&request).await
}

async fn get(app: &EchoApp, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = http().get(format!("http://{}{path}", app.address));
    answer(
        headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, *value)),
    )
    .await
}

fn header<'a>(answered: &'a Response, name: &str) -> &'a str {
    let values: Vec<_> = answered.headers().get_all(name).iter().collect();
    assert!(values.len() <= 1, "{name} more than once: {values:?}");
    values.first().map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn service_greets_with_and_without_a_slash() {
    let app = services(1);
    for path in ["/echo", "/echo/", "/close", "/plain_echo/"] {
        let greeting = get(&app, path, &[]).await;
        assert_eq!(greeting.status(), 200, "{path}");
        assert_eq!(header(&greeting, "content-type"), "text/plain; charset=UTF-8");
        assert_eq!(text(greeting).await, "Welcome to SockJS!\n");
    }
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_not_found() {
    let app = services(1);
    let nowhere = [
        "/echo/a",
        "/echo/a.html",
        "/echo//",
        "/echo///",
        "/echo/a/a",
        "/echo/a/a/",
        "/echo/a/",
        "/echo//a",
        "/echo/a/a/nothing",
        "/echo/a/a/xhr/",
        "/echo/a/a/xhr/more",
        "/echo/info/",
        "/echo/iframe",
        "/echo/iframe.htm",
        "/echo/IFRAME.HTML",
        "/echo/iframe-/.html",
        "/echo/iframe%22.html",
        "/plain_echo/websocket",
        "/plain_echo/a/a/websocket",
    ];
    for path in nowhere {
        for method in ["GET", "POST", "OPTIONS"] {
            let answer = ask(&app, method, path).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(answer.header("set-cookie"), None);
        }
    }
}

#[tokio::test]
async fn ids_without_letters_or_with_dots_or_without_end_are_not_found() {
    let app = services(1);
    let long = "x".repeat(129);
    let ids = [
        ("", "s"),
        ("000", ""),
        ("a.b", "s"),
        ("000", "a.b"),
        ("000", "a%2eb"),
        ("..", "s"),
        (&long, "s"),
        ("000", &long),
    ];
    for (server, session) in ids {
        for verb in ["xhr", "xhr_send", "xhr_streaming"] {
            let answer = ask(&app, "POST", &format!("/echo/{server}/{session}/{verb}")).await;
            assert_eq!(answer.status, 404, "{server}/{session}/{verb}");
        }
        let answer = ask(&app, "GET", &format!("/echo/{server}/{session}/eventsource")).await;
        assert_eq!(answer.status, 404, "{server}/{session}");
    }
    // The server's part of the path is for load balancers: any other has the same session.
    let session = Session::new(app.address, "/echo").opened().await;
    let elsewhere = Session {
        path: session.path.replace("/000/", "/999/"),
        ..session.clone()
    };
    elsewhere.send(&["x"]).await;
    assert_eq!(session.poll().await, r#"a["x"]"#);
}

#[tokio::test]
async fn info_says_what_the_service_can_do() {
    let app = services(1);
    let cases = [
        ("/echo", true, false),
        ("/plain_echo", false, false),
        ("/cookie_echo", true, true),
    ];
    for (service, websocket, cookie_needed) in cases {
        let info = get(&app, &format!("{service}/info"), &[]).await;
        assert_eq!(info.status(), 200);
        assert_eq!(header(&info, "content-type"), "application/json; charset=UTF-8");
        assert_eq!(header(&info, "cache-control"), NEVER);
        assert_eq!(header(&info, "expires"), "");
        assert_eq!(header(&info, "set-cookie"), "");
        let info: Value = serde_json::from_str(&text(info).await).unwrap();
        assert_eq!(info["websocket"], websocket, "{service}");
        assert_eq!(info["cookie_needed"], cookie_needed, "{service}");
        assert_eq!(info["origins"], json!(["*:*"]));
        assert!(
            info["entropy"]
                .as_u64()
                .is_some_and(|entropy| entropy <= u32::MAX.into())
        );
    }
    let mut chances = Vec::new();
    for _ in 0..4 {
        let info: Value = serde_json::from_str(&text(get(&app, "/echo/info", &[]).await).await).unwrap();
        chances.push(info["entropy"].as_u64().unwrap());
    }
    chances.dedup();
    assert!(chances.len() > 1, "four times the same chance");
}

#[tokio::test]
async fn answers_are_for_the_page_that_asks() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let xhr = |origin: Option<&str>| {
        let request = session.request(Method::POST, "xhr");
        match origin {
            Some(origin) => request.header("origin", origin),
            None => request,
        }
    };
    let opened = answer(xhr(Some(PAGE))).await;
    assert_eq!(header(&opened, "cache-control"), NEVER);
    assert_eq!(header(&opened, "x-accel-buffering"), "no");
    let refused = answer(
        session
            .request(Method::POST, "xhr_send")
            .header("origin", PAGE)
            .body("["),
    );
    let info = get(&app, "/echo/info", &[("origin", PAGE)]);
    for answered in [opened, refused.await, info.await] {
        assert_eq!(header(&answered, "access-control-allow-origin"), PAGE);
        assert_eq!(header(&answered, "access-control-allow-credentials"), "true");
        assert_eq!(header(&answered, "vary"), "Origin");
    }
    session.send(&["x"]).await;
    for answered in [answer(xhr(None)).await, get(&app, "/echo/info", &[]).await] {
        assert_eq!(header(&answered, "access-control-allow-origin"), "*");
        assert_eq!(header(&answered, "access-control-allow-credentials"), "");
    }
}

#[tokio::test]
async fn preflight_gives_leave_for_what_is_asked() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let info = http().request(Method::OPTIONS, format!("http://{}/echo/info", app.address));
    let preflights = [
        (info, "OPTIONS, GET"),
        (session.request(Method::OPTIONS, "xhr"), "OPTIONS, POST"),
        (session.request(Method::OPTIONS, "xhr_streaming"), "OPTIONS, POST"),
        (session.request(Method::OPTIONS, "xhr_send"), "OPTIONS, POST"),
    ];
    for (request, methods) in preflights {
        let leave = answer(
            request
                .header("origin", PAGE)
                .header("access-control-request-headers", "content-type, x-own"),
        )
        .await;
        assert_eq!(leave.status(), 204);
        assert_eq!(header(&leave, "access-control-allow-origin"), PAGE);
        assert_eq!(header(&leave, "access-control-allow-credentials"), "true");
        assert_eq!(header(&leave, "access-control-allow-headers"), "content-type, x-own");
        assert_eq!(header(&leave, "access-control-allow-methods"), methods);
        assert_eq!(header(&leave, "access-control-max-age"), "31536000");
        assert_eq!(header(&leave, "cache-control"), "public, max-age=31536000");
        assert_ne!(header(&leave, "expires"), "");
        assert_eq!(text(leave).await, "");
    }
    // A session is not opened by asking whether it may be.
    assert_eq!(session.try_send("[]").await.0, 404);
    let same = answer(session.request(Method::OPTIONS, "xhr").header("origin", PAGE)).await;
    assert_eq!(header(&same, "access-control-allow-headers"), "", "none were asked for");
}

#[tokio::test]
async fn wrong_methods_are_told_the_right_one() {
    let app = services(1);
    let cases = [
        ("/echo", &["POST", "PUT", "DELETE", "OPTIONS"][..], "GET"),
        ("/echo/info", &["POST", "PUT", "DELETE"], "GET"),
        ("/echo/iframe.html", &["POST", "OPTIONS"], "GET"),
        ("/echo/websocket", &["POST", "OPTIONS"], "GET"),
        ("/echo/000/s/xhr", &["GET", "PUT"], "POST"),
        ("/echo/000/s/xhr_streaming", &["GET"], "POST"),
        ("/echo/000/s/xhr_send", &["GET"], "POST"),
        ("/echo/000/s/jsonp_send", &["GET"], "POST"),
        ("/echo/000/s/eventsource", &["POST", "OPTIONS"], "GET"),
        ("/echo/000/s/htmlfile", &["POST"], "GET"),
        ("/echo/000/s/jsonp", &["POST"], "GET"),
        ("/echo/000/s/websocket", &["POST", "OPTIONS"], "GET"),
    ];
    for (path, methods, allowed) in cases {
        for method in methods {
            let answer = ask(&app, method, path).await;
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, Some(allowed)),
                "{method} {path}"
            );
            assert_eq!((answer.header("content-type"), answer.body.as_str()), (None, ""));
        }
    }
}

#[tokio::test]
async fn iframe_is_kept_until_it_changes() {
    let app = services(1);
    let page = get(&app, "/echo/iframe.html", &[]).await;
    assert_eq!(page.status(), 200);
    assert_eq!(header(&page, "content-type"), "text/html; charset=UTF-8");
    assert_eq!(header(&page, "cache-control"), "public, max-age=31536000");
    assert_ne!(header(&page, "expires"), "");
    assert_eq!(header(&page, "set-cookie"), "");
    let tag = header(&page, "etag").to_owned();
    let page = text(page).await;
    assert!(
        page.starts_with("<!DOCTYPE html>\n") && page.contains("SockJS.bootstrap_iframe();"),
        "{page}"
    );
    for version in ["iframe-1.html", "iframe-0.1.2abc-dirty.2144.html"] {
        assert_eq!(text(get(&app, &format!("/echo/{version}"), &[]).await).await, page);
        let known = get(&app, &format!("/echo/{version}"), &[("if-none-match", &tag)]).await;
        assert_eq!((known.status().as_u16(), header(&known, "content-type")), (304, ""));
        assert_eq!(text(known).await, "");
    }
    let other = get(&app, "/echo/iframe.html", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn balancers_cookie_is_a_dummy_or_as_it_came() {
    let app = services(1);
    for (sent, set) in [
        ("", "JSESSIONID=dummy; Path=/"),
        ("JSESSIONID=abc-1", "JSESSIONID=abc-1; Path=/"),
    ] {
        let session = Session {
            cookie: sent.into(),
            ..Session::new(app.address, "/cookie_echo")
        };
        let opened = session.post("xhr").await;
        assert_eq!(header(&opened, "set-cookie"), set);
        let sent = answer(session.request(Method::POST, "xhr_send").body("[]")).await;
        assert_eq!((sent.status().as_u16(), header(&sent, "set-cookie")), (204, set));
    }
    let without = Session::new(app.address, "/echo").post("xhr").await;
    assert_eq!(header(&without, "set-cookie"), "");
}
