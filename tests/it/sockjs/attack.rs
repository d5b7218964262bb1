//! Clients that come in crowds, out of order and without end: everybody else goes on, and nothing of them stays.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::{
    client::{Session, answer, read, text, texts},
    services::services,
    tab::{Tab, Way},
};
use crate::{
    churn::{UNLIMITED, churn},
    peer::{Person, eventually, metric},
    program::Program,
    raw::{RawSocket, Request},
};

/// A request of a session with a body, on a connection that may have others behind it.
fn post(session: &Session, verb: &str, body: &str) -> Vec<u8> {
    let request = Request::new(
        "POST",
        &format!("{}/{verb}{}", session.path, session.query),
        session.address,
    );
    let request = match session.cookie.as_str() {
        "" => request,
        cookie => request.and("Cookie", cookie),
    };
    [
        request.and("Content-Length", &body.len().to_string()).bytes(),
        body.into(),
    ]
    .concat()
}

#[tokio::test]
async fn session_is_found_on_whichever_worker_a_request_comes() {
    const SESSIONS: usize = 40;
    let app = services(2);
    let mut talks = Vec::new();
    for number in 0..SESSIONS {
        let session = Session::new(app.address, "/echo");
        talks.push(tokio::spawn(async move {
            // Each request is a connection of its own, and workers take turns with connections.
            let session = session.opened().await;
            for text in 0..5 {
                let said = [format!("{number}"), format!("{text}")];
                session.send(&[&said[0]]).await;
                session.send(&[&said[1]]).await;
                let mut heard = Vec::new();
                while heard.len() < 2 {
                    heard.extend(texts(&session.poll().await));
                }
                assert_eq!(heard, said);
            }
        }));
    }
    for talk in talks {
        talk.await.unwrap();
    }
}

#[tokio::test]
async fn first_requests_that_race_open_one_session() {
    const POLLS: usize = 16;
    let app = Program::start(&[UNLIMITED, &["--workers", "2"]].concat());
    let ada = Person::sign_in(app.address, "Ada").await;
    for round in 0..10_usize {
        let session = Session::of(&ada);
        let polls: Vec<_> = (0..POLLS)
            .map(|_| {
                let session = session.clone();
                tokio::spawn(async move { session.poll().await })
            })
            .collect();
        // Whoever came second, but after the first was answered, waits for what is said next.
        eventually("all polls are answered", async || {
            let _ = session
                .try_send(json!([json!({ "type": "server-time" }).to_string()]).to_string())
                .await;
            polls.iter().all(|poll| poll.is_finished())
        })
        .await;
        let mut frames = Vec::new();
        for poll in polls {
            frames.push(poll.await.unwrap());
        }
        assert_eq!(frames.iter().filter(|frame| *frame == "o").count(), 1, "{frames:?}");
        let heard = |kind: &str| frames.iter().filter(|frame| frame.starts_with(kind)).count();
        assert_eq!(1 + heard("a[") + heard("c[2010,"), POLLS, "{frames:?}");
        assert_eq!(metric(app.address, "tertulia_sockets").await, (round + 1) as f64);
    }
}

#[tokio::test]
async fn requests_in_one_packet_are_answered_one_after_the_other() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let mut socket = RawSocket::connect(app.address).await;
    let requests = [
        post(&session, "xhr", ""),
        post(&session, "xhr_send", r#"["1"]"#),
        post(&session, "xhr_send", r#"["2","3"]"#),
        post(&session, "xhr_send", "["),
        post(&session, "xhr", ""),
        post(&session, "xhr", ""),
    ];
    socket.write(&requests.concat()).await;
    socket.until(b"\r\no\n\r\n0\r\n\r\n").await;
    for status in ["204 No Content", "204 No Content", "500 Internal Server Error"] {
        let head = String::from_utf8(socket.until(b"\r\n\r\n").await).unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{head}");
    }
    socket.until(b"a[\"1\",\"2\",\"3\"]\n\r\n0\r\n\r\n").await;
    // The last one waits.
    socket.until(b"\r\n\r\n").await;
    session.send(&["4"]).await;
    socket.until(b"a[\"4\"]\n\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn polls_without_end_in_one_packet_are_over_with_their_connection() {
    let app = services(1);
    let session = Session::new(app.address, "/echo");
    let mut socket = RawSocket::connect(app.address).await;
    socket.write(&post(&session, "xhr", "").repeat(500)).await;
    socket.until(b"\r\no\n\r\n0\r\n\r\n").await;
    // The next of them waits.
    socket.until(b"\r\n\r\n").await;
    drop(socket);
    eventually("the loss is seen", async || session.poll().await.starts_with("c[1002,")).await;
}

#[tokio::test]
async fn crowd_at_one_session_is_sent_away_but_for_one() {
    const CROWD: usize = 50;
    let app = services(2);
    let session = Session::new(app.address, "/echo").opened().await;
    let waiting = session.post("xhr").await;
    let crowd: Vec<_> = (0..CROWD)
        .map(|number| {
            let session = session.clone();
            let (verb, method) = [("xhr", Method::POST), ("eventsource", Method::GET)][number % 2].clone();
            tokio::spawn(async move { read(session.request(method, verb)).await })
        })
        .collect();
    for one in crowd {
        let (status, body) = one.await.unwrap();
        assert_eq!(
            (status, body.contains("c[2010,\"Another connection still open\"]")),
            (200, true),
            "{body}"
        );
    }
    session.send(&["for who was first"]).await;
    assert_eq!(text(waiting).await, "a[\"for who was first\"]\n");
}

#[tokio::test]
async fn bodies_that_do_not_come_block_two_sends_and_no_poll() {
    let app = services(1);
    let session = Session::new(app.address, "/echo").opened().await;
    let slow = async || {
        let mut socket = RawSocket::connect(app.address).await;
        let whole = post(&session, "xhr_send", r#"["slow"]"#);
        socket.write(&whole[..whole.len() - 1]).await;
        socket
    };
    let (mut first, second) = (slow().await, slow().await);
    let mut refusal = Value::Null;
    eventually("both are counted", async || {
        let refused = answer(session.request(Method::POST, "xhr_send").body("[]")).await;
        if refused.status() != 429 {
            return false;
        }
        refusal = refused.json().await.unwrap();
        true
    })
    .await;
    assert_eq!(refusal["code"], "too-many-sends");
    let other = Session::new(app.address, "/echo").opened().await;
    other.send(&["of another session"]).await;
    assert_eq!(texts(&other.poll().await), ["of another session"]);
    let polled = tokio::spawn({
        let session = session.clone();
        async move { session.poll().await }
    });
    first.write(b"]").await;
    assert!(first.until(b"\r\n\r\n").await.starts_with(b"HTTP/1.1 204 "));
    assert_eq!(polled.await.unwrap(), r#"a["slow"]"#);
    // One that is given up gives its place back.
    let third = slow().await;
    drop((second, third));
    eventually("there is room again", async || session.try_send("[]").await.0 == 204).await;
}

/// One session from its beginning to one of many ends.
async fn live(person: Person, number: usize) {
    let session = Session::of(&person);
    match number % 8 {
        // Forgotten after one poll; in the midst of a poll; of a stream; of a body; of a packing.
        0 => drop(session.opened().await),
        1 => drop(session.opened().await.post("xhr").await),
        2 => drop(session.stream().await),
        3 => {
            let session = session.opened().await;
            let mut socket = RawSocket::connect(session.address).await;
            let whole = post(&session, "xhr_send", "[\"cut\"]");
            socket.write(&whole[..whole.len() - 3]).await;
        }
        4 => {
            let session = session.opened().await;
            assert_eq!(session.try_send("[\"broken").await.0, 500);
        }
        // A WebSocket that is reset, and one that says what nobody can read.
        5 => drop(session.websocket().await.unwrap()),
        6 => {
            let mut socket = session.websocket().await.unwrap();
            socket.send("[\"broken").await;
            while socket.next().await.is_some() {}
        }
        // A first request whose answer nobody awaits.
        _ => {
            let mut socket = RawSocket::connect(session.address).await;
            socket.write(&post(&session, "xhr_streaming", "")).await;
            let _ = socket.stream.shutdown().await;
        }
    }
}

#[tokio::test]
async fn two_thousand_sessions_leave_no_trace() {
    const SESSIONS: usize = 2_000;
    let app = Program::start(&[UNLIMITED, &["--workers", "2"]].concat());
    churn(&app, SESSIONS, 8, live).await;
    let mut watcher = Tab::open(&Person::sign_in(app.address, "Watcher").await, Way::Polling).await;
    watcher.hears_only("nobody else is here").await;
    assert!(metric(app.address, "tertulia_handshakes_total").await >= SESSIONS as f64);
    assert_eq!(app.log().matches(" ERROR ").count(), 0, "{}", app.log());
}
