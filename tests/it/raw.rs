//! A peer that says what no library would say: requests header by header, frames byte by byte, over plain TCP.

use std::{io, net::SocketAddr};

use bytes::BytesMut;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::peer::within;

/// The key of RFC 6455's own example, and the answer to it (section 1.3).
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub const FIN: u8 = 0x80;
pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A request as it is written.
#[derive(Clone)]
pub struct Request {
    line: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, path: &str, address: SocketAddr) -> Self {
        Self {
            line: format!("{method} {path} HTTP/1.1"),
            headers: vec![("Host".into(), address.to_string())],
        }
    }

    /// A right opening handshake.
    pub fn handshake(path: &str, address: SocketAddr) -> Self {
        Self::new("GET", path, address)
            .and("Upgrade", "websocket")
            .and("Connection", "Upgrade")
            .and("Sec-WebSocket-Version", "13")
            .and("Sec-WebSocket-Key", KEY)
    }

    /// The first line, whole.
    pub fn line(self, line: &str) -> Self {
        Self {
            line: line.into(),
            ..self
        }
    }

    /// Adds a header.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Takes a header out.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        self
    }

    /// Puts a header in place of those of its name.
    pub fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!("{}\r\n{headers}\r\n", self.line).into_bytes()
    }
}

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn read(head: &str) -> Self {
        let mut lines = head.lines();
        let status_line = lines.next().unwrap();
        let status = status_line
            .strip_prefix("HTTP/1.1 ")
            .or(status_line.strip_prefix("HTTP/1.0 "));
        let status = status.unwrap_or_else(|| panic!("no status line: {status_line:?}"));
        Self {
            status: status[..3].parse().unwrap(),
            headers: lines
                .map(|line| line.split_once(':').unwrap())
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect(),
            body: String::new(),
        }
    }

    /// The one value of a header; `None` without it.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} more than once: {self:?}");
        value
    }

    /// The body of a refusal.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

/// A frame of the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub first: u8,
    pub payload: Vec<u8>,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// In good order, by FIN.
    Fin,
    Reset,
}

/// A TCP connection and what was read of it.
pub struct RawSocket {
    pub stream: TcpStream,
    seen: BytesMut,
    /// Whether the server has agreed on permessage-deflate: RSV1 then may be set on a message (RFC 7692, 6).
    has_deflate: bool,
}

impl RawSocket {
    pub async fn connect(address: SocketAddr) -> Self {
        Self::on(within("TCP connection", TcpStream::connect(address)).await.unwrap())
    }

    pub fn on(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            seen: BytesMut::new(),
            has_deflate: false,
        }
    }

    /// A connection whose handshake is done.
    pub async fn open(address: SocketAddr, request: &Request) -> Self {
        let mut socket = Self::connect(address).await;
        let answer = socket.ask(request).await;
        assert_eq!(answer.status, 101, "{answer:?}");
        socket
    }

    /// A connection to a server that asks for nothing, such as the echo.
    pub async fn open_echo(address: SocketAddr) -> Self {
        Self::open(address, &Request::handshake("/", address)).await
    }

    /// The connection, and what was read of it but not yet taken.
    pub fn into_parts(self) -> (TcpStream, BytesMut) {
        (self.stream, self.seen)
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        within("writing", self.stream.write_all(bytes)).await.unwrap();
    }

    /// Writes as much as the server takes; one that closes takes nothing more.
    pub async fn try_write(&mut self, bytes: &[u8]) {
        drop(within("writing", self.stream.write_all(bytes)).await);
    }

    /// Ends our half: the server reads the end.
    pub async fn shut_down(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Writes a request and reads its answer.
    pub async fn ask(&mut self, request: &Request) -> Answer {
        self.write(&request.bytes()).await;
        self.answer().await
    }

    /// Reads an answer: its body is as long as it says, or lasts to the end.
    pub async fn answer(&mut self) -> Answer {
        let head_bytes = loop {
            if let Some(at) = self.seen.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read().await.unwrap() > 0, "the end, in the head: {:?}", self.seen);
        };
        let head = self.seen.split_to(head_bytes);
        let mut answer = Answer::read(std::str::from_utf8(&head).unwrap().trim_end());
        let body_bytes = match answer.header("content-length") {
            _ if answer.status == 101 => Some(0),
            Some(length) => Some(length.parse().unwrap()),
            None => None,
        };
        while body_bytes.is_none_or(|bytes: usize| self.seen.len() < bytes) {
            if self.read().await.unwrap() == 0 {
                break;
            }
        }
        let body = self.seen.split_to(body_bytes.unwrap_or(self.seen.len()));
        answer.body = String::from_utf8(body.to_vec()).unwrap();
        self.has_deflate = answer.header("sec-websocket-extensions").is_some();
        answer
    }

    /// The next frame, which is right for a server: no reserved bit without an extension, no mask, the shortest length.
    pub async fn frame(&mut self) -> Frame {
        let frame = self.try_frame().await.unwrap();
        frame.expect("the connection has ended")
    }

    /// The next frame, or `None` at the end.
    pub async fn try_frame(&mut self) -> io::Result<Option<Frame>> {
        loop {
            if let Some((frame, bytes)) = parse_with(&self.seen, self.has_deflate) {
                let _ = self.seen.split_to(bytes);
                return Ok(Some(frame));
            }
            if self.read().await? == 0 {
                assert!(self.seen.is_empty(), "the end, within a frame: {:x?}", self.seen);
                return Ok(None);
            }
        }
    }

    /// The next frame must be a close frame: its code and reason, 1005 without a body.
    pub async fn close_frame(&mut self) -> (u16, String) {
        status_of(&self.frame().await)
    }

    /// Everything up to these bytes, and with them.
    pub async fn until(&mut self, bytes: &[u8]) -> Vec<u8> {
        loop {
            if let Some(at) = self.seen.windows(bytes.len()).position(|window| window == bytes) {
                return self.seen.split_to(at + bytes.len()).to_vec();
            }
            assert!(self.read().await.unwrap() > 0, "the end, before that: {:?}", self.seen);
        }
    }

    /// How the connection ends; nothing may come before that.
    pub async fn end(&mut self) -> End {
        assert!(self.seen.is_empty(), "something came: {:x?}", self.seen);
        match self.read().await {
            Ok(0) => End::Fin,
            Ok(_) => panic!("something came: {:x?}", self.seen),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => End::Reset,
            Err(error) => panic!("{error}"),
        }
    }

    /// Everything until the connection ends, and how it ends.
    pub async fn rest(&mut self) -> (Vec<u8>, End) {
        let end = loop {
            match self.read().await {
                Ok(0) => break End::Fin,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break End::Reset,
                Err(error) => panic!("{error}"),
            }
        };
        (self.seen.split().to_vec(), end)
    }

    async fn read(&mut self) -> io::Result<usize> {
        self.seen.reserve(64 << 10);
        within("something to read", self.stream.read_buf(&mut self.seen)).await
    }
}

/// The first frame in `seen`, if it is whole, and how many bytes it has.
pub fn parse(seen: &[u8]) -> Option<(Frame, usize)> {
    parse_with(seen, false)
}

fn parse_with(seen: &[u8], has_deflate: bool) -> Option<(Frame, usize)> {
    let (&[first, second], rest) = seen.split_first_chunk::<2>()?;
    let may_be_packed = has_deflate && matches!(first & 0x0F, TEXT | BINARY);
    assert_eq!(first & if may_be_packed { 0x30 } else { 0x70 }, 0, "a reserved bit");
    assert!(second < 0x80, "a masked frame");
    let (length, width) = match second {
        126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 2),
        127 => (u64::from_be_bytes(*rest.first_chunk()?) as usize, 8),
        length => (usize::from(length), 0),
    };
    let shortest = match length {
        0..=125 => 0,
        126..=65535 => 2,
        _ => 8,
    };
    assert_eq!(width, shortest, "the length of a frame of {length} bytes");
    let payload = rest.get(width..width + length)?.to_vec();
    Some((Frame { first, payload }, 2 + width + length))
}

/// What a close frame says; 1005 without a body.
pub fn status_of(frame: &Frame) -> (u16, String) {
    assert_eq!(frame.first, FIN | CLOSE, "no close frame: {frame:?}");
    match frame.payload.split_first_chunk::<2>() {
        Some((code, reason)) => {
            let reason = String::from_utf8(reason.to_vec()).unwrap();
            (u16::from_be_bytes(*code), reason)
        }
        None => (1005, String::new()),
    }
}

/// A client's frame: `first` has the bits and the opcode.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(first, payload.len() as u64);
    // Eight bytes at a time: tests are not optimised, and some messages are large.
    let mask = u64::from_ne_bytes([MASK, MASK].concat().try_into().unwrap());
    let (eights, rest) = payload.as_chunks::<8>();
    for eight in eights {
        bytes.extend_from_slice(&(u64::from_ne_bytes(*eight) ^ mask).to_ne_bytes());
    }
    bytes.extend(rest.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The head of a client's frame, whose payload may never come.
pub fn head(first: u8, payload_bytes: u64) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload_bytes {
        0..=125 => bytes.push(0x80 | payload_bytes as u8),
        126..=65535 => {
            bytes.push(0x80 | 126);
            bytes.extend((payload_bytes as u16).to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 127);
            bytes.extend(payload_bytes.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

/// A client's close frame.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}
