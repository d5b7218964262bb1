//! SockJS' own frames, in text: `o`, `h`, `a["…"]` and `c[code,"reason"]`, and the JSON in which clients pack what they
//! say. Pure.

use crate::delivery::frame::{CLOSE, PING, TEXT, first_frame};

/// The session is open.
pub const OPEN: &str = "o";
/// A sign of life.
pub const HEARTBEAT: &str = "h";

/// What a session is to be sent, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `o`.
    Open,
    /// `h`.
    Heartbeat,
    /// Texts, each as a JSON string, with commas between: what stands in `a[…]`.
    Texts(String),
    /// A whole close frame. Nothing follows.
    Close(String),
}

impl Piece {
    /// As it travels.
    pub fn frame(&self) -> String {
        match self {
            Self::Open => OPEN.to_owned(),
            Self::Heartbeat => HEARTBEAT.to_owned(),
            Self::Texts(texts) => format!("a[{texts}]"),
            Self::Close(frame) => frame.clone(),
        }
    }

    /// About as many bytes as it will have.
    pub fn size(&self) -> usize {
        match self {
            Self::Open | Self::Heartbeat => 1,
            Self::Texts(texts) => texts.len() + 3,
            Self::Close(frame) => frame.len(),
        }
    }
}

/// `c[1008,"session ended"]`.
pub fn close_frame(code: u16, reason: &str) -> String {
    format!("c[{code},{}]", quoted(reason))
}

/// What a wire image of the first frame in `bytes` becomes, whole frames of a server one after the other, and how long
/// that frame is; `None` behind the last. What SockJS has no words for, such as binary, becomes nothing.
pub fn translate(bytes: &[u8]) -> Option<(Option<Piece>, usize)> {
    let frame = first_frame(bytes)?;
    let payload = frame.payload();
    let piece = match frame.opcode() {
        TEXT => Some(Piece::Texts(quoted(&String::from_utf8_lossy(payload)))),
        PING => Some(Piece::Heartbeat),
        CLOSE => Some(Piece::Close(translated_close(payload))),
        _ => None,
    };
    Some((piece, frame.len()))
}

/// A close frame without a code says that all is well.
fn translated_close(body: &[u8]) -> String {
    match body {
        [high, low, reason @ ..] => close_frame(u16::from_be_bytes([*high, *low]), &String::from_utf8_lossy(reason)),
        _ => close_frame(1000, ""),
    }
}

/// Joins texts that follow each other, so that they leave in one frame.
pub fn append(pieces: &mut std::collections::VecDeque<Piece>, piece: Piece) {
    match (pieces.back_mut(), piece) {
        (Some(Piece::Texts(before)), Piece::Texts(texts)) => {
            before.push(',');
            before.push_str(&texts);
        }
        (_, piece) => pieces.push_back(piece),
    }
}

/// A JSON string in which nothing stands as itself that browsers are known to lose or change: controls, marks of
/// direction, separators and the like (the list is that of the SockJS protocol, *JSON Unicode Encoding*).
pub fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for letter in text.chars() {
        match letter {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\x1F'
            | '\u{200C}'..='\u{200F}'
            | '\u{2028}'..='\u{202F}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FFF0}'..='\u{FFFF}' => json.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => json.push(letter),
        }
    }
    json.push('"');
    json
}

/// Bytes that packing makes of one byte at most, as clients write that escape no more than JSON asks for.
const PACKED_BYTES: usize = 2;
/// Bytes of brackets, quotes and commas, of short texts and of escapes beyond that.
const LIST_BYTES: usize = 64 * 1024;

/// How many bytes one packing may have, where one text may have so many; 0 means no limit, for both.
pub fn packed_bytes(text_bytes: usize) -> usize {
    match text_bytes {
        0 => 0,
        most => most.saturating_mul(PACKED_BYTES).saturating_add(LIST_BYTES),
    }
}

/// What is wrong with what a client has packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// There is nothing, or no list.
    NoPayload,
    /// It is no JSON, or not only strings.
    Broken,
}

impl Unreadable {
    /// In the words of the SockJS protocol.
    pub fn message(self) -> &'static str {
        match self {
            Self::NoPayload => "Payload expected.",
            Self::Broken => "Broken JSON encoding.",
        }
    }
}

/// The texts in a JSON list of strings.
///
/// # Errors
///
/// [`Unreadable`].
pub fn texts(packed: &[u8]) -> Result<Vec<String>, Unreadable> {
    if packed.is_empty() {
        return Err(Unreadable::NoPayload);
    }
    serde_json::from_slice(packed).map_err(|_| Unreadable::Broken)
}

/// The texts of one message of a WebSocket: as [`texts`], or a single string, or nothing at all.
///
/// # Errors
///
/// [`Unreadable::Broken`].
pub fn texts_of_message(packed: &str) -> Result<Vec<String>, Unreadable> {
    if packed.is_empty() {
        return Ok(Vec::new());
    }
    if packed.starts_with('"') {
        let text = serde_json::from_str(packed).map_err(|_| Unreadable::Broken)?;
        return Ok(vec![text]);
    }
    texts(packed.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{close_status::CloseStatus, delivery::Frame};

    proptest! {
        #[test]
        fn what_is_quoted_is_the_json_of_the_text(text in any::<String>()) {
            let json = quoted(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
            let is_bare = |letter| matches!(letter, '\0'..='\x1F' | '\u{2028}' | '\u{2029}');
            prop_assert!(!json.chars().any(is_bare), "{}", json);
        }

        #[test]
        fn frames_of_the_wire_become_one_list(said in prop::collection::vec(".{0,300}", 1..8)) {
            let wire: Vec<u8> = said.iter().flat_map(|text| Frame::text(text).bytes().to_vec()).collect();
            let (mut rest, mut pieces) = (&wire[..], std::collections::VecDeque::new());
            while let Some((piece, length)) = translate(rest) {
                append(&mut pieces, piece.unwrap());
                rest = &rest[length..];
            }
            prop_assert!(rest.is_empty() && pieces.len() == 1);
            let frame = pieces[0].frame();
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&frame[1..]).unwrap(), said);
        }
    }

    fn translated(frame: &Frame) -> Option<String> {
        let (piece, length) = translate(frame.bytes()).unwrap();
        assert_eq!(length, frame.len());
        piece.map(|piece| piece.frame())
    }

    #[test]
    fn control_frames_have_their_words_and_binary_has_none() {
        assert_eq!(translated(&Frame::ping(b"")).as_deref(), Some("h"));
        assert_eq!(
            translated(&Frame::close(Some(&CloseStatus::SESSION_ENDED))).as_deref(),
            Some("c[1008,\"session ended\"]")
        );
        assert_eq!(translated(&Frame::close(None)).as_deref(), Some("c[1000,\"\"]"));
        assert_eq!(translated(&Frame::binary(b"x")), None);
        assert_eq!(translate(b""), None);
        assert_eq!(translate(b"\x81\x05he"), None);
    }

    #[test]
    fn what_browsers_lose_is_escaped() {
        assert_eq!(quoted("a\u{2028}\u{FFFF}\0\"\\/"), r#""a\u2028\uffff\u0000\"\\/""#);
    }

    #[test]
    fn packed_texts_are_lists_of_strings() {
        assert_eq!(texts(br#"["a","b"]"#).unwrap(), ["a", "b"]);
        assert!(texts(b"[]").unwrap().is_empty());
        assert_eq!(texts(b""), Err(Unreadable::NoPayload));
        for broken in ["[\"a", "{}", "[1]", "\"a\"", "[\"a\"] x", "[\"\\ud800\"]", "\u{FEFF}[]"] {
            assert_eq!(texts(broken.as_bytes()), Err(Unreadable::Broken), "{broken}");
        }
        assert_eq!(texts_of_message("\"a\"").unwrap(), ["a"]);
        assert!(texts_of_message("").unwrap().is_empty());
        assert_eq!(texts_of_message("[\"a"), Err(Unreadable::Broken));
    }
}
