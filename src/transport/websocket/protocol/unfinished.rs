//! What has arrived of frames and messages that are not whole yet. It grows with the bytes that come, never with a
//! length that was only announced.

use super::head::{Head, MAX_HEAD_BYTES, Opcode};
use super::inflate::inflate;
use super::text::PartialText;
use super::{Event, ProtocolError};

/// The most bytes that a control frame carries (RFC 6455, 5.5).
const MAX_CONTROL_BYTES: usize = 125;

/// Up to three things at once: a message that lacks fragments, in it a control frame, of which only a part has come,
/// or of the next head.
#[derive(Debug)]
pub(super) struct Unfinished {
    head: [u8; MAX_HEAD_BYTES],
    head_bytes: u8,
    control: [u8; MAX_CONTROL_BYTES],
    control_bytes: u8,
    /// The frame whose payload is awaited.
    pub(super) frame: Option<Head>,
    message: Option<Message>,
}

impl Unfinished {
    pub(super) fn new() -> Self {
        Self {
            head: [0; MAX_HEAD_BYTES],
            head_bytes: 0,
            control: [0; MAX_CONTROL_BYTES],
            control_bytes: 0,
            frame: None,
            message: None,
        }
    }

    /// Whether nothing is awaited any more: what is here was handed out, or there is nothing.
    pub(super) fn is_spent(&self) -> bool {
        self.frame.is_none() && self.head_bytes == 0 && self.message.as_ref().is_none_or(|message| message.is_whole)
    }

    /// What has come of a head.
    pub(super) fn head(&self) -> &[u8] {
        &self.head[..usize::from(self.head_bytes)]
    }

    /// Keeps `seen`, which is all that has come of a head and less than a whole one.
    pub(super) fn keep_head(&mut self, seen: &[u8]) {
        self.head[..seen.len()].copy_from_slice(seen);
        self.head_bytes = seen.len() as u8;
    }

    /// Adds to the payload of the control frame under way, and returns all that has come of it. A head with a longer
    /// payload than fits was refused.
    pub(super) fn hold_control(&mut self, piece: &[u8]) -> &[u8] {
        let held = usize::from(self.control_bytes);
        self.control[held..held + piece.len()].copy_from_slice(piece);
        self.control_bytes += piece.len() as u8;
        &self.control[..usize::from(self.control_bytes)]
    }

    pub(super) fn is_holding_control(&self) -> bool {
        self.control_bytes > 0
    }

    /// The payload of the control frame, now whole; the next one starts from nothing.
    pub(super) fn take_control(&mut self) -> &[u8] {
        let held = std::mem::take(&mut self.control_bytes);
        &self.control[..usize::from(held)]
    }

    /// The message under way, begun by `frame` if there is none.
    pub(super) fn message_of(&mut self, frame: &Head) -> &mut Message {
        self.message.get_or_insert_with(|| Message::new(frame))
    }

    pub(super) fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }
}

/// A message in fragments, or in one frame that came in pieces.
#[derive(Debug)]
pub(super) struct Message {
    content: Content,
    /// The fragments that are whole.
    pub(super) fragments: usize,
    is_whole: bool,
}

#[derive(Debug)]
enum Content {
    Text(PartialText),
    Binary(Vec<u8>),
    /// Deflated: as it came. It is inflated when it is whole.
    Packed {
        is_text: bool,
        bytes: Vec<u8>,
    },
}

impl Message {
    fn new(frame: &Head) -> Self {
        let content = match frame.opcode {
            opcode if frame.is_packed => Content::Packed {
                is_text: opcode == Opcode::Text,
                bytes: Vec::new(),
            },
            Opcode::Text => Content::Text(PartialText::default()),
            _ => Content::Binary(Vec::new()),
        };
        Self {
            content,
            fragments: 0,
            is_whole: false,
        }
    }

    /// Adds `piece`, unmasked; text is judged at once.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), ProtocolError> {
        match &mut self.content {
            Content::Text(text) => text.push(piece),
            Content::Binary(bytes) | Content::Packed { bytes, .. } => {
                bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// Bytes that it has had on the wire.
    pub(super) fn len(&self) -> usize {
        match &self.content {
            Content::Text(text) => text.len(),
            Content::Binary(bytes) | Content::Packed { bytes, .. } => bytes.len(),
        }
    }

    pub(super) fn is_packed(&self) -> bool {
        matches!(self.content, Content::Packed { .. })
    }

    /// Its last fragment is whole with `piece`. A message that was deflated says at most `most_bytes`. Returns how many
    /// bytes it had on the wire beyond what it says.
    pub(super) fn finish(&mut self, piece: &[u8], most_bytes: usize) -> Result<usize, ProtocolError> {
        self.is_whole = true;
        if let Content::Packed { is_text, bytes } = &mut self.content {
            let payload = match bytes.is_empty() {
                true => piece,
                false => {
                    bytes.extend_from_slice(piece);
                    bytes
                }
            };
            let said = inflate(payload, most_bytes)?;
            let unsaid_bytes = payload.len().saturating_sub(said.len());
            self.content = match is_text {
                true => Content::Text(PartialText::of(said)?),
                false => Content::Binary(said),
            };
            return Ok(unsaid_bytes);
        }
        self.push(piece)?;
        if let Content::Text(text) = &self.content {
            text.finish()?;
        }
        Ok(0)
    }

    /// What it says, once it is whole.
    pub(super) fn event(&self) -> Event<'_> {
        match &self.content {
            Content::Text(text) => Event::Text(text.as_str()),
            Content::Binary(bytes) | Content::Packed { bytes, .. } => Event::Binary(bytes),
        }
    }

    /// The bytes of heap that it holds for its content.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        match &self.content {
            Content::Text(text) => text.capacity(),
            Content::Binary(bytes) | Content::Packed { bytes, .. } => bytes.capacity(),
        }
    }
}
