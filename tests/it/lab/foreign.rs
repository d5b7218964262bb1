//! Handshakes from a foreign origin, told to who asked for them.

use serde_json::json;
use tertulia::settings::Settings;

use super::{next, until, watch};
use crate::{
    app::spawn_app,
    peer::http,
    raw::{RawSocket, Request},
};

#[tokio::test]
async fn refused_stranger_is_told_to_the_watcher_and_to_nobody_else() {
    let app = spawn_app(Settings::default());
    let port = app.address.port();
    let (ada, bob) = (app.sign_in("Ada").await, app.sign_in("Bob").await);
    let (mut watcher, mut other) = (watch(&ada).await, watch(&bob).await);
    let watching = next(&mut watcher, "watching").await;
    let token = watching["token"].as_str().unwrap();
    // The page came from 127.0.0.1, as its socket's `Host` says.
    assert_eq!(watching["foreign"], format!("ws://localhost:{port}/ws?lab={token}"));
    until(&mut watcher, "told").await;
    let request = Request::handshake(&format!("/ws?lab={token}"), app.address)
        .with("Host", &format!("localhost:{port}"))
        .and("Origin", &format!("http://127.0.0.1:{port}"));
    let answer = RawSocket::connect(app.address).await.ask(&request).await;
    assert_eq!(answer.status, 403);
    let refused = next(&mut watcher, "refused").await;
    assert_eq!(
        (&refused["status"], &refused["code"]),
        (&json!(403), &json!("origin-refused"))
    );
    assert_eq!(refused["message"], answer.json()["message"]);
    assert_eq!(refused.get("socket"), None);
    let asked = refused["asked"].as_array().unwrap();
    let names: Vec<_> = asked.iter().map(|asked| (&asked["name"], &asked["verdict"])).collect();
    assert_eq!(
        names,
        [
            (&json!("host"), &json!("admitted")),
            (&json!("origin"), &json!("refused"))
        ]
    );
    assert_eq!(asked[1]["got"], format!("http://127.0.0.1:{port}"));
    assert_eq!(asked[1]["wanted"], json!([format!("http://localhost:{port}")]));
    assert_eq!(asked[1]["admit"], format!("--allowed-origin http://127.0.0.1:{port}"));
    assert_eq!(asked[1]["where"], "src/interceptor/origin.rs");
    other.command(json!({ "type": "lab", "do": "unwatch" })).await;
    let told = until(&mut other, "unwatched").await;
    assert!(told.iter().all(|frame| frame["kind"] != "refused"));
}

#[tokio::test]
async fn stranger_without_a_cookie_or_without_a_form_is_told_too_and_a_guess_is_not() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let mut watcher = watch(&ada).await;
    let watching = next(&mut watcher, "watching").await;
    let path = format!("/ws?lab={}", watching["token"].as_str().unwrap());
    let guess = format!("/ws?lab={:032x}", 1);
    for request in [
        Request::handshake(&guess, app.address),
        Request::handshake(&path, app.address),
        Request::handshake(&path, app.address).with("Sec-WebSocket-Version", "8"),
    ] {
        RawSocket::connect(app.address).await.ask(&request).await;
    }
    let seen = [next(&mut watcher, "refused").await, next(&mut watcher, "refused").await];
    let codes = seen.each_ref().map(|refused| (&refused["status"], &refused["code"]));
    assert_eq!(
        codes,
        [
            (&json!(401), &json!("no-session")),
            (&json!(426), &json!("bad-handshake"))
        ]
    );
}

#[tokio::test]
async fn admitted_stranger_with_a_token_is_an_ordinary_socket() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let mut watcher = watch(&ada).await;
    let watching = next(&mut watcher, "watching").await;
    let query = format!("lab={}", watching["token"].as_str().unwrap());
    let mut tab = ada.come_back(&query).await.unwrap().greeted().await;
    tab.command(json!({ "type": "lab", "do": "vanish" })).await;
    assert_eq!(tab.next().await["code"], "lab-off");
}

#[tokio::test]
async fn page_may_try_the_servers_other_names_only_where_the_lab_is_on() {
    for (lab, expected) in [(true, true), (false, false)] {
        let app = spawn_app(Settings {
            lab,
            ..Settings::default()
        });
        let page = http().get(format!("http://{}/", app.address)).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap();
        let port = app.address.port();
        let connect = format!("connect-src 'self' ws://localhost:{port} ws://127.0.0.1:{port};");
        assert_eq!(policy.contains(&connect), expected, "{policy}");
    }
}
