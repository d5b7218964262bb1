//! Who shows no life is given up, and nobody else.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::{
    peer::{PATIENCE, Person, Socket},
    program::{Program, signal},
};

const TIMEOUT: Duration = Duration::from_millis(900);
const OPTIONS: &[&str] = &[
    "--heartbeat-interval",
    "300ms",
    "--heartbeat-timeout",
    "900ms",
    "--presence-grace",
    "0",
];

/// Bob is told that Ada was lost to silence, once.
async fn told_once(bob: &mut Socket, ada: &Person) {
    let told = bob.next_of("dropped").await;
    assert_eq!(
        (&told["user"], &told["reason"]),
        (&ada.shown(), &json!("heartbeat-timeout"))
    );
    bob.hears_only("marker").await;
}

#[tokio::test]
async fn silent_peer_is_evicted_and_told_as_dropped_once() {
    let app = Program::start(OPTIONS);
    let mut bob = Person::sign_in(app.address, "Bob").await.connect().await;
    let ada = Person::sign_in(app.address, "Ada").await;
    let start = Instant::now();
    // It is not read any more, so no ping is answered.
    let mut silent = ada.connect().await;
    told_once(&mut bob, &ada).await;
    assert!(start.elapsed() >= TIMEOUT, "too early");
    let mut pings = 0;
    loop {
        match silent.message().await {
            Message::Ping(_) => pings += 1,
            Message::Close(Some(frame)) => {
                assert_eq!(
                    (u16::from(frame.code), frame.reason.as_str()),
                    (4008, "heartbeat timeout")
                );
                break;
            }
            _ => {}
        }
    }
    assert!(pings >= 1, "nobody is given up without having been asked");
}

#[tokio::test]
async fn peer_that_answers_pings_stays() {
    let app = Program::start(OPTIONS);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    let start = Instant::now();
    let mut pings = 0;
    while start.elapsed() < 3 * TIMEOUT {
        assert!(matches!(ada.message().await, Message::Ping(_)));
        pings += 1;
    }
    assert!(pings >= 2);
    ada.hears_only("I am here").await;
}

#[tokio::test]
async fn peer_that_talks_is_not_pinged() {
    let interval = Duration::from_millis(500);
    let app = Program::start(&["--heartbeat-interval", "500ms", "--heartbeat-timeout", "0"]);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    let (start, mut last, mut longest_silence) = (Instant::now(), Instant::now(), Duration::ZERO);
    let mut pings = 0;
    while start.elapsed() < 3 * interval {
        longest_silence = longest_silence.max(last.elapsed());
        last = Instant::now();
        ada.say("and another thing").await;
        while let Message::Ping(_) = ada.message().await {
            pings += 1;
        }
        tokio::time::sleep(interval / 20).await;
    }
    // A machine that is busy may have kept us silent.
    assert!(
        pings == 0 || longest_silence + interval / 10 >= interval,
        "{pings} pings, {longest_silence:?}"
    );
}

#[tokio::test]
async fn heartbeat_that_is_off_asks_nobody_and_evicts_nobody() {
    let app = Program::start(&["--heartbeat-interval", "0", "--heartbeat-timeout", "0"]);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    assert_eq!(ada.auth["heartbeat"], json!({ "interval": 0, "timeout": 0 }));
    // Long enough for a tick of any length that such a server could have.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    ada.say("nobody asked").await;
    assert!(matches!(ada.message().await, Message::Text(_)));
}

#[tokio::test]
async fn timeout_without_pings_evicts_too() {
    let app = Program::start(&["--heartbeat-interval", "0", "--heartbeat-timeout", "300ms"]);
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    assert_eq!(ada.closed().await.0, 4008);
}

const ADDRESS: &str = "FROZEN_PEER_ADDRESS";
const COOKIE: &str = "FROZEN_PEER_COOKIE";
const CONNECTED: &str = "the frozen peer is connected";

/// Not a test, but the peer of the one below, in a process of its own.
#[tokio::test]
#[ignore = "started by another test"]
async fn frozen_peer() {
    let (Ok(address), Ok(cookie)) = (std::env::var(ADDRESS), std::env::var(COOKIE)) else {
        return;
    };
    let ada = Person {
        address: address.parse().unwrap(),
        id: String::new(),
        name: String::new(),
        cookie,
    };
    let mut socket = ada.connect().await;
    println!("{CONNECTED}");
    loop {
        socket.message().await;
    }
}

#[tokio::test]
async fn frozen_process_is_evicted_and_told_as_dropped_once() {
    let app = Program::start(OPTIONS);
    let mut bob = Person::sign_in(app.address, "Bob").await.connect().await;
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "heartbeat::frozen_peer", "--ignored", "--nocapture"])
        .env(ADDRESS, app.address.to_string())
        .env(COOKIE, &ada.cookie)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(CONNECTED)));
    signal(child.id(), "STOP");
    let told = tokio::time::timeout(PATIENCE, told_once(&mut bob, &ada)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    told.expect("the frozen peer was not given up");
}
