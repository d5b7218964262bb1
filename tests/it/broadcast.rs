//! What is said reaches everyone, in one order and untouched.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    peer::{PLAIN, Person, V1},
    program::Program,
};

#[tokio::test]
async fn two_people_talk_both_ways() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let mut at_ada = ada.connect().await;
    let mut at_bob = bob.connect().await;
    assert_eq!(at_ada.next_of("online").await["user"], bob.shown());
    at_ada.say("hello Bob").await;
    for socket in [&mut at_ada, &mut at_bob] {
        let chat = socket.next().await;
        assert_eq!(
            (&chat["type"], &chat["id"], &chat["user"], &chat["text"]),
            (&json!("chat"), &json!(1), &ada.shown(), &json!("hello Bob"))
        );
    }
    at_bob.say("hello Ada").await;
    for socket in [&mut at_ada, &mut at_bob] {
        let chat = socket.next().await;
        assert_eq!((&chat["id"], &chat["user"]), (&json!(2), &bob.shown()));
    }
}

#[tokio::test]
async fn auth_comes_first_then_the_list_then_the_time_then_the_history() {
    let app = Program::start(&[
        "--heartbeat-interval",
        "7s",
        "--heartbeat-timeout",
        "9s",
        "--max-text",
        "5KiB",
    ]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.open(V1).await;
    let auth = socket.next().await;
    assert_eq!((&auth["type"], &auth["user"]), (&json!("auth"), &ada.shown()));
    assert_eq!(auth["protocol"], "tertulia.v1");
    assert_eq!(auth["heartbeat"], json!({ "interval": 7000, "timeout": 9000 }));
    assert_eq!(auth["limits"], json!({ "text": 5120, "frames": 100 }));
    let list = socket.next().await;
    assert_eq!(
        (&list["type"], &list["users"]),
        (&json!("user-list"), &json!([ada.shown()]))
    );
    assert_eq!(socket.next().await["type"], "server-time");
    assert_eq!(
        socket.next().await,
        json!({ "type": "history", "lines": [], "more": false })
    );
    // Nobody is told of their own coming once it stands in their list.
    socket.hears_only("marker").await;
}

#[tokio::test]
async fn text_frame_is_the_chat_text_where_no_sub_protocol_is_asked() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.open(PLAIN).await.greeted().await;
    assert_eq!(socket.auth["protocol"], "");
    for text in ["hello", r#"{"type":"say","text":"not a command"}"#, " spaces stay "] {
        socket.send(text).await;
        socket.next_is_chat(text).await;
    }
    socket.send(" \t\n").await;
    let error = socket.next().await;
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!("error"), &json!("empty-text"))
    );
}

#[tokio::test]
async fn client_that_offers_foreign_sub_protocols_is_served_without_one() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let offered = ada.open(Some("graphql-ws, tertulia.v1")).await.greeted().await;
    assert_eq!(offered.auth["protocol"], "tertulia.v1");
}

#[tokio::test]
async fn commands_are_carried_out_or_refused_with_their_ref() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.connect().await;
    socket
        .command(json!({ "type": "say", "text": "hello", "ref": "1" }))
        .await;
    socket.next_is_chat("hello").await;
    socket.command(json!({ "type": "user-list" })).await;
    let list = socket.next().await;
    assert_eq!(list, socket.list);
    let refused = [
        (json!({ "type": "shout", "ref": "2" }), "unknown-command", json!("2")),
        (json!({ "type": "say", "ref": "3" }), "unknown-command", json!("3")),
        (
            json!({ "type": "say", "text": "", "ref": "4" }),
            "empty-text",
            json!("4"),
        ),
        (
            json!({ "type": "say", "text": " \u{a0}\n", "ref": "5" }),
            "empty-text",
            json!("5"),
        ),
        (json!({ "type": "say", "text": "" }), "empty-text", json!(null)),
        (json!("hello"), "unknown-command", json!(null)),
        (json!([]), "unknown-command", json!(null)),
    ];
    for (command, code, reference) in refused {
        socket.command(command.clone()).await;
        let error = socket.next().await;
        assert_eq!(
            (&error["type"], &error["code"], &error["ref"]),
            (&json!("error"), &json!(code), &reference),
            "{command}"
        );
    }
    socket.send("not even JSON").await;
    assert_eq!(socket.next().await["code"], "unknown-command");
    socket.hears_only("still here").await;
}

#[tokio::test]
async fn everyone_hears_the_same_numbers_in_the_same_order() {
    const SENDERS: usize = 4;
    const TEXTS: usize = 100;
    let app = Program::start(&[]);
    let mut sockets = Vec::new();
    for number in 0..SENDERS {
        let person = Person::sign_in(app.address, &format!("Sender {number}")).await;
        sockets.push(person.connect().await);
    }
    let tasks: Vec<_> = sockets
        .into_iter()
        .enumerate()
        .map(|(number, mut socket)| {
            tokio::spawn(async move {
                let mut heard = Vec::new();
                for text in 0..TEXTS {
                    socket.say(&format!("{number} {text}")).await;
                    if text % 10 == 9 {
                        heard.push(socket.next_of("chat").await);
                    }
                }
                while heard.len() < SENDERS * TEXTS {
                    heard.push(socket.next_of("chat").await);
                }
                heard
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.unwrap());
    }
    let ids: Vec<_> = all[0].iter().map(|chat| chat["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=(SENDERS * TEXTS) as u64).collect::<Vec<_>>());
    assert!(all.iter().all(|heard| *heard == all[0]));
    let mut next = HashMap::new();
    for chat in &all[0] {
        let (sender, text) = chat["text"].as_str().unwrap().split_once(' ').unwrap();
        let next = next.entry(sender.to_owned()).or_insert(0);
        assert_eq!(text, next.to_string(), "what {sender} said is out of order");
        *next += 1;
    }
}

#[tokio::test]
async fn times_are_utc_with_milliseconds() {
    let app = Program::start(&["--presence-grace", "0"]);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    let bob = Person::sign_in(app.address, "Bob").await;
    bob.connect().await.close().await;
    let online = ada.next_of("online").await;
    let offline = ada.next_of("offline").await;
    ada.say("what time is it?").await;
    let chat = ada.next().await;
    for frame in [online, offline, chat] {
        let at = frame["at"].as_str().unwrap();
        assert_eq!(at.len(), "2026-11-25T17:43:03.123Z".len(), "{frame}");
        assert!(at.ends_with('Z') && at.as_bytes()[19] == b'.', "{frame}");
        let at: DateTime<Utc> = at.parse().unwrap();
        assert!((Utc::now() - at).num_seconds().abs() < 60, "{frame}");
    }
}

#[tokio::test]
async fn server_time_comes_at_its_interval() {
    let app = Program::start(&["--server-time-interval", "50ms"]);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    let first = ada.next().await;
    let second = ada.next().await;
    for frame in [&first, &second] {
        assert_eq!(frame["type"], "server-time");
    }
    assert!(second["at"].as_str() > first["at"].as_str());
}

#[tokio::test]
async fn text_travels_untouched() {
    let app = Program::start(&[]);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    let mut bob = Person::sign_in(app.address, "Bob")
        .await
        .open(PLAIN)
        .await
        .greeted()
        .await;
    for text in [
        r#"<script>alert("1")</script><img src=x onerror='alert(1)'>"#,
        "&lt;b&gt; &amp; \\ \\u0041 %00",
        "tab\t, line\nbreak\r\n",
        "林小雨 👩‍👩‍👧 مرحبا \u{202e}over\u{202c} e\u{301} \u{feff}",
        "\u{2028}\u{2029}\u{fffd}\u{10ffff}",
    ] {
        bob.send(text).await;
        assert_eq!(ada.next_of("chat").await["text"], text);
        bob.next_is_chat(text).await;
    }
}

#[tokio::test]
async fn control_characters_reach_nobody() {
    let app = Program::start(&[]);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    for text in ["nul \0", "\x1b[2Jclear the screen", "delete \x7f"] {
        ada.say(text).await;
        assert_eq!(ada.next().await["code"], "control-character");
    }
    ada.hears_only("marker").await;
}

#[tokio::test]
async fn who_speaks_comes_from_the_http_session() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let mut socket = ada.connect().await;
    let forged = json!({ "type": "say", "text": "I am Bob", "user": bob.shown(), "id": 99, "name": "Bob" });
    socket.command(forged).await;
    let answer = socket.next().await;
    // Passed over or refused, but never believed.
    if answer["type"] == "chat" {
        assert_eq!((&answer["user"], &answer["id"]), (&ada.shown(), &json!(1)));
    } else {
        assert_eq!(answer["code"], "unknown-command");
    }
}

#[tokio::test]
async fn burst_to_a_client_that_pauses_evicts_nobody() {
    const TEXTS: u64 = 500;
    let app = Program::start(&[]);
    let mut paused = Person::sign_in(app.address, "Ada").await.connect().await;
    let mut bob = Person::sign_in(app.address, "Bob").await.connect().await;
    for number in 1..=TEXTS {
        bob.say(&format!("text {number}")).await;
    }
    // The pause is what this is about: nothing is read in it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(paused.next().await["type"], "online");
    for socket in [&mut paused, &mut bob] {
        for number in 1..=TEXTS {
            assert_eq!(socket.next().await["id"], number);
        }
    }
    paused.say("I am back").await;
    bob.next_is_chat("I am back").await;
}
