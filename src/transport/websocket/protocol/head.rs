//! The head of a client's frame: kind, mask and length, in six to fourteen bytes (RFC 6455, 5.2).
//!
//! Each rule is judged at the byte that decides it, in the order of the bytes, so the verdict on a head is the same
//! whether it comes at once or byte by byte.

use super::ProtocolError;

/// The longest head: two bytes, eight of length, four of mask.
pub(super) const MAX_HEAD_BYTES: usize = 14;

const MASK_BYTES: usize = 4;
const FIN: u8 = 0x80;
const RESERVED_BITS: u8 = 0x70;
/// RSV1: the message is deflated (RFC 7692, 6).
const PACKED: u8 = 0x40;
const OPCODE: u8 = 0x0F;
const MASKED: u8 = 0x80;
/// The longest payload that the second byte holds by itself; also the longest of a control frame.
const MAX_SHORT_LENGTH: u8 = 125;
const LENGTH_IN_16_BITS: u8 = 126;

/// What a frame is (RFC 6455, 11.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    fn new(bits: u8) -> Result<Self, ProtocolError> {
        Ok(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xA => Self::Pong,
            _ => return Err(ProtocolError::ReservedOpcode),
        })
    }

    /// Control frames may stand between the fragments of a message, and are never fragments themselves.
    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// A frame whose head is read: what is still to come of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) opcode: Opcode,
    /// The last frame of its message.
    pub(super) fin: bool,
    /// The first frame of a message that is deflated.
    pub(super) is_packed: bool,
    /// The mask, turned so that its first byte lies over the next byte of payload.
    pub(super) mask: [u8; MASK_BYTES],
    /// The bytes of payload still to come.
    pub(super) left_bytes: u64,
}

/// What the message under way allows the next frame to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expected {
    /// A message was begun and not finished.
    pub(super) is_inside_message: bool,
    /// It has as many frames as a message may have.
    pub(super) is_last_fragment_used: bool,
    /// What it may still grow by on the wire.
    pub(super) room_bytes: u64,
    /// How large a deflated message may be on the wire, if one may begin. `None`: nothing was agreed on.
    pub(super) packed_room_bytes: Option<u64>,
}

impl Head {
    /// Reads a head from the front of `seen`, and tells how many bytes it has. `None`: so far so good, but there is
    /// more to come.
    pub(super) fn parse(seen: &[u8], expected: &Expected) -> Result<Option<(Self, usize)>, ProtocolError> {
        let Some((&first, after_first)) = seen.split_first() else {
            return Ok(None);
        };
        let opcode = first_byte(first, expected)?;
        let Some((&second, rest)) = after_first.split_first() else {
            return Ok(None);
        };
        let short_length = second_byte(second, opcode)?;
        // The payload of a control frame is part of no message, so it needs no room in one.
        let is_packed = first & PACKED != 0;
        let room_bytes = match expected.packed_room_bytes {
            _ if opcode.is_control() => u64::MAX,
            Some(room_bytes) if is_packed => room_bytes,
            _ => expected.room_bytes,
        };
        let width = length_width(short_length);
        let Some(left_bytes) = payload_length(short_length, rest, room_bytes)? else {
            return Ok(None);
        };
        let Some(&mask) = rest[width..].first_chunk::<MASK_BYTES>() else {
            return Ok(None);
        };
        let head = Self {
            opcode,
            fin: first & FIN != 0,
            is_packed,
            mask,
            left_bytes,
        };
        Ok(Some((head, 2 + width + MASK_BYTES)))
    }

    /// Steps over `bytes` of payload.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.left_bytes -= bytes as u64;
        self.mask.rotate_left(bytes % MASK_BYTES);
    }
}

/// Judges FIN, reserved bits and opcode.
fn first_byte(byte: u8, expected: &Expected) -> Result<Opcode, ProtocolError> {
    let begins_packed = expected.packed_room_bytes.is_some() && matches!(byte & OPCODE, 0x1 | 0x2);
    let allowed_bits = if begins_packed { PACKED } else { 0 };
    if byte & RESERVED_BITS & !allowed_bits != 0 {
        return Err(ProtocolError::ReservedBit);
    }
    let opcode = Opcode::new(byte & OPCODE)?;
    match opcode {
        Opcode::Continuation if !expected.is_inside_message => Err(ProtocolError::OrphanContinuation),
        Opcode::Continuation if expected.is_last_fragment_used => Err(ProtocolError::TooManyFragments),
        Opcode::Text | Opcode::Binary if expected.is_inside_message => Err(ProtocolError::NestedMessage),
        control if control.is_control() && byte & FIN == 0 => Err(ProtocolError::FragmentedControl),
        fitting => Ok(fitting),
    }
}

/// Judges the mask bit and what a control frame's length can be; returns the seven bits of length.
fn second_byte(byte: u8, opcode: Opcode) -> Result<u8, ProtocolError> {
    if byte & MASKED == 0 {
        return Err(ProtocolError::Unmasked);
    }
    let short_length = byte & !MASKED;
    if opcode.is_control() && short_length > MAX_SHORT_LENGTH {
        return Err(ProtocolError::LongControl);
    }
    if opcode == Opcode::Close && short_length == 1 {
        return Err(ProtocolError::HalfCloseCode);
    }
    Ok(short_length)
}

/// How many bytes of length follow the second byte.
fn length_width(short_length: u8) -> usize {
    match short_length {
        0..=MAX_SHORT_LENGTH => 0,
        LENGTH_IN_16_BITS => 2,
        _ => 8,
    }
}

/// Reads the length from the front of `seen`, big end first. It is refused at the byte that makes it too long a
/// message, or that shows that fewer bytes would have done; `None` when bytes are missing.
fn payload_length(short_length: u8, seen: &[u8], room_bytes: u64) -> Result<Option<u64>, ProtocolError> {
    let width = length_width(short_length);
    if width == 0 {
        let length = u64::from(short_length);
        return if length > room_bytes {
            Err(ProtocolError::MessageTooBig)
        } else {
            Ok(Some(length))
        };
    }
    let mut length = 0;
    for place in 0..width {
        let Some(&byte) = seen.get(place) else { return Ok(None) };
        length = length << 8 | u64::from(byte);
        match (width, place) {
            (8, 0) if byte & 0x80 != 0 => return Err(ProtocolError::LengthTopBit),
            (8, 5) if length == 0 => return Err(ProtocolError::LengthNotMinimal),
            (2, 1) if length <= u64::from(MAX_SHORT_LENGTH) => return Err(ProtocolError::LengthNotMinimal),
            _ => {}
        }
        // The bytes to come can only add to it.
        if length << (8 * (width - 1 - place)) > room_bytes {
            return Err(ProtocolError::MessageTooBig);
        }
    }
    Ok(Some(length))
}
