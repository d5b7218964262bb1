//! The decoder that inflates, under any bytes in any pieces.
//!
//! The first five bytes of the input choose the limits, the sizes of the pieces, and whether the rest is what a client
//! sends, or the payload of one deflated message. Whole, in those pieces and byte by byte, it must come to the same
//! events and the same verdict, and never say more than the limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tertulia::transport::websocket::protocol::{Decoder, Event, ProtocolError, Rules};

/// A message or control frame: its opcode, and what it says.
type Said = (u8, Vec<u8>);

fuzz_target!(|data: &[u8]| {
    let Some((&[limit, fragments, size, growth, kind], bytes)) = data.split_first_chunk::<5>() else {
        return;
    };
    let rules = Rules {
        max_message_bytes: usize::from(limit) * 64,
        // Without a limit a few bytes may say very much, and a fuzzer has little memory.
        max_fragments: usize::from(fragments),
    };
    if rules.max_message_bytes == 0 {
        return;
    }
    let framed = match kind % 3 {
        0 => bytes.to_vec(),
        1 => frame(0xC1, bytes),
        _ => frame(0xC2, bytes),
    };
    let whole = decode([&framed[..]], &rules);
    assert_eq!(whole, decode(framed.chunks(1), &rules));
    assert_eq!(whole, decode(pieces(&framed, size, growth), &rules));
});

/// A client's frame, whose mask changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend((long as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Pieces that begin at `size` bytes and grow by `growth` each time, round and round.
fn pieces(mut bytes: &[u8], mut size: u8, growth: u8) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let piece = bytes.split_off(..bytes.len().min(usize::from(size).max(1)))?;
        size = size.wrapping_add(growth);
        (!piece.is_empty()).then_some(piece)
    })
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, rules: &Rules) -> (Vec<Said>, Option<ProtocolError>) {
    let (mut decoder, mut said, mut verdict) = (Decoder::inflating(), Vec::new(), None);
    for piece in pieces {
        let mut piece = piece.to_vec();
        let mut input = &mut piece[..];
        loop {
            match decoder.decode(&mut input, rules) {
                Ok(Some(event)) => {
                    assert_eq!(verdict, None, "nothing is said after an error");
                    let payload = match &event {
                        Event::Text(text) => text.as_bytes().to_vec(),
                        Event::Binary(bytes) | Event::Ping(bytes) | Event::Pong(bytes) => bytes.to_vec(),
                        Event::Close(status) => format!("{status:?}").into_bytes(),
                    };
                    if let Event::Text(_) | Event::Binary(_) = event {
                        assert!(payload.len() <= rules.max_message_bytes, "more is said than may be");
                    }
                    said.push((event.kind().0, payload));
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
