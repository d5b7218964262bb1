//! What one may do to one's own socket, and what follows.

use std::time::Duration;

use serde_json::{Value, json};
use tertulia::settings::Settings;

use super::{journal, kinds, last, next, watch};
use crate::{
    app::{settings, spawn_app},
    peer::Socket,
    raw::{CLOSE, End, RawSocket, Request, parse},
};

fn lab(r#do: &str) -> Value {
    json!({ "type": "lab", "do": r#do })
}

/// A masked text frame of a client.
fn text(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    frame
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn feed(tab: &mut Socket, digits: &str) {
    tab.command(json!({ "type": "lab", "do": "feed", "bytes": digits }))
        .await;
}

#[tokio::test]
async fn vanishing_is_a_reset_without_a_close_frame_and_others_read_dropped() {
    let app = spawn_app(settings(&["--presence-grace", "0"]));
    let mut bob = app.connect("Bob").await;
    let ada = app.sign_in("Ada").await;
    let request = Request::handshake("/ws?lab=1", app.address)
        .and("Cookie", &ada.cookie)
        .and("Sec-WebSocket-Protocol", "tertulia.v1");
    let mut raw = RawSocket::open(app.address, &request).await;
    bob.next_of("online").await;
    raw.write(&text(&lab("vanish").to_string())).await;
    let (rest, end) = raw.rest().await;
    assert_eq!(end, End::Reset);
    let mut rest = &rest[..];
    while let Some((frame, bytes)) = parse(rest) {
        assert_ne!(frame.first & 0xF, CLOSE, "a close frame came");
        rest = &rest[bytes..];
    }
    let dropped = bob.next_of("dropped").await;
    assert_eq!(
        (&dropped["user"], &dropped["reason"]),
        (&ada.shown(), &json!("connection-lost"))
    );
    let told = journal(&ada).await;
    let (command, ended) = (last(&told, "command"), last(&told, "ended"));
    assert_eq!(
        (&command["kind"], &command["do"]),
        (&json!("command"), &json!("vanish"))
    );
    assert_eq!(
        (&ended["ending"], &ended["code"], &ended["by"]),
        (&json!("lost"), &json!(1006), &json!("network"))
    );
}

#[tokio::test]
async fn deaf_socket_is_evicted_by_the_real_sweeper_although_it_answers() {
    let app = spawn_app(Settings {
        heartbeat_interval: Some(Duration::from_millis(200)),
        heartbeat_timeout: Some(Duration::from_millis(700)),
        presence_grace: Duration::ZERO,
        ..Settings::default()
    });
    let mut bob = app.connect("Bob").await;
    let ada = app.sign_in("Ada").await;
    let mut tab = watch(&ada).await;
    next(&mut tab, "told").await;
    tab.command(lab("deafen")).await;
    let command = next(&mut tab, "command").await;
    assert!(
        command["evicts_in"].as_u64().is_some_and(|ms| (1..=900).contains(&ms)),
        "{command}"
    );
    // What it says is still said, but shows no life.
    tab.say("can you hear me?").await;
    // Both are read meanwhile, since their pongs go out while they are.
    let ((frames, closed), dropped) = tokio::join!(tab.rest(), bob.next_of("dropped"));
    assert_eq!(closed, (4008, "heartbeat timeout".into()));
    let of_kind = |kind: &str| {
        frames
            .iter()
            .filter(|frame| frame["kind"] == kind)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert!(of_kind("frame-in").iter().all(|frame| frame["life"] == false));
    let (pings, pongs) = (of_kind("ping"), of_kind("pong"));
    assert!(!pings.is_empty() && pongs.len() == pings.len(), "{frames:#?}");
    assert!(pongs.iter().all(|pong| pong["micros"].as_u64().is_some()));
    assert_eq!(
        (&dropped["user"], &dropped["reason"]),
        (&ada.shown(), &json!("heartbeat-timeout"))
    );
    assert!(frames.iter().any(|frame| frame["text"] == "can you hear me?"));
    let mut told = journal(&ada).await;
    let end = told.iter().position(|frame| frame["kind"] == "grace").unwrap();
    told.truncate(end + 1);
    assert!(
        kinds(&told).ends_with(&["look", "evicted", "ended", "grace"]),
        "{told:#?}"
    );
    let look = &told[told.len() - 4];
    assert_eq!(
        (&look["verdict"], &look["next"], &look["evicts_in"]),
        (&json!("dead"), &json!(null), &json!(0))
    );
    assert_eq!(told[told.len() - 3]["why"], "heartbeat-timeout");
    assert_eq!(told[told.len() - 2]["code"], 4008);
}

#[tokio::test]
async fn each_broken_rule_has_its_real_close_code() {
    let app = spawn_app(Settings::default());
    let ada = app.sign_in("Ada").await;
    let cases: [(&str, u16, &str, &str); 13] = [
        ("c18000000000", 1002, "reserved bit set", "5.2"),
        ("838000000000", 1002, "reserved opcode", "5.2"),
        ("810161", 1002, "frame not masked", "5.1"),
        ("098000000000", 1002, "fragmented control frame", "5.5"),
        ("89fe00", 1002, "control frame too long", "5.5"),
        ("808000000000", 1002, "nothing to continue", "5.4"),
        ("018100000000610181", 1002, "message inside a message", "5.4"),
        ("81fe0001", 1002, "length not minimal", "5.2"),
        ("81ffff", 1002, "length has its top bit set", "5.2"),
        ("88810000000003", 1002, "half a close code", "5.5.1"),
        ("88820000000003ed", 1002, "close code may not travel", "7.4"),
        ("818100000000ff", 1007, "not UTF-8", "8.1"),
        ("81ff0000000010000000", 1009, "message too big", "10.4"),
    ];
    for (bytes, code, rule, section) in cases {
        let mut tab = watch(&ada).await;
        feed(&mut tab, bytes).await;
        assert_eq!(tab.closed().await, (code, rule.to_owned()), "{bytes}");
        let told = journal(&ada).await;
        let decoder = last(&told, "decoder");
        assert_eq!(
            (&decoder["rule"], &decoder["section"], &decoder["code"]),
            (&json!(rule), &json!(section), &json!(code))
        );
        assert_eq!(last(&told, "command")["bytes"], bytes.len() / 2);
        assert_eq!(
            (&last(&told, "ended")["ending"], &last(&told, "ended")["code"]),
            (&json!("refused"), &json!(code))
        );
    }
}

#[tokio::test]
async fn fed_bytes_are_decoded_in_their_place_like_any() {
    let app = spawn_app(Settings::default());
    let mut tab = watch(&app.sign_in("Ada").await).await;
    // A whole command, and half of one that the next feed ends.
    let one = text(r#"{"type":"say","text":"one"}"#);
    let two = text(r#"{"type":"say","text":"two"}"#);
    feed(&mut tab, &hex(&[&one[..], &two[..]].concat())).await;
    tab.say("three").await;
    for expected in ["one", "two", "three"] {
        assert_eq!(tab.next_of("chat").await["text"], expected);
    }
    // A ping is answered, a close is echoed.
    feed(&mut tab, "888200000000 03e8".replace(' ', "").as_str()).await;
    assert_eq!(tab.closed().await.0, 1000);
}

#[tokio::test]
async fn feeding_may_ask_for_more_of_itself_and_comes_to_an_end() {
    let app = spawn_app(Settings::default());
    let mut tab = watch(&app.sign_in("Ada").await).await;
    let mut command = json!({ "type": "say", "text": "inmost" }).to_string();
    for _ in 0..5 {
        let mut frame = vec![0x81, 0x80 | 126];
        frame.extend_from_slice(&(command.len() as u16).to_be_bytes());
        if command.len() < 126 {
            frame = vec![0x81, 0x80 | command.len() as u8];
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(command.as_bytes());
        command = json!({ "type": "lab", "do": "feed", "bytes": hex(&frame) }).to_string();
    }
    tab.send(command).await;
    assert_eq!(tab.next_of("chat").await["text"], "inmost");
}

#[tokio::test]
async fn bytes_that_are_none_are_refused_and_the_socket_lives_on() {
    let app = spawn_app(Settings::default());
    let mut tab = watch(&app.sign_in("Ada").await).await;
    for digits in ["", "8", "zz", &"00".repeat(4097)] {
        feed(&mut tab, digits).await;
        assert_eq!(tab.next_of("error").await["code"], "bad-bytes");
    }
    tab.say("still here").await;
    assert_eq!(tab.next_of("chat").await["text"], "still here");
}

#[tokio::test]
async fn other_tab_sees_the_queue_of_one_that_does_not_read_until_it_is_evicted() {
    let app = spawn_app(settings(&["--outbox-bytes", "64KiB", "--outbox-time", "0", "--lab"]));
    let ada = app.sign_in("Ada").await;
    let mut watcher = watch(&ada).await;
    let request = Request::handshake("/ws?lab=1", app.address).and("Cookie", &ada.cookie);
    let stuck = RawSocket::open(app.address, &request).await;
    let joined = loop {
        let joined = next(&mut watcher, "joined").await;
        if joined["first"] == false {
            break joined;
        }
    };
    let mut told = Vec::new();
    // Whatever the system buffers for it is full at some time.
    while told.last().is_none_or(|frame: &Value| frame["kind"] != "ended") {
        watcher.say(&"x".repeat(60 << 10)).await;
        loop {
            let frame = watcher.next().await;
            if frame["type"] == "chat" {
                break;
            }
            if frame["type"] == "lab" && frame["socket"] == joined["socket"] {
                told.push(frame);
            }
            if told.last().is_some_and(|frame| frame["kind"] == "ended") {
                break;
            }
        }
    }
    let queue = last(&told, "queue");
    assert!(queue["bytes"].as_u64() > Some(0));
    let (evicted, ended) = (last(&told, "evicted"), last(&told, "ended"));
    assert_eq!(evicted["why"], "slow-consumer");
    assert!(evicted["queued"].as_u64() > Some(64 << 10));
    assert_eq!(
        (&ended["code"], &ended["loss"]),
        (&json!(1013), &json!("slow-consumer"))
    );
    drop(stuck);
}
