//! One connection of a client, which may end anywhere.

use std::net::SocketAddr;

use bytes::BytesMut;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    peer::within,
    raw::{CLOSE, FIN, PING, PONG, Request, TEXT, frame, parse, status_of},
};

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum End {
    /// Before its handshake was answered.
    Unanswered,
    /// The handshake was refused with this status.
    Refused(u16),
    /// Between two frames.
    Between,
    /// Within a frame.
    Torn,
    /// The server closed with this code.
    Closed(u16),
}

pub struct Wire {
    stream: TcpStream,
    seen: BytesMut,
}

impl Wire {
    pub async fn open(address: SocketAddr, query: &str, cookie: &str) -> Result<Self, End> {
        let request = Request::handshake(&format!("/ws{query}"), address)
            .and("Cookie", cookie)
            .and("Sec-WebSocket-Protocol", "tertulia.v1");
        let stream = within("the relay", TcpStream::connect(address)).await;
        let mut wire = Self {
            stream: stream.map_err(|_| End::Unanswered)?,
            seen: BytesMut::new(),
        };
        wire.write(&request.bytes()).await.map_err(|_| End::Unanswered)?;
        let head_bytes = loop {
            if let Some(at) = wire.seen.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            wire.read().await.map_err(|_| End::Unanswered)?;
        };
        let head = wire.seen.split_to(head_bytes);
        match head.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.first_chunk::<3>()) {
            Some(b"101") => Ok(wire),
            Some(status) => Err(End::Refused(String::from_utf8_lossy(status).parse().unwrap())),
            None => panic!("no status line: {head:?}"),
        }
    }

    /// The next frame of the chat.
    pub async fn next(&mut self) -> Result<Value, End> {
        loop {
            let Some((next, bytes)) = parse(&self.seen) else {
                self.read().await?;
                continue;
            };
            let _ = self.seen.split_to(bytes);
            match next.first & 0xF {
                TEXT => return Ok(serde_json::from_slice(&next.payload).unwrap()),
                PING => self.write(&frame(FIN | PONG, &next.payload)).await?,
                CLOSE => return Err(End::Closed(status_of(&next).0)),
                other => panic!("a frame of kind {other}"),
            }
        }
    }

    pub async fn send(&mut self, command: &Value) -> Result<(), End> {
        self.write(&frame(FIN | TEXT, command.to_string().as_bytes())).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), End> {
        let written = within("writing", self.stream.write_all(bytes)).await;
        written.map_err(|_| End::Between)
    }

    async fn read(&mut self) -> Result<(), End> {
        self.seen.reserve(16 * 1024);
        match within("something to read", self.stream.read_buf(&mut self.seen)).await {
            Ok(1..) => Ok(()),
            _ if self.seen.is_empty() => Err(End::Between),
            _ => Err(End::Torn),
        }
    }
}
