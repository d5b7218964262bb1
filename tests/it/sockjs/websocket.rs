//! SockJS over a WebSocket, and the plain WebSocket beside it.

use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

use super::{
    client::{Session, texts},
    services::services,
};
use crate::{
    app::EchoApp,
    raw::{BINARY, FIN, RawSocket, Request, TEXT, frame, status_of},
};

/// The WebSocket of a session, frame by frame; `o` is read.
async fn open(app: &EchoApp, service: &str) -> RawSocket {
    let path = Session::new(app.address, service).path + "/websocket";
    let mut socket = RawSocket::open(app.address, &Request::handshake(&path, app.address)).await;
    assert_eq!(socket.frame().await.payload, b"o");
    socket
}

#[tokio::test]
async fn lists_and_single_strings_are_said_back_in_frames() {
    let app = services(1);
    let mut socket = Session::new(app.address, "/echo").websocket().await.unwrap();
    assert_eq!(socket.frame().await, "o");
    socket.send(r#"["a"]"#).await;
    assert_eq!(socket.frame().await, r#"a["a"]"#);
    socket.send(r#""b\u2028""#).await;
    assert_eq!(socket.frame().await, r#"a["b\u2028"]"#);
    // Neither says anything.
    socket.send("").await;
    socket.send("[]").await;
    socket.send(r#"["c","d","e"]"#).await;
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.extend(texts(&socket.frame().await));
    }
    assert_eq!(heard, ["c", "d", "e"]);
}

#[tokio::test]
async fn two_sockets_of_one_id_are_two_sessions() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let (mut first, mut second) = (session.websocket().await.unwrap(), session.websocket().await.unwrap());
    for (socket, text) in [(&mut first, "[\"1\"]"), (&mut second, "[\"2\"]")] {
        assert_eq!(socket.frame().await, "o");
        socket.send(text).await;
        assert_eq!(socket.frame().await, format!("a{text}"));
    }
    // Nor has a session by polls to do with them.
    session.opened().await;
}

#[tokio::test]
async fn broken_packing_closes_without_a_frame() {
    let app = services(1);
    for broken in ["[\"a", "\"a", "{}", "[1]", "a", "[\"\\ud800\"]"] {
        let mut socket = open(&app, "/echo").await;
        socket.write(&frame(FIN | TEXT, broken.as_bytes())).await;
        let (code, reason) = status_of(&socket.frame().await);
        assert_eq!((code, reason.as_str()), (1007, "Broken JSON encoding."), "{broken}");
    }
}

#[tokio::test]
async fn end_is_told_in_a_frame_and_by_the_socket() {
    let app = services(1);
    let mut socket = open(&app, "/close").await;
    assert_eq!(socket.frame().await.payload, br#"c[3000,"Go away!"]"#);
    assert_eq!(socket.close_frame().await, (3000, "Go away!".into()));
}

#[tokio::test]
async fn long_texts_count_by_what_they_say_not_by_their_packing() {
    let app = services(1);
    let mut socket = open(&app, "/echo").await;
    let longest = "\"".repeat(64 * 1024);
    let packed = serde_json::to_vec(&[&longest]).unwrap();
    socket.write(&frame(FIN | TEXT, &packed)).await;
    assert_eq!(
        texts(std::str::from_utf8(&socket.frame().await.payload).unwrap()),
        [longest.as_str()]
    );
    let packed = serde_json::to_vec(&["heard", &(longest + "x")]).unwrap();
    socket.write(&frame(FIN | TEXT, &packed)).await;
    assert_eq!(socket.frame().await.payload, br#"a["heard"]"#);
    assert_eq!(&socket.frame().await.payload[..6], b"c[1009");
    assert_eq!(socket.close_frame().await.0, 1009);
}

#[tokio::test]
async fn binary_has_no_way_out_in_frames() {
    let app = services(1);
    let mut socket = open(&app, "/echo").await;
    socket.write(&frame(FIN | BINARY, b"said back as binary")).await;
    socket.write(&frame(FIN | TEXT, b"[\"x\"]")).await;
    assert_eq!(socket.frame().await.payload, br#"a["x"]"#);
}

#[tokio::test]
async fn plain_websocket_has_no_frames_of_sockjs() {
    let app = services(1);
    let plain = Session {
        path: "/echo".into(),
        ..Session::new(app.address, "/echo")
    };
    let mut socket = plain.websocket().await.unwrap();
    socket.send("[\"as it is").await;
    assert_eq!(socket.frame().await, "[\"as it is");
    socket.0.send(Message::Close(None)).await.unwrap();
    assert_eq!(socket.next().await, None);
    let path = "/close/websocket";
    let mut socket = RawSocket::open(app.address, &Request::handshake(path, app.address)).await;
    assert_eq!(socket.close_frame().await, (3000, "Go away!".into()));
}

#[tokio::test]
async fn requests_that_are_no_handshake_are_refused() {
    let app = services(1);
    for path in ["/echo/websocket", "/echo/000/s/websocket"] {
        let handshake = Request::handshake(path, app.address);
        let cases = [
            (Request::new("GET", path, app.address), 400),
            (handshake.clone().with("Upgrade", "h2c"), 400),
            (handshake.clone().without("Sec-WebSocket-Key"), 400),
            (handshake.with("Sec-WebSocket-Version", "12"), 426),
        ];
        for (request, status) in cases {
            let mut socket = RawSocket::connect(app.address).await;
            assert_eq!(socket.ask(&request).await.status, status, "{path}");
        }
    }
    assert_eq!(
        Session::new(app.address, "/plain_echo").websocket().await.err(),
        Some(404)
    );
}
