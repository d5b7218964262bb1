//! Who may enter, by origin and by host, before anything is touched.

use serde_json::json;
use tertulia::settings::Settings;

use crate::{
    app::{TestApp, settings, spawn_app},
    peer::{Person, http},
    raw::{Answer, RawSocket, Request},
};

const EVIL: &str = "https://evil.example";

/// A chat with these flags, and somebody who may open a socket there.
async fn chat(flags: &[&str]) -> (TestApp, Person) {
    let app = spawn_app(settings(flags));
    let ada = app.sign_in("Ada").await;
    (app, ada)
}

fn handshake(of: &Person) -> Request {
    Request::handshake("/ws", of.address).and("Cookie", &of.cookie)
}

async fn ask(app: &TestApp, request: &Request) -> Answer {
    RawSocket::connect(app.address).await.ask(request).await
}

async fn status(app: &TestApp, request: &Request) -> u16 {
    ask(app, request).await.status
}

/// What a page of this origin gets.
async fn status_from(app: &TestApp, person: &Person, origin: &str) -> u16 {
    status(app, &handshake(person).and("Origin", origin)).await
}

#[tokio::test]
async fn own_pages_and_programs_may_enter() {
    let (app, ada) = chat(&[]).await;
    let port = app.address.port();
    let localhost = handshake(&ada).with("Host", &format!("localhost:{port}"));
    let cases = [
        (handshake(&ada), 101),
        (handshake(&ada).and("Origin", &format!("http://127.0.0.1:{port}")), 101),
        (handshake(&ada).and("Origin", &format!("http://127.0.0.1:{port}/")), 101),
        (
            localhost.clone().and("Origin", &format!("http://localhost:{port}")),
            101,
        ),
        (
            localhost.clone().and("Origin", &format!("HTTP://LocalHost:{port}")),
            101,
        ),
        // The same machine under another name, scheme or port is another origin.
        (handshake(&ada).and("Origin", &format!("http://localhost:{port}")), 403),
        (handshake(&ada).and("Origin", &format!("https://127.0.0.1:{port}")), 403),
        (handshake(&ada).and("Origin", "http://127.0.0.1"), 403),
        (localhost.and("Origin", &format!("http://localhost:{}", port ^ 1)), 403),
    ];
    for (request, expected) in cases {
        assert_eq!(
            status(&app, &request).await,
            expected,
            "{}",
            String::from_utf8_lossy(&request.bytes())
        );
    }
}

#[tokio::test]
async fn foreign_page_is_refused_and_touches_nothing() {
    let (app, ada) = chat(&[]).await;
    for origin in [EVIL, "null", "https://127.0.0.1.evil.example", "file://", "garbage", ""] {
        let answer = ask(&app, &handshake(&ada).and("Origin", origin)).await;
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None), "{origin}");
        assert_eq!(answer.json()["code"], "origin-refused");
    }
    // Nobody came, as far as others can tell.
    let mut bob = app.connect("Bob").await;
    assert_eq!(bob.list["users"].as_array().unwrap().len(), 1);
    bob.hears_only("nobody came").await;
}

#[tokio::test]
async fn refused_pages_use_up_no_limit() {
    let (app, ada) = chat(&["--max-handshakes-per-second", "1"]).await;
    for _ in 0..30 {
        assert_eq!(status_from(&app, &ada, EVIL).await, 403);
    }
    assert_eq!(status(&app, &handshake(&ada)).await, 101);
}

#[tokio::test]
async fn two_origins_are_one_too_many() {
    let (app, ada) = chat(&["--allowed-origin", EVIL]).await;
    let own = format!("http://{}", app.address);
    for other in [own.as_str(), EVIL] {
        let answer = ask(&app, &handshake(&ada).and("Origin", &own).and("Origin", other)).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (400, &json!("several-origins"))
        );
        assert_eq!(answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn listed_origins_may_enter() {
    let (app, ada) = chat(&[
        "--allowed-origin",
        "https://chat.example.com",
        "--allowed-origin",
        "https://*.example.org",
        "--allowed-origin",
        "http://localhost:*",
    ])
    .await;
    let cases = [
        ("https://chat.example.com", 101),
        ("https://chat.example.com:443", 101),
        ("https://CHAT.example.com/", 101),
        ("http://chat.example.com", 403),
        ("https://chat.example.com:8443", 403),
        ("https://chat.example.com.evil.example", 403),
        ("https://a.example.org", 101),
        ("https://example.org", 403),
        ("https://evilexample.org", 403),
        ("http://localhost", 101),
        ("http://localhost:5173", 101),
        ("https://localhost:5173", 403),
        ("null", 403),
    ];
    for (origin, expected) in cases {
        assert_eq!(status_from(&app, &ada, origin).await, expected, "{origin}");
    }
}

#[tokio::test]
async fn every_origin_may_enter_where_that_is_said_but_null_by_name_only() {
    let (app, ada) = chat(&["--allowed-origin", "*"]).await;
    assert_eq!(status_from(&app, &ada, EVIL).await, 101);
    assert_eq!(status_from(&app, &ada, "null").await, 403);
    let (app, ada) = chat(&["--allowed-origin", "null"]).await;
    assert_eq!(status_from(&app, &ada, "null").await, 101);
    assert_eq!(status_from(&app, &ada, EVIL).await, 403);
}

#[tokio::test]
async fn programs_are_refused_where_an_origin_is_required() {
    let app = spawn_app(settings(&["--require-origin"]));
    let own = format!("http://{}", app.address);
    let take_name = Request::new("POST", "/session", app.address)
        .and("Content-Type", "application/x-www-form-urlencoded")
        .and("Content-Length", "0");
    assert_eq!(status(&app, &take_name).await, 403);
    assert_ne!(status(&app, &take_name.and("Origin", &own)).await, 403);
    let handshake = Request::handshake("/ws", app.address);
    assert_eq!(status(&app, &handshake).await, 403);
    // Past the origin, a name is missing.
    assert_eq!(status(&app, &handshake.and("Origin", &own)).await, 401);
}

#[tokio::test]
async fn public_url_is_an_own_origin_and_an_own_host() {
    let (app, ada) = chat(&["--public-url", "https://chat.example.org"]).await;
    assert_eq!(status_from(&app, &ada, "https://chat.example.org").await, 101);
    assert_eq!(status_from(&app, &ada, "http://chat.example.org").await, 403);
    let by_name = handshake(&ada).with("Host", "chat.example.org");
    assert_eq!(
        status(&app, &by_name.and("Origin", "https://chat.example.org")).await,
        101
    );
}

#[tokio::test]
async fn foreign_pages_change_no_http_session() {
    let (app, ada) = chat(&[]).await;
    let body = "name=Eve";
    let take_name = Request::new("POST", "/session", app.address)
        .and("Content-Type", "application/x-www-form-urlencoded")
        .and("Content-Length", &body.len().to_string())
        .and("Origin", EVIL);
    for cookie in ["", &ada.cookie] {
        let mut socket = RawSocket::connect(app.address).await;
        let request = take_name.clone().and("Cookie", cookie);
        socket.write(&[request.bytes(), body.into()].concat()).await;
        let answer = socket.answer().await;
        assert_eq!((answer.status, answer.header("set-cookie")), (403, None));
    }
    let log_out = Request::new("DELETE", "/session", app.address).and("Cookie", &ada.cookie);
    let answer = ask(&app, &log_out.and("Origin", EVIL)).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None));
    assert_eq!(ada.who().await, (200, ada.shown()));
}

#[tokio::test]
async fn foreign_host_is_answered_nothing() {
    let (app, ada) = chat(&[]).await;
    let port = app.address.port();
    let rebound = format!("evil.example:{port}");
    for path in ["/", "/chat.js", "/session", "/metrics", "/nothing"] {
        let request = Request::new("GET", path, app.address)
            .with("Host", &rebound)
            .and("Cookie", &ada.cookie);
        let answer = ask(&app, &request).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (421, &json!("host-refused")),
            "{path}"
        );
        assert_eq!(answer.header("set-cookie"), None);
    }
    // What DNS rebinding brings about: the page's origin is its own host.
    let socket = handshake(&ada)
        .with("Host", &rebound)
        .and("Origin", &format!("http://{rebound}"));
    assert_eq!(status(&app, &socket).await, 421);
    // The absolute form counts more than the header (RFC 9112 section 3.2.2).
    let absolute = Request::new("GET", "http://evil.example/", app.address);
    assert_eq!(status(&app, &absolute).await, 421);
    assert_eq!(
        status(&app, &Request::new("GET", "/", app.address).without("Host")).await,
        400
    );
    assert_eq!(
        status(&app, &Request::new("GET", "/", app.address).and("Host", "localhost")).await,
        400
    );
}

#[tokio::test]
async fn own_and_allowed_hosts_are_answered() {
    let (app, _) = chat(&["--allowed-host", "chat.example.org", "--allowed-host", "*.example.net"]).await;
    let cases = [
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("127.0.0.1", 200),
        ("[::1]:8080", 200),
        ("chat.example.org", 200),
        ("chat.example.org:8080", 200),
        ("a.example.net", 200),
        ("example.net", 421),
        ("other.example.org", 421),
        ("192.0.2.7", 421),
        ("not a host", 400),
    ];
    for (host, expected) in cases {
        let request = Request::new("GET", "/", app.address).with("Host", host);
        assert_eq!(status(&app, &request).await, expected, "{host}");
    }
}

#[tokio::test]
async fn health_is_told_under_any_name_and_to_who_wants_no_body() {
    let app = spawn_app(Settings::default());
    for path in ["/healthz", "/readyz"] {
        let request = Request::new("GET", path, app.address).with("Host", "10.0.0.7:8080");
        assert_eq!(status(&app, &request).await, 200, "{path}");
        let address = format!("http://{}{path}", app.address);
        assert_eq!(http().head(&address).send().await.unwrap().status(), 200, "{path}");
        assert_eq!(http().delete(&address).send().await.unwrap().status(), 405, "{path}");
    }
}

#[tokio::test]
async fn forwarded_origin_counts_from_trusted_proxies_only() {
    let trusting = ["--trusted-proxy", "127.0.0.1", "--allowed-host", "chat.example.org"];
    for (flags, legacy, standard) in [(&trusting[..], 101, 101), (&trusting[2..], 403, 403)] {
        let (app, ada) = chat(flags).await;
        let page = handshake(&ada).and("Origin", "https://chat.example.org");
        let by_legacy = page
            .clone()
            .and("X-Forwarded-For", "203.0.113.5")
            .and("X-Forwarded-Proto", "https")
            .and("X-Forwarded-Host", "chat.example.org");
        assert_eq!(status(&app, &by_legacy).await, legacy, "{flags:?}");
        let by_standard = page.and("Forwarded", "for=203.0.113.5;proto=https;host=chat.example.org");
        assert_eq!(status(&app, &by_standard).await, standard, "{flags:?}");
    }
}

#[tokio::test]
async fn forwarded_host_is_guarded_too() {
    let (app, ada) = chat(&["--trusted-proxy", "127.0.0.1"]).await;
    let request = handshake(&ada)
        .and("X-Forwarded-For", "203.0.113.5")
        .and("X-Forwarded-Host", "evil.example");
    assert_eq!(status(&app, &request).await, 421);
}

#[tokio::test]
async fn forwarded_address_counts_from_trusted_proxies_only() {
    for (proxy, expected) in [("127.0.0.1", 101), ("192.0.2.1", 429)] {
        let (app, ada) = chat(&["--trusted-proxy", proxy, "--max-sockets-per-address", "1"]).await;
        let from = |addresses| handshake(&ada).and("X-Forwarded-For", addresses);
        let _first = RawSocket::open(app.address, &from("203.0.113.5")).await;
        assert_eq!(status(&app, &from("203.0.113.5")).await, 429);
        // The client itself wrote the left one.
        assert_eq!(status(&app, &from("203.0.113.9, 203.0.113.5")).await, 429);
        assert_eq!(
            status(&app, &from("203.0.113.5, 203.0.113.6")).await,
            expected,
            "{proxy}"
        );
    }
}
