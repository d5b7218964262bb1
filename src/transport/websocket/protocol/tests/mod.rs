//! The decoder is held to a table of rules, to a plain model of itself, and to any cutting of its input.

mod deflated;
mod model;
mod rules;
mod splits;

use super::mask::unmask;
use super::{Decoder, Event, ProtocolError, Rules};
use crate::close_status::CloseStatus;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;
const FIN: u8 = 0x80;
/// RSV1.
const PACKED: u8 = 0x40;
const MASKED: u8 = 0x80;
const MASK: [u8; 4] = [0x5A, 0x01, 0xFE, 0x80];

const RULES: Rules = Rules {
    max_message_bytes: 0x1_0000,
    max_fragments: 4,
};

/// An event that outlives its input.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<CloseStatus>),
}

impl From<Event<'_>> for Said {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Text(text) => Self::Text(text.to_owned()),
            Event::Binary(bytes) => Self::Binary(bytes.to_owned()),
            Event::Ping(payload) => Self::Ping(payload.to_owned()),
            Event::Pong(payload) => Self::Pong(payload.to_owned()),
            Event::Close(status) => Self::Close(status),
        }
    }
}

/// All that came out, and the rule that was broken, if one was.
#[derive(Clone, Debug, Default, PartialEq)]
struct Verdict {
    said: Vec<Said>,
    error: Option<ProtocolError>,
}

/// Feeds `pieces` one after the other.
fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, rules: &Rules) -> (Verdict, Decoder) {
    decode_by(Decoder::new(), pieces, rules)
}

fn decode_by<'a>(
    mut decoder: Decoder,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    rules: &Rules,
) -> (Verdict, Decoder) {
    let mut verdict = Verdict::default();
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut input = &mut piece[..];
        loop {
            match decoder.decode(&mut input, rules) {
                Ok(Some(event)) => verdict.said.push(event.into()),
                Ok(None) => break,
                Err(error) => assert_eq!(verdict.error.replace(error), None, "an error is the last thing said"),
            }
        }
        assert!(input.is_empty(), "nothing is left over");
    }
    (verdict, decoder)
}

fn decode_whole(bytes: &[u8], rules: &Rules) -> Verdict {
    decode([bytes], rules).0
}

/// A client's frame: the first byte as given, masked, its length in the fewest bytes.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(MASKED | short as u8),
        medium @ 126..=0xFFFF => {
            frame.push(MASKED | 126);
            frame.extend((medium as u16).to_be_bytes());
        }
        long => {
            frame.push(MASKED | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(masked(payload));
    frame
}

/// To mask and to unmask are the same.
fn masked(payload: &[u8]) -> Vec<u8> {
    let mut bytes = payload.to_vec();
    unmask(&mut bytes, MASK);
    bytes
}

/// The body of a close frame.
fn close_body(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}
