//! The chat by way of SockJS: the same room, people and order, whatever the transport.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tertulia::settings::Settings;

use super::{
    client::{Session, closed, read},
    tab::{Tab, WAYS, Way},
};
use crate::app::{TestApp, spawn_app};

/// Who left is told at once, and at the end nobody is waited for.
pub fn brief() -> Settings {
    Settings {
        presence_grace: Duration::ZERO,
        shutdown_timeout: Duration::ZERO,
        server_time_interval: None,
        ..Settings::default()
    }
}

pub fn chat() -> TestApp {
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
pub fn ends_with(code: u16, reason: &str) -> (u16, String) {
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
