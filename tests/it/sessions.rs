//! The HTTP session: it outlives the server, and nothing outlives it.

use std::{fs, path::Path, pin::pin};

use serde_json::json;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    peer::{Person, Socket, V1, eventually, http},
    program::{Program, command},
};

#[tokio::test]
async fn restart_signs_nobody_out() {
    let data_dir = tempfile::tempdir().unwrap();
    let before = Program::start_in(data_dir.path(), &[]);
    let ada = Person::sign_in(before.address, "Ada").await;
    let first = ada.connect().await;
    first.close().await;
    before.stop().await;
    let after = Program::start_in(data_dir.path(), &[]);
    let ada = ada.at(after.address);
    assert_eq!(ada.who().await, (200, ada.shown()));
    assert_eq!(ada.connect().await.auth["user"], ada.shown());
}

#[tokio::test]
async fn crash_signs_nobody_out() {
    let data_dir = tempfile::tempdir().unwrap();
    let before = Program::start_in(data_dir.path(), &[]);
    let ada = Person::sign_in(before.address, "Ada").await;
    // Without a word: SIGKILL.
    drop(before);
    let after = Program::start_in(data_dir.path(), &[]);
    assert_eq!(ada.at(after.address).who().await.0, 200);
}

/// This cookie is nobody's, at every door.
pub async fn is_nobody(ada: &Person) {
    let (status, answer) = ada.who().await;
    assert_eq!((status, &answer["code"]), (401, &json!("no-session")));
    assert_eq!(ada.try_open(V1).await.err().unwrap().status(), 401);
}

#[tokio::test]
async fn log_out_is_final_also_after_a_restart() {
    let data_dir = tempfile::tempdir().unwrap();
    let before = Program::start_in(data_dir.path(), &[]);
    let ada = Person::sign_in(before.address, "Ada").await;
    let mut socket = ada.connect().await;
    ada.log_out().await;
    assert_eq!(socket.closed().await.0, 1008);
    is_nobody(&ada).await;
    // A second time is harmless.
    ada.log_out().await;
    before.stop().await;
    let after = Program::start_in(data_dir.path(), &[]);
    is_nobody(&ada.at(after.address)).await;
}

#[tokio::test]
async fn planted_cookie_is_worth_nothing_after_a_name_is_taken() {
    let app = Program::start(&[]);
    let planted = Person::sign_in(app.address, "Mallory").await;
    // Her browser was made to send Mallory's cookie.
    let victim = planted.rename("Ada").await.unwrap();
    assert_ne!(victim.cookie, planted.cookie);
    is_nobody(&planted).await;
    assert_eq!(victim.who().await, (200, victim.shown()));
}

#[tokio::test]
async fn forged_and_foreign_cookies_are_nobody() {
    let (app, other) = (Program::start(&[]), Program::start(&[]));
    let ada = Person::sign_in(app.address, "Ada").await;
    let foreign = Person::sign_in(other.address, "Ada").await.at(app.address);
    let mut changed = ada.clone();
    let last = changed.cookie.pop().unwrap();
    changed.cookie.push(if last == '0' { '1' } else { '0' });
    let empty = Person {
        cookie: "tertulia=".into(),
        ..ada.clone()
    };
    for nobody in [foreign, changed, empty] {
        is_nobody(&nobody).await;
    }
    assert_eq!(ada.who().await.0, 200);
}

#[tokio::test]
async fn same_name_again_changes_nothing() {
    let app = Program::start(&[]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.connect().await;
    assert_eq!(ada.rename("Ada").await.unwrap_err(), 200);
    assert_eq!(ada.who().await, (200, ada.shown()));
    socket.hears_only("still here").await;
}

#[tokio::test]
async fn session_that_nobody_uses_ends_after_its_time() {
    let app = Program::start(&["--session-ttl", "1s"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    assert_eq!(ada.who().await.0, 200);
    // A look would prolong it, so the purge is seen from outside.
    eventually("the session is purged", async || {
        count_sessions(app.data_dir()).await == 0
    })
    .await;
    is_nobody(&ada).await;
}

#[tokio::test]
async fn being_online_keeps_the_session_alive() {
    let app = Program::start(&[
        "--session-ttl",
        "1s",
        "--heartbeat-interval",
        "200ms",
        "--heartbeat-timeout",
        "10s",
    ]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.connect().await;
    // Answers to pings are all the life that it shows; fifteen take three times as long as the session lasts.
    for _ in 0..15 {
        assert!(socket.message().await.is_ping());
    }
    assert_eq!(ada.who().await.0, 200);
    socket.hears_only("I was here all the time").await;
}

async fn database(data_dir: &Path) -> sqlx::SqliteConnection {
    SqliteConnectOptions::new()
        .filename(data_dir.join("tertulia.sqlite3"))
        .connect()
        .await
        .unwrap()
}

async fn count_sessions(data_dir: &Path) -> i64 {
    let mut database = database(data_dir).await;
    sqlx::query_scalar("SELECT count(*) FROM http_sessions")
        .fetch_one(&mut database)
        .await
        .unwrap()
}

#[tokio::test]
async fn expiry_closes_the_sockets() {
    let app = Program::start(&["--presence-grace", "1h"]);
    let bob = Person::sign_in(app.address, "Bob").await;
    let mut bob = bob.connect().await;
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.connect().await;
    assert_eq!(bob.next().await["type"], "online");
    // Whoever is online is kept alive, so time is turned back for the one who came last.
    let mut database = database(app.data_dir()).await;
    let changed = sqlx::query("UPDATE http_sessions SET expires_at = 1 WHERE state LIKE '%Ada%'")
        .execute(&mut database)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
    assert_eq!(socket.closed().await, (1008, "session ended".to_owned()));
    let told = bob.next().await;
    assert_eq!((&told["type"], &told["user"]), (&json!("offline"), &ada.shown()));
    is_nobody(&ada).await;
}

/// Starts a second server, which should fail: its exit code, and its one line.
fn refused(data_dir: &Path) -> (Option<i32>, String) {
    let output = command(data_dir).output().unwrap();
    assert!(output.stdout.is_empty());
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    (output.status.code(), log)
}

#[tokio::test]
async fn two_servers_do_not_share_a_data_directory() {
    let app = Program::start(&[]);
    let (code, line) = refused(app.data_dir());
    assert_eq!(code, Some(1));
    assert!(
        line.starts_with("error: --data-dir ") && line.contains("another tertulia is using it"),
        "{line}"
    );
    assert_eq!(
        http()
            .get(format!("http://{}/readyz", app.address))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[test]
fn data_directory_that_cannot_be_written_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for data_dir in [file.clone(), file.join("below"), "/proc/tertulia".into()] {
        let (code, line) = refused(&data_dir);
        assert_eq!(code, Some(1));
        assert!(
            line.contains("--data-dir") && line.contains("cannot be written"),
            "{line}"
        );
    }
}

/// The `Set-Cookie` of a sign-in.
async fn set_cookie(app: &Program) -> String {
    let answer = http()
        .post(format!("http://{}/session", app.address))
        .json(&json!({ "name": "Ada" }))
        .send()
        .await
        .unwrap();
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies.len(), 1);
    cookies[0].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let cookie = set_cookie(&Program::start(&[])).await;
    assert!(cookie.starts_with("tertulia="), "{cookie}");
    let has = |attribute: &str| cookie.split("; ").any(|part| part.eq_ignore_ascii_case(attribute));
    assert!(
        has("HttpOnly") && has("SameSite=Lax") && has("Path=/") && !has("Secure"),
        "{cookie}"
    );
    assert!(!cookie.to_lowercase().contains("domain="), "{cookie}");
}

#[tokio::test]
async fn cookie_of_an_https_site_is_secure_and_bound_to_the_host() {
    let app = Program::start(&["--public-url", "https://chat.example.org"]);
    let cookie = set_cookie(&app).await;
    assert!(cookie.starts_with("__Host-tertulia="), "{cookie}");
    let has = |attribute: &str| cookie.split("; ").any(|part| part.eq_ignore_ascii_case(attribute));
    assert!(
        has("HttpOnly") && has("SameSite=Lax") && has("Path=/") && has("Secure"),
        "{cookie}"
    );
    assert!(!cookie.to_lowercase().contains("domain="), "{cookie}");
    let ada = Person {
        address: app.address,
        id: String::new(),
        name: String::new(),
        cookie: cookie.split(';').next().unwrap().into(),
    };
    assert_eq!(ada.who().await.0, 200);
}

/// A person who speaks as often as they are pinged, beside another who only reads, until what one of them waits for.
async fn speak_until<T>(socket: &mut Socket, ended: impl Future<Output = T>) -> T {
    let mut ended = pin!(ended);
    loop {
        tokio::select! {
            ended = &mut ended => return ended,
            message = socket.message() => if message.is_ping() {
                socket.say("still here").await;
            },
        }
    }
}

const BRIEF: [&str; 6] = [
    "--session-ttl",
    "2s",
    "--heartbeat-interval",
    "100ms",
    "--heartbeat-timeout",
    "1m",
];

#[tokio::test]
async fn who_only_reads_is_logged_out_where_texts_are_life() {
    let app = Program::start(&[&BRIEF[..], &["--session-activity", "texts"]].concat());
    let (ada, bob) = (
        Person::sign_in(app.address, "Ada").await,
        Person::sign_in(app.address, "Bob").await,
    );
    let mut read = ada.connect().await;
    let mut spoken = bob.connect().await;
    // Three lives of who only reads; one alone could end before the other would.
    for life in 0..3 {
        let closed = speak_until(&mut spoken, read.closed()).await;
        assert_eq!(closed, (1008, "session ended".to_owned()));
        is_nobody(&ada).await;
        read = Person::sign_in(app.address, &format!("Ada {life}"))
            .await
            .connect()
            .await;
    }
    assert_eq!(bob.who().await.0, 200);
}

#[tokio::test]
async fn handshakes_alone_may_be_life() {
    let app = Program::start(&[&BRIEF[..], &["--session-activity", "handshakes"]].concat());
    let ada = Person::sign_in(app.address, "Ada").await;
    let mut socket = ada.connect().await;
    loop {
        match socket.message().await {
            Message::Ping(_) => socket.say("still here").await,
            Message::Close(Some(close)) => {
                assert_eq!(u16::from(close.code), 1008);
                break;
            }
            _ => {}
        }
    }
    is_nobody(&ada).await;
}
