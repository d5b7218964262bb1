//! The strict decoder of what a client sends (RFC 6455): bytes in, whole messages and control frames out.
//!
//! It owns what has arrived of an unfinished message, and nothing else: no socket, no clock, no answer. It refuses a
//! byte as soon as the standard or a limit allows to know that the byte is wrong, whatever the cuts that the network
//! made; it holds only what has arrived, never what a length promises. Events go to the socket's loop in `endpoint`,
//! which answers pings, echoes closes and hands texts to the handler. The one extension that may have been agreed on is
//! permessage-deflate (RFC 7692), without context takeover.
//!
//! In the order a byte travels: `head` (the first two to fourteen bytes of a frame), [`mask`] (what lies over a
//! payload), `inflate`, `text` and `close` (what a payload may say), `unfinished` (what has to wait for the rest).

#![forbid(unsafe_code)]

use std::mem;

use crate::close_status::CloseStatus;

mod close;
mod error;
mod head;
mod inflate;
pub mod mask;
mod text;
mod unfinished;

#[cfg(test)]
mod tests;

pub use self::error::ProtocolError;

use self::head::{Expected, Head, MAX_HEAD_BYTES, Opcode};
use self::inflate::most_packed_bytes;
use self::unfinished::{Message, Unfinished};

/// What a client's messages must keep to (RFC 6455, 10.4).
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The most bytes of one message, all its fragments together, inflated. 0 means no limit.
    pub max_message_bytes: usize,
    /// The most frames of one message. 0 means no limit. It bounds what empty fragments cost, which no count of bytes
    /// sees; control frames between fragments do not count.
    pub max_fragments: usize,
}

impl Rules {
    /// [`Self::max_message_bytes`], as large as may be where there is no limit.
    fn most_bytes(&self) -> usize {
        match self.max_message_bytes {
            0 => usize::MAX,
            most => most,
        }
    }
}

/// 64 KiB in at most 1,024 frames.
impl Default for Rules {
    fn default() -> Self {
        Self {
            max_message_bytes: 64 * 1024,
            max_fragments: 1024,
        }
    }
}

/// Something that the client said. It lives until the next call of [`Decoder::decode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A whole text message.
    Text(&'a str),
    /// A whole binary message.
    Binary(&'a [u8]),
    /// A ping, to be answered by a pong with the same payload (RFC 6455, 5.5.2).
    Ping(&'a [u8]),
    /// An answer to a ping, or a sign of life that nobody asked for (RFC 6455, 5.5.3).
    Pong(&'a [u8]),
    /// A close frame, the last thing that counts; `None` when it has no body, which is seen as 1005.
    Close(Option<CloseStatus>),
}

impl Event<'_> {
    /// The opcode of its first frame (RFC 6455, 5.2), and its word.
    pub fn kind(&self) -> (u8, &'static str) {
        match self {
            Self::Text(_) => (1, "text"),
            Self::Binary(_) => (2, "binary"),
            Self::Close(_) => (8, "close"),
            Self::Ping(_) => (9, "ping"),
            Self::Pong(_) => (10, "pong"),
        }
    }

    /// The bytes of what was said.
    pub fn payload_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(data) | Self::Ping(data) | Self::Pong(data) => data.len(),
            Self::Close(status) => status.as_ref().map_or(0, |status| 2 + status.reason().len()),
        }
    }
}

/// Decodes the frames of one client. Between messages it holds no heap memory.
#[derive(Debug, Default)]
pub struct Decoder {
    /// What arrived of a frame or message that is not whole yet, and one event that was handed out from here.
    unfinished: Option<Box<Unfinished>>,
    /// After an error or a close frame: nothing more is read (RFC 6455, 5.5.1 and 7.1.7).
    has_ended: bool,
    /// permessage-deflate was agreed on: a message may come deflated.
    inflates: bool,
    /// Bytes of deflated messages beyond what they said, until somebody asks.
    unsaid_bytes: u32,
}

/// What one frame, or what there is of it, led to.
enum Step<'i> {
    /// The input is used up.
    NeedMore,
    /// A fragment is held, the next frame may follow.
    NextFrame,
    /// An event that lies in the input.
    InPlace(Event<'i>),
    /// The message held is whole.
    HeldMessage,
    /// The ping held is whole.
    HeldPing,
    /// The pong held is whole.
    HeldPong,
}

impl Decoder {
    /// A decoder at the first byte after the handshake.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same where permessage-deflate was agreed on (RFC 7692), with `client_no_context_takeover`.
    pub fn inflating() -> Self {
        Self {
            inflates: true,
            ..Self::default()
        }
    }

    /// Takes the next event out of `input`, which shrinks from the front. `None` means that all of `input` is used up;
    /// call again with what arrives next. What is said in one frame that lies whole in `input` is unmasked there and
    /// not copied.
    ///
    /// ```
    /// # use tertulia::transport::websocket::protocol::{Decoder, Event, Rules};
    /// let (mut decoder, rules) = (Decoder::new(), Rules::default());
    /// let mut received = *b"\x81\x82\x01\x02\x03\x04\x69\x6b\x89\x80\x00\x00\x00\x00"; // text "hi", then a ping
    /// let (mut input, mut seen) = (&mut received[..], Vec::new());
    /// while let Some(event) = decoder.decode(&mut input, &rules)? {
    ///     seen.push(format!("{event:?}"));
    /// }
    /// assert_eq!(seen, [r#"Text("hi")"#, "Ping([])"]);
    /// # Ok::<(), tertulia::transport::websocket::protocol::ProtocolError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first rule that was broken; [`ProtocolError::close_status`] is what to tell the client. After an error or
    /// an [`Event::Close`] whatever comes is thrown away and every call returns `None`.
    pub fn decode<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i mut [u8],
        rules: &Rules,
    ) -> Result<Option<Event<'s>>, ProtocolError> {
        self.release();
        if self.has_ended {
            *input = &mut [];
            return Ok(None);
        }
        let step = match self.advance(input, rules) {
            Ok(step) => step,
            Err(error) => {
                self.end();
                *input = &mut [];
                return Err(error);
            }
        };
        if matches!(step, Step::InPlace(Event::Close(_))) {
            self.end();
        }
        Ok(match step {
            Step::NeedMore | Step::NextFrame => None,
            Step::InPlace(event) => Some(event),
            Step::HeldPing => self.unfinished.as_mut().map(|held| Event::Ping(held.take_control())),
            Step::HeldPong => self.unfinished.as_mut().map(|held| Event::Pong(held.take_control())),
            Step::HeldMessage => self
                .unfinished
                .as_ref()
                .and_then(|held| held.message())
                .map(Message::event),
        })
    }

    /// How many bytes the deflated messages since the last call had on the wire beyond what they said: for who counts
    /// what is said, so that to say nothing at great length is not for free.
    pub fn take_unsaid_bytes(&mut self) -> u64 {
        mem::take(&mut self.unsaid_bytes).into()
    }

    /// Gives them back: nothing has come yet against which they could be counted.
    pub fn keep_unsaid_bytes(&mut self, bytes: u64) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.unsaid_bytes = self.unsaid_bytes.saturating_add(bytes);
    }

    /// Whether a message has been begun and lacks fragments.
    pub fn is_inside_message(&self) -> bool {
        self.unfinished.as_ref().is_some_and(|held| held.message().is_some())
    }

    /// Whether the client owes nothing: no frame has begun, no message lacks fragments. While this is false, the
    /// caller's clock runs, so that nobody holds memory here by sending a byte a day.
    pub fn is_idle(&self) -> bool {
        self.unfinished.as_ref().is_none_or(|held| held.is_spent())
    }
}

/// The way of a frame through the decoder.
impl Decoder {
    /// Frees what the last event was handed out from.
    fn release(&mut self) {
        if self.is_idle() {
            self.unfinished = None;
        }
    }

    fn end(&mut self) {
        self.unfinished = None;
        self.has_ended = true;
    }

    fn held(&mut self) -> &mut Unfinished {
        self.unfinished.get_or_insert_with(|| Box::new(Unfinished::new()))
    }

    fn advance<'i>(&mut self, input: &mut &'i mut [u8], rules: &Rules) -> Result<Step<'i>, ProtocolError> {
        loop {
            let begun = self.unfinished.as_mut().and_then(|held| held.frame.take());
            let Some(frame) = begun.map_or_else(|| self.read_head(input, rules), |frame| Ok(Some(frame)))? else {
                return Ok(Step::NeedMore);
            };
            match self.read_payload(frame, input, rules)? {
                Step::NextFrame => {}
                step => return Ok(step),
            }
        }
    }

    /// Reads a head from what is kept of it and the front of `input`; what is not a whole one is kept.
    fn read_head(&mut self, input: &mut &mut [u8], rules: &Rules) -> Result<Option<Head>, ProtocolError> {
        if input.is_empty() {
            return Ok(None);
        }
        let expected = self.expected(rules);
        let mut head = [0; MAX_HEAD_BYTES];
        let kept = self.unfinished.as_ref().map_or(&[][..], |held| held.head());
        let kept_bytes = kept.len();
        let seen_bytes = MAX_HEAD_BYTES.min(kept_bytes + input.len());
        head[..kept_bytes].copy_from_slice(kept);
        head[kept_bytes..seen_bytes].copy_from_slice(&input[..seen_bytes - kept_bytes]);
        let seen = &head[..seen_bytes];
        let Some((frame, head_bytes)) = Head::parse(seen, &expected)? else {
            self.held().keep_head(seen);
            take_front(input, seen_bytes - kept_bytes);
            return Ok(None);
        };
        if let Some(held) = &mut self.unfinished {
            held.keep_head(&[]);
        }
        take_front(input, head_bytes - kept_bytes);
        Ok(Some(frame))
    }

    fn expected(&self, rules: &Rules) -> Expected {
        let message = self.unfinished.as_ref().and_then(|held| held.message());
        let (held_bytes, fragments) = message.map_or((0, 0), |message| (message.len(), message.fragments));
        let (most_bytes, most_packed_bytes) = (rules.most_bytes(), most_packed_bytes(rules.most_bytes()));
        let is_packed = message.is_some_and(Message::is_packed);
        let most_wire_bytes = if is_packed { most_packed_bytes } else { most_bytes };
        Expected {
            is_inside_message: message.is_some(),
            is_last_fragment_used: rules.max_fragments != 0 && fragments >= rules.max_fragments,
            room_bytes: match most_wire_bytes {
                usize::MAX => u64::MAX,
                most => most.saturating_sub(held_bytes) as u64,
            },
            packed_room_bytes: self.inflates.then_some(match most_packed_bytes {
                usize::MAX => u64::MAX,
                most => most as u64,
            }),
        }
    }

    /// Takes what has come of a frame's payload, and the mask off it.
    fn read_payload<'i>(
        &mut self,
        mut frame: Head,
        input: &mut &'i mut [u8],
        rules: &Rules,
    ) -> Result<Step<'i>, ProtocolError> {
        let bytes = usize::try_from(frame.left_bytes).map_or(input.len(), |left| left.min(input.len()));
        let piece = take_front(input, bytes);
        mask::unmask(piece, frame.mask);
        frame.advance(bytes);
        if frame.opcode.is_control() {
            self.read_control(frame, piece)
        } else {
            self.read_data(frame, piece, rules)
        }
    }

    fn read_control<'i>(&mut self, frame: Head, piece: &'i [u8]) -> Result<Step<'i>, ProtocolError> {
        let is_whole = frame.left_bytes == 0;
        let is_in_place = is_whole && !self.unfinished.as_ref().is_some_and(|held| held.is_holding_control());
        if is_in_place {
            return Ok(Step::InPlace(match frame.opcode {
                Opcode::Ping => Event::Ping(piece),
                Opcode::Pong => Event::Pong(piece),
                _ => Event::Close(close::whole(piece)?),
            }));
        }
        let held = self.held();
        let payload = held.hold_control(piece);
        match (frame.opcode, is_whole) {
            (Opcode::Ping, true) => Ok(Step::HeldPing),
            (Opcode::Pong, true) => Ok(Step::HeldPong),
            (_, true) => Ok(Step::InPlace(Event::Close(close::whole(payload)?))),
            (opcode, false) => {
                if opcode == Opcode::Close {
                    close::check_beginning(payload)?;
                }
                held.frame = Some(frame);
                Ok(Step::NeedMore)
            }
        }
    }

    fn read_data<'i>(&mut self, frame: Head, piece: &'i [u8], rules: &Rules) -> Result<Step<'i>, ProtocolError> {
        let is_whole = frame.left_bytes == 0;
        let is_alone = self.unfinished.as_ref().is_none_or(|held| held.message().is_none());
        if is_whole && is_alone && frame.fin && !frame.is_packed {
            return Ok(Step::InPlace(match frame.opcode {
                Opcode::Text => Event::Text(text::whole(piece)?),
                _ => Event::Binary(piece),
            }));
        }
        let held = self.held();
        if !is_whole {
            held.frame = Some(frame);
        }
        // A frame of which only the head has come may still be handed out in place.
        if is_whole || !piece.is_empty() {
            let message = held.message_of(&frame);
            if is_whole && frame.fin {
                let unsaid_bytes = message.finish(piece, rules.most_bytes())?;
                let unsaid_bytes = u32::try_from(unsaid_bytes).unwrap_or(u32::MAX);
                self.unsaid_bytes = self.unsaid_bytes.saturating_add(unsaid_bytes);
                return Ok(Step::HeldMessage);
            }
            message.push(piece)?;
            message.fragments += usize::from(is_whole);
        }
        Ok(if is_whole { Step::NextFrame } else { Step::NeedMore })
    }
}

/// Takes `bytes` from the front of `input`, which has as many.
fn take_front<'i>(input: &mut &'i mut [u8], bytes: usize) -> &'i mut [u8] {
    let (front, rest) = mem::take(input).split_at_mut(bytes);
    *input = rest;
    front
}
