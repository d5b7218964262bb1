//! Messages that come deflated (RFC 7692): which bits they may have, and what they may swell to.

use flate2::{Compress, Compression, FlushCompress};

use super::ProtocolError as E;
use super::*;

/// The payload of a deflated message that says `text`.
pub(super) fn deflate(text: &[u8]) -> Vec<u8> {
    let mut deflated = Vec::with_capacity(text.len() + text.len() / 8 + 64);
    let mut compress = Compress::new(Compression::default(), false);
    compress.compress_vec(text, &mut deflated, FlushCompress::Sync).unwrap();
    let payload = deflated.strip_suffix(&[0, 0, 0xFF, 0xFF]).unwrap();
    payload.to_vec()
}

/// The verdict of a decoder that inflates, which is the same byte by byte.
fn inflate(bytes: &[u8], rules: &Rules) -> Verdict {
    let verdict = decode_by(Decoder::inflating(), [bytes], rules).0;
    assert_eq!(decode_by(Decoder::inflating(), bytes.chunks(1), rules).0, verdict);
    verdict
}

fn refused(bytes: &[u8], rules: &Rules) -> Option<E> {
    inflate(bytes, rules).error
}

#[test]
fn first_bit_is_for_the_first_frame_of_a_message_only() {
    let begun = frame(PACKED | TEXT, &deflate(b"begun"));
    for first in [
        FIN | PACKED | PING,
        FIN | PACKED | PONG,
        FIN | PACKED | CLOSE,
        FIN | PACKED | CONTINUATION,
        FIN | 0x20 | TEXT,
        FIN | PACKED | 0x10 | BINARY,
        FIN | PACKED | 0x3,
    ] {
        assert_eq!(refused(&[first], &RULES), Some(E::ReservedBit), "{first:x}");
        assert_eq!(refused(&[&begun[..], &[first]].concat(), &RULES), Some(E::ReservedBit));
    }
    let unasked = frame(FIN | PACKED | TEXT, &deflate(b"unasked"));
    assert_eq!(decode_whole(&unasked, &RULES).error, Some(E::ReservedBit));
    assert_eq!(E::ReservedBit.close_status().code(), 1002);
}

#[test]
fn messages_come_as_they_like() {
    let text = "twice and ".repeat(40);
    let payload = deflate(text.as_bytes());
    let (start, end) = payload.split_at(7);
    let bytes = [
        frame(FIN | PACKED | TEXT, &payload),
        frame(FIN | TEXT, b"plain"),
        frame(PACKED | BINARY, start),
        frame(FIN | PING, b"between"),
        frame(CONTINUATION, b""),
        frame(FIN | CONTINUATION, end),
        frame(FIN | PACKED | TEXT, &deflate(b"")),
        frame(PACKED | TEXT, b""),
        frame(FIN | CONTINUATION, &[0]),
        frame(FIN | CLOSE, b""),
    ]
    .concat();
    let said = vec![
        Said::Text(text.clone()),
        Said::Text("plain".into()),
        Said::Ping(b"between".into()),
        Said::Binary(text.into_bytes()),
        Said::Text(String::new()),
        Said::Text(String::new()),
        Said::Close(None),
    ];
    assert_eq!(inflate(&bytes, &RULES), Verdict { said, error: None });
}

#[test]
fn limit_counts_what_a_message_says() {
    let most = vec![b'x'; RULES.max_message_bytes];
    let fits = frame(FIN | PACKED | BINARY, &deflate(&most));
    assert_eq!(inflate(&fits, &RULES).said, [Said::Binary(most.clone())]);
    let bomb = deflate(&vec![0; 1 << 20]);
    assert!(bomb.len() < 1100, "{}", bomb.len());
    assert_eq!(
        refused(&frame(FIN | PACKED | BINARY, &bomb), &RULES),
        Some(E::MessageTooBig)
    );
    let (start, end) = bomb.split_at(bomb.len() / 2);
    let pieces = [frame(PACKED | BINARY, start), frame(FIN | CONTINUATION, end)].concat();
    assert_eq!(refused(&pieces, &RULES), Some(E::MessageTooBig));
}

#[test]
fn limit_counts_what_comes_too() {
    // Blocks that say nothing, without end.
    let nothing = [0, 0, 0, 0xFF, 0xFF].repeat(RULES.max_message_bytes / 5);
    let bytes = [frame(PACKED | BINARY, &nothing), frame(CONTINUATION, &nothing)].concat();
    assert_eq!(refused(&bytes, &RULES), Some(E::MessageTooBig));
    // What does not become smaller may be a little larger than it says.
    let noise: Vec<u8> = (0..RULES.max_message_bytes as u64)
        .map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8)
        .collect();
    let mut stored = Vec::new();
    for part in noise.chunks(100) {
        stored.extend([0, part.len() as u8, 0, !(part.len() as u8), 0xFF]);
        stored.extend(part);
    }
    stored.push(0);
    assert!(stored.len() > RULES.max_message_bytes);
    assert_eq!(
        inflate(&frame(FIN | PACKED | BINARY, &stored), &RULES).said,
        [Said::Binary(noise)]
    );
}

#[test]
fn what_waits_is_as_large_as_what_came() {
    let bomb = deflate(&vec![b'0'; RULES.max_message_bytes]);
    let (_, decoder) = decode_by(
        Decoder::inflating(),
        [&frame(PACKED | TEXT, &bomb[..bomb.len() - 1])[..]],
        &RULES,
    );
    assert!(decoder.is_inside_message() && !decoder.is_idle());
    let message = decoder.unfinished.as_ref().and_then(|held| held.message()).unwrap();
    assert!(message.capacity() <= 2 * bomb.len(), "{}", message.capacity());
}

#[test]
fn text_is_judged_by_what_it_says() {
    for bad in [&b"\xFF"[..], b"ok\x80", b"cut \xE2\x82"] {
        let bytes = frame(FIN | PACKED | TEXT, &deflate(bad));
        assert_eq!(refused(&bytes, &RULES), Some(E::Utf8), "{bad:x?}");
        let binary = frame(FIN | PACKED | BINARY, &deflate(bad));
        assert_eq!(inflate(&binary, &RULES).said, [Said::Binary(bad.to_vec())]);
    }
}

#[test]
fn message_that_cannot_be_inflated_is_refused() {
    let payload = deflate(&b"cut short ".repeat(9));
    for broken in [&b""[..], &payload[..payload.len() - 3], b"\x06", b"hello"] {
        let bytes = frame(FIN | PACKED | TEXT, broken);
        assert_eq!(refused(&bytes, &RULES), Some(E::BrokenDeflate), "{broken:x?}");
    }
    assert_eq!(E::BrokenDeflate.close_status().code(), 1007);
}

#[test]
fn decoder_that_inflates_is_small_and_holds_nothing_between_messages() {
    assert!(size_of::<Decoder>() <= 16);
    let message = frame(FIN | PACKED | TEXT, &deflate(b"and nothing remains"));
    let (verdict, decoder) = decode_by(Decoder::inflating(), [&message[..], &frame(FIN | PING, b"")], &RULES);
    assert_eq!(verdict.said.len(), 2);
    assert!(decoder.unfinished.is_none());
}

#[test]
fn bytes_that_say_nothing_are_counted() {
    let nothing = [&[0, 0, 0, 0xFF, 0xFF].repeat(100)[..], &deflate(b"")].concat();
    let bytes = [
        frame(FIN | PACKED | TEXT, &nothing),
        frame(FIN | PACKED | TEXT, &deflate(&[b'x'; 999])),
    ]
    .concat();
    let (verdict, mut decoder) = decode_by(Decoder::inflating(), [&bytes[..]], &RULES);
    assert_eq!(verdict.said[0], Said::Text(String::new()));
    assert_eq!(decoder.take_unsaid_bytes(), nothing.len() as u64);
    assert_eq!(decoder.take_unsaid_bytes(), 0);
}
