//! The strict decoder under any bytes in any pieces.
//!
//! The first four bytes of the input choose the limits and the sizes of the pieces, the rest is what a client sends.
//! Whole, in those pieces and byte by byte, it must come to the same events and the same verdict.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tertulia::close_status::CloseStatus;
use tertulia::transport::websocket::protocol::{Decoder, Event, ProtocolError, Rules};

/// An event that outlives its input.
#[derive(Debug, PartialEq)]
enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<CloseStatus>),
}

fuzz_target!(|data: &[u8]| {
    let Some((&[limit, fragments, size, growth], bytes)) = data.split_first_chunk::<4>() else {
        return;
    };
    // 0 is no limit; the others lie on both sides of what the fuzzer's inputs can hold.
    let rules = Rules {
        max_message_bytes: usize::from(limit) * 16,
        max_fragments: usize::from(fragments),
    };
    let whole = decode([bytes], &rules);
    assert_eq!(whole, decode(bytes.chunks(1), &rules));
    assert_eq!(whole, decode(pieces(bytes, size, growth), &rules));
});

/// Pieces that begin at `size` bytes and grow by `growth` each time, round and round.
fn pieces(mut bytes: &[u8], mut size: u8, growth: u8) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let piece = bytes.split_off(..bytes.len().min(usize::from(size).max(1)))?;
        size = size.wrapping_add(growth);
        (!piece.is_empty()).then_some(piece)
    })
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, rules: &Rules) -> (Vec<Said>, Option<ProtocolError>) {
    let (mut decoder, mut said, mut verdict) = (Decoder::new(), Vec::new(), None);
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut input = &mut piece[..];
        loop {
            match decoder.decode(&mut input, rules) {
                Ok(Some(event)) => {
                    assert_eq!(verdict, None, "nothing is said after an error");
                    assert!(
                        !matches!(said.last(), Some(Said::Close(_))),
                        "nothing is said after a close frame"
                    );
                    said.push(keep(event, rules));
                }
                Ok(None) => break,
                Err(error) => assert_eq!(verdict.replace(error), None, "an error is the last thing said"),
            }
        }
        assert!(input.is_empty(), "nothing is left over");
    }
    assert!(verdict.is_none() || decoder.is_idle(), "nothing is held after an error");
    (said, verdict)
}

/// Holds `event` to what the rules promise of it.
fn keep(event: Event<'_>, rules: &Rules) -> Said {
    let fits = |bytes: &[u8]| rules.max_message_bytes == 0 || bytes.len() <= rules.max_message_bytes;
    match event {
        Event::Text(text) => {
            assert!(fits(text.as_bytes()) && std::str::from_utf8(text.as_bytes()).is_ok());
            Said::Text(text.to_owned())
        }
        Event::Binary(bytes) => {
            assert!(fits(bytes));
            Said::Binary(bytes.to_owned())
        }
        Event::Ping(payload) | Event::Pong(payload) if payload.len() > 125 => panic!("control frame too long"),
        Event::Ping(payload) => Said::Ping(payload.to_owned()),
        Event::Pong(payload) => Said::Pong(payload.to_owned()),
        Event::Close(status) => {
            assert!(
                status
                    .as_ref()
                    .is_none_or(|status| CloseStatus::may_travel(status.code()))
            );
            Said::Close(status)
        }
    }
}
