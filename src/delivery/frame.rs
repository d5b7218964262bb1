//! One wire image of a message: head and payload in one piece, encoded once, shared by all its receivers.
//!
//! A frame knows nothing of who gets it. It goes to the hub, which concatenates the frames of a turn and writes the
//! result to each socket; [`frame_boundary`] then finds where one frame ends in such a concatenation. Ours are frames
//! of a server: whole messages, unmasked, with the length in its fewest bytes (RFC 6455, 5.1 and 5.2).

use std::sync::{Arc, OnceLock};

use bytes::{Buf as _, Bytes};
use serde::Serialize;

use super::deflate;
use crate::{close_status::CloseStatus, message::ServerMessage};

/// The most bytes that a control frame carries (RFC 6455, 5.5).
pub const MAX_CONTROL_BYTES: usize = 125;

/// The longest head of a server's frame: two bytes, and eight of length.
const MAX_HEAD_BYTES: usize = 10;

/// What a JSON frame is given at first. Most of ours fit, and the rest grow.
const TYPICAL_JSON_BYTES: usize = 256;

/// FIN: all our messages are one frame.
const FIN: u8 = 0x80;
/// RSV1: the payload is deflated (RFC 7692, 6).
const PACKED: u8 = 0x40;
/// The opcode of a text (RFC 6455, 5.2).
pub const TEXT: u8 = 0x1;
/// The opcode of binary data.
pub const BINARY: u8 = 0x2;
/// The opcode of a close frame.
pub const CLOSE: u8 = 0x8;
/// The opcode of a ping.
pub const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// An immutable frame of the server. To clone it is to share it.
#[derive(Clone, Debug)]
pub struct Frame {
    image: Bytes,
    /// Where clones find what one of them has packed. `None`: each would pack it anew.
    packed: Option<Arc<OnceLock<Bytes>>>,
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.image == other.image
    }
}

impl Eq for Frame {}

impl Frame {
    /// A text message.
    pub fn text(text: &str) -> Self {
        Self::copied(TEXT, text.as_bytes())
    }

    /// A binary message.
    pub fn binary(payload: &[u8]) -> Self {
        Self::copied(BINARY, payload)
    }

    /// A text message with `value` as JSON, written straight behind the place of its head.
    ///
    /// # Errors
    ///
    /// What `value`'s own `Serialize` refuses, such as a map whose keys are not strings.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let mut image = Vec::with_capacity(TYPICAL_JSON_BYTES);
        image.resize(MAX_HEAD_BYTES, 0);
        serde_json::to_writer(&mut image, value)?;
        Ok(Self::headed(TEXT, image))
    }

    /// What the server says, as JSON.
    pub fn message(message: &ServerMessage<'_>) -> Self {
        Self::json(message).expect("our own messages are structs of texts and numbers, which are always JSON")
    }

    /// A text message whose text comes in parts, in UTF-8 together. What is put together so is large and for several
    /// peers, so it is [packed once](Self::packed_once).
    pub fn joined(parts: &[&[u8]]) -> Self {
        let bytes = parts.iter().map(|part| part.len()).sum::<usize>();
        let mut image = Vec::with_capacity(MAX_HEAD_BYTES + bytes);
        image.resize(MAX_HEAD_BYTES, 0);
        for part in parts {
            image.extend_from_slice(part);
        }
        Self::headed(TEXT, image).packed_once()
    }

    /// Frames that stand one after the other in `images`, to be sent together.
    pub fn several(images: &[u8]) -> Self {
        Self::of(Bytes::copy_from_slice(images))
    }

    /// A ping. `payload` beyond [`MAX_CONTROL_BYTES`] is cut off.
    pub fn ping(payload: &[u8]) -> Self {
        Self::control(PING, payload)
    }

    /// The answer to a ping that carried `payload`, which beyond [`MAX_CONTROL_BYTES`] is cut off.
    pub fn pong(payload: &[u8]) -> Self {
        Self::control(PONG, payload)
    }

    /// A close frame; without a status its body is empty (RFC 6455, 5.5.1).
    pub fn close(status: Option<&CloseStatus>) -> Self {
        let Some(status) = status else {
            return Self::control(CLOSE, &[]);
        };
        let mut body = Vec::with_capacity(2 + status.reason().len());
        body.extend_from_slice(&status.code().to_be_bytes());
        body.extend_from_slice(status.reason().as_bytes());
        Self::control(CLOSE, &body)
    }

    /// The wire image, to be owned.
    pub fn into_bytes(self) -> Bytes {
        self.image
    }

    /// The bytes as they travel.
    pub fn bytes(&self) -> &Bytes {
        &self.image
    }

    /// The same frame, all clones of which are packed together: the first to ask does it for all, on whatever thread.
    #[must_use]
    pub fn packed_once(mut self) -> Self {
        self.packed.get_or_insert_default();
        self
    }

    /// The bytes as they travel to who has agreed on permessage-deflate. They are [`Self::bytes`] where the payload has
    /// less than `least_bytes`, or would not become smaller. For clones of one frame `least_bytes` is the same.
    pub fn packed(&self, least_bytes: usize) -> Bytes {
        match &self.packed {
            Some(packed) => packed.get_or_init(|| deflate::pack(&self.image, least_bytes)).clone(),
            None => deflate::pack(&self.image, least_bytes),
        }
    }

    /// What it carries, of one that is a single frame.
    pub fn payload(&self) -> &[u8] {
        self.image.get(head_bytes(&self.image)..).unwrap_or_default()
    }

    /// The bytes as they travel, head included: what an outbox counts.
    #[expect(clippy::len_without_is_empty, reason = "a frame has a head, so it is never empty")]
    pub fn len(&self) -> usize {
        self.image.len()
    }

    fn control(opcode: u8, payload: &[u8]) -> Self {
        Self::copied(opcode, &payload[..payload.len().min(MAX_CONTROL_BYTES)])
    }

    fn copied(opcode: u8, payload: &[u8]) -> Self {
        let (head, head_bytes) = head(opcode, payload.len());
        Self::of([&head[..head_bytes], payload].concat().into())
    }

    /// Writes the head before the payload that stands in `image` behind [`MAX_HEAD_BYTES`]. A shorter head leaves
    /// some bytes at the front, which are skipped rather than moved over.
    fn headed(opcode: u8, mut image: Vec<u8>) -> Self {
        let (head, head_bytes) = head(opcode, image.len() - MAX_HEAD_BYTES);
        let skipped = MAX_HEAD_BYTES - head_bytes;
        image[skipped..MAX_HEAD_BYTES].copy_from_slice(&head[..head_bytes]);
        let mut image = Bytes::from(image);
        image.advance(skipped);
        Self::of(image)
    }

    fn of(image: Bytes) -> Self {
        Self { image, packed: None }
    }
}

/// One frame of a server among others.
pub struct Piece<'a>(&'a [u8]);

impl<'a> Piece<'a> {
    /// Text or binary, which alone may be packed (RFC 7692, 6).
    pub fn is_message(&self) -> bool {
        matches!(self.opcode(), TEXT | BINARY)
    }

    /// As RFC 6455, 5.2, has it.
    pub fn opcode(&self) -> u8 {
        self.0[0] & 0x0F
    }

    /// What it carries.
    pub fn payload(&self) -> &'a [u8] {
        &self.0[head_bytes(self.0)..]
    }

    /// Head included.
    #[expect(clippy::len_without_is_empty, reason = "a frame has a head, so it is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// The frame at the front of `bytes`, which are whole frames of a server one after the other.
pub fn first_frame(bytes: &[u8]) -> Option<Piece<'_>> {
    bytes.get(..frame_len(bytes)).map(Piece)
}

/// Adds a message whose payload is deflated.
pub(super) fn push_packed(image: &mut Vec<u8>, opcode: u8, deflated: &[u8]) {
    let (head, head_bytes) = head(PACKED | opcode, deflated.len());
    image.reserve_exact(head_bytes + deflated.len());
    image.extend_from_slice(&head[..head_bytes]);
    image.extend_from_slice(deflated);
}

fn head_bytes(frame: &[u8]) -> usize {
    match frame.get(1) {
        Some(126) => 4,
        Some(127) => 10,
        _ => 2,
    }
}

/// The head of an unmasked frame, in the front of the array, and how many bytes it has (RFC 6455, 5.2).
fn head(opcode: u8, payload_bytes: usize) -> ([u8; MAX_HEAD_BYTES], usize) {
    let mut head = [0; MAX_HEAD_BYTES];
    head[0] = FIN | opcode;
    match payload_bytes {
        0..=125 => {
            head[1] = payload_bytes as u8;
            (head, 2)
        }
        126..=0xFFFF => {
            head[1] = 126;
            head[2..4].copy_from_slice(&(payload_bytes as u16).to_be_bytes());
            (head, 4)
        }
        _ => {
            head[1] = 127;
            head[2..].copy_from_slice(&(payload_bytes as u64).to_be_bytes());
            (head, 10)
        }
    }
}

/// Where the frame ends that holds `offset`, in `bytes`, which are whole frames of a server one after the other.
///
/// `offset` itself when a frame begins there: up to there everything is written, and something else may follow, such
/// as a pong or a close frame. Walks the heads from the front, allocates nothing. Bytes that are no whole frames end
/// with `bytes`.
pub fn frame_boundary(bytes: &[u8], offset: usize) -> usize {
    let mut boundary = 0;
    while boundary < offset && boundary < bytes.len() {
        boundary = boundary.saturating_add(frame_len(&bytes[boundary..]));
    }
    boundary.min(bytes.len())
}

/// The length of the frame at the front of `bytes`, head included; `usize::MAX` when its head is cut off.
fn frame_len(bytes: &[u8]) -> usize {
    let length = match *bytes {
        [_, 126, high, low, ..] => Some((4, u64::from(u16::from_be_bytes([high, low])))),
        [_, 127, a, b, c, d, e, f, g, h, ..] => Some((10, u64::from_be_bytes([a, b, c, d, e, f, g, h]))),
        [_, short @ 0..=125, ..] => Some((2, u64::from(short))),
        _ => None,
    };
    length.map_or(usize::MAX, |(head, payload)| {
        usize::try_from(payload).unwrap_or(usize::MAX).saturating_add(head)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_have_the_fewest_bytes() {
        let cases: [(usize, &[u8]); 7] = [
            (0, &[0x82, 0]),
            (125, &[0x82, 125]),
            (126, &[0x82, 126, 0, 126]),
            (127, &[0x82, 126, 0, 127]),
            (0xFFFF, &[0x82, 126, 0xFF, 0xFF]),
            (0x1_0000, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
            (0x1_0001, &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 1]),
        ];
        for (payload_bytes, head) in cases {
            let frame = Frame::binary(&vec![7; payload_bytes]);
            assert_eq!(&frame.bytes()[..head.len()], head);
            assert_eq!(frame.len(), head.len() + payload_bytes);
            assert_eq!(frame.payload().len(), payload_bytes);
        }
    }

    #[test]
    fn json_frame_is_the_text_frame_of_its_json() {
        for letters in [0, 1, 123, 124, 0xFFFD, 0xFFFE, 0x1_0000] {
            let value = "x".repeat(letters);
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(Frame::json(&value).unwrap(), Frame::text(&text), "{letters}");
        }
    }

    #[test]
    fn value_that_is_no_json_is_an_error() {
        let keyed_by_pairs = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(Frame::json(&keyed_by_pairs).is_err());
    }

    #[test]
    fn control_frames_keep_to_their_limit() {
        assert_eq!(&Frame::ping(b"hi").bytes()[..], b"\x89\x02hi");
        assert_eq!(&Frame::pong(b"").bytes()[..], b"\x8A\x00");
        assert_eq!(Frame::pong(&[0; 300]).len(), 2 + MAX_CONTROL_BYTES);
        let longest = CloseStatus::NORMAL.with_reason("x".repeat(500));
        assert_eq!(Frame::close(Some(&longest)).len(), 2 + MAX_CONTROL_BYTES);
    }

    #[test]
    fn close_frame_carries_code_and_reason() {
        assert_eq!(&Frame::close(None).bytes()[..], b"\x88\x00");
        assert_eq!(
            &Frame::close(Some(&CloseStatus::SLOW_CONSUMER)).bytes()[..],
            b"\x88\x0F\x03\xF5slow consumer"
        );
    }

    #[test]
    fn boundary_is_the_end_of_the_frame_that_holds_the_offset() {
        let frames = [
            Frame::ping(b""),
            Frame::text("hello"),
            Frame::binary(&[0x81; 200]),
            Frame::binary(&[1; 0x1_0000]),
        ];
        let all = frames
            .iter()
            .flat_map(|frame| frame.bytes().to_vec())
            .collect::<Vec<_>>();
        let mut start = 0;
        for frame in &frames {
            let end = start + frame.len();
            assert_eq!(frame_boundary(&all, start), start);
            for offset in start + 1..=end {
                assert_eq!(frame_boundary(&all, offset), end);
            }
            start = end;
        }
    }

    #[test]
    fn boundary_never_lies_beyond_the_bytes() {
        for torn in [
            &[][..],
            &[0x81],
            &[0x81, 126, 0],
            &[0x81, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            b"\x81\x05he",
        ] {
            for offset in 1..12 {
                assert_eq!(frame_boundary(torn, offset), torn.len());
            }
        }
    }
}
