//! How much a session may have and say: as on a WebSocket, however it is packed.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tertulia::settings::Settings;
use tokio::net::TcpSocket;

use super::{
    client::{Session, answer, closed, read, texts},
    tab::{Tab, WAYS, Way},
};
use crate::{
    app::{TestApp, settings, spawn_app},
    peer::{eventually, metric},
    raw::{RawSocket, Request},
};

/// A chat with these limits, which tells at once who left and waits for nobody at its end.
fn chat(flags: &[&str]) -> TestApp {
    spawn_app(Settings {
        presence_grace: Duration::ZERO,
        shutdown_timeout: Duration::ZERO,
        server_time_interval: None,
        ..settings(flags)
    })
}

/// The status of a refusal, and its code.
async fn refusal(session: &Session) -> (u16, String) {
    let refused = answer(session.request(Method::POST, "xhr")).await;
    let status = refused.status().as_u16();
    let again = refused.headers().contains_key("retry-after");
    let body: Value = refused.json().await.unwrap();
    assert!(again && body["message"].is_string(), "{body}");
    (status, body["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn sessions_of_a_person_are_counted_whatever_their_way() {
    let app = chat(&["--max-sockets-per-user", "2"]);
    let ada = app.sign_in("Ada").await;
    let (_poll, stream) = (
        Tab::open(&ada, Way::Polling).await,
        Tab::open(&ada, Way::Streaming).await,
    );
    for way in WAYS {
        let mut refused = Tab::open_with(Session::of(&ada), way).await;
        let (frames, end) = refused.rest().await;
        assert_eq!(end, (1008, "too many sockets".into()), "{way:?}");
        assert_eq!((frames.len(), &frames[0]["code"]), (1, &json!("too-many-sockets")));
    }
    drop(stream);
    eventually("a place is free", async || {
        metric(app.address, "tertulia_sockets").await == 1.0
    })
    .await;
    Tab::open(&ada, Way::Polling).await;
}

#[tokio::test]
async fn sessions_of_an_address_are_counted_and_its_places_come_back() {
    let app = chat(&["--max-sockets-per-address", "2"]);
    let ada = app.sign_in("Ada").await;
    let mut stream = Tab::open(&ada, Way::Streaming).await;
    let _socket = Tab::open(&ada, Way::WebSocket).await;
    assert_eq!(refusal(&Session::of(&ada)).await, (429, "too-many-sockets".into()));
    assert_eq!(Session::of(&ada).websocket().await.err(), Some(429));
    // Who is in goes on, by as many requests as it likes.
    stream.hears_only("here").await;
    drop(stream);
    // The session is told for a while yet that it is over, and keeps its place as long.
    eventually("a place is free", async || {
        answer(Session::of(&ada).request(Method::POST, "xhr")).await.status() == 200
    })
    .await;
}

#[tokio::test]
async fn handshakes_are_counted_and_polls_are_none() {
    let app = chat(&["--max-handshakes-per-second", "1"]);
    let ada = app.sign_in("Ada").await;
    let mut tab = Tab::open(&ada, Way::Polling).await;
    for number in 0..30 {
        tab.hears_only(&number.to_string()).await;
    }
    let mut opened = 1;
    let refused = loop {
        let session = Session::of(&ada);
        let (status, body) = read(session.request(Method::POST, "xhr")).await;
        if status != 200 {
            break (status, body);
        }
        opened += 1;
    };
    assert!(
        opened >= 10,
        "ten seconds' worth may come at once, and not only {opened}"
    );
    assert_eq!(
        (refused.0, refused.1.contains("\"too-many-handshakes\"")),
        (429, true),
        "{refused:?}"
    );
    assert_eq!(refusal(&Session::of(&ada)).await.1, "too-many-handshakes");
    tab.hears_only("still here").await;
}

#[tokio::test]
async fn texts_of_one_packing_count_as_if_each_had_come_alone() {
    let app = chat(&["--max-frames-per-second", "1"]);
    let mut bob = app.connect("Bob").await;
    for way in WAYS {
        let ada = app.sign_in("Ada").await;
        let mut tab = Tab::open(&ada, way).await;
        let commands: Vec<_> = (0..20)
            .map(|number| json!({ "type": "say", "text": number.to_string() }))
            .collect();
        match way {
            // All that it says is not taken in, so the request that said it is not answered as if it were.
            Way::Polling | Way::Streaming => {
                let packed: Vec<_> = commands.iter().map(Value::to_string).collect();
                assert_eq!(tab.session.try_send(json!(packed).to_string()).await.0, 404);
            }
            Way::WebSocket => tab.commands(&commands).await,
        }
        let (frames, end) = tab.rest().await;
        assert_eq!(end, (1008, "too fast".into()), "{way:?}");
        assert_eq!(frames.last().unwrap()["code"], "too-fast");
        let mut heard = 0;
        let dropped = loop {
            let frame = bob.next().await;
            match frame["type"].as_str() {
                Some("chat") => heard += 1,
                Some("dropped") => break frame,
                _ => {}
            }
        };
        assert!((10..20).contains(&heard), "{way:?}: {heard}");
        assert_eq!(
            (&dropped["user"], &dropped["reason"]),
            (&ada.shown(), &json!("refused"))
        );
    }
}

#[tokio::test]
async fn bytes_are_counted_as_they_are_said_not_as_they_are_packed() {
    let app = chat(&["--max-bytes-per-second", "1KiB", "--max-text", "8KiB"]);
    let ada = app.sign_in("Ada").await;
    let mut tab = Tab::open(&ada, Way::Polling).await;
    // 4 KiB, of which packing makes twice as many bytes.
    let text = "x".to_owned() + &"\u{2028}".repeat(4096 / 3);
    let escaped = text.replace('\u{2028}', "\\u2028");
    let body = format!(r#"["{{\"type\":\"say\",\"text\":\"{escaped}\"}}"]"#);
    assert_eq!(tab.session.try_send(body).await.0, 204);
    assert_eq!(tab.next_of("chat").await["text"], text);
    tab.say("no more than ten seconds' worth yet").await;
    let body = json!([json!({ "type": "say", "text": text }).to_string()]).to_string();
    while tab.session.try_send(body.clone()).await.0 == 204 {}
    assert_eq!(tab.closed().await, (1008, "too fast".into()));
}

#[tokio::test]
async fn text_too_long_is_told_and_a_command_without_measure_ends_the_session() {
    let app = chat(&["--max-text", "100"]);
    let ada = app.sign_in("Ada").await;
    for way in WAYS {
        let mut tab = Tab::open(&ada, way).await;
        tab.say(&"x".repeat(101)).await;
        let error = tab.next_of("error").await;
        assert_eq!(error["code"], "text-too-long");
        tab.hears_only(&"é".repeat(50)).await;
        let long = json!([json!({ "type": "say", "text": "x".repeat(2000) }).to_string()]).to_string();
        match way {
            Way::WebSocket => {
                tab.commands(&[json!({ "type": "say", "text": "x".repeat(2000) })])
                    .await
            }
            _ => assert_eq!(tab.session.try_send(long).await.0, 404),
        }
        assert_eq!(tab.closed().await.0, 1009, "{way:?}");
    }
}

#[tokio::test]
async fn body_without_measure_is_refused_before_it_is_read() {
    let app = chat(&["--max-text", "100"]);
    let session = Session::of(&app.sign_in("Ada").await).opened().await;
    let long = " ".repeat(69_000);
    // With a length, and in chunks.
    let whole = session.try_send(long.clone()).await;
    let mut socket = RawSocket::connect(app.address).await;
    let request = Request::new("POST", &format!("{}/xhr_send", session.path), app.address);
    let request = request
        .and("Cookie", &session.cookie)
        .and("Transfer-Encoding", "chunked");
    let body = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    socket.write(&[request.bytes(), body.into()].concat()).await;
    let chunked = socket.answer().await;
    for (status, body) in [whole, (chunked.status, chunked.body)] {
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["code"]), (413, &json!("body-too-large")));
    }
    // A body that says that it is large and never comes is refused by its head, also by who says so to nobody.
    for path in [
        format!("{}/xhr_send", session.path),
        "/sockjs/000/nobody/xhr_send".into(),
    ] {
        let request = Request::new("POST", &path, app.address).and("Cookie", &session.cookie);
        let request = request
            .and("Content-Length", "1000000000000")
            .and("Connection", "close");
        let mut socket = RawSocket::connect(app.address).await;
        assert!([404, 413].contains(&socket.ask(&request).await.status), "{path}");
    }
    session.send(&[r#"{"type":"say","text":"the session lives on"}"#]).await;
    while !session.poll().await.contains("the session lives on") {}
}

#[tokio::test]
async fn who_does_not_take_what_is_said_is_evicted_whatever_the_way() {
    const OPTIONS: &[&str] = &[
        "--outbox-bytes",
        "256KiB",
        "--history-bytes",
        "64KiB",
        "--max-frames-per-second",
        "0",
        "--max-bytes-per-second",
        "0",
    ];
    let app = chat(OPTIONS);
    let mut bob = app.connect("Bob").await;
    for way in [Way::Polling, Way::Streaming] {
        let ada = app.sign_in("Ada").await;
        let session = Session::of(&ada);
        let mut stuck = None;
        match way {
            Way::Polling => drop(session.clone().opened().await),
            _ => stuck = Some(unread_stream(&session).await),
        }
        bob.next_of("online").await;
        let text = "x".repeat(16 * 1024);
        let dropped = loop {
            bob.say(&text).await;
            let frame = bob.next().await;
            if frame["type"] == "dropped" {
                break frame;
            }
        };
        assert_eq!(
            (&dropped["user"], &dropped["reason"]),
            (&ada.shown(), &json!("slow-consumer")),
            "{way:?}"
        );
        drop(stuck);
        if let Way::Polling = way {
            // What waited is gone, and the reason is told.
            let end = loop {
                let frame = session.poll().await;
                if let Some(end) = closed(&frame) {
                    break end;
                }
                assert!(texts(&frame).len() < 16);
            };
            assert_eq!(end, (1013, "slow consumer".into()));
        }
    }
    assert_eq!(metric(app.address, "tertulia_evictions_total").await, 2.0);
    bob.say("nobody else felt it").await;
    while bob.next_of("chat").await["text"] != "nobody else felt it" {}
}

/// A stream on a connection that holds little, of which nothing is read but that it is there.
async fn unread_stream(session: &Session) -> RawSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut socket = RawSocket::on(socket.connect(session.address).await.unwrap());
    let path = format!("{}/xhr_streaming{}", session.path, session.query);
    let request = Request::new("POST", &path, session.address).and("Cookie", &session.cookie);
    socket.write(&request.and("Content-Length", "0").bytes()).await;
    socket.until(b"\r\n\r\n").await;
    socket
}
