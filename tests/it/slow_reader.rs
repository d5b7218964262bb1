//! Who does not read what is sent to them is evicted, and nobody else feels it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
};

use crate::{
    peer::{Person, eventually, metric, within},
    program::Program,
};

/// How often somebody does a little who does it slowly.
const PACE: Duration = Duration::from_millis(50);
/// Bytes of one text: few enough frames that a debug build keeps up.
const TEXT_BYTES: usize = 16 * 1024;
const OPTIONS: &[&str] = &[
    "--presence-grace",
    "0",
    "--max-sockets-per-user",
    "0",
    "--max-handshakes-per-second",
    "0",
    "--max-frames-per-second",
    "0",
    "--max-bytes-per-second",
    "0",
];

/// One text of a client, masked with zeros.
fn text() -> Vec<u8> {
    let length = u16::try_from(TEXT_BYTES).unwrap().to_be_bytes();
    let mut frame = vec![0x81, 0xfe, length[0], length[1], 0, 0, 0, 0];
    frame.resize(frame.len() + TEXT_BYTES, b'x');
    frame
}

/// A client that reads quickly: it looks at the head of each frame and no further.
struct Reader {
    stream: OwnedReadHalf,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Reader {
    /// Opens a socket of `person` on `stream`.
    async fn open(person: &Person, mut stream: TcpStream) -> (Self, OwnedWriteHalf) {
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {}\r\n\r\n",
            person.address, person.cookie
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(within("the answer", stream.read_u8()).await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
        let (stream, writer) = stream.into_split();
        let reader = Self {
            stream,
            buffer: vec![0; 128 * 1024],
            start: 0,
            end: 0,
        };
        (reader, writer)
    }

    /// Waits for the end of the greeting: from there on it hears what everybody hears.
    async fn greeted(&mut self) {
        while !self.frame().await.1.starts_with(br#"{"type":"server-time""#) {}
    }

    /// The first byte of the next frame, and its payload.
    async fn frame(&mut self) -> (u8, &[u8]) {
        let (head, length) = loop {
            let bytes = &self.buffer[self.start..self.end];
            let header = match bytes {
                [_, length @ 0..=125, ..] => Some((2, usize::from(*length))),
                [_, 126, high, low, ..] => Some((4, usize::from(u16::from_be_bytes([*high, *low])))),
                _ => None,
            };
            if let Some((head, length)) = header.filter(|(head, length)| bytes.len() >= head + length) {
                break (head, length);
            }
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            let read = self.stream.read(&mut self.buffer[self.end..]);
            let count = within("bytes", read).await.expect("the connection broke");
            assert!(count > 0, "the connection ended without a close frame");
            self.end += count;
        };
        let at = self.start;
        self.start += head + length;
        (self.buffer[at], &self.buffer[at + head..at + head + length])
    }

    /// Reads until chat number `last`; says how often somebody was dropped meanwhile. Chats must come without a gap.
    async fn read_until(&mut self, heard: &mut u64, last: u64, on_dropped: &Notify) -> usize {
        let mut dropped = 0;
        while *heard < last {
            let (_, payload) = self.frame().await;
            if let Some(rest) = payload.strip_prefix(br#"{"type":"chat","id":"#) {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let id: u64 = std::str::from_utf8(&rest[..digits]).unwrap().parse().unwrap();
                assert_eq!(id, *heard + 1, "a text is missing");
                *heard = id;
            } else if payload.starts_with(br#"{"type":"dropped""#) {
                let frame: Value = serde_json::from_slice(payload).unwrap();
                assert_eq!(
                    (&frame["reason"], &frame["user"]["name"]),
                    (&"slow-consumer".into(), &"Ada".into())
                );
                dropped += 1;
                on_dropped.notify_waiters();
            }
        }
        dropped
    }

    /// Reads until the server closes, and gives its code.
    async fn close_code(&mut self) -> u16 {
        loop {
            if let (0x88, [high, low, ..]) = self.frame().await {
                return u16::from_be_bytes([*high, *low]);
            }
        }
    }
}

/// A connection whose receive window is small, so that the kernel holds little for who does not read.
async fn narrow(app: &Program) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(app.address).await.unwrap()
}

async fn open(person: &Person) -> (Reader, OwnedWriteHalf) {
    Reader::open(person, TcpStream::connect(person.address).await.unwrap()).await
}

/// Sends a pong now and then, asked or not, for as long as the socket lives.
async fn show_life(mut writer: OwnedWriteHalf) {
    const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];
    while writer.write_all(&PONG).await.is_ok() {
        tokio::time::sleep(PACE).await;
    }
}

/// Says so many texts in a task of its own.
fn say(mut writer: OwnedWriteHalf, texts: usize) -> tokio::task::JoinHandle<OwnedWriteHalf> {
    tokio::spawn(async move {
        let text = text();
        for _ in 0..texts {
            writer.write_all(&text).await.unwrap();
        }
        writer
    })
}

#[tokio::test]
async fn one_stuck_reader_among_a_hundred_is_evicted_and_nobody_else_feels_it() {
    const OTHERS: usize = 99;
    const SENDERS: usize = 4;
    /// 20 MB in total.
    const TEXTS: usize = 1_280;
    let app = Program::start(OPTIONS);
    let ada = Person::sign_in(app.address, "Ada").await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let (mut stuck, stuck_writer) = Reader::open(&ada, narrow(&app).await).await;
    let dropped = Arc::new(Notify::new());
    let told = dropped.clone();
    let stuck = tokio::spawn(async move {
        // From the eviction on it reads, so that the close frame reaches it.
        told.notified().await;
        let code = stuck.close_code().await;
        drop(stuck_writer);
        code
    });
    let (mut readers, mut writers) = (Vec::new(), Vec::new());
    for _ in 0..OTHERS {
        let (mut reader, writer) = open(&bob).await;
        reader.greeted().await;
        readers.push(reader);
        writers.push(writer);
    }
    let mut keep = writers.split_off(SENDERS);
    let senders: Vec<_> = writers.into_iter().map(|writer| say(writer, TEXTS / SENDERS)).collect();
    let tasks: Vec<_> = readers
        .into_iter()
        .map(|mut reader| {
            let dropped = dropped.clone();
            tokio::spawn(async move {
                let mut heard = 0;
                // The last one is the marker: by then everybody was told what there was to tell.
                let told = reader.read_until(&mut heard, TEXTS as u64 + 1, &dropped).await;
                (reader, told)
            })
        })
        .collect();
    for sender in senders {
        keep.push(sender.await.unwrap());
    }
    eventually("the stuck reader is gone", async || {
        metric(app.address, "tertulia_users").await == 1.0
    })
    .await;
    let marker = say(keep.swap_remove(0), 1);
    for task in tasks {
        assert_eq!(task.await.unwrap().1, 1, "everyone is told once");
    }
    assert_eq!(stuck.await.unwrap(), 1013);
    assert_eq!(metric(app.address, "tertulia_evictions_total").await, 1.0);
    marker.await.unwrap();
}

#[tokio::test]
async fn slow_reader_that_recovers_within_the_limits_has_lost_nothing() {
    const TEXTS: usize = 1_024;
    let options = [OPTIONS, &["--outbox-bytes", "64MiB", "--outbox-time", "0"]].concat();
    let app = Program::start(&options);
    let ada = Person::sign_in(app.address, "Ada").await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let (mut slow, _writer) = Reader::open(&ada, narrow(&app).await).await;
    let (mut reader, writer) = open(&bob).await;
    let sender = say(writer, TEXTS);
    let (mut heard, nobody) = (0, Notify::new());
    assert_eq!(reader.read_until(&mut heard, TEXTS as u64, &nobody).await, 0);
    let _writer = sender.await.unwrap();
    eventually("something waits for the slow one", async || {
        metric(app.address, "tertulia_queue_bytes").await > 0.0
    })
    .await;
    let mut heard = 0;
    assert_eq!(slow.read_until(&mut heard, TEXTS as u64, &nobody).await, 0);
    eventually("nothing waits any more", async || {
        metric(app.address, "tertulia_queue_bytes").await == 0.0
    })
    .await;
    assert_eq!(metric(app.address, "tertulia_evictions_total").await, 0.0);
}

#[tokio::test]
async fn peer_that_takes_nothing_for_too_long_is_evicted() {
    const TEXTS: usize = 1_024;
    let options = [OPTIONS, &["--outbox-bytes", "0", "--outbox-time", "500ms"]].concat();
    let app = Program::start(&options);
    let ada = Person::sign_in(app.address, "Ada").await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let (mut stuck, _stuck_writer) = Reader::open(&ada, narrow(&app).await).await;
    let (mut reader, writer) = open(&bob).await;
    let sender = say(writer, TEXTS);
    let (mut heard, dropped) = (0, Notify::new());
    let mut told = reader.read_until(&mut heard, TEXTS as u64, &dropped).await;
    let writer = sender.await.unwrap();
    // Nobody says anything more: it is a clock that finds out.
    eventually("the stuck reader is gone", async || {
        metric(app.address, "tertulia_users").await == 1.0
    })
    .await;
    assert_eq!(stuck.close_code().await, 1013);
    let marker = say(writer, 1);
    told += reader.read_until(&mut heard, TEXTS as u64 + 1, &dropped).await;
    assert_eq!(told, 1);
    marker.await.unwrap();
}

/// A room in which Bob says much and has `listeners` tabs, while Ada takes it slowly. Everyone shows life all the time.
async fn nobody_is_taken_for_dead(listeners: usize) {
    const TEXTS: usize = 1_280;
    const TIMEOUT: Duration = Duration::from_millis(1_000);
    let heartbeat = [
        "--heartbeat-interval",
        "300ms",
        "--heartbeat-timeout",
        "1s",
        "--workers",
        "1",
    ];
    let options = [OPTIONS, &["--outbox-bytes", "24MiB", "--outbox-time", "0"], &heartbeat].concat();
    let app = Program::start(&options);
    let ada = Person::sign_in(app.address, "Ada").await;
    let bob = Person::sign_in(app.address, "Bob").await;
    let (mut slow, writer) = Reader::open(&ada, narrow(&app).await).await;
    tokio::spawn(show_life(writer));
    let slow = tokio::spawn(async move {
        let (start, mut heard, nobody) = (Instant::now(), 0, Notify::new());
        while start.elapsed() < 4 * TIMEOUT {
            let next = TEXTS.min(heard as usize + 4) as u64;
            slow.read_until(&mut heard, next, &nobody).await;
            tokio::time::sleep(PACE).await;
        }
        slow.read_until(&mut heard, TEXTS as u64, &nobody).await
    });
    let mut tabs = Vec::new();
    for _ in 0..listeners {
        let (mut reader, writer) = open(&bob).await;
        tabs.push(tokio::spawn(async move {
            let (mut heard, nobody) = (0, Notify::new());
            reader.read_until(&mut heard, TEXTS as u64, &nobody).await
        }));
        tokio::spawn(show_life(writer));
    }
    let (mut reader, writer) = open(&bob).await;
    let sender = say(writer, TEXTS);
    tokio::spawn(async { show_life(sender.await.unwrap()).await });
    let (mut heard, nobody) = (0, Notify::new());
    assert_eq!(reader.read_until(&mut heard, TEXTS as u64, &nobody).await, 0);
    for tab in tabs {
        assert_eq!(tab.await.unwrap(), 0);
    }
    assert_eq!(slow.await.unwrap(), 0);
    assert_eq!(metric(app.address, "tertulia_evictions_total").await, 0.0);
}

#[tokio::test]
async fn slow_reader_that_is_not_listened_to_is_not_taken_for_dead() {
    // Ada is one of few who lag, so she alone is held back.
    nobody_is_taken_for_dead(4).await;
}

#[tokio::test]
async fn sender_that_is_held_back_is_not_taken_for_dead() {
    // Ada is half of the room, so the room waits for her, and Bob is not read from meanwhile.
    nobody_is_taken_for_dead(0).await;
}
