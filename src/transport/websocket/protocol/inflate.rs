//! What a deflated message says (RFC 7692, 7.2.2).
//!
//! A message is inflated when it is whole, by the inflater of the thread: no message leans on one before it. What waits
//! for its last fragment waits deflated, so nobody makes us hold more than they have sent.

use std::cell::Cell;

use flate2::{Decompress, FlushDecompress, Status};

use super::ProtocolError;

/// What ends each flush and is not sent (RFC 7692, 7.2.1).
const FLUSHED: &[u8] = &[0, 0, 0xFF, 0xFF];
/// An empty last block. An inflater that stands between two blocks comes to its end right behind it, and says nothing.
const LAST_BLOCK: &[u8] = &[3, 0];
/// Bytes that are inflated at once.
const PIECE_BYTES: usize = 4096;

thread_local! {
    static INFLATER: Cell<Option<Decompress>> = const { Cell::new(None) };
}

/// The most bytes that a message has on the wire that says `most_bytes`: the poorest of encoders adds an eighth.
pub(super) fn most_packed_bytes(most_bytes: usize) -> usize {
    most_bytes.saturating_add(most_bytes / 8).saturating_add(64)
}

/// What the deflated `payload` says, which must be at most `most_bytes`. No more is inflated than that, and one byte.
pub(super) fn inflate(payload: &[u8], most_bytes: usize) -> Result<Vec<u8>, ProtocolError> {
    // A window of 32 KiB reads whatever window a client has used.
    let mut inflater = INFLATER.take().unwrap_or_else(|| Decompress::new(false));
    inflater.reset(false);
    let mut said = Vec::new();
    let outcome = read(&mut inflater, payload, most_bytes, &mut said);
    INFLATER.set(Some(inflater));
    outcome.map(|()| said)
}

fn read(inflater: &mut Decompress, payload: &[u8], most_bytes: usize, said: &mut Vec<u8>) -> Result<(), ProtocolError> {
    feed(inflater, payload, most_bytes, said)?;
    feed(inflater, FLUSHED, most_bytes, said)?;
    let said_bytes = said.len();
    // A message that ends within a block takes the last one for something else.
    let is_between_blocks = feed(inflater, LAST_BLOCK, most_bytes, said)?;
    match is_between_blocks && said.len() == said_bytes {
        true => Ok(()),
        false => Err(ProtocolError::BrokenDeflate),
    }
}

/// Inflates all of `input`; whether it ends with a last block.
fn feed(
    inflater: &mut Decompress,
    mut input: &[u8],
    most_bytes: usize,
    said: &mut Vec<u8>,
) -> Result<bool, ProtocolError> {
    let mut piece = [0; PIECE_BYTES];
    loop {
        // Where no room is left, one byte shows whether there is more to say.
        let room = (most_bytes - said.len()).clamp(1, PIECE_BYTES);
        let (taken_before, said_before) = (inflater.total_in(), inflater.total_out());
        let status = inflater
            .decompress(input, &mut piece[..room], FlushDecompress::None)
            .map_err(|_| ProtocolError::BrokenDeflate)?;
        let taken_bytes = (inflater.total_in() - taken_before) as usize;
        let said_bytes = (inflater.total_out() - said_before) as usize;
        if said_bytes > most_bytes - said.len() {
            return Err(ProtocolError::MessageTooBig);
        }
        said.extend_from_slice(&piece[..said_bytes]);
        input = &input[taken_bytes..];
        let is_last = status == Status::StreamEnd;
        if is_last {
            // Others may follow all the same (RFC 7692, 7.2.3.4).
            inflater.reset(false);
        }
        let may_say_more = !is_last && said_bytes == room;
        if input.is_empty() && !may_say_more {
            return Ok(is_last);
        }
        if taken_bytes == 0 && said_bytes == 0 {
            return Err(ProtocolError::BrokenDeflate);
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const NO_LIMIT: usize = usize::MAX;

    /// What a client sends that says `text`, all flushes but the last left whole.
    fn deflate(texts: &[&[u8]], level: u32, window_bits: u8) -> Vec<u8> {
        let mut compress = Compress::new_with_window_bits(Compression::new(level), false, window_bits);
        let mut deflated = Vec::with_capacity(1 << 20);
        for text in texts {
            compress.compress_vec(text, &mut deflated, FlushCompress::Sync).unwrap();
        }
        assert!(deflated.ends_with(FLUSHED));
        deflated.truncate(deflated.len() - FLUSHED.len());
        deflated
    }

    #[test]
    fn examples_of_the_standard_say_hello() {
        // RFC 7692, 7.2.3.1 to 7.2.3.5: one block, one that is not compressed, one that says it is the last, and two.
        for payload in [
            &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00][..],
            &[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00],
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00],
            &[
                0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
            ],
        ] {
            assert_eq!(inflate(payload, NO_LIMIT).unwrap(), b"Hello", "{payload:x?}");
        }
    }

    #[test]
    fn empty_message_is_one_byte() {
        // RFC 7692, 7.2.3.6.
        assert_eq!(inflate(&[0], 0).unwrap(), b"");
    }

    #[test]
    fn broken_streams_are_refused_and_the_next_one_is_read() {
        let whole = deflate(&[&b"all of it, all of it, and all of it again".repeat(3)], 6, 15);
        let ends_early = &whole[..whole.len() / 2];
        let too_far_back = [0x03, 0x02 | 0x40, 0xFF, 0xFF];
        let cases: [&[u8]; 7] = [
            b"",
            &[0x06],
            &[0x00, 0x05, 0x00, 0xfa, 0xfe],
            ends_early,
            &too_far_back,
            &[0xFF; 20],
            // The last block, and nothing behind it.
            &[0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00],
        ];
        for payload in cases {
            assert_eq!(
                inflate(payload, NO_LIMIT),
                Err(ProtocolError::BrokenDeflate),
                "{payload:x?}"
            );
            assert_eq!(
                inflate(&[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00], 5).unwrap(),
                b"Hello"
            );
        }
    }

    #[test]
    fn limit_is_of_what_is_said_and_stops_the_inflating() {
        let zeros = vec![0; 10_000_000];
        let bomb = deflate(&[&zeros], 9, 15);
        assert!(bomb.len() < 20_000);
        for most_bytes in [
            0,
            1,
            PIECE_BYTES - 1,
            PIECE_BYTES,
            PIECE_BYTES + 1,
            0x1_0000,
            zeros.len() - 1,
        ] {
            assert_eq!(
                inflate(&bomb, most_bytes),
                Err(ProtocolError::MessageTooBig),
                "{most_bytes}"
            );
        }
        let mut said = Vec::new();
        let mut inflater = Decompress::new(false);
        assert!(read(&mut inflater, &bomb, 0x1_0000, &mut said).is_err());
        assert!(
            said.len() <= 0x1_0000 && said.capacity() <= 0x2_0000,
            "{}",
            said.capacity()
        );
        assert!(inflater.total_out() <= 0x1_0001, "{}", inflater.total_out());
        assert_eq!(inflate(&bomb, zeros.len()).unwrap(), zeros);
    }

    #[test]
    fn text_of_just_the_limit_passes() {
        for bytes in [1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
            let text = b"0123456789abcdef"
                .iter()
                .copied()
                .cycle()
                .take(bytes)
                .collect::<Vec<_>>();
            let payload = deflate(&[&text], 6, 12);
            assert_eq!(inflate(&payload, bytes).unwrap(), text);
            assert_eq!(inflate(&payload, bytes - 1), Err(ProtocolError::MessageTooBig));
        }
    }

    proptest! {
        #[test]
        fn what_any_client_deflates_is_read(
            texts in vec(prop_oneof![
                vec(any::<u8>(), 0..3_000),
                ("[a-d]{1,9}", 0..4_000_usize).prop_map(|(word, times)| word.repeat(times).into_bytes()),
            ], 1..4),
            level in 0..=9_u32,
            window_bits in 9..=15_u8,
        ) {
            let texts = texts.iter().map(Vec::as_slice).collect::<Vec<_>>();
            let (payload, said) = (deflate(&texts, level, window_bits), texts.concat());
            prop_assert_eq!(&inflate(&payload, said.len()).unwrap(), &said);
            prop_assert!(payload.len() <= most_packed_bytes(said.len()) + 5 * texts.len());
        }

        #[test]
        fn garbage_is_refused_or_within_the_limit(payload in vec(any::<u8>(), 0..300), most_bytes in 0..2_000_usize) {
            if let Ok(said) = inflate(&payload, most_bytes) {
                prop_assert!(said.len() <= most_bytes);
            }
        }
    }
}
