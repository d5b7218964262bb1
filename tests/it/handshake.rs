//! The opening handshake (RFC 6455 section 4.2), by a foreign client and letter by letter.

use serde_json::{Value, json};
use tertulia::{Rules, settings::Settings};

use crate::{
    app::{TestApp, spawn_app, spawn_echo},
    peer::{PLAIN, V1},
    raw::{ACCEPT, Answer, End, FIN, KEY, RawSocket, Request, TEXT, frame},
};

/// A right handshake for the chat's socket, of somebody with a name.
async fn right(app: &TestApp) -> Request {
    let person = app.sign_in("Ada").await;
    Request::handshake("/ws", app.address).and("Cookie", &person.cookie)
}

fn has_token(answer: &Answer, name: &str, token: &str) -> bool {
    let value = answer.header(name).unwrap_or_default();
    value.split(',').any(|found| found.trim().eq_ignore_ascii_case(token))
}

#[tokio::test]
async fn foreign_client_gets_in_with_and_without_a_sub_protocol() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    for (protocol, told) in [(PLAIN, ""), (V1, "tertulia.v1")] {
        let mut socket = ada.open(protocol).await;
        assert_eq!(socket.next().await["protocol"], told);
    }
}

#[tokio::test]
async fn answer_is_right_to_the_letter() {
    let app = spawn_app(Settings::default());
    let request = right(&app)
        .await
        .and("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    let answer = RawSocket::connect(app.address).await.ask(&request).await;
    assert_eq!(answer.status, 101);
    assert_eq!(answer.header("sec-websocket-accept"), Some(ACCEPT));
    assert!(has_token(&answer, "upgrade", "websocket"), "{answer:?}");
    assert!(has_token(&answer, "connection", "upgrade"), "{answer:?}");
    assert!(!has_token(&answer, "connection", "close") && !has_token(&answer, "connection", "keep-alive"));
    // No extension is agreed on, no sub-protocol was asked for, and 101 has no body (RFC 9112 section 6.1).
    for absent in [
        "sec-websocket-extensions",
        "sec-websocket-protocol",
        "content-length",
        "transfer-encoding",
    ] {
        assert_eq!(answer.header(absent), None);
    }
}

#[tokio::test]
async fn sub_protocol_is_one_of_the_clients_or_none() {
    let app = spawn_app(Settings::default());
    let request = right(&app).await;
    let name = "Sec-WebSocket-Protocol";
    let cases = [
        (request.clone().and(name, "tertulia.v1"), Some("tertulia.v1")),
        (
            request.clone().and(name, "chat.v9 , tertulia.v1,x"),
            Some("tertulia.v1"),
        ),
        (
            request.clone().and(name, "chat.v9").and(name, "tertulia.v1"),
            Some("tertulia.v1"),
        ),
        (request.clone().and(name, "chat.v9"), None),
        (request.clone().and(name, "TERTULIA.V1"), None),
        (request.clone(), None),
    ];
    for (request, chosen) in cases {
        let answer = RawSocket::connect(app.address).await.ask(&request).await;
        assert_eq!((answer.status, answer.header("sec-websocket-protocol")), (101, chosen));
    }
}

#[tokio::test]
async fn header_names_and_tokens_come_in_any_case_and_company() {
    let app = spawn_app(Settings::default());
    let request = right(&app).await.without("Upgrade").without("Connection");
    let request = request
        .and("UPGRADE", "WebSocket")
        .and("connection", "keep-alive, UPGRADE");
    assert_eq!(RawSocket::connect(app.address).await.ask(&request).await.status, 101);
}

#[tokio::test]
async fn each_spoiled_header_is_refused_by_name() {
    let app = spawn_app(Settings::default());
    let right = right(&app).await;
    let two_keys = right.clone().and("Sec-WebSocket-Key", KEY);
    let two_versions = right.clone().and("Sec-WebSocket-Version", "13");
    let cases = [
        (right.clone().without("Upgrade"), 400, "Upgrade: websocket"),
        (right.clone().with("Upgrade", "h2c"), 400, "Upgrade: websocket"),
        (right.clone().without("Connection"), 400, "Connection: Upgrade"),
        (
            right.clone().with("Connection", "keep-alive"),
            400,
            "Connection: Upgrade",
        ),
        (right.clone().with("Connection", "close"), 400, "Connection: Upgrade"),
        (
            right.clone().without("Sec-WebSocket-Version"),
            400,
            "Sec-WebSocket-Version",
        ),
        (two_versions, 400, "Sec-WebSocket-Version"),
        (
            right.clone().with("Sec-WebSocket-Version", "8"),
            426,
            "Sec-WebSocket-Version",
        ),
        (
            right.clone().with("Sec-WebSocket-Version", "14"),
            426,
            "Sec-WebSocket-Version",
        ),
        (right.clone().without("Sec-WebSocket-Key"), 400, "Sec-WebSocket-Key"),
        (
            right.clone().with("Sec-WebSocket-Key", "dGhlIHNhbXBsZQ=="),
            400,
            "Sec-WebSocket-Key",
        ),
        (right.clone().with("Sec-WebSocket-Key", ""), 400, "Sec-WebSocket-Key"),
        (two_keys, 400, "Sec-WebSocket-Key"),
        (right.clone().line("GET /ws HTTP/1.0"), 426, "HTTP/1.1"),
        (right.clone().line("POST /ws HTTP/1.1"), 405, "GET"),
        (Request::new("GET", "/ws", app.address), 400, "Upgrade: websocket"),
    ];
    for (request, status, named) in cases {
        let answer = RawSocket::connect(app.address).await.ask(&request).await;
        assert_eq!(answer.status, status, "{named}: {answer:?}");
        let refusal = answer.json();
        assert_eq!(refusal["code"], "bad-handshake");
        assert!(
            refusal["message"].as_str().unwrap().contains(named),
            "{named}: {answer:?}"
        );
        let version = (status == 426).then_some("13");
        assert_eq!(answer.header("sec-websocket-version"), version, "{answer:?}");
        assert_eq!(answer.header("allow"), (status == 405).then_some("GET"));
    }
}

#[tokio::test]
async fn handshake_with_a_body_is_refused() {
    let app = spawn_app(Settings::default());
    let right = right(&app).await;
    for (header, value, body) in [
        ("Content-Length", "5", "hello"),
        ("Transfer-Encoding", "chunked", "0\r\n\r\n"),
    ] {
        let mut socket = RawSocket::connect(app.address).await;
        socket.write(&right.clone().and(header, value).bytes()).await;
        socket.write(body.as_bytes()).await;
        let answer = socket.answer().await;
        assert_eq!(
            (answer.status, answer.header("sec-websocket-version")),
            (426, Some("13")),
            "{header}"
        );
        assert!(answer.json()["message"].as_str().unwrap().contains("body"));
    }
}

#[tokio::test]
async fn frames_in_the_packet_of_the_handshake_are_heard() {
    let app = spawn_echo(Rules::default());
    let early = [frame(FIN | TEXT, b"first"), frame(FIN | TEXT, b"second")].concat();
    // The last byte of the second one comes later.
    let (packet, rest) = early.split_at(early.len() - 1);
    let mut socket = RawSocket::connect(app.address).await;
    socket
        .write(&[&Request::handshake("/", app.address).bytes(), packet].concat())
        .await;
    assert_eq!(socket.answer().await.status, 101);
    assert_eq!(socket.frame().await.payload, b"first");
    socket.write(rest).await;
    assert_eq!(socket.frame().await.payload, b"second");
}

#[tokio::test]
async fn handshake_comes_byte_by_byte() {
    let app = spawn_echo(Rules::default());
    let mut socket = RawSocket::connect(app.address).await;
    for byte in Request::handshake("/", app.address).bytes() {
        socket.write(&[byte]).await;
    }
    let answer = socket.answer().await;
    assert_eq!(
        (answer.status, answer.header("sec-websocket-accept")),
        (101, Some(ACCEPT))
    );
}

#[tokio::test]
async fn handshake_without_a_name_is_refused() {
    let app = spawn_app(Settings::default());
    let nobody = Request::handshake("/ws", app.address);
    for request in [
        nobody.clone(),
        nobody.clone().and("Cookie", "tertulia=made-up"),
        nobody.and("Cookie", ";;="),
    ] {
        let mut socket = RawSocket::connect(app.address).await;
        let answer = socket.ask(&request).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (401, &json!("no-session")),
            "{answer:?}"
        );
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(socket.end().await, End::Fin);
    }
}

#[tokio::test]
async fn upgrade_elsewhere_is_answered_as_any_request_and_ends_the_connection() {
    let app = spawn_app(Settings::default());
    let cookie = app.sign_in("Ada").await.cookie;
    for (path, status, in_body) in [
        ("/", 200, "<html"),
        ("/healthz", 200, "alive"),
        ("/session", 200, "Ada"),
        ("/wss", 404, "not found"),
        ("/ws/more", 404, ""),
    ] {
        let mut socket = RawSocket::connect(app.address).await;
        let request = Request::handshake(path, app.address).and("Cookie", &cookie);
        let answer = socket.ask(&request).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.body.contains(in_body), "{path}: {answer:?}");
        assert!(has_token(&answer, "connection", "close"), "{path}: {answer:?}");
        assert_eq!(socket.end().await, End::Fin, "{path}");
    }
}

#[tokio::test]
async fn refusal_is_whole_however_much_the_client_goes_on_saying() {
    let app = spawn_app(Settings::default());
    let mut socket = RawSocket::connect(app.address).await;
    socket.write(&Request::handshake("/", app.address).bytes()).await;
    // Bytes that nobody reads turn a close into a reset, which would eat the page.
    socket.try_write(&vec![0; 256 << 10]).await;
    let answer = socket.answer().await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("</html>"));
}

#[tokio::test]
async fn connect_is_answered_and_ended() {
    let app = spawn_app(Settings::default());
    let target = app.address.to_string();
    for line in [
        format!("CONNECT {target} HTTP/1.1"),
        "CONNECT / HTTP/1.1".into(),
        "CONNECT /ws HTTP/1.1".into(),
    ] {
        for request in [Request::new("", "", app.address), Request::handshake("", app.address)] {
            let mut socket = RawSocket::connect(app.address).await;
            let answer = socket.ask(&request.line(&line)).await;
            assert!((400..500).contains(&answer.status), "{line}: {answer:?}");
            assert_eq!(socket.end().await, End::Fin, "{line}");
        }
    }
    app.connect("Ada").await.hears_only("the server lives").await;
}

#[tokio::test]
async fn who_does_not_read_the_refusal_holds_up_nobody() {
    let app = spawn_app(Settings::default());
    let mut silent = Vec::new();
    for _ in 0..50 {
        let mut socket = RawSocket::connect(app.address).await;
        socket.write(&Request::handshake("/ws", app.address).bytes()).await;
        silent.push(socket);
    }
    app.connect("Ada").await.hears_only("the server lives").await;
    // The server stops while they are still there.
    tokio::task::spawn_blocking(|| drop(app)).await.unwrap();
}

#[tokio::test]
async fn name_is_taken_and_socket_opened_on_one_connection() {
    let app = spawn_app(Settings::default());
    let mut socket = RawSocket::connect(app.address).await;
    let body = r#"{"name":"Ada"}"#;
    let request = Request::new("POST", "/session", app.address)
        .and("Content-Type", "application/json")
        .and("Content-Length", &body.len().to_string());
    socket.write(&[request.bytes(), body.into()].concat()).await;
    let answer = socket.answer().await;
    assert_eq!(answer.status, 201);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap();
    let handshake = Request::handshake("/ws", app.address).and("Cookie", cookie);
    assert_eq!(socket.ask(&handshake).await.status, 101);
    let auth: Value = serde_json::from_slice(&socket.frame().await.payload).unwrap();
    assert_eq!((&auth["type"], &auth["user"]["name"]), (&json!("auth"), &json!("Ada")));
}

#[tokio::test]
async fn handshake_right_behind_another_request_is_heard() {
    let app = spawn_echo(Rules::default());
    let mut socket = RawSocket::connect(app.address).await;
    let ordinary = Request::new("GET", "/", app.address).bytes();
    let handshake = Request::handshake("/", app.address).bytes();
    socket
        .write(&[ordinary, handshake, frame(FIN | TEXT, b"early")].concat())
        .await;
    assert_eq!(socket.answer().await.status, 400);
    assert_eq!(socket.answer().await.status, 101);
    assert_eq!(socket.frame().await.payload, b"early");
}

#[tokio::test]
async fn endless_head_is_refused() {
    let app = spawn_app(Settings::default());
    let mut socket = RawSocket::connect(app.address).await;
    let request = Request::handshake("/ws", app.address)
        .and("X-Long", &"x".repeat(1 << 20))
        .bytes();
    socket.try_write(&request[..request.len() - 4]).await;
    // A reset may eat the answer of a server that reads no more of this.
    let (answer, _) = socket.rest().await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 4"), "{answer:x?}");
    app.connect("Ada").await.hears_only("the server lives").await;
}
