//! How much one client may have and do, and what it is told beyond that.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::http::Response;

use crate::{
    peer::{PLAIN, Person, Socket, V1, eventually, http},
    program::Program,
};

/// The status and the code of a refused handshake.
fn reason(refusal: &Response<Option<Vec<u8>>>) -> (u16, String) {
    let body: Value = serde_json::from_slice(refusal.body().as_ref().unwrap()).unwrap();
    assert!(body["message"].is_string());
    (refusal.status().as_u16(), body["code"].as_str().unwrap().into())
}

#[tokio::test]
async fn one_socket_too_many_from_an_address_is_refused() {
    let app = Program::start(&["--max-sockets-per-address", "2"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let (first, _second) = (ada.connect().await, ada.connect().await);
    let refusal = ada.try_open(V1).await.err().unwrap();
    assert_eq!(reason(&refusal), (429, "too-many-sockets".into()));
    assert!(refusal.headers().contains_key("retry-after"));
    eventually("the log names the setting", async || {
        app.log().contains("--max-sockets-per-address")
    })
    .await;
    first.close().await;
    eventually("a place is free again", async || ada.try_open(V1).await.is_ok()).await;
}

#[tokio::test]
async fn too_many_handshakes_per_second_are_refused() {
    let app = Program::start(&["--max-handshakes-per-second", "1"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut sockets = Vec::new();
    let refusal = loop {
        match ada.try_open(V1).await {
            Ok(socket) => sockets.push(socket),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(reason(&refusal), (429, "too-many-handshakes".into()));
    assert!(sockets.len() >= 10, "ten seconds' worth may come at once");
    eventually("the log names the setting", async || {
        app.log().contains("--max-handshakes-per-second")
    })
    .await;
    eventually("a second later one more may come", async || {
        ada.try_open(V1).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn too_many_frames_are_told_so_and_closed() {
    let app = Program::start(&["--max-frames-per-second", "1", "--presence-grace", "0"]);
    let mut bob = Person::sign_in(app.address, "Bob").await.connect().await;
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut fast = ada.connect().await;
    for number in 0..20 {
        fast.say(&format!("text {number}")).await;
    }
    let (frames, closed) = fast.rest().await;
    assert_eq!(closed, (1008, "too fast".to_owned()));
    let error = frames.iter().find(|frame| frame["type"] == "error").unwrap();
    assert_eq!(error["code"], "too-fast");
    let dropped = bob.next_of("dropped").await;
    assert_eq!(
        (&dropped["user"], &dropped["reason"]),
        (&ada.shown(), &json!("refused"))
    );
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn too_many_bytes_are_told_so_and_closed() {
    let app = Program::start(&["--max-bytes-per-second", "1KiB", "--max-text", "4KiB"]);
    let mut fast = Person::sign_in(app.address, "Ada")
        .await
        .open(PLAIN)
        .await
        .greeted()
        .await;
    let text = "x".repeat(4096);
    for _ in 0..4 {
        fast.send(text.clone()).await;
    }
    assert_eq!(fast.closed().await, (1008, "too fast".to_owned()));
}

#[tokio::test]
async fn text_over_the_limit_is_too_big_and_one_at_the_limit_is_not() {
    let app = Program::start(&["--max-text", "100", "--presence-grace", "0"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.open(PLAIN).await.greeted().await;
    let text = "é".repeat(50);
    socket.send(text.clone()).await;
    socket.next_is_chat(&text).await;
    socket.send(text + "x").await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn text_over_the_limit_in_a_command_is_told_so_and_the_socket_stays() {
    let app = Program::start(&["--max-text", "100"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.open(V1).await.greeted().await;
    // As a writer that escapes all but ASCII has it: 300 bytes on the wire for 100 of text.
    let escaped = format!(r#"{{"type":"say","text":"{}","ref":"1"}}"#, r"\u00e9".repeat(50));
    socket.send(escaped).await;
    socket.next_is_chat(&"é".repeat(50)).await;
    socket
        .send(json!({ "type": "say", "text": "x".repeat(101), "ref": "2" }).to_string())
        .await;
    let error = socket.next().await;
    assert_eq!((&error["code"], &error["ref"]), (&json!("text-too-long"), &json!("2")));
    socket.send(json!({ "type": "server-time" }).to_string()).await;
    assert_eq!(socket.next().await["type"], "server-time");
    socket
        .send(json!({ "type": "say", "text": "x".repeat(2000) }).to_string())
        .await;
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn names_are_taken_no_faster_than_hands_are_shaken() {
    let app = Program::start(&["--max-handshakes-per-second", "1"]);
    let mut statuses = Vec::new();
    for number in 0..20 {
        let body = json!({ "name": format!("Ada{number}") }).to_string();
        statuses.push(post(&app, Some("application/json"), body).await.0);
    }
    assert_eq!(statuses[..10], [201; 10]);
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn zero_switches_limits_off() {
    const TABS: usize = 40;
    const TEXTS: usize = 1_100;
    let off = [
        "--max-sockets-per-user",
        "--max-sockets-per-address",
        "--max-handshakes-per-second",
        "--max-frames-per-second",
        "--max-bytes-per-second",
        "--max-text",
        "--outbox-bytes",
        "--outbox-time",
    ];
    let options: Vec<_> = off.into_iter().flat_map(|name| [name, "0"]).collect();
    let app = Program::start(&options);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut tabs: Vec<Socket> = Vec::new();
    for _ in 0..TABS {
        tabs.push(ada.connect().await);
    }
    assert_eq!(tabs[0].auth["limits"], json!({ "text": 0, "frames": 0 }));
    let mut plain = ada.open(PLAIN).await.greeted().await;
    for _ in 0..TEXTS {
        plain.send("more than a burst").await;
    }
    for _ in 0..TEXTS {
        plain.next_is_chat("more than a burst").await;
    }
    let long = "long ".repeat(100_000);
    plain.send(long.clone()).await;
    plain.next_is_chat(&long).await;
}

/// `POST /session` with this body: the status, and the answer.
async fn post(app: &Program, kind: Option<&str>, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let mut request = http().post(format!("http://{}/session", app.address)).body(body);
    if let Some(kind) = kind {
        request = request.header(CONTENT_TYPE, kind);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn bodies_that_hold_no_name_are_refused_with_a_reason() {
    let app = Program::start(&[]);
    let json_kind = Some("application/json");
    let form = Some("application/x-www-form-urlencoded");
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(5_000));
    let invisible = "\u{200b}\u{200d}";
    let cases = [
        (json_kind, long.clone(), 413, "body-too-large"),
        (form, format!("name={}", "x".repeat(5_000)), 413, "body-too-large"),
        (Some("text/plain"), r#"{"name":"Ada"}"#.into(), 415, "bad-content-type"),
        (None, r#"{"name":"Ada"}"#.into(), 415, "bad-content-type"),
        (json_kind, r#"{"name":"#.into(), 400, "bad-body"),
        (json_kind, "{}".into(), 400, "bad-body"),
        (json_kind, r#"{"name":7}"#.into(), 400, "bad-body"),
        (json_kind, String::new(), 400, "bad-body"),
        (form, "nickname=Ada".into(), 400, "bad-body"),
        (json_kind, json!({ "name": "" }).to_string(), 422, "bad-name"),
        (json_kind, json!({ "name": " \t " }).to_string(), 422, "bad-name"),
        (
            json_kind,
            json!({ "name": "x".repeat(33) }).to_string(),
            422,
            "bad-name",
        ),
        (json_kind, json!({ "name": "A\nda" }).to_string(), 422, "bad-name"),
        (json_kind, json!({ "name": "\u{202e}adA" }).to_string(), 422, "bad-name"),
        (json_kind, json!({ "name": invisible }).to_string(), 422, "bad-name"),
        (form, "name=%00".into(), 422, "bad-name"),
    ];
    for (kind, body, status, code) in cases {
        let (got, answer) = post(&app, kind, body.clone()).await;
        assert_eq!((got, &answer["code"]), (status, &json!(code)), "{kind:?} {body:.100}");
        assert!(answer["message"].is_string());
    }
}

#[tokio::test]
async fn names_come_by_json_and_by_form() {
    let app = Program::start(&[]);
    let (status, answer) = post(&app, Some("application/json"), r#"{"name":" 林小雨 "}"#).await;
    assert_eq!((status, &answer["name"]), (201, &json!("林小雨")));
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let (status, answer) = post(&app, Some(form), "name=Ada+Lovelace%21").await;
    assert_eq!((status, &answer["name"]), (201, &json!("Ada Lovelace!")));
    let longest = "é".repeat(32);
    let (status, answer) = post(&app, Some("application/json"), json!({ "name": longest }).to_string()).await;
    assert_eq!((status, &answer["name"]), (201, &json!(longest)));
}
