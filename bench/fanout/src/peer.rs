//! Protocol adapters: what to say after the upgrade, how to publish, how to stay connected.

use crate::frame;
use clap::ValueEnum;

const TOPIC: &str = "fanout";

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Any text that a client sends reaches all clients as a text message, wrapped or not
    Plain,
    /// NATS client protocol over WebSocket
    Nats,
    /// MQTT 3.1.1 over WebSocket, QoS 0
    Mqtt,
    /// Engine.IO v4 / Socket.IO v5, WebSocket transport only; event name "chat"
    Socketio,
}

/// What a received message means beyond any marker in it.
pub enum Meaning {
    Data,
    /// The subscription is in place.
    Ready,
    /// An application-level ping, answered with this message.
    AnswerWith(u8, &'static [u8]),
}

impl Peer {
    pub fn default_subprotocol(self) -> Option<&'static str> {
        (self == Peer::Mqtt).then_some("mqtt")
    }

    /// Whether a connection may be used as soon as the upgrade is done.
    pub fn is_ready_after_upgrade(self) -> bool {
        self == Peer::Plain
    }

    /// Whether one message may span several frames' payloads.
    pub fn is_byte_stream(self) -> bool {
        self == Peer::Nats
    }

    /// Messages to send right after the upgrade.
    pub fn opening(self, subscribe: bool, index: usize) -> Vec<(u8, Vec<u8>)> {
        match self {
            Peer::Plain | Peer::Socketio => vec![],
            Peer::Nats => {
                let subscription = if subscribe {
                    format!("SUB {TOPIC} 1\r\n")
                } else {
                    String::new()
                };
                let text = format!("CONNECT {{\"verbose\":false,\"pedantic\":false}}\r\n{subscription}PING\r\n");
                vec![(frame::BINARY, text.into_bytes())]
            }
            Peer::Mqtt => {
                let client_id = format!("fanout{index}");
                let mut connect = vec![0x10, 12 + client_id.len() as u8];
                connect.extend_from_slice(b"\x00\x04MQTT\x04\x02\x00\x00");
                connect.extend_from_slice(&mqtt_string(&client_id));
                let mut subscribe_packet = vec![0x82, 5 + TOPIC.len() as u8, 0, 1];
                subscribe_packet.extend_from_slice(&mqtt_string(TOPIC));
                subscribe_packet.push(0);
                let mut messages = vec![(frame::BINARY, connect)];
                if subscribe {
                    messages.push((frame::BINARY, subscribe_packet));
                }
                messages
            }
        }
    }

    pub fn meaning(self, subscribe: bool, payload: &[u8]) -> Meaning {
        match self {
            Peer::Plain => Meaning::Data,
            Peer::Nats if payload.starts_with(b"PONG") || payload.ends_with(b"PONG\r\n") => Meaning::Ready,
            Peer::Nats if payload.starts_with(b"PING") => Meaning::AnswerWith(frame::BINARY, b"PONG\r\n"),
            Peer::Mqtt => {
                let awaited = if subscribe { 0x90 } else { 0x20 };
                if payload.first() == Some(&awaited) {
                    Meaning::Ready
                } else {
                    Meaning::Data
                }
            }
            Peer::Socketio if payload.starts_with(b"0{") => Meaning::AnswerWith(frame::TEXT, b"40"),
            Peer::Socketio if payload.starts_with(b"40") => Meaning::Ready,
            Peer::Socketio if payload == b"2" => Meaning::AnswerWith(frame::TEXT, b"3"),
            _ => Meaning::Data,
        }
    }

    /// Wraps `body` as one publication; returns the opcode of the frame to put it in.
    pub fn publication(self, body: &[u8], out: &mut Vec<u8>) -> u8 {
        match self {
            Peer::Plain => {
                out.extend_from_slice(body);
                frame::TEXT
            }
            Peer::Nats => {
                out.extend_from_slice(format!("PUB {TOPIC} {}\r\n", body.len()).as_bytes());
                out.extend_from_slice(body);
                out.extend_from_slice(b"\r\n");
                frame::BINARY
            }
            Peer::Mqtt => {
                out.push(0x30);
                let mut remaining = 2 + TOPIC.len() + body.len();
                while remaining >= 0x80 {
                    out.push(remaining as u8 | 0x80);
                    remaining >>= 7;
                }
                out.push(remaining as u8);
                out.extend_from_slice(&mqtt_string(TOPIC));
                out.extend_from_slice(body);
                frame::BINARY
            }
            Peer::Socketio => {
                out.extend_from_slice(b"42[\"chat\",\"");
                out.extend_from_slice(body);
                out.extend_from_slice(b"\"]");
                frame::TEXT
            }
        }
    }
}

fn mqtt_string(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u16).to_be_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes
}
