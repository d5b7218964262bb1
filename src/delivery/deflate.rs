//! permessage-deflate for what goes out (RFC 7692, 7.2.1): whole frames in, the same frames out, those deflated that
//! become smaller by it.
//!
//! No message leans on one before it (no context takeover), so what was packed once fits every socket that agreed on
//! the extension. One compressor serves all sockets of a thread.

use std::cell::RefCell;

use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};

use super::frame::{first_frame, push_packed};

/// The window of what is sent, 4 KiB. A larger one gains nothing on lines and lists and little on histories (decision
/// 0020), and clients have to reserve it.
pub const WINDOW_BITS: u8 = 12;

/// Below it zlib takes text apart into single letters; above it little is gained for twice the time.
const LEVEL: Compression = Compression::new(3);

/// What the end of a flush looks like. It is not sent (RFC 7692, 7.2.1).
const FLUSHED: [u8; 4] = [0, 0, 0xFF, 0xFF];

thread_local! {
    static COMPRESS: RefCell<Option<Compress>> = const { RefCell::new(None) };
}

/// `frames`, whole frames of a server one after the other, with each message of at least `least_bytes` deflated if
/// that makes it smaller. The same bytes, not copied, if none is.
pub(super) fn pack(frames: &Bytes, least_bytes: usize) -> Bytes {
    let (mut packed, mut done) = (Vec::new(), 0);
    let mut at = 0;
    while let Some(frame) = first_frame(&frames[at..]) {
        let end = at + frame.len();
        if frame.is_message()
            && frame.payload().len() >= least_bytes
            && let Some(deflated) = deflate(frame.payload())
        {
            packed.extend_from_slice(&frames[done..at]);
            push_packed(&mut packed, frame.opcode(), &deflated);
            done = end;
        }
        at = end;
    }
    if done == 0 {
        return frames.clone();
    }
    packed.extend_from_slice(&frames[done..]);
    packed.into()
}

/// `payload` deflated, without the end that all flushes have in common. `None` if that is no smaller.
fn deflate(payload: &[u8]) -> Option<Vec<u8>> {
    COMPRESS.with_borrow_mut(|compress| {
        let compress = compress.get_or_insert_with(|| Compress::new_with_window_bits(LEVEL, false, WINDOW_BITS));
        compress.reset();
        // Room for what would be smaller, and a byte more: a flush that leaves no room may not be complete.
        let mut deflated = Vec::with_capacity(payload.len() + FLUSHED.len());
        let status = compress.compress_vec(payload, &mut deflated, FlushCompress::Sync);
        let is_whole = matches!(status, Ok(Status::Ok)) && deflated.len() < payload.len() + FLUSHED.len();
        if !is_whole || !deflated.ends_with(&FLUSHED) {
            return None;
        }
        deflated.truncate(deflated.len() - FLUSHED.len());
        Some(deflated)
    })
}

#[cfg(test)]
mod tests {
    use flate2::{Decompress, FlushDecompress};
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::delivery::Frame;

    /// What a client makes of a payload that has RSV1 (RFC 7692, 7.2.2).
    fn inflate(payload: &[u8]) -> Vec<u8> {
        let (mut inflated, mut inflater) = (
            Vec::with_capacity(1 << 20),
            Decompress::new_with_window_bits(false, WINDOW_BITS),
        );
        let whole = [payload, &FLUSHED].concat();
        inflater
            .decompress_vec(&whole, &mut inflated, FlushDecompress::Sync)
            .unwrap();
        assert_eq!(inflater.total_in(), whole.len() as u64);
        inflated
    }

    /// The messages in `frames`: whether each came packed, and what it says.
    fn read(frames: &Bytes) -> Vec<(bool, Vec<u8>)> {
        let (mut messages, mut at) = (Vec::new(), 0);
        while let Some(frame) = first_frame(&frames[at..]) {
            let is_packed = frames[at] & 0x40 != 0;
            let payload = match is_packed {
                true => inflate(frame.payload()),
                false => frame.payload().to_vec(),
            };
            messages.push((is_packed, payload));
            at += frame.len();
        }
        assert_eq!(at, frames.len());
        messages
    }

    #[test]
    fn repetitive_text_is_packed_and_read_back() {
        let text = "the rain in Spain ".repeat(5_000);
        let frame = Frame::text(&text);
        let packed = pack(frame.bytes(), 1);
        assert!(packed.len() < frame.len() / 50, "{}", packed.len());
        assert_eq!(packed[0], 0xC1);
        assert_eq!(read(&packed), [(true, text.into_bytes())]);
    }

    #[test]
    fn what_gains_nothing_stays_as_it_is_and_is_not_copied() {
        for (frame, least_bytes) in [
            (Frame::text("hello"), 1),
            (Frame::text(""), 0),
            (Frame::text(&"long enough ".repeat(8)), 97),
            (Frame::ping(&[b'x'; 125]), 1),
            (Frame::close(None), 0),
        ] {
            let packed = pack(frame.bytes(), least_bytes);
            assert_eq!(packed.as_ptr(), frame.bytes().as_ptr(), "{frame:?}");
        }
    }

    #[test]
    fn least_bytes_are_enough() {
        let text = "long enough ".repeat(8);
        assert_eq!(read(&pack(Frame::text(&text).bytes(), 96)), [(true, text.into_bytes())]);
    }

    #[test]
    fn among_several_frames_each_is_judged_by_itself() {
        let long = "again and ".repeat(50);
        let frames = [
            Frame::text("a"),
            Frame::text(&long),
            Frame::ping(b"?"),
            Frame::binary(long.as_bytes()),
            Frame::text("b"),
        ];
        let all: Bytes = frames.iter().flat_map(|frame| frame.bytes().to_vec()).collect();
        let long = long.into_bytes();
        let expected = [
            (false, b"a".to_vec()),
            (true, long.clone()),
            (false, b"?".to_vec()),
            (true, long),
            (false, b"b".to_vec()),
        ];
        assert_eq!(read(&pack(&all, 20)), expected);
    }

    proptest! {
        #[test]
        fn any_messages_are_read_back(
            messages in vec(prop_oneof![
                vec(any::<u8>(), 0..600),
                ("[a-c]{1,20}", 1..4_000_usize).prop_map(|(word, times)| word.repeat(times).into_bytes()),
                any::<String>().prop_map(String::into_bytes),
            ], 0..5),
            least_bytes in 0..300_usize,
        ) {
            let all: Bytes = messages.iter().flat_map(|payload| Frame::binary(payload).bytes().to_vec()).collect();
            let packed = pack(&all, least_bytes);
            prop_assert!(packed.len() <= all.len());
            let read = read(&packed).into_iter().map(|(_, payload)| payload).collect::<Vec<_>>();
            prop_assert_eq!(read, messages);
        }
    }
}
