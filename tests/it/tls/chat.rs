//! The chat over TLS is the chat.

use socket2::{Domain, Socket, Type};
use tokio::net::TcpStream;
use tokio_rustls::rustls::version;

use super::{Secured, client::PUBLIC};
use crate::peer::eventually;

/// No limit that a quick test would meet.
const FREE: [&str; 8] = [
    "--max-frames-per-second",
    "0",
    "--max-bytes-per-second",
    "0",
    "--max-handshakes-per-second",
    "0",
    "--log",
    "debug",
];

/// A connection whose receive window is small, so that the kernel holds little for who does not read.
fn narrow(server: &Secured) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&server.app.address.into()).unwrap();
    socket.set_nonblocking(true).unwrap();
    TcpStream::from_std(socket.into()).unwrap()
}

#[tokio::test]
async fn page_comes_and_cookies_are_for_tls_only() {
    let server = Secured::start(&["--public-url", &format!("https://{PUBLIC}")]);
    let (client, address) = (server.certificate.client(), server.app.address);
    let page = client.ask(address, "GET", "/", "Host: localhost\r\n", "").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("</html>"), "all of it");
    assert_eq!(
        page.header("strict-transport-security"),
        None,
        "localhost is everybody's"
    );
    let public = format!("Host: {PUBLIC}\r\n");
    let page = client.ask(address, "GET", "/", &public, "").await;
    assert_eq!(page.header("strict-transport-security"), Some("max-age=2592000"));
    let with_type = format!("{public}Content-Type: application/json\r\n");
    let answer = client
        .ask(address, "POST", "/session", &with_type, r#"{"name":"Ada"}"#)
        .await;
    let given = answer.header("set-cookie").expect("a cookie");
    assert!(
        given.starts_with("__Host-tertulia=") && given.contains("; Secure"),
        "{given}"
    );
}

#[tokio::test]
async fn pages_of_the_same_scheme_may_connect_and_others_may_not() {
    let server = Secured::start(&[]);
    let (client, address) = (server.certificate.client(), server.app.address);
    let cookie = client.sign_in(address, "Ada").await;
    for (scheme, outcome) in [("https", Ok(())), ("http", Err(403))] {
        let origin = format!("{scheme}://localhost:{}", address.port());
        let stream = client.connect(address).await.unwrap();
        let opened = client.open_on(stream, address, &cookie, Some(&origin)).await;
        assert_eq!(opened.map(|_| ()), outcome, "{origin}");
    }
}

#[tokio::test]
async fn people_talk_by_both_versions_and_in_the_smallest_pieces() {
    let server = Secured::start(&FREE);
    let address = server.app.address;
    let new = server.certificate.client_of(&[&version::TLS13]);
    let old = server.certificate.client_of(&[&version::TLS12]);
    let mut dribbling = new.clone();
    dribbling.step = 1;
    let mut people = Vec::new();
    for (client, name) in [(&new, "Ada"), (&old, "Bea"), (&dribbling, "Cleo")] {
        people.push(client.chat(address, name).await);
    }
    for speaker in 0..people.len() {
        let text = format!("{speaker}: {}", "x".repeat(2_000));
        people[speaker].say(&text).await;
        for person in &mut people {
            person.hears(&text).await;
        }
    }
}

#[tokio::test]
async fn keys_may_change_while_people_talk() {
    let server = Secured::start(&[]);
    let client = server.certificate.client_of(&[&version::TLS13]);
    let mut ada = client.chat(server.app.address, "Ada").await;
    for round in 0..3 {
        // It asks the server to change its own as well.
        ada.stream.get_mut().get_mut().1.refresh_traffic_keys().unwrap();
        let text = format!("round {round}");
        ada.say(&text).await;
        ada.hears(&text).await;
    }
}

#[tokio::test]
async fn large_texts_go_both_ways_whole() {
    const BYTES: usize = 3 << 20;
    let mut options = FREE.to_vec();
    options.extend(["--max-text", "4MiB", "--outbox-bytes", "64MiB", "--history-bytes", "0"]);
    let server = Secured::start(&options);
    let client = server.certificate.client();
    let mut ada = client.chat(server.app.address, "Ada").await;
    let mut bea = client.chat(server.app.address, "Bea").await;
    for letter in ["a", "b", "c"] {
        let text = letter.repeat(BYTES);
        ada.say(&text).await;
        ada.hears(&text).await;
        bea.hears(&text).await;
    }
}

#[tokio::test]
async fn slow_reader_loses_nothing_and_one_that_is_stuck_is_evicted() {
    const TEXTS: usize = 300;
    let text = |number: usize| format!("{number} {}", "x".repeat(30_000));
    let mut options = FREE.to_vec();
    options.extend(["--outbox-bytes", "64MiB", "--outbox-time", "0", "--history-bytes", "0"]);
    let server = Secured::start(&options);
    let (client, address) = (server.certificate.client(), server.app.address);
    let cookie = client.sign_in(address, "Slow").await;
    let stream = client.connect_on(narrow(&server)).await.unwrap();
    let mut slow = client.open_on(stream, address, &cookie, None).await.unwrap();
    slow.next_of("history").await;
    let mut ada = client.chat(address, "Ada").await;
    for number in 0..TEXTS {
        ada.say(&text(number)).await;
        ada.hears(&text(number)).await;
    }
    // All were said before the first is read.
    for number in 0..TEXTS {
        slow.hears(&text(number)).await;
    }
}

#[tokio::test]
async fn stuck_reader_is_evicted_and_told_so() {
    let mut options = FREE.to_vec();
    options.extend([
        "--outbox-bytes",
        "100KiB",
        "--history-bytes",
        "0",
        "--presence-grace",
        "0",
    ]);
    let server = Secured::start(&options);
    let (client, address) = (server.certificate.client(), server.app.address);
    let cookie = client.sign_in(address, "Stuck").await;
    let stream = client.connect_on(narrow(&server)).await.unwrap();
    let mut stuck = client.open_on(stream, address, &cookie, None).await.unwrap();
    stuck.next_of("history").await;
    let mut ada = client.chat(address, "Ada").await;
    let text = "x".repeat(60_000);
    let dropped = loop {
        ada.say(&text).await;
        let frame = ada.next_of_any(&["chat", "dropped"]).await;
        if frame["type"] == "dropped" {
            break frame;
        }
    };
    assert_eq!(dropped["reason"], "slow-consumer");
    // What it was being sent comes to its end, and then the close frame.
    assert_eq!(stuck.closed().await, 1013);
}

#[tokio::test]
async fn every_layer_closes_in_good_order() {
    let mut server = Secured::start(&[]);
    let client = server.certificate.client();
    for (version, name) in [(&version::TLS13, "Ada"), (&version::TLS12, "Cleo")] {
        let client = server.certificate.client_of(&[version]);
        let mut ada = client.chat(server.app.address, name).await;
        ada.stream.close(None).await.unwrap();
        ada.ends_well().await;
    }
    let mut bea = client.chat(server.app.address, "Bea").await;
    server.app.signal("TERM");
    assert_eq!(bea.closed().await, 1012);
    bea.ends_well().await;
    assert_eq!(server.app.ended().await.code(), Some(0), "{}", server.app.log());
}

#[tokio::test]
async fn peer_that_vanishes_is_noticed() {
    let server = Secured::start(&["--presence-grace", "0"]);
    let client = server.certificate.client();
    let mut ada = client.chat(server.app.address, "Ada").await;
    // One ends TLS, the other TCP alone.
    for is_polite in [true, false] {
        let mut bea = client.chat(server.app.address, "Bea").await;
        let stream = bea.stream.get_mut();
        if is_polite {
            tokio::io::AsyncWriteExt::shutdown(stream).await.unwrap();
        } else {
            socket2::SockRef::from(&stream.get_ref().0.tcp)
                .shutdown(std::net::Shutdown::Write)
                .unwrap();
        }
        assert_eq!(ada.next_of("dropped").await["user"]["name"], "Bea");
    }
    eventually("nothing was logged as a fault", async || {
        !server.app.log().contains("ERROR")
    })
    .await;
}
