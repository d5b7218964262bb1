//! The chat by way of SockJS: the same room, people, order and ends, whatever the transport.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tertulia::settings::Settings;

use super::client::{Session, Tab, WAYS, Way, closed, read};
use crate::{
    admin::Operator,
    app::{TestApp, settings, spawn_app},
    peer::Person,
};

/// Who left is told at once, and at the end nobody is waited for.
fn brief() -> Settings {
    Settings {
        presence_grace: Duration::ZERO,
        shutdown_timeout: Duration::ZERO,
        server_time_interval: None,
        ..Settings::default()
    }
}

fn chat() -> TestApp {
    spawn_app(brief())
}

/// A tab of somebody who comes in.
async fn tab(app: &TestApp, name: &str, way: Way) -> Tab {
    Tab::open(&app.sign_in(name).await, way).await
}

fn numbers(history: &Value) -> Vec<u64> {
    let lines = history["lines"].as_array().unwrap();
    lines.iter().map(|line| line["id"].as_u64().unwrap()).collect()
}

/// The code and the reason of what comes last.
fn ends_with(code: u16, reason: &str) -> (u16, String) {
    (code, reason.to_owned())
}

#[tokio::test]
async fn all_ways_hear_one_order() {
    const TEXTS: usize = 20;
    let app = chat();
    let mut tabs = Vec::new();
    for (way, name) in WAYS.into_iter().zip(["Ada", "Bea", "Cleo"]) {
        tabs.push(tab(&app, name, way).await);
    }
    let mut plain = app.connect("Dora").await;
    let talking = tabs.into_iter().map(|mut tab| {
        tokio::spawn(async move {
            let (mut said, mut heard) = (0, Vec::new());
            while heard.len() < WAYS.len() * TEXTS {
                if said < TEXTS {
                    tab.say(&format!("text {said}")).await;
                    said += 1;
                }
                let frame = tab.next().await;
                if frame["type"] == "chat" {
                    heard.push(frame);
                }
            }
            heard
        })
    });
    let talking: Vec<_> = talking.collect();
    let mut order = Vec::new();
    while order.len() < WAYS.len() * TEXTS {
        order.push(plain.next_of("chat").await);
    }
    let ids: Vec<_> = order.iter().map(|frame| frame["id"].as_u64().unwrap()).collect();
    assert!(ids.into_iter().eq(1..=(WAYS.len() * TEXTS) as u64));
    for name in ["Ada", "Bea", "Cleo"] {
        let said = order.iter().filter(|frame| frame["user"]["name"] == name);
        let said = said.map(|frame| frame["text"].as_str().unwrap().to_owned());
        assert!(said.eq((0..TEXTS).map(|number| format!("text {number}"))), "{name}");
    }
    for heard in talking {
        assert_eq!(heard.await.unwrap(), order);
    }
}

#[tokio::test]
async fn tabs_of_all_ways_are_one_person() {
    let app = chat();
    let mut bob = app.connect("Bob").await;
    let ada = app.sign_in("Ada").await;
    let mut tabs = Vec::new();
    for way in WAYS {
        let tab = Tab::open(&ada, way).await;
        assert_eq!(
            (&tab.auth["user"], &tab.auth["protocol"]),
            (&ada.shown(), &json!("tertulia.v1"))
        );
        tabs.push(tab);
    }
    assert_eq!(bob.next().await["type"], "online");
    for tab in &mut tabs {
        tab.say("hello").await;
        bob.next_is_chat("hello").await;
    }
    for tab in &mut tabs {
        for id in 1..=3 {
            assert_eq!(tab.next_of("chat").await["id"], id);
        }
    }
}

#[tokio::test]
async fn without_the_query_a_text_is_what_is_said() {
    let app = chat();
    let ada = app.sign_in("Ada").await;
    for way in WAYS {
        for query in ["", "?protocol=", "?protocol=tertulia.v9"] {
            let session = Session {
                query: query.into(),
                ..Session::of(&ada)
            };
            let mut tab = Tab::open_with(session, way).await;
            let auth = tab.next().await;
            assert_eq!((&auth["type"], &auth["protocol"]), (&json!("auth"), &json!("")));
            tab.commands(&[json!({ "type": "not a command" })]).await;
            let chat = tab.next_of("chat").await;
            assert_eq!(chat["text"], r#"{"type":"not a command"}"#);
        }
    }
}

#[tokio::test]
async fn nobody_has_no_session() {
    let app = chat();
    let nobody = Session::new(app.address, "/sockjs");
    for (method, verb) in [
        (Method::POST, "xhr"),
        (Method::POST, "xhr_streaming"),
        (Method::GET, "eventsource"),
    ] {
        let (status, body) = read(nobody.request(method, verb)).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &body["code"]), (401, &json!("no-session")), "{verb}");
    }
    assert_eq!(nobody.websocket().await.err(), Some(401));
    assert_eq!(nobody.try_send("[]").await.0, 404);
}

#[tokio::test]
async fn who_polls_no_more_is_told_of_after_the_delay_and_who_is_cut_at_once() {
    let app = chat();
    let mut bob = app.connect("Bob").await;
    let ada = app.sign_in("Ada").await;
    let polling = Tab::open(&ada, Way::Polling).await;
    let streaming = tab(&app, "Bea", Way::Streaming).await;
    let socket = tab(&app, "Cleo", Way::WebSocket).await;
    let mut names = Vec::new();
    for _ in 0..3 {
        names.push(bob.next_of("online").await["user"]["name"].clone());
    }
    assert_eq!(names, ["Ada", "Bea", "Cleo"]);
    // These two are seen to go.
    for (tab, name) in [(streaming, "Bea"), (socket, "Cleo")] {
        drop(tab);
        let told = bob.next().await;
        assert_eq!(
            (&told["type"], &told["user"]["name"]),
            (&json!("dropped"), &json!(name))
        );
        assert_eq!(told["reason"], "connection-lost");
    }
    // Ada is only away between two polls, for all that anybody knows.
    bob.hears_only("marker").await;
    polling.session.send(&[r#"{"type":"say","text":"here"}"#]).await;
    bob.next_is_chat("here").await;
    let told = bob.next().await;
    assert_eq!((&told["type"], &told["user"]), (&json!("dropped"), &ada.shown()));
    assert_eq!(told["reason"], "connection-lost");
    // Whoever comes too late is told so.
    assert_eq!(
        closed(&polling.session.poll().await),
        Some(ends_with(1002, "Connection interrupted"))
    );
}

#[tokio::test]
async fn polls_and_heartbeats_keep_a_session_alive_and_silence_does_not() {
    let app = spawn_app(Settings {
        heartbeat_interval: Some(Duration::from_millis(100)),
        heartbeat_timeout: Some(Duration::from_secs(1)),
        ..brief()
    });
    let mut bob = app.connect("Bob").await;
    for way in [Way::Polling, Way::Streaming] {
        let mut ada = tab(&app, "Ada", way).await;
        bob.next_of("online").await;
        ada.hears_only("here").await;
        let living = async {
            // Fifteen take longer than the timeout.
            for _ in 0..15 {
                ada.heartbeat().await;
            }
            ada.hears_only("still here").await;
            // This is its last word: the answer has ended, and it does not ask for another.
            ada.heartbeat().await;
        };
        let (told, ()) = tokio::join!(bob.next_of("dropped"), living);
        assert_eq!(
            (&told["user"]["name"], &told["reason"]),
            (&json!("Ada"), &json!("heartbeat-timeout")),
            "{way:?}"
        );
        assert_eq!(ada.closed().await, ends_with(4008, "heartbeat timeout"));
    }
}

#[tokio::test]
async fn who_comes_back_reads_what_they_missed_whatever_the_way() {
    let app = chat();
    let mut bob = app.connect("Bob").await;
    let ada = app.sign_in("Ada").await;
    let mut last = 0_u64;
    let mut epoch = bob.auth["epoch"].as_str().unwrap().to_owned();
    for (from, to) in [
        (Way::Polling, Way::WebSocket),
        (Way::WebSocket, Way::Streaming),
        (Way::Streaming, Way::Polling),
    ] {
        let mut before = Tab::open(&ada, from).await;
        before.hears_only("before").await;
        last += 1;
        drop(before);
        for text in ["missed", "missed too"] {
            bob.say(text).await;
            while bob.next_of("chat").await["text"] != text {}
        }
        let back = Session {
            query: format!("?protocol=tertulia.v1&epoch={epoch}&after={last}"),
            ..Session::of(&ada)
        };
        let mut back = Tab::open_with(back, to).await.greeted().await;
        assert_eq!(
            (numbers(&back.history), &back.gap),
            (vec![last + 1, last + 2], &Value::Null),
            "{to:?}"
        );
        back.hears_only("back").await;
        last += 3;
        epoch = back.auth["epoch"].as_str().unwrap().to_owned();
    }
    let nonsense = Session {
        query: format!("?protocol=tertulia.v1&epoch={epoch}"),
        ..Session::of(&ada)
    };
    let (status, body) = read(nonsense.request(Method::POST, "xhr")).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &body["code"]), (400, &json!("bad-resume")));
    let other = Session {
        query: "?protocol=tertulia.v1&epoch=0123456789abcdef&after=7".into(),
        ..Session::of(&ada)
    };
    let other = Tab::open_with(other, Way::Polling).await.greeted().await;
    assert_eq!(other.gap, json!({ "type": "gap", "reason": "restarted" }));
}

/// A tab of this person's on every way, each with an answer open.
async fn tabs(app: &TestApp, name: &str) -> (Person, Vec<Tab>) {
    let person = app.sign_in(name).await;
    let mut tabs = Vec::new();
    for way in WAYS {
        tabs.push(Tab::open(&person, way).await);
    }
    // What comes behind this is news.
    tabs[0].say("all are here").await;
    for tab in &mut tabs {
        assert_eq!(tab.next_of("chat").await["text"], "all are here");
        tab.listen().await;
    }
    (person, tabs)
}

#[tokio::test]
async fn log_out_ends_all_ways_and_the_cookie_opens_none() {
    let app = chat();
    let mut bob = app.connect("Bob").await;
    let (ada, mut tabs) = tabs(&app, "Ada").await;
    let between_polls = Tab::open(&ada, Way::Polling).await;
    bob.next_of("chat").await;
    ada.log_out().await;
    for tab in &mut tabs {
        assert_eq!(tab.closed().await, ends_with(1008, "session ended"));
    }
    assert_eq!(bob.next().await["type"], "offline");
    // Their cookie is nobody's by now; that it is over they are told all the same, and nothing else.
    let told = between_polls.session.poll().await;
    assert_eq!(closed(&told), Some(ends_with(1008, "session ended")));
    assert_eq!(between_polls.session.try_send("[]").await.0, 404);
    let (status, body) = read(Session::of(&ada).request(Method::POST, "xhr")).await;
    assert_eq!((status, body.contains("\"no-session\"")), (401, true));
    assert_eq!(Session::of(&ada).websocket().await.err(), Some(401));
}

#[tokio::test]
async fn kick_tells_all_ways_why_and_ends_them() {
    let app = chat();
    let operator = Operator::sign_in(&app).await;
    let mut bob = app.connect("Bob").await;
    let (ada, mut tabs) = tabs(&app, "Ada").await;
    bob.next_of("chat").await;
    let kick = json!({ "user": ada.id, "reason": "please stop flooding" });
    assert_eq!(operator.post("kick", kick).await, (200, json!({ "sockets": 3 })));
    for tab in &mut tabs {
        let (frames, end) = tab.rest().await;
        assert_eq!(end, ends_with(1008, "kicked"));
        let error = frames.last().unwrap();
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!("kicked"), &json!("please stop flooding"))
        );
    }
    assert_eq!(bob.next().await["reason"], "refused");
}

#[tokio::test]
async fn ban_keeps_an_address_out_on_all_ways() {
    let app = spawn_app(settings(&["--trusted-proxy", "127.0.0.1", "--shutdown-timeout", "0"]));
    let operator = Operator::sign_in(&app).await;
    let ada = app.sign_in("Ada").await;
    let session = Session::of(&ada);
    let from = |address: &str, session: &Session| {
        let request = session.request(Method::POST, "xhr");
        read(request.header("x-forwarded-for", address))
    };
    assert_eq!(from("203.0.113.5", &session).await, (200, "o\n".into()));
    let ban = json!({ "address": "203.0.113.0/24", "minutes": 60, "reason": "flooding" });
    let (status, made) = operator.post("bans", ban).await;
    assert_eq!((status, &made["sockets"]), (201, &json!(1)), "{made}");
    let (status, body) = from("203.0.113.9", &Session::of(&ada)).await;
    let body: Value = serde_json::from_str(&body).unwrap_or(Value::Null);
    assert_eq!((status, &body["code"]), (403, &json!("banned")));
    let (status, end) = from("203.0.113.5", &session).await;
    assert_eq!((status, closed(end.trim_end())), (200, Some(ends_with(1008, "kicked"))));
    let others = app.sign_in("Bea").await;
    assert_eq!(from("198.51.100.7", &Session::of(&others)).await, (200, "o\n".into()));
}

#[tokio::test]
async fn restart_is_told_on_all_ways_and_nobody_comes_in_meanwhile() {
    let mut app = spawn_app(Settings {
        shutdown_timeout: Settings::default().shutdown_timeout,
        ..brief()
    });
    let (ada, mut tabs) = tabs(&app, "Ada").await;
    // Nobody has told the one who is between two polls, so the server waits for the next.
    let mut between_polls = Tab::open(&ada, Way::Polling).await;
    app.begin_shutdown();
    for tab in &mut tabs {
        assert_eq!(tab.closed().await, ends_with(1012, "server restarting"));
    }
    let (status, body) = read(Session::of(&ada).request(Method::POST, "xhr")).await;
    assert_eq!((status, body.contains("\"restarting\"")), (503, true), "{body}");
    assert_eq!(between_polls.closed().await, ends_with(1012, "server restarting"));
}
