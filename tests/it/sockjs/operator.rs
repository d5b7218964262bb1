//! What an operator does to sessions, on every way at once: kicks with a reason, bans, and restarts.

use reqwest::Method;
use serde_json::{Value, json};
use tertulia::settings::Settings;

use super::{
    chat::{brief, chat, ends_with},
    client::{Session, closed, read},
    tab::{Tab, WAYS, Way},
};
use crate::{
    admin::Operator,
    app::{TestApp, settings, spawn_app},
    peer::Person,
};

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
    let mut heard = String::new();
    let end = loop {
        let (status, frame) = from("203.0.113.5", &session).await;
        assert_eq!(status, 200);
        match closed(frame.trim_end()) {
            Some(end) => break end,
            None => heard += &frame,
        }
    };
    assert_eq!(end, ends_with(1008, "kicked"));
    assert!(heard.contains("you are banned from this chat until"), "{heard}");
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
