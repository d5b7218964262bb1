//! How sockets end: who says what, who closes TCP first, and what others are told.

use std::time::Duration;

use serde_json::Value;
use tertulia::{Rules, settings::Settings};

use crate::{
    app::{TestApp, spawn_app, spawn_echo},
    peer::{Person, Socket, eventually, reset},
    raw::{End, FIN, PING, RawSocket, Request, TEXT, close, frame, status_of},
};

/// A chat that tells at once who left.
fn chat() -> TestApp {
    spawn_app(Settings {
        presence_grace: Duration::ZERO,
        ..Settings::default()
    })
}

/// A socket that answers nothing by itself.
async fn open_raw(of: &Person) -> RawSocket {
    let request = Request::handshake("/ws", of.address).and("Cookie", &of.cookie);
    RawSocket::open(of.address, &request.and("Sec-WebSocket-Protocol", "tertulia.v1")).await
}

/// Reads texts until the server closes; with what it closes.
async fn closed(socket: &mut RawSocket) -> (u16, String) {
    loop {
        let frame = socket.frame().await;
        if frame.first != FIN | TEXT {
            return status_of(&frame);
        }
    }
}

/// Somebody at a raw socket, and somebody who watches them come and go.
async fn watched(app: &TestApp) -> (Socket, Person, RawSocket) {
    let mut watcher = app.connect("Watcher").await;
    let ada = app.sign_in("Ada").await;
    let socket = open_raw(&ada).await;
    assert_eq!(watcher.next_of("online").await["user"], ada.shown());
    (watcher, ada, socket)
}

fn told(frame: &Value) -> (&str, Option<&str>) {
    (frame["type"].as_str().unwrap(), frame["reason"].as_str())
}

#[tokio::test]
async fn log_out_waits_for_the_peers_half() {
    let app = chat();
    let ada = app.sign_in("Ada").await;
    let mut socket = open_raw(&ada).await;
    ada.log_out().await;
    assert_eq!(closed(&mut socket).await, (1008, "session ended".into()));
    // What was under way when the close frame came is passed over, and answered no more.
    socket
        .write(&[frame(FIN | TEXT, b"{}"), frame(FIN | PING, b"?"), close(1008, "")].concat())
        .await;
    assert_eq!(socket.end().await, End::Fin);
}

#[tokio::test]
async fn shutdown_waits_for_the_peers_half() {
    let mut app = chat();
    let ada = app.sign_in("Ada").await;
    let mut socket = open_raw(&ada).await;
    app.begin_shutdown();
    assert_eq!(closed(&mut socket).await, (1012, "server restarting".into()));
    socket.write(&close(1012, "")).await;
    assert_eq!(socket.end().await, End::Fin);
}

#[tokio::test]
async fn foreign_client_completes_both_handshakes() {
    let mut app = chat();
    let ada = app.sign_in("Ada").await;
    let (mut first, mut second) = (ada.connect().await, ada.connect().await);
    ada.connect().await.close().await;
    ada.log_out().await;
    assert_eq!(first.closed().await, (1008, "session ended".into()));
    assert_eq!(second.closed().await, (1008, "session ended".into()));
    let mut bob = app.connect("Bob").await;
    app.begin_shutdown();
    assert_eq!(bob.closed().await, (1012, "server restarting".into()));
}

#[tokio::test]
async fn peer_that_never_answers_a_close_frame_is_let_go() {
    let app = chat();
    let ada = app.sign_in("Ada").await;
    let (mut silent, mut chatty) = (open_raw(&ada).await, open_raw(&ada).await);
    ada.log_out().await;
    for socket in [&mut silent, &mut chatty] {
        assert_eq!(closed(socket).await.0, 1008);
    }
    // Not even pings win time.
    eventually("the end of who goes on talking", async || {
        chatty.stream.try_write(&frame(FIN | PING, b"!")).is_err()
    })
    .await;
    assert_eq!(silent.end().await, End::Reset);
}

#[tokio::test]
async fn peer_that_keeps_its_half_open_is_let_go() {
    let app = spawn_echo(Rules::default());
    let mut socket = RawSocket::open_echo(app.address).await;
    socket.write(&close(1000, "")).await;
    assert_eq!(socket.close_frame().await.0, 1000);
    assert_eq!(socket.end().await, End::Fin);
    // Who reads the end still may write, until nobody is there to take it.
    eventually("the end of the other half", async || {
        socket.stream.try_write(b"?").is_err()
    })
    .await;
}

#[tokio::test]
async fn who_closes_is_told_as_offline() {
    for code in [1000, 1001, 1011, 4999] {
        let app = chat();
        let (mut watcher, ada, mut socket) = watched(&app).await;
        socket.write(&close(code, "bye")).await;
        assert_eq!(closed(&mut socket).await, (code, String::new()));
        assert_eq!(socket.end().await, End::Fin);
        let gone = watcher.next().await;
        assert_eq!((told(&gone), &gone["user"]), (("offline", None), &ada.shown()));
    }
}

#[tokio::test]
async fn close_and_end_in_one_packet_are_a_good_end() {
    let app = chat();
    let (mut watcher, _, mut socket) = watched(&app).await;
    socket.write(&close(1001, "")).await;
    socket.shut_down().await;
    assert_eq!(closed(&mut socket).await.0, 1001);
    assert_eq!(socket.end().await, End::Fin);
    assert_eq!(told(&watcher.next().await), ("offline", None));
}

#[tokio::test]
async fn end_without_a_close_frame_is_a_loss() {
    let beginnings = [
        Vec::new(),
        vec![FIN | TEXT],
        frame(FIN | TEXT, b"cut")[..8].to_vec(),
        frame(TEXT, b"begun"),
    ];
    for beginning in beginnings {
        let app = chat();
        let (mut watcher, ada, mut socket) = watched(&app).await;
        socket.write(&beginning).await;
        // Only our half: a peer that says no more is gone, even if it still reads.
        socket.shut_down().await;
        let gone = watcher.next().await;
        assert_eq!(
            (told(&gone), &gone["user"]),
            (("dropped", Some("connection-lost")), &ada.shown())
        );
        let (_, end) = socket.rest().await;
        assert_eq!(end, End::Fin);
    }
}

#[tokio::test]
async fn reset_is_a_loss() {
    let app = chat();
    let (mut watcher, _, socket) = watched(&app).await;
    reset(&socket.stream);
    drop(socket);
    assert_eq!(told(&watcher.next().await), ("dropped", Some("connection-lost")));
}

#[tokio::test]
async fn who_breaks_the_protocol_is_told_as_dropped() {
    let app = chat();
    let (mut watcher, _, mut socket) = watched(&app).await;
    socket.write(&[0x70]).await;
    assert_eq!(closed(&mut socket).await.0, 1002);
    assert_eq!(told(&watcher.next().await), ("dropped", Some("refused")));
}

#[tokio::test]
async fn both_may_close_at_once() {
    let app = chat();
    for _ in 0..20 {
        let ada = app.sign_in("Ada").await;
        let mut socket = open_raw(&ada).await;
        let (_, ()) = tokio::join!(ada.log_out(), async { socket.write(&close(1000, "")).await });
        assert!([1000, 1008].contains(&closed(&mut socket).await.0));
        assert_eq!(socket.end().await, End::Fin);
    }
}
