//! At the limit of open files, who is here stays and talks, who comes waits, and the log says why.

use tokio::sync::mpsc;

use crate::{
    peer::{Person, eventually},
    program::{BINARY, Program, bare},
};

/// Open files that the server may have: some 60 are its own, the rest are connections.
const FILES: usize = 200;
/// More connections than that.
const CROWD: usize = 180;
const LINE: &str = "the server holds all connections";

#[tokio::test]
async fn server_at_its_limit_serves_who_is_here_says_so_once_and_recovers() {
    let data_dir = tempfile::tempdir().unwrap();
    let mut command = bare("sh");
    command
        .args(["-c", &format!("ulimit -n {FILES}; exec \"$0\" \"$@\""), BINARY])
        .env("TERTULIA_SERVER_TIME_INTERVAL", "0")
        .args(["--bind", "127.0.0.1:0", "--max-sockets-per-user", "0"])
        .args([
            "--max-handshakes-per-second",
            "0",
            "--presence-grace",
            "0",
            "--data-dir",
        ])
        .arg(data_dir.path());
    let app = Program::spawn(command, data_dir.path());
    let mut ada = Person::sign_in(app.address, "Ada").await.connect().await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let carol = Person::sign_in(app.address, "Carol").await;
    let mut bob = bob.connect().await;
    assert_eq!(ada.next().await["type"], "online");
    let (sender, mut connected) = mpsc::unbounded_channel();
    for _ in 0..CROWD {
        let (carol, sender) = (carol.clone(), sender.clone());
        tokio::spawn(async move {
            let socket = carol.connect().await;
            let _ = sender.send(socket);
        });
    }
    drop(sender);
    eventually("the log says that the server is full", async || {
        app.log().contains(LINE)
    })
    .await;
    for socket in [&mut ada, &mut bob] {
        assert_eq!(socket.next_of("online").await["user"], carol.shown());
    }
    ada.say("still here?").await;
    ada.next_is_chat("still here?").await;
    bob.next_is_chat("still here?").await;
    bob.say("still here").await;
    ada.next_is_chat("still here").await;
    assert!(app.descriptors() <= FILES);
    assert!(app.log().contains("ulimit -n"));
    // Whoever got in leaves, and those who waited come in.
    let mut served = 0;
    while let Some(socket) = connected.recv().await {
        socket.close().await;
        served += 1;
    }
    assert_eq!(served, CROWD);
    ada.say("room again").await;
    bob.next_of("chat").await;
    assert_eq!(app.log().matches(LINE).count(), 1, "{}", app.log());
    assert_eq!(app.log().matches(" ERROR ").count(), 0, "{}", app.log());
}
