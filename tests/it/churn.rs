//! Two thousand sockets come and go in every way, and nothing of them stays.

use std::fs;

use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::{
    peer::{Person, eventually, metric, reset},
    program::Program,
};

const SOCKETS: usize = 2_000;
/// How many live at the same time.
const AT_ONCE: usize = 50;
const OPTIONS: &[&str] = &[
    "--presence-grace",
    "0",
    "--max-sockets-per-user",
    "0",
    "--max-sockets-per-address",
    "0",
    "--max-handshakes-per-second",
    "0",
];

/// One socket from its beginning to one of four ends.
async fn live(person: Person, number: usize) {
    match number % 4 {
        0 => person.connect().await.close().await,
        1 => person.connect().await.reset(),
        kind => {
            // In mid-handshake: half a request, or a whole one whose answer nobody awaits.
            let mut stream = TcpStream::connect(person.address).await.unwrap();
            let mut request = format!(
                "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nCookie: {}\r\n",
                person.address, person.cookie
            );
            if number % 8 >= 4 {
                request += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
            }
            stream.write_all(request.as_bytes()).await.unwrap();
            if kind == 2 {
                reset(&stream);
            }
        }
    }
}

/// Connections of the server's port that wait for the server to close them.
fn close_waits(port: u16) -> usize {
    const CLOSE_WAIT: &str = "08";
    let local = format!(":{port:04X}");
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields[1].ends_with(&local) && fields[3] == CLOSE_WAIT)
        .count()
}

#[tokio::test]
async fn two_thousand_sockets_leave_no_trace() {
    let app = Program::start(OPTIONS);
    let mut people = Vec::new();
    for number in 0..8 {
        people.push(Person::sign_in(app.address, &format!("Person {number}")).await);
    }
    // Whatever is opened at the first use is open now.
    people[0].connect().await.close().await;
    let nobody_is_here = async || {
        for name in ["tertulia_sockets", "tertulia_connections", "tertulia_users"] {
            if metric(app.address, name).await != 0.0 {
                return false;
            }
        }
        true
    };
    eventually("the room is empty", nobody_is_here).await;
    let before = app.descriptors();
    for first in (0..SOCKETS).step_by(AT_ONCE) {
        let lives: Vec<_> = (first..first + AT_ONCE)
            .map(|number| tokio::spawn(live(people[number / 4 % people.len()].clone(), number)))
            .collect();
        for life in lives {
            life.await.unwrap();
        }
    }
    eventually("the room is empty again", nobody_is_here).await;
    eventually("all descriptors are closed", async || app.descriptors() <= before).await;
    eventually("no connection waits to be closed", async || {
        close_waits(app.address.port()) == 0
    })
    .await;
    let watcher = Person::sign_in(app.address, "Watcher").await;
    let socket = watcher.connect().await;
    assert_eq!(socket.list["users"].as_array().unwrap().len(), 1);
    assert!(metric(app.address, "tertulia_handshakes_total").await >= (SOCKETS / 2) as f64);
    assert_eq!(app.log().matches(" ERROR ").count(), 0, "{}", app.log());
}
