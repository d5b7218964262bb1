//! What is told, to whom, and where.

use std::time::Duration;

use serde_json::{Value, json};
use tertulia::settings::Settings;

use super::{journal, kinds, next, open, until, watch};
use crate::{
    app::{settings, spawn_app},
    peer::{PLAIN, Person, V1},
    raw::{RawSocket, Request},
};

/// Somebody whose departure is told at once.
fn hasty() -> Settings {
    Settings {
        presence_grace: Duration::ZERO,
        ..Settings::default()
    }
}

#[tokio::test]
async fn watcher_reads_the_handshake_who_was_asked_and_what_the_registry_did() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let mut tab = watch(&ada).await;
    let told = until(&mut tab, "told").await;
    let interceptors: Vec<_> = told.iter().filter(|frame| frame["kind"] == "interceptor").collect();
    let names: Vec<_> = interceptors
        .iter()
        .map(|frame| frame["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["host", "origin", "form", "permits", "http-session"]);
    assert!(interceptors.iter().all(|frame| frame["verdict"] == "admitted"));
    assert_eq!(
        kinds(&told),
        [
            "watching",
            "handshake",
            "interceptor",
            "interceptor",
            "interceptor",
            "interceptor",
            "interceptor",
            "joined",
            "told"
        ]
    );
    let seqs: Vec<_> = told[1..].iter().map(|frame| frame["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(told[..8].iter().all(|frame| frame["socket"] == tab.auth["socket"]));
    let figures =
        json!({"sockets": 1, "max_sockets": 1024, "handshakes": 1, "max_handshakes": 1020, "per_second": 102});
    assert_eq!(interceptors[3]["figures"], figures);
    assert_eq!((&told[7]["sockets"], &told[7]["first"]), (&json!(1), &json!(true)));
    assert_eq!(
        (&told[8]["frame"]["type"], &told[8]["frame"]["user"]),
        (&json!("online"), &ada.shown())
    );
    assert_eq!(told[8]["sockets"], 0, "the newcomer has it in their list");
    let places = [
        "src/handler/chat/lab.rs",
        "src/server/lab.rs",
        "src/server/hosts.rs",
        "src/interceptor/origin.rs",
    ];
    for (frame, place) in told.iter().zip(places) {
        assert_eq!(frame["where"], place);
    }
}

#[tokio::test]
async fn handshake_is_shown_as_it_came_and_as_it_was_answered_but_for_the_cookie() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let request = Request::handshake("/ws?lab=1", app.address)
        .and("Cookie", &ada.cookie)
        .and("Authorization", "Bearer abcdefgh")
        .and("Sec-WebSocket-Protocol", "tertulia.v1");
    let mut raw = RawSocket::connect(app.address).await;
    let answer = raw.ask(&request).await;
    let port = raw.stream.local_addr().unwrap().port();
    let mut tab = watch(&ada).await;
    let told = next(&mut tab, "handshake").await;
    let sorted = |headers: &Value| {
        let mut headers: Vec<(String, String)> = serde_json::from_value(headers.clone()).unwrap();
        headers.sort();
        headers
    };
    assert_eq!(told["request"]["line"], "GET /ws?lab=1 HTTP/1.1");
    let name = ada.cookie.split('=').next().unwrap();
    let mut expected = [
        ("authorization", "••••".to_owned()),
        ("connection", "Upgrade".into()),
        ("cookie", format!("{name}=••••")),
        ("host", app.address.to_string()),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==".into()),
        ("sec-websocket-protocol", "tertulia.v1".into()),
        ("sec-websocket-version", "13".into()),
        ("upgrade", "websocket".into()),
    ]
    .map(|(name, value)| (name.to_owned(), value));
    expected.sort();
    assert_eq!(sorted(&told["request"]["headers"]), expected);
    assert_eq!(told["answer"]["line"], "HTTP/1.1 101 Switching Protocols");
    let mut answered: Vec<_> = answer.headers.into_iter().filter(|(name, _)| name != "date").collect();
    answered.sort();
    assert_eq!(sorted(&told["answer"]["headers"]), answered);
    assert_eq!(
        (&told["protocol"], &told["remote"]),
        (&json!("tertulia.v1"), &json!(format!("127.0.0.1:{port}")))
    );
}

#[tokio::test]
async fn session_says_whether_there_is_a_lab_and_where_there_is_none_nothing_is_told() {
    let app = spawn_app(settings(&["--lab=false"]));
    let ada = app.sign_in("Ada").await;
    assert!(!ada.has_lab().await);
    let mut tab = open(&ada).await;
    tab.command(json!({ "type": "lab", "do": "watch", "ref": "7" })).await;
    let refused = tab.next().await;
    assert_eq!((&refused["code"], &refused["ref"]), (&json!("lab-off"), &json!("7")));
    for deed in ["vanish", "deafen", "unwatch"] {
        tab.command(json!({ "type": "lab", "do": deed })).await;
        assert_eq!(tab.next().await["code"], "lab-off", "{deed}");
    }
    tab.hears_only("still here").await;

    let open_app = spawn_app(settings(&["--lab"]));
    let bob = open_app.sign_in("Bob").await;
    assert!(bob.has_lab().await);
}

#[tokio::test]
async fn socket_that_did_not_ask_has_no_lab() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let _watches = watch(&ada).await;
    let mut tab = ada.connect().await;
    tab.command(json!({ "type": "lab", "do": "vanish" })).await;
    assert_eq!(tab.next().await["code"], "lab-off");
    let mut plain = ada.open(PLAIN).await.greeted().await;
    let command = r#"{"type":"lab","do":"vanish"}"#;
    plain.send(command).await;
    plain.next_is_chat(command).await;
}

#[tokio::test]
async fn others_are_none_of_ones_business() {
    let app = spawn_app(hasty());
    let (ada, bob) = (app.sign_in("Ada").await, app.sign_in("Bob").await);
    let mut watcher = watch(&ada).await;
    until(&mut watcher, "told").await;
    let mut other = watch(&bob).await;
    other.say("a secret of mine").await;
    watcher.next_of("chat").await;
    other.command(json!({ "type": "lab", "do": "vanish" })).await;
    watcher.next_of("dropped").await;
    let mut bob_again = watch(&bob).await;
    next(&mut bob_again, "ended").await;
    watcher.command(json!({ "type": "lab", "do": "unwatch" })).await;
    let told = until(&mut watcher, "unwatched").await;
    assert!(
        told.iter().all(|frame| frame["socket"] == watcher.auth["socket"]),
        "{told:#?}"
    );
    assert!(
        kinds(&told).iter().all(|kind| ["frame-in", "unwatched"].contains(kind)),
        "{told:#?}"
    );
}

#[tokio::test]
async fn one_tab_watches_another_and_learns_why_nobody_is_told() {
    let app = spawn_app(hasty());
    let ada = app.sign_in("Ada").await;
    let mut watcher = watch(&ada).await;
    until(&mut watcher, "told").await;
    let tab = ada.connect().await;
    let joined = next(&mut watcher, "joined").await;
    assert_eq!((&joined["sockets"], &joined["first"]), (&json!(2), &json!(false)));
    assert_eq!(joined["socket"], tab.auth["socket"]);
    tab.reset();
    let left = next(&mut watcher, "left").await;
    assert_eq!(
        (&left["sockets"], &left["ending"], &left["code"]),
        (&json!(1), &json!("lost"), &json!(1006))
    );
}

#[tokio::test]
async fn next_socket_reads_what_others_were_told_of_the_last_one() {
    let app = spawn_app(hasty());
    let ada = app.sign_in("Ada").await;
    let mut bob = app.connect("Bob").await;
    let first = open(&ada).await;
    bob.next_of("online").await;
    first.close().await;
    let offline = bob.next_of("offline").await;
    let story = journal(&ada).await;
    let end = story.iter().position(|frame| frame["kind"] == "ended").unwrap();
    assert_eq!(kinds(&story[end..end + 4]), ["ended", "grace", "told", "handshake"]);
    assert_eq!(
        (&story[end]["ending"], &story[end]["code"]),
        (&json!("closed-by-peer"), &json!(1000))
    );
    assert_eq!(
        (&story[end + 1]["would_be"], &story[end + 1]["ms"]),
        (&json!("offline"), &json!(0))
    );
    assert_eq!(
        (&story[end + 2]["frame"], &story[end + 2]["sockets"]),
        (&offline, &json!(1))
    );
    // Whoever knows some of it reads the rest.
    let known = story[end]["seq"].clone();
    let mut second = open(&ada).await;
    second
        .command(json!({ "type": "lab", "do": "watch", "after": known }))
        .await;
    assert_eq!(next(&mut second, "grace").await["seq"], story[end + 1]["seq"]);
}

#[tokio::test]
async fn return_within_the_grace_is_told_as_one() {
    let app = spawn_app(settings(&["--presence-grace", "60s"]));
    let ada = app.sign_in("Ada").await;
    open(&ada).await.cut().await;
    // The server has seen the end once it counts one socket less.
    crate::peer::eventually("the end", async || {
        crate::peer::metric(app.address, "tertulia_sockets").await == 0.0
    })
    .await;
    let mut tab = watch(&ada).await;
    let grace = next(&mut tab, "grace").await;
    assert_eq!((&grace["ms"], &grace["would_be"]), (&json!(60_000), &json!("dropped")));
    let told = until(&mut tab, "joined").await;
    assert!(kinds(&told).ends_with(&["returned", "joined"]), "{told:#?}");
    assert_eq!(told.last().unwrap()["first"], false);
}

#[tokio::test]
async fn turned_away_and_logged_out_are_told_as_well() {
    let app = spawn_app(settings(&["--max-sockets-per-user", "1"]));
    let ada = app.sign_in("Ada").await;
    let mut watcher = watch(&ada).await;
    assert_eq!(ada.open(V1).await.closed().await.0, 1008);
    let turned_away = next(&mut watcher, "turned-away").await;
    assert_eq!(
        (&turned_away["code"], &turned_away["reason"]),
        (&json!(1008), &json!("too many sockets"))
    );
    ada.log_out().await;
    let told = next(&mut watcher, "told").await;
    assert_eq!(
        (&told["frame"]["type"], &told["frame"]["user"]),
        (&json!("offline"), &ada.shown())
    );
}

#[tokio::test]
async fn frames_are_told_by_kind_and_size() {
    let app = spawn_app(Settings::default());
    let ada: Person = app.sign_in("Ada").await;
    let mut tab = watch(&ada).await;
    // The command itself is the first.
    let own = next(&mut tab, "frame-in").await;
    tab.say("hello").await;
    let frame = next(&mut tab, "frame-in").await;
    let said = json!({ "type": "say", "text": "hello" }).to_string();
    assert_eq!((&frame["opcode"], &frame["name"]), (&json!(1), &json!("text")));
    assert_eq!((&frame["bytes"], &frame["life"]), (&json!(said.len()), &json!(true)));
    assert!(frame["seq"].as_u64() > own["seq"].as_u64());
    assert!(!frame.to_string().contains("hello"));
}
