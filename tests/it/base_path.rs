//! Everything below a path: what is there, what is not, and what a cookie is for.

use reqwest::{Response, StatusCode, redirect};
use serde_json::Value;
use tertulia::settings::Settings;

use crate::{
    app::{TestApp, settings, spawn_app},
    peer::http,
    program::command,
    raw::{RawSocket, Request, TEXT},
};

fn below() -> TestApp {
    spawn_app(settings(&["--base-path", "/tools/chat/"]))
}

async fn get(app: &TestApp, path: &str) -> Response {
    let url = format!("http://{}{path}", app.address);
    let client = reqwest::Client::builder().redirect(redirect::Policy::none());
    client.build().unwrap().get(url).send().await.unwrap()
}

/// Takes a name at `path`, and gives the `Set-Cookie`.
async fn sign_in(app: &TestApp, path: &str) -> String {
    let answer = http()
        .post(format!("http://{}{path}", app.address))
        .form(&[("name", "Ada")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    answer.headers()["set-cookie"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn everything_is_below_it_and_health_beside_it_too() {
    let app = below();
    for (path, status) in [
        ("/tools/chat/", 200),
        ("/tools/chat/?a=b", 200),
        ("/tools/chat/index.html", 200),
        ("/tools/chat/modules.js", 200),
        ("/tools/chat/session", 401),
        ("/tools/chat/ws", 400),
        ("/tools/chat/metrics", 200),
        ("/tools/chat/healthz", 200),
        ("/tools/chat/readyz", 200),
        ("/tools/chat/admin/", 200),
        ("/tools/chat/admin/api/state", 401),
        ("/tools/chat/lab/source/src/main.rs", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/metrics", 404),
        ("/admin/", 404),
        ("/tools/chat/tools/chat/", 404),
        ("/tools/chatter/", 404),
        ("/tools", 404),
    ] {
        assert_eq!(get(&app, path).await.status().as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn door_leads_to_the_page_and_keeps_the_question() {
    let app = below();
    for (path, location) in [
        ("/tools/chat", "/tools/chat/"),
        ("/tools/chat?a=//b", "/tools/chat/?a=//b"),
        ("/tools/chat/admin", "admin/"),
    ] {
        let answer = get(&app, path).await;
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{path}");
        assert_eq!(answer.headers()["location"], location);
        assert!(answer.headers().contains_key("content-security-policy"));
    }
}

#[tokio::test]
async fn proxy_that_takes_the_path_away_is_told_so() {
    let app = below();
    for path in ["/", "/ws", "/session", "/chat.js", "//tools/chat/"] {
        let answer = get(&app, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["code"], "outside-base-path");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains("below /tools/chat/ here"), "{message}");
        assert!(message.contains(&format!("what came is {path};")), "{message}");
    }
    // The other way round: the path comes, and nobody told the server.
    let bare = spawn_app(Settings::default());
    let answer = get(&bare, "/tools/chat/").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.text().await.unwrap().contains("--base-path must name it"));
}

#[tokio::test]
async fn stranger_learns_nothing_of_the_path() {
    let app = below();
    for path in ["/", "/tools/chat", "/tools/chat/"] {
        let request = Request::new("GET", path, app.address).with("Host", "rebound.example.net");
        let answer = RawSocket::connect(app.address).await.ask(&request).await;
        assert_eq!(answer.status, 421, "{path}");
        assert!(!answer.body.contains("tools"), "{}", answer.body);
    }
    // Those who ask whether it lives come by any name.
    for path in ["/healthz", "/tools/chat/healthz"] {
        let request = Request::new("GET", path, app.address).with("Host", "rebound.example.net");
        assert_eq!(
            RawSocket::connect(app.address).await.ask(&request).await.status,
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn cookie_is_for_the_path_and_opens_a_socket_there() {
    let app = below();
    let cookie = sign_in(&app, "/tools/chat/session").await;
    assert!(
        cookie.starts_with("tertulia=") && cookie.contains("; Path=/tools/chat;"),
        "{cookie}"
    );
    let secure = spawn_app(settings(&[
        "--base-path",
        "/chat",
        "--public-url",
        "https://chat.example.org",
    ]));
    let secured = sign_in(&secure, "/chat/session").await;
    // `__Host-` would want the path of the whole host.
    assert!(
        secured.starts_with("tertulia=") && secured.contains("; Secure"),
        "{secured}"
    );
    let cookie = cookie.split(';').next().unwrap();
    let request = Request::handshake("/tools/chat/ws", app.address).and("Cookie", cookie);
    let mut socket = RawSocket::open(app.address, &request).await;
    let greeting = socket.frame().await;
    assert_eq!(greeting.first & 0x0F, TEXT);
    let absolute = format!("GET http://{}/tools/chat/ws HTTP/1.1", app.address);
    let answer = RawSocket::connect(app.address)
        .await
        .ask(&request.line(&absolute))
        .await;
    assert_eq!(answer.status, 101);
}

#[tokio::test]
async fn first_line_is_the_address_of_the_page() {
    let data_dir = tempfile::tempdir().unwrap();
    let mut child = command(data_dir.path())
        .args(["--base-path", "/chat"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    let url = line
        .trim_end()
        .strip_prefix("tertulia is listening on ")
        .unwrap()
        .to_owned();
    let answer = http().get(&url).send().await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(url.ends_with("/chat/"), "{url}");
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
}
