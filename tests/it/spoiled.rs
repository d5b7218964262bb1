//! Handshakes that a proxy spoiled: what the server answers, logs, and tells the page of whoever sent them.

use serde_json::{Value, json};

use crate::{
    peer::{Person, V1, eventually, http},
    program::Program,
    raw::{RawSocket, Request},
};

async fn who(app: &Program, cookie: &str) -> Value {
    let url = format!("http://{}/session", app.address);
    let answer = http().get(url).header("cookie", cookie).send().await.unwrap();
    answer.json().await.unwrap()
}

#[tokio::test]
async fn what_a_proxy_took_is_told_to_whom_it_was_taken_from_and_to_the_log() {
    let app = Program::start(&[]);
    let (ada, bob) = (
        Person::sign_in(app.address, "Ada").await,
        Person::sign_in(app.address, "Bob").await,
    );
    let right = Request::handshake("/ws", app.address).and("Cookie", &ada.cookie);
    // As nginx hands it on by `proxy_pass` alone.
    let spoiled = right
        .clone()
        .line("GET /ws HTTP/1.0")
        .without("Upgrade")
        .with("Connection", "close");
    let answer = RawSocket::connect(app.address).await.ask(&spoiled).await;
    assert_eq!((answer.status, &answer.json()["code"]), (426, &json!("bad-handshake")));
    let missing = json!(["HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"]);
    assert_eq!(who(&app, &ada.cookie).await["spoiled"], missing);
    assert_eq!(who(&app, &bob.cookie).await.get("spoiled"), None);
    for line in [
        "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \\\"upgrade\\\";",
        "ProxyPass / http://…/ upgrade=websocket",
        "http-request del-header",
        "docs/proxies.md",
    ] {
        eventually(line, async || app.log().contains(line)).await;
    }
    // Once it works, nothing is wrong any more.
    ada.connect().await.close().await;
    assert_eq!(who(&app, &ada.cookie).await.get("spoiled"), None);
}

#[tokio::test]
async fn plain_question_is_no_spoiled_handshake() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let url = format!("http://{}/ws", app.address);
    let answer = http().get(url).header("cookie", &ada.cookie).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(who(&app, &ada.cookie).await.get("spoiled"), None);
    drop(ada.open(V1).await);
    assert!(!app.log().contains("a proxy in front"), "{}", app.log());
}
