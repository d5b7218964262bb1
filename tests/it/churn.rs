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
/// Nobody is refused for coming often, and whoever leaves is told of at once.
pub const UNLIMITED: &[&str] = &[
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

/// Lives so many lives of eight people, who take turns after each of the `kinds` of lives, and waits until nothing of
/// them is left.
pub async fn churn<F>(app: &Program, lives: usize, kinds: usize, live: impl Fn(Person, usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut people = Vec::new();
    for number in 0..8 {
        people.push(Person::sign_in(app.address, &format!("Person {number}")).await);
    }
    // Whatever is opened at the first use is open now.
    people[0].connect().await.close().await;
    let is_empty = async || {
        for name in [
            "tertulia_sockets",
            "tertulia_connections",
            "tertulia_users",
            "tertulia_queue_bytes",
        ] {
            if metric(app.address, name).await != 0.0 {
                return false;
            }
        }
        true
    };
    eventually("the room is empty", is_empty).await;
    let before = app.descriptors();
    for first in (0..lives).step_by(AT_ONCE) {
        let living: Vec<_> = (first..first + AT_ONCE)
            .map(|number| tokio::spawn(live(people[number / kinds % people.len()].clone(), number)))
            .collect();
        for life in living {
            life.await.unwrap();
        }
    }
    eventually("the room is empty again", is_empty).await;
    eventually("all descriptors are closed", async || app.descriptors() <= before).await;
}

#[tokio::test]
async fn two_thousand_sockets_leave_no_trace() {
    let app = Program::start(UNLIMITED);
    churn(&app, SOCKETS, 4, live).await;
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
