//! The program under a service manager: the socket that it is handed, what it tells, where it keeps data. The tests do
//! what systemd does, by a shell that puts the socket at descriptor 3 and becomes the program.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        fd::OwnedFd,
        unix::net::{UnixDatagram, UnixListener},
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    peer::{Person, eventually, http},
    program::{BINARY, Program, bare, run},
};

/// Becomes the program, with what was standard input as the first descriptor that is handed over.
const HAND_OVER: &str = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ exec "$@""#;

/// The program with `socket` handed over, without any address of its own.
fn with_socket(socket: impl Into<OwnedFd>, data_dir: &Path) -> Command {
    let mut command = bare("sh");
    command
        .args(["-c", HAND_OVER, "sh", BINARY, "--data-dir"])
        .arg(data_dir)
        .env("LISTEN_FDS", "1")
        .stdin(Stdio::from(socket.into()));
    command
}

/// What a service manager hears by one datagram.
fn heard(ear: &UnixDatagram) -> String {
    let mut bytes = [0; 1024];
    let length = ear.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn socket_that_was_handed_over_is_served_and_readiness_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let ear = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // It is taken in before there is anybody to serve it.
    let mut early = TcpStream::connect(address).unwrap();
    early
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut command = with_socket(socket, folder.path());
    command
        .args(["--shutdown-timeout", "7s"])
        .env("NOTIFY_SOCKET", folder.path().join("notify"));
    let mut app = Program::spawn(command, folder.path());
    assert_eq!(app.address, address);
    let ready = heard(&ear);
    assert!(
        ready.starts_with("READY=1\n") && ready.contains(&address.to_string()),
        "{ready}"
    );
    let mut answer = String::new();
    early.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let ada = Person::sign_in(address, "Ada").await;
    let _tab = ada.connect().await;
    // A reload with nothing to read again is survived, or what follows would not be heard.
    app.signal("HUP");
    app.signal("TERM");
    let stopping = heard(&ear);
    assert!(stopping.starts_with("STOPPING=1\n"), "{stopping}");
    assert!(stopping.contains("EXTEND_TIMEOUT_USEC=12000000"), "{stopping}");
    assert!(app.ended().await.success(), "{}", app.log());
}

#[test]
fn watchdog_is_told_while_the_server_lives() {
    let folder = tempfile::tempdir().unwrap();
    let ear = UnixDatagram::bind(folder.path().join("notify")).unwrap();
    let mut command = crate::program::command(folder.path());
    command
        .env("NOTIFY_SOCKET", folder.path().join("notify"))
        .env("WATCHDOG_USEC", "20000");
    let _app = Program::spawn(command, folder.path());
    assert!(heard(&ear).starts_with("READY=1"));
    for _ in 0..3 {
        assert_eq!(heard(&ear), "WATCHDOG=1");
    }
}

#[tokio::test]
async fn data_goes_where_systemd_made_room() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    std::fs::create_dir(&state).unwrap();
    let mut command = bare(BINARY);
    command
        .args(["--bind", "127.0.0.1:0"])
        .env("STATE_DIRECTORY", format!("{}:/elsewhere", state.display()))
        .env("HOME", folder.path());
    let app = Program::spawn(command, &state);
    assert!(state.join("session.key").exists());
    assert!(!folder.path().join(".local").exists());
    app.stop().await;
}

#[tokio::test]
async fn handed_over_address_decides_what_follows_from_bind() {
    let folder = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let app = Program::spawn(with_socket(socket, folder.path()), folder.path());
    // Others than this machine can come in, so there is no lab.
    let source = format!("http://127.0.0.1:{port}/lab/source/src/main.rs");
    assert_eq!(http().get(source).send().await.unwrap().status(), 404);
    app.stop().await;
    let app = Program::start(&[]);
    let source = format!("http://{}/lab/source/src/main.rs", app.address);
    assert_eq!(http().get(source).send().await.unwrap().status(), 200);
}

#[test]
fn what_cannot_be_served_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let others: [(&str, OwnedFd); 4] = [
        (
            "a listener in a folder",
            UnixListener::bind(folder.path().join("s")).unwrap().into(),
        ),
        (
            "a socket without connections",
            UdpSocket::bind("127.0.0.1:0").unwrap().into(),
        ),
        ("a connection", connection.into()),
        ("a file", std::fs::File::open("/dev/null").unwrap().into()),
    ];
    for (what, socket) in others {
        let output = with_socket(socket, folder.path()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {told}");
        assert!(
            told.starts_with("error: LISTEN_FDS: descriptor 3 is no TCP socket that listens"),
            "{told}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    for (name, value, told) in [
        ("LISTEN_FDS", "many", "LISTEN_FDS \"many\": a whole number"),
        ("LISTEN_FDS", "2", "LISTEN_FDS \"2\": one socket is wanted"),
        (
            "NOTIFY_SOCKET",
            "somewhere",
            "NOTIFY_SOCKET \"somewhere\": an absolute path",
        ),
    ] {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let output = with_socket(socket, folder.path()).env(name, value).output().unwrap();
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{line}");
        assert!(
            line.starts_with(&format!("error: {told}")) && line.lines().count() == 1,
            "{line}"
        );
    }
}

#[tokio::test]
async fn what_is_meant_for_another_process_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::program::command(folder.path());
    // As a child has it whose parent passed its environment on. Descriptor 3 is not ours then.
    command.env("LISTEN_FDS", "1").env("LISTEN_PID", "1");
    let app = Program::spawn(command, folder.path());
    assert_ne!(app.address.port(), 0);
    app.stop().await;
}

#[tokio::test]
async fn health_asks_the_server_that_its_settings_describe() {
    let mut app = Program::start(&[]);
    let address = app.address.to_string();
    let ready = format!("http://{address}/readyz");
    for arguments in [
        &["health", "--bind", &address][..],
        &["health", &ready],
        &["--bind", &address, "health"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {output:?}");
        assert!(output.stdout.starts_with(b"well: http://127.0.0.1:"));
    }
    let output = run(&["health", &format!("http://{address}/nothing-here")]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("not well: http://") && told.contains("404"), "{told}");
    app.signal("TERM");
    assert!(app.ended().await.success());
    eventually("nobody listens there", async || {
        run(&["health", "--bind", &address]).status.code() == Some(1)
    })
    .await;
    assert_eq!(run(&["health", "ftp://127.0.0.1"]).status.code(), Some(2));
}

#[test]
fn completions_and_man_page_are_printed() {
    for (arguments, begins) in [
        (&["completions", "bash"][..], "_tertulia() {"),
        (&["completions", "zsh"], "#compdef tertulia"),
        (&["completions", "fish"], "# Print an optspec"),
        (&["man"], ".TH TERTULIA 1"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with(begins), "{}", &text[..60]);
        assert!(text.replace('\\', "").contains("heartbeat-interval"));
    }
    let output = run(&["completions", "tcsh"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn packaged_settings_are_settings_also_without_their_comment_signs() {
    let folder = tempfile::tempdir().unwrap();
    let packaged = include_str!("../../deploy/tertulia.toml");
    let all: String = packaged
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|first: char| first.is_ascii_lowercase()) => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(all.contains("\nbind = "));
    for (content, code) in [(packaged, 0), (&*all, 0), (&*all.replace("bind", "bnid"), 2)] {
        let file = folder.path().join("tertulia.toml");
        std::fs::write(&file, content).unwrap();
        let output = run(&[
            "check-origin",
            "--config",
            file.to_str().unwrap(),
            "http://localhost:8080",
        ]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
    }
}
