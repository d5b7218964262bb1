//! UTF-8, whole or in pieces that may cut a character (RFC 6455, 5.6 and 8.1).

use super::ProtocolError;

/// The longest character, in bytes.
const MAX_CHARACTER_BYTES: usize = 4;

/// The text in `bytes`, which is all of it.
pub(super) fn whole(bytes: &[u8]) -> Result<&str, ProtocolError> {
    simdutf8::basic::from_utf8(bytes).map_err(|_| ProtocolError::Utf8)
}

/// Judges `bytes` as the beginning of a text: a last character that is cut is no fault yet.
pub(super) fn check_beginning(bytes: &[u8]) -> Result<(), ProtocolError> {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_some() => Err(ProtocolError::Utf8),
        _ => Ok(()),
    }
}

/// A text whose bytes come in pieces. Each byte is judged when it comes, and once, so that a text fed byte by byte
/// costs no more than its length.
#[derive(Debug, Default)]
pub(super) struct PartialText {
    /// The characters that are whole.
    text: String,
    /// The beginning of the character that the last piece cut.
    cut: [u8; MAX_CHARACTER_BYTES],
    cut_bytes: u8,
}

impl PartialText {
    /// Adds `piece`, and refuses it at the first byte with which the text can no longer become UTF-8.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<(), ProtocolError> {
        while self.cut_bytes > 0
            && let Some((&byte, rest)) = piece.split_first()
        {
            self.push_to_cut(byte)?;
            piece = rest;
        }
        let (characters, cut) = piece.split_at(piece.len() - cut_at_end(piece));
        self.text.push_str(whole(characters)?);
        cut.iter().try_for_each(|&byte| self.push_to_cut(byte))
    }

    /// A text of which all bytes are there.
    pub(super) fn of(bytes: Vec<u8>) -> Result<Self, ProtocolError> {
        let text = String::from_utf8(bytes).map_err(|_| ProtocolError::Utf8)?;
        Ok(Self {
            text,
            ..Self::default()
        })
    }

    /// Adds a byte to the character that is cut. Four bytes are a character or a fault, so there is always room.
    fn push_to_cut(&mut self, byte: u8) -> Result<(), ProtocolError> {
        self.cut[usize::from(self.cut_bytes)] = byte;
        self.cut_bytes += 1;
        let cut = &self.cut[..usize::from(self.cut_bytes)];
        match std::str::from_utf8(cut) {
            Ok(character) => {
                self.text.push_str(character);
                self.cut_bytes = 0;
                Ok(())
            }
            Err(_) => check_beginning(cut),
        }
    }

    /// The bytes that came, those of a cut character included.
    pub(super) fn len(&self) -> usize {
        self.text.len() + usize::from(self.cut_bytes)
    }

    /// The bytes of heap that the text holds.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.text.capacity()
    }

    /// The characters that are whole: all of the text once [`Self::finish`] agreed.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Refuses a text that ends within a character.
    pub(super) fn finish(&self) -> Result<(), ProtocolError> {
        if self.cut_bytes == 0 {
            Ok(())
        } else {
            Err(ProtocolError::Utf8)
        }
    }
}

/// How many bytes at the end of `bytes` could begin a character that needs more of them.
fn cut_at_end(bytes: &[u8]) -> usize {
    for (before, &byte) in bytes.iter().rev().take(MAX_CHARACTER_BYTES - 1).enumerate() {
        let needed = match byte {
            0x80..=0xBF => continue,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0.. => 4,
            _ => 0,
        };
        let there = before + 1;
        return if needed > there { there } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where pieces of `size` bytes are refused: the place of the first byte of the piece, or the end.
    fn refused_at(bytes: &[u8]) -> Option<usize> {
        let mut text = PartialText::default();
        bytes
            .iter()
            .position(|&byte| text.push(&[byte]).is_err())
            .or_else(|| text.finish().is_err().then_some(bytes.len()))
    }

    #[test]
    fn text_is_refused_at_the_first_impossible_byte() {
        let cases: [(&[u8], Option<usize>); 16] = [
            (b"plain", None),
            ("κόσμε 🦀".as_bytes(), None),
            (b"\xF4\x8F\xBF\xBF", None),
            (b"a\x80", Some(1)),
            (b"\xC0\xAF", Some(0)),
            (b"\xC1", Some(0)),
            (b"\xE0\x9F\xBF", Some(1)),
            (b"\xED\xA0\x80", Some(1)),
            (b"\xF0\x8F\xBF\xBF", Some(1)),
            (b"\xF4\x90\x80\x80", Some(1)),
            (b"\xF5", Some(0)),
            (b"\xFF", Some(0)),
            (b"ok\xE2\x82x", Some(4)),
            (b"\xF0\x9F\xA6", Some(3)),
            (b"\xC3", Some(1)),
            (b"\xE2\x82\xE2", Some(2)),
        ];
        for (bytes, place) in cases {
            assert_eq!(refused_at(bytes), place, "{bytes:x?}");
        }
    }

    #[test]
    fn pieces_make_the_same_text_as_the_whole() {
        let text = "aé€🦀 κόσμε".repeat(5);
        for size in 1..text.len() {
            let mut partial = PartialText::default();
            for piece in text.as_bytes().chunks(size) {
                partial.push(piece).unwrap();
            }
            partial.finish().unwrap();
            assert_eq!(partial.as_str(), text);
        }
    }
}
