//! The program as its operator sees it: first line, exit codes, settings, signals.

use std::{net::TcpListener, process::Output, time::Duration};

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::{
    peer::{PLAIN, Person, V1, eventually, http, metric},
    program::{Program, bare, command, run},
};

async fn status(app: &Program, path: &str) -> u16 {
    let answer = http()
        .get(format!("http://{}{path}", app.address))
        .send()
        .await
        .unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn first_line_says_where_and_nothing_follows() {
    let mut app = Program::start(&[]);
    assert!(app.address.ip().is_loopback() && app.address.port() != 0);
    for path in ["/", "/healthz", "/readyz", "/metrics"] {
        assert_eq!(status(&app, path).await, 200, "{path}");
    }
    app.signal("TERM");
    assert!(app.ended().await.success());
    assert_eq!(app.output(), "");
}

#[tokio::test]
async fn closed_standard_output_is_no_reason_to_fail() {
    let data_dir = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut child = bare(crate::program::BINARY)
        .args(["--bind", &free.to_string(), "--data-dir"])
        .arg(data_dir.path())
        .stdout(writer)
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    eventually("it serves, or ends", async || {
        let answer = http().get(format!("http://{free}/healthz")).send().await;
        answer.is_ok() || child.try_wait().unwrap().is_some()
    })
    .await;
    let ended = child.try_wait().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(ended, None);
}

fn one_line(output: &Output) -> String {
    let line = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(line.starts_with("error: "), "{line}");
    // A hint may stand below, after an empty line.
    assert!(line.lines().count() == 1 || line.lines().nth(1) == Some(""), "{line}");
    assert!(output.stdout.is_empty());
    line.lines().next().unwrap().to_owned()
}

#[test]
fn wrong_value_is_one_line_and_exit_code_two() {
    let cases: &[&[&str]] = &[
        &["--bind", "nowhere"],
        &["--heartbeat-interval", "soon"],
        &["--max-text", "-1"],
        &["--workers", "0"],
        &["--public-url", "ftp://example.org"],
        &["--base-path", "chat"],
        &["--allowed-origin", "https://chat.example.org/app"],
        &["--trusted-proxy", "10.0.0.0/33"],
        &["--outbox-bytes", "1 heap"],
        &["--log", "tertulia=loud"],
    ];
    for arguments in cases {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let line = one_line(&output);
        assert!(line.contains(arguments[0]) && line.contains(arguments[1]), "{line}");
    }
    assert_eq!(run(&["--nonsense"]).status.code(), Some(2));
    assert_eq!(run(&["--config", "/nowhere/at/all.toml"]).status.code(), Some(2));
    let mut by_environment = bare(crate::program::BINARY);
    let output = by_environment.env("TERTULIA_MAX_TEXT", "lots").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(one_line(&output).contains("TERTULIA_MAX_TEXT"));
}

#[test]
fn help_and_version_are_answers() {
    for flag in ["--help", "-h", "--version", "-V"] {
        let output = run(&[flag]);
        assert_eq!(output.status.code(), Some(0), "{flag}");
        assert!(output.stdout.starts_with(b"A self-hosted web chat") || output.stdout.starts_with(b"tertulia "));
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn address_that_is_taken_is_a_clear_error() {
    let data_dir = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = bare(crate::program::BINARY)
        .args(["--bind", &address, "--data-dir"])
        .arg(data_dir.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line = one_line(&output);
    assert!(line.contains("--bind") && line.contains(&address), "{line}");
}

#[test]
fn check_origin_says_yes_no_or_what_is_wrong_by_its_exit_code() {
    let listed = [
        "check-origin",
        "--allowed-origin",
        "https://*.example.org",
        "https://chat.example.org",
    ];
    let output = run(&listed);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"admitted: "));
    let output = run(&["check-origin", "https://evil.example.net"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.starts_with(b"refused: "));
    assert_eq!(run(&["check-origin", "not an origin"]).status.code(), Some(2));
    assert_eq!(run(&["check-origin"]).status.code(), Some(2));
}

#[tokio::test]
async fn flag_goes_before_environment_before_file() {
    let data_dir = tempfile::tempdir().unwrap();
    let file = data_dir.path().join("settings.toml");
    std::fs::write(&file, "max-text = \"1KiB\"\nmax-frames-per-second = 11\n").unwrap();
    for (variable, flag, text) in [
        (None, None, 1024),
        (Some("2KiB"), None, 2048),
        (Some("2KiB"), Some("3KiB"), 3072),
    ] {
        let mut command = command(data_dir.path());
        command.arg("--config").arg(&file);
        if let Some(value) = variable {
            command.env("TERTULIA_MAX_TEXT", value);
        }
        if let Some(value) = flag {
            command.args(["--max-text", value]);
        }
        let app = Program::spawn(command, data_dir.path());
        let ada = Person::sign_in(app.address, "Ada").await.connect().await;
        assert_eq!(ada.auth["limits"], json!({ "text": text, "frames": 11 }));
    }
}

#[tokio::test]
async fn signal_closes_every_socket_with_1012_and_ends_with_code_zero() {
    for signal in ["TERM", "INT"] {
        let mut app = Program::start(&[]);
        let ada = Person::sign_in(app.address, "Ada").await;
        let mut tabs = [ada.connect().await, ada.open(PLAIN).await.greeted().await];
        app.signal(signal);
        for tab in &mut tabs {
            assert_eq!(tab.closed().await, (1012, "server restarting".to_owned()), "{signal}");
        }
        assert_eq!(app.ended().await.code(), Some(0), "{}", app.log());
    }
}

#[tokio::test]
async fn queued_frames_are_written_before_the_end() {
    const TEXTS: usize = 200;
    let mut app = Program::start(&["--max-bytes-per-second", "0", "--outbox-bytes", "64MiB"]);
    let bob = Person::sign_in(app.address, "Bob").await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream: TcpStream = socket.connect(app.address).await.unwrap();
    let mut slow = bob.try_open_on(stream, PLAIN).await.ok().unwrap();
    let mut ada = Person::sign_in(app.address, "Ada")
        .await
        .open(PLAIN)
        .await
        .greeted()
        .await;
    let text = "x".repeat(60_000);
    for _ in 0..TEXTS {
        ada.send(text.clone()).await;
        ada.next_of("chat").await;
    }
    eventually("something waits for the slow one", async || {
        metric(app.address, "tertulia_queue_bytes").await > 0.0
    })
    .await;
    app.signal("TERM");
    assert_eq!(ada.closed().await.0, 1012);
    let (frames, closed) = slow.rest().await;
    assert_eq!(closed.0, 1012);
    assert_eq!(frames.iter().filter(|frame| frame["type"] == "chat").count(), TEXTS);
    assert_eq!(app.ended().await.code(), Some(0));
}

#[tokio::test]
async fn nobody_comes_in_while_the_server_drains_and_a_stuck_client_does_not_hold_it() {
    let mut app = Program::start(&["--shutdown-timeout", "4s"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    // It never answers the close frame, since it is not read.
    let _stuck = ada.connect().await;
    let mut quick = ada.connect().await;
    app.signal("TERM");
    assert_eq!(quick.closed().await.0, 1012);
    let refusal = ada.try_open(V1).await.err().unwrap();
    assert_eq!(refusal.status(), 503);
    let body: Value = serde_json::from_slice(refusal.body().as_ref().unwrap()).unwrap();
    assert_eq!(body["code"], "restarting");
    assert_eq!(status(&app, "/readyz").await, 503);
    assert_eq!(status(&app, "/healthz").await, 200);
    // The timeout, and some time for a busy machine.
    let ended = tokio::time::timeout(Duration::from_secs(4 + 5), app.ended()).await;
    assert_eq!(ended.expect("it ends within its timeout").code(), Some(0));
}

#[tokio::test]
async fn shutdown_timeout_of_zero_waits_for_nobody() {
    let mut app = Program::start(&["--shutdown-timeout", "0"]);
    let ada = Person::sign_in(app.address, "Ada").await;
    let _stuck = ada.connect().await;
    app.signal("TERM");
    let ended = tokio::time::timeout(Duration::from_secs(5), app.ended()).await;
    assert_eq!(ended.expect("it does not wait").code(), Some(0));
}

#[tokio::test]
async fn metrics_with_an_address_of_their_own_are_nowhere_else() {
    // The system just had this port free; nobody else asks for it by number.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let app = Program::start(&["--metrics-bind", &free.to_string()]);
    assert_eq!(status(&app, "/metrics").await, 404);
    let answer = http().get(format!("http://{free}/metrics")).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("tertulia_sockets 0"));
    for path in ["/", "/session", "/ws"] {
        let answer = http().get(format!("http://{free}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}
