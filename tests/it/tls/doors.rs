//! Who knocks without TLS, or without an end.

use std::net::TcpListener;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    Secured,
    client::{PUBLIC, ask_on},
    files,
};
use crate::{
    peer::within,
    program::{BINARY, bare},
};

#[tokio::test]
async fn plain_http_is_told_to_come_by_https() {
    let server = Secured::start(&[]);
    for path in ["/", "/ws", "/nowhere"] {
        let stream = TcpStream::connect(server.app.address).await.unwrap();
        let answer = ask_on(stream, "GET", path, "Host: localhost\r\n", "").await;
        assert_eq!(answer.status, 400);
        assert!(answer.text.contains("https://"), "{}", answer.text);
    }
}

#[tokio::test]
async fn hundreds_of_handshakes_that_stall_or_fail_end_and_disturb_nobody() {
    let server = Secured::start(&["--workers", "1"]);
    let address = server.app.address;
    let mut ada = server.certificate.client().chat(address, "Ada").await;
    // Nothing at all; the head of a record; a record that is none; a client hello that is none.
    let knocks: [&[u8]; 4] = [
        b"",
        &[22, 3, 1, 2, 0],
        &[22, 9, 9, 0xff, 0xff, 0],
        &[22, 3, 1, 0, 4, 1, 0, 0, 0],
    ];
    let mut strangers = Vec::new();
    for knock in knocks.repeat(75) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(knock).await.unwrap();
        strangers.push(stream);
    }
    let mut bea = server.certificate.client().chat(address, "Bea").await;
    ada.say("still here").await;
    bea.hears("still here").await;
    ada.hears("still here").await;
    for mut stream in strangers {
        // An alert may come first. A reset is an end, too: some have sent what nobody read.
        let _ = within("the end", stream.read_to_end(&mut Vec::new())).await;
    }
    ada.say("and now").await;
    ada.hears("and now").await;
}

#[tokio::test]
async fn clients_agree_on_http_1_1_or_on_nothing() {
    let server = Secured::start(&[]);
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], Some(Some(&b"http/1.1"[..]))),
        (&[], Some(None)),
        (&["h2"], None),
    ] {
        let mut client = server.certificate.client();
        client.config.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = client.connect(server.app.address).await.ok();
        let got = stream.as_ref().map(|stream| stream.get_ref().1.alpn_protocol());
        assert_eq!(got, agreed, "{offered:?}");
    }
}

#[tokio::test]
async fn other_port_leads_to_tls_and_nowhere_else() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proofs = tempfile::tempdir().unwrap();
    std::fs::write(proofs.path().join("to-ken_1"), "to-ken_1.thumb").unwrap();
    let (bind, folder) = (free.to_string(), proofs.path().to_str().unwrap());
    let server = Secured::start(&[
        "--tls-redirect-bind",
        &bind,
        "--tls-challenge-dir",
        folder,
        "--public-url",
        &format!("https://{PUBLIC}"),
    ]);
    let ask = async |method: &str, path: &str, host: &str| {
        let stream = TcpStream::connect(free).await.unwrap();
        ask_on(stream, method, path, &format!("Host: {host}\r\n"), "").await
    };
    let own = format!("https://localhost:{}", server.app.address.port());
    for (method, path, host, location) in [
        ("GET", "/", "localhost:80", format!("{own}/")),
        ("POST", "/session?a=b", "localhost", format!("{own}/session?a=b")),
        ("GET", "//evil.test/x", PUBLIC, format!("https://{PUBLIC}//evil.test/x")),
        ("GET", "/ws", &format!("{PUBLIC}:8080"), format!("https://{PUBLIC}/ws")),
    ] {
        let answer = ask(method, path, host).await;
        assert_eq!((answer.status, answer.header("location")), (308, Some(&*location)));
        assert_eq!(answer.header("strict-transport-security"), None, "only over TLS");
    }
    for host in ["evil.test", "192.0.2.1", "localhost.evil.test"] {
        let answer = ask("GET", "/", host).await;
        assert_eq!((answer.status, answer.header("location")), (421, None), "{host}");
    }
    assert_eq!(ask("GET", "/healthz", "whoever").await.status, 200);
    let proof = ask("GET", "/.well-known/acme-challenge/to-ken_1", PUBLIC).await;
    assert!(
        proof.status == 200 && proof.text.ends_with("to-ken_1.thumb"),
        "{}",
        proof.text
    );
    for path in ["other", "..%2fto-ken_1", "%2e%2e", "to-ken_1%00"] {
        let answer = ask("GET", &format!("/.well-known/acme-challenge/{path}"), PUBLIC).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn health_is_asked_by_tls_and_minds_no_name() {
    let server = Secured::start(&[]);
    let address = server.app.address.to_string();
    let files = files(server.folder.path());
    for arguments in [
        &["health", &format!("https://{address}/readyz")][..],
        &["health", "--bind", &address, &files[0], &files[1], &files[2], &files[3]],
    ] {
        let output = bare(BINARY).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let plain = bare(BINARY)
        .args(["health", &format!("http://{address}")])
        .output()
        .unwrap();
    assert_eq!(plain.status.code(), Some(1), "{plain:?}");
}
