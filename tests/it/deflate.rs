//! permessage-deflate over real sockets (RFC 7692), spoken by a peer that deflates and inflates for itself.

use flate2::{Compress, Compression as Level, Decompress, FlushCompress, FlushDecompress};
use serde_json::{Value, json};
use tertulia::{Compression, Rules};

use crate::{
    app::{EchoApp, TestApp, settings, spawn_app, spawn_echo, spawn_echo_with},
    peer::{Person, metric},
    raw::{BINARY, CONTINUATION, FIN, Frame, PING, PONG, RawSocket, Request, TEXT, frame},
};

/// RSV1.
const PACKED: u8 = 0x40;
const OFFER: &str = "permessage-deflate; client_max_window_bits";
const AGREED: &str =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12";
const EXTENSIONS: &str = "sec-websocket-extensions";
const LIMIT: usize = 64 << 10;
const RULES: Rules = Rules {
    max_message_bytes: LIMIT,
    max_fragments: 16,
};

fn compressing_echo() -> EchoApp {
    spawn_echo_with(RULES, Some(Compression { least_bytes: 100 }))
}

fn offering(request: Request, offer: &str) -> Request {
    request.and("Sec-WebSocket-Extensions", offer)
}

/// A client's payload that says `text`.
fn deflate(text: &[u8]) -> Vec<u8> {
    let mut deflated = Vec::with_capacity(text.len() + 1_000);
    Compress::new(Level::best(), false)
        .compress_vec(text, &mut deflated, FlushCompress::Sync)
        .unwrap();
    deflated.strip_suffix(&[0, 0, 0xFF, 0xFF]).unwrap().to_vec()
}

/// What a server's payload says, which must not look further back than 4 KiB.
fn inflate(payload: &[u8]) -> Vec<u8> {
    let whole = [payload, &[0, 0, 0xFF, 0xFF]].concat();
    let mut inflater = Decompress::new_with_window_bits(false, 12);
    let (mut inflated, mut piece, mut rest) = (Vec::new(), [0; 512], &whole[..]);
    loop {
        let (taken, said) = (inflater.total_in(), inflater.total_out());
        inflater
            .decompress(rest, &mut piece, FlushDecompress::None)
            .expect("the server deflates");
        rest = &rest[(inflater.total_in() - taken) as usize..];
        let said = (inflater.total_out() - said) as usize;
        inflated.extend_from_slice(&piece[..said]);
        if rest.is_empty() && said < piece.len() {
            return inflated;
        }
    }
}

/// A socket that has agreed.
async fn open(address: std::net::SocketAddr) -> RawSocket {
    RawSocket::open(address, &offering(Request::handshake("/", address), OFFER)).await
}

/// What a frame says, and whether it came packed.
fn said(frame: &Frame) -> (Vec<u8>, bool) {
    match frame.first & PACKED {
        0 => (frame.payload.clone(), false),
        _ => (inflate(&frame.payload), true),
    }
}

#[tokio::test]
async fn handshake_agrees_with_who_offers_what_can_be_kept() {
    let (on, off) = (compressing_echo(), spawn_echo(RULES));
    for (offer, agreed) in [
        (OFFER, Some(AGREED)),
        ("permessage-deflate", Some(AGREED)),
        (
            "permessage-deflate; server_max_window_bits=9, permessage-deflate",
            Some(AGREED),
        ),
        ("permessage-deflate; server_max_window_bits=9", None),
        ("permessage-deflate; client_max_window_bits=99", None),
        ("permessage-deflate; surprise", None),
        ("permessage-deflate; \"", None),
        ("x-something-else", None),
    ] {
        for (app, agreed) in [(&on, agreed), (&off, None)] {
            let mut socket = RawSocket::connect(app.address).await;
            let answer = socket.ask(&offering(Request::handshake("/", app.address), offer)).await;
            assert_eq!((answer.status, answer.header(EXTENSIONS)), (101, agreed), "{offer}");
        }
    }
    let mut socket = RawSocket::connect(on.address).await;
    let answer = socket.ask(&Request::handshake("/", on.address)).await;
    assert_eq!((answer.status, answer.header(EXTENSIONS)), (101, None));
}

#[tokio::test]
async fn messages_are_packed_from_a_size_on_and_are_what_they_were() {
    let app = compressing_echo();
    let mut socket = open(app.address).await;
    let (small, large) = ("small ".repeat(16), "large, ".repeat(2_000));
    for (text, comes_packed) in [("", false), (&small, false), (&large, true)] {
        for first in [TEXT, BINARY] {
            for sent in [
                frame(FIN | first, text.as_bytes()),
                frame(FIN | PACKED | first, &deflate(text.as_bytes())),
            ] {
                socket.write(&sent).await;
                let answer = socket.frame().await;
                assert_eq!(answer.first & 0x8F, FIN | first);
                assert_eq!(said(&answer), (text.as_bytes().to_vec(), comes_packed));
                assert!(!comes_packed || answer.payload.len() < text.len() / 20);
            }
        }
    }
}

#[tokio::test]
async fn fragments_and_pings_between_them_are_one_message() {
    let app = compressing_echo();
    let mut socket = open(app.address).await;
    let text = "in four pieces ".repeat(30);
    let payload = deflate(text.as_bytes());
    let (start, end) = payload.split_at(5);
    let sent = [
        frame(PACKED | TEXT, start),
        frame(FIN | PING, b"between"),
        frame(CONTINUATION, b""),
        frame(FIN | CONTINUATION, end),
    ]
    .concat();
    // A byte at a time, so that the message waits for its rest.
    for byte in sent {
        socket.write(&[byte]).await;
    }
    let pong = socket.frame().await;
    assert_eq!((pong.first, &pong.payload[..]), (FIN | PONG, &b"between"[..]));
    assert_eq!(said(&socket.frame().await), (text.into_bytes(), true));
}

#[tokio::test]
async fn bomb_is_refused_with_1009() {
    let app = compressing_echo();
    let bomb = deflate(&vec![0; 1 << 20]);
    assert!(bomb.len() < 1_100, "{}", bomb.len());
    let (start, end) = bomb.split_at(500);
    for sent in [
        frame(FIN | PACKED | BINARY, &bomb),
        [frame(PACKED | BINARY, start), frame(FIN | CONTINUATION, end)].concat(),
    ] {
        let mut socket = open(app.address).await;
        socket.write(&sent).await;
        assert_eq!(socket.close_frame().await, (1009, "message too big".into()));
    }
    // Just the limit is no bomb.
    let mut socket = open(app.address).await;
    let most = vec![0; LIMIT];
    socket.write(&frame(FIN | PACKED | BINARY, &deflate(&most))).await;
    assert_eq!(said(&socket.frame().await), (most, true));
}

#[tokio::test]
async fn what_breaks_the_rules_of_the_extension_is_refused() {
    let app = compressing_echo();
    let good = deflate(b"good");
    for (sent, code) in [
        (frame(FIN | PACKED | PING, b""), 1002),
        (
            [frame(PACKED | TEXT, &good), frame(FIN | PACKED | CONTINUATION, &good)].concat(),
            1002,
        ),
        (frame(FIN | PACKED | 0x20 | TEXT, &good), 1002),
        (frame(FIN | 0x10 | TEXT, b""), 1002),
        (frame(FIN | PACKED | CONTINUATION, &good), 1002),
        (
            [frame(PACKED | TEXT, &good[..1]), frame(CONTINUATION, b"").repeat(1_000)].concat(),
            1008,
        ),
        // Nothing is no stream of blocks either.
        (frame(FIN | PACKED | TEXT, b""), 1007),
        (frame(FIN | PACKED | TEXT, b"no stream of blocks"), 1007),
        (frame(FIN | PACKED | TEXT, &good[..good.len() - 2]), 1007),
        (frame(FIN | PACKED | TEXT, &deflate(b"no UTF-8: \xFF")), 1007),
    ] {
        let mut socket = open(app.address).await;
        socket.write(&sent).await;
        assert_eq!(socket.close_frame().await.0, code, "{:x?}", &sent[..sent.len().min(50)]);
    }
}

#[tokio::test]
async fn who_has_not_agreed_may_not_pack() {
    for app in [compressing_echo(), spawn_echo(RULES)] {
        let mut socket = RawSocket::open_echo(app.address).await;
        let long = "plain comes back plain ".repeat(20);
        socket.write(&frame(FIN | TEXT, long.as_bytes())).await;
        assert_eq!(said(&socket.frame().await), (long.into_bytes(), false));
        socket.write(&frame(FIN | PACKED | TEXT, &deflate(b"unasked"))).await;
        assert_eq!(socket.close_frame().await, (1002, "reserved bit set".into()));
    }
}

/// Somebody's socket of `tertulia.v1` that has agreed, with what it has read.
struct Packer {
    socket: RawSocket,
    packed_frames: usize,
}

impl Packer {
    async fn open(person: &Person) -> Self {
        let request = Request::handshake("/ws", person.address)
            .and("Cookie", &person.cookie)
            .and("Sec-WebSocket-Protocol", "tertulia.v1");
        Self {
            socket: RawSocket::open(person.address, &offering(request, OFFER)).await,
            packed_frames: 0,
        }
    }

    async fn next(&mut self) -> Value {
        let (text, is_packed) = said(&self.socket.frame().await);
        self.packed_frames += usize::from(is_packed);
        serde_json::from_slice(&text).unwrap()
    }

    async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    async fn say(&mut self, text: &str) {
        let command = json!({ "type": "say", "text": text }).to_string();
        self.socket
            .write(&frame(FIN | PACKED | TEXT, &deflate(command.as_bytes())))
            .await;
    }
}

/// A chat that packs what has 200 bytes.
fn compressing_chat() -> TestApp {
    spawn_app(settings(&[
        "--compression",
        "--compression-min-bytes",
        "200",
        "--workers",
        "2",
    ]))
}

#[tokio::test]
async fn room_of_both_kinds_reads_the_same_in_the_same_order() {
    const LINES: usize = 40;
    let app = compressing_chat();
    let (ada, bea) = (app.sign_in("Ada").await, app.sign_in("Bea").await);
    let mut plain = ada.connect().await;
    let mut packers = Vec::new();
    // On both workers, as far as chance has it.
    for _ in 0..4 {
        let mut packer = Packer::open(&bea).await;
        packer.next_of("history").await;
        packers.push(packer);
    }
    let line = |number: usize| format!("line {number} {}", "and on and on ".repeat(number));
    for number in 0..LINES {
        match number % 2 {
            0 => plain.say(&line(number)).await,
            _ => packers[0].say(&line(number)).await,
        }
    }
    let mut told = Vec::new();
    for _ in 0..LINES {
        told.push(plain.next_of("chat").await);
    }
    for packer in &mut packers {
        for chat in &told {
            assert_eq!(&packer.next_of("chat").await, chat);
        }
        assert!(packer.packed_frames > LINES / 2, "{}", packer.packed_frames);
    }
    // Who comes later reads all of it at once, in either form.
    let mut late = Packer::open(&bea).await;
    let packed = late.next_of("history").await;
    assert!(late.packed_frames > 0);
    assert_eq!(packed["lines"].as_array().map(Vec::len), Some(LINES));
    assert_eq!(packed["lines"], ada.connect().await.history["lines"]);
    assert!(metric(app.address, "tertulia_bytes_saved_total").await > 10_000.0);
}

/// A chat whose people may send 10 KiB at once.
async fn narrow_chat() -> (TestApp, Packer) {
    let limits = ["--max-text", "8KiB", "--max-bytes-per-second", "1KiB"];
    let app = spawn_app(settings(&[&["--compression"], &limits[..]].concat()));
    let mut packer = Packer::open(&app.sign_in("Ada").await).await;
    packer.next_of("history").await;
    (app, packer)
}

#[tokio::test]
async fn quota_counts_what_is_said() {
    let (_app, mut packer) = narrow_chat().await;
    let text = "x".repeat(6_000);
    packer.say(&text).await;
    packer.next_of("chat").await;
    packer.say(&text).await;
    assert_eq!(packer.next_of("error").await["code"], "too-fast");
    assert_eq!(packer.socket.close_frame().await.0, 1008);
}

#[tokio::test]
async fn quota_counts_what_comes_and_says_nothing() {
    let asks = deflate(br#"{"type":"user-list"}"#);
    let long = [&[0, 0, 0, 0xFF, 0xFF].repeat(1_200)[..], &asks].concat();
    let sent = frame(FIN | PACKED | TEXT, &long);
    // All in one, and one after the other.
    for comes_alone in [false, true] {
        let (_app, mut packer) = narrow_chat().await;
        for _ in 0..2 * usize::from(comes_alone) {
            packer.socket.write(&sent).await;
            packer.next_of("user-list").await;
        }
        packer.socket.write(&sent.repeat(if comes_alone { 1 } else { 3 })).await;
        assert_eq!(packer.next_of("error").await["code"], "too-fast");
        assert_eq!(packer.socket.close_frame().await.0, 1008);
    }
}
