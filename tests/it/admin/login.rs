//! Who gets in, and who does not.

use std::{fs, net::Ipv4Addr, os::unix::fs::PermissionsExt};

use reqwest::Method;
use serde_json::json;
use tertulia::settings::Settings;

use super::{Operator, read, token, try_token};
use crate::{
    app::{settings, spawn_app},
    peer::{eventually, http},
    program::Program,
};

const VIEWS: [&str; 6] = ["state", "samples", "users", "bans", "refusals", "settings"];

#[tokio::test]
async fn nothing_is_shown_without_the_token() {
    let app = spawn_app(Settings::default());
    for path in VIEWS {
        let url = format!("http://{}/admin/api/{path}", app.address);
        let (status, body) = read(http().get(&url).send().await.unwrap()).await;
        assert_eq!((status, &body["code"]), (401, &json!("not-signed-in")), "{path}");
        let forged = http().get(url).header("cookie", "tertulia-admin=0123456789abcdef");
        assert_eq!(read(forged.send().await.unwrap()).await.0, 401, "{path}");
    }
    for path in ["kick", "bans"] {
        let url = format!("http://{}/admin/api/{path}", app.address);
        let (status, _) = read(http().post(url).json(&json!({})).send().await.unwrap()).await;
        assert_eq!(status, 401, "{path}");
    }
    let url = format!("http://{}/admin/api/bans/1", app.address);
    assert_eq!(read(http().delete(url).send().await.unwrap()).await.0, 401);
    let operator = Operator::sign_in(&app).await;
    for path in VIEWS {
        operator.get(path).await;
    }
}

#[tokio::test]
async fn wrong_tokens_are_few_and_the_right_one_waits_with_them() {
    let app = spawn_app(Settings::default());
    for _ in 0..5 {
        let (status, body) = read(try_token(app.address, "not-the-token-at-all").await).await;
        assert_eq!((status, &body["code"]), (401, &json!("wrong-token")));
    }
    let refused = try_token(app.address, &token(app.address, app.data_dir()).await).await;
    assert_eq!(refused.headers()["retry-after"], "10");
    let (status, body) = read(refused).await;
    assert_eq!((status, &body["code"]), (429, &json!("too-many-logins")));
}

#[tokio::test]
async fn cookie_is_for_the_view_alone_and_no_script_reads_it() {
    let app = spawn_app(Settings::default());
    let answer = try_token(app.address, &token(app.address, app.data_dir()).await).await;
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/admin"] {
        assert!(cookie.split("; ").any(|one| one == part), "{part} in {cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    let app = spawn_app(settings(&["--public-url", "https://chat.test"]));
    let answer = try_token(app.address, &token(app.address, app.data_dir()).await).await;
    assert!(answer.headers()["set-cookie"].to_str().unwrap().contains("; Secure"));
}

#[tokio::test]
async fn whoever_signed_out_is_out() {
    let app = spawn_app(Settings::default());
    let (operator, other) = (Operator::sign_in(&app).await, Operator::sign_in(&app).await);
    let url = format!("http://{}/admin/logout", app.address);
    let answer = http()
        .post(&url)
        .header("cookie", &operator.cookie)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(operator.ask(Method::GET, "state", None).await.0, 401);
    other.get("state").await;
    assert_eq!(
        http().post(url).send().await.unwrap().status(),
        204,
        "twice is harmless"
    );
}

#[tokio::test]
async fn pages_of_other_origins_change_nothing_even_where_they_may_chat() {
    let app = spawn_app(settings(&["--allowed-origin", "http://friend.test"]));
    let operator = Operator::sign_in(&app).await;
    let own = format!("http://{}", app.address);
    for (origin, refused) in [("http://friend.test", true), ("null", true), (own.as_str(), false)] {
        for (method, path) in [
            (Method::POST, "api/kick"),
            (Method::POST, "api/bans"),
            (Method::DELETE, "api/bans/1"),
            (Method::POST, "login"),
            (Method::POST, "logout"),
        ] {
            let request = http().request(method, format!("{own}/admin/{path}")).json(&json!({}));
            let request = request.header("cookie", &operator.cookie).header("origin", origin);
            let (_, body) = read(request.send().await.unwrap()).await;
            assert_eq!(body["code"] == "origin-refused", refused, "{origin} {path} {body}");
        }
    }
}

#[tokio::test]
async fn bodies_are_strict_json() {
    let app = spawn_app(Settings::default());
    let operator = Operator::sign_in(&app).await;
    let url = format!("http://{}/admin/api/kick", app.address);
    for (kind, body, status, code) in [
        ("text/plain", "{}".to_owned(), 415, "bad-content-type"),
        ("application/json", "{".to_owned(), 400, "bad-body"),
        (
            "application/json",
            r#"{"user":"0","why":1}"#.to_owned(),
            400,
            "bad-body",
        ),
        ("application/json", " ".repeat(5000), 413, "body-too-large"),
    ] {
        let request = http().post(&url).header("cookie", &operator.cookie);
        let answer = request.header("content-type", kind).body(body).send().await.unwrap();
        let (told, body) = read(answer).await;
        assert_eq!((told, &body["code"]), (status, &json!(code)), "{body}");
    }
}

#[tokio::test]
async fn switched_off_there_is_no_view_and_no_token() {
    let app = spawn_app(settings(&["--admin=false"]));
    for path in ["", "/", "/index.html", "/api/state", "/login"] {
        let url = format!("http://{}/admin{path}", app.address);
        assert_eq!(http().get(url).send().await.unwrap().status(), 404, "{path}");
    }
    assert_eq!(try_token(app.address, "anything-at-all-here").await.status(), 404);
    assert!(!app.data_dir().join("admin-token").exists());
}

#[tokio::test]
async fn on_an_address_of_its_own_it_is_there_only_and_has_its_token() {
    let own = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = own.local_addr().unwrap();
    drop(own);
    let app = spawn_app(settings(&["--admin-bind", &address.to_string()]));
    let status = async |url: String| http().get(url).send().await.unwrap().status().as_u16();
    assert_eq!(status(format!("http://{}/admin/api/state", app.address)).await, 404);
    assert_eq!(status(format!("http://{}/admin", app.address)).await, 404);
    assert_eq!(status(format!("http://{address}/admin/api/state")).await, 401);
    let operator = Operator::sign_in_at(address, app.data_dir()).await;
    operator.get("state").await;
    assert_eq!(
        status(format!("http://{address}/icon.svg")).await,
        200,
        "files that both share"
    );
    for path in ["index.html", "session", "ws", "metrics"] {
        assert_eq!(status(format!("http://{address}/{path}")).await, 404, "{path}");
    }
    let stranger = http()
        .get(format!("http://{address}/admin/api/state"))
        .header("host", "evil.test");
    assert_eq!(stranger.send().await.unwrap().status(), 421);
}

#[tokio::test]
async fn view_is_found_with_and_without_a_slash() {
    let app = spawn_app(Settings::default());
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = client
        .get(format!("http://{}/admin", app.address))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (308, &"admin/".parse().unwrap())
    );
}

#[tokio::test]
async fn token_and_cookie_are_in_no_log_and_no_answer_and_only_this_user_reads_the_file() {
    let mut program = Program::start(&["--log", "debug"]);
    let data_dir = program.data_dir().to_owned();
    let token = token(program.address, &data_dir).await;
    let mode = fs::metadata(data_dir.join("admin-token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let operator = Operator::sign_in_at(program.address, &data_dir).await;
    try_token(program.address, &format!("{token}-wrong")).await;
    let cookie = operator.cookie.split_once('=').unwrap().1.to_owned();
    let mut shown = String::new();
    for path in VIEWS {
        shown += &operator.get(path).await.to_string();
    }
    let metrics = http()
        .get(format!("http://{}/metrics", program.address))
        .send()
        .await
        .unwrap();
    shown += &metrics.text().await.unwrap();
    program.signal("TERM");
    assert!(program.ended().await.success());
    eventually("the log is read", async || program.log().contains("stopped")).await;
    let log = program.log();
    assert!(log.contains("admin-token") && log.contains("/admin/"), "{log}");
    for secret in [&token, &cookie] {
        assert!(!log.contains(secret.as_str()) && !shown.contains(secret.as_str()));
    }
    let database = fs::read(data_dir.join("tertulia.sqlite3")).unwrap();
    assert!(!database.windows(cookie.len()).any(|bytes| bytes == cookie.as_bytes()));
}
