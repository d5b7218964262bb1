//! What travels: one enum of what the server says, one of what a client may ask.
//!
//! All of it is JSON, one value in one text frame, tagged by `type`. `docs/protocol.md` shows each with its order,
//! and a test holds its examples to these types. This leaf imports nobody but the ids.

#![forbid(unsafe_code)]

use std::{borrow::Cow, num::NonZeroU64};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};

mod lab;
mod read;

pub use lab::LabCommand;
pub use read::reference_of;

use crate::ids::{Epoch, SessionId, UserId};

/// The sub-protocol of JSON commands, as it stands in `Sec-WebSocket-Protocol`.
pub const TERTULIA_V1: &str = "tertulia.v1";

/// Who somebody is, as everybody may know it: `{"id":"5c1f0a9be4d27733","name":"Ada"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User<'a> {
    /// Random, and new with each log-in.
    pub id: UserId,
    /// NFC, 1 to 32 characters.
    pub name: Cow<'a, str>,
}

/// A frame of the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ServerMessage<'a> {
    /// The first frame of every socket: who you are here, and the rules.
    Auth {
        /// You.
        #[serde(borrow)]
        user: User<'a>,
        /// This socket.
        socket: SessionId,
        /// The sub-protocol in force, `""` for the plain dialect.
        protocol: Cow<'a, str>,
        /// When the server asks for a sign of life, and when it gives up.
        heartbeat: Heartbeat,
        /// What you must keep to.
        limits: Limits,
        /// This run of the server.
        epoch: Epoch,
    },
    /// The second frame, and the answer to whoever asks: everyone who is here.
    UserList {
        /// In no order, the receiver included.
        users: Vec<User<'a>>,
        /// The version of presence that the list reflects: changes up to it are in it.
        version: u64,
    },
    /// The first socket of somebody.
    Online {
        /// Who came.
        user: User<'a>,
        /// The number of this change.
        version: u64,
        /// When.
        #[serde(serialize_with = "milliseconds")]
        at: DateTime<Utc>,
    },
    /// Somebody left in good order: closed the page, or logged out.
    Offline {
        /// Who left.
        user: User<'a>,
        /// The number of this change.
        version: u64,
        /// When.
        #[serde(serialize_with = "milliseconds")]
        at: DateTime<Utc>,
    },
    /// Somebody was lost.
    Dropped {
        /// Who was lost.
        user: User<'a>,
        /// The number of this change.
        version: u64,
        /// When.
        #[serde(serialize_with = "milliseconds")]
        at: DateTime<Utc>,
        /// How.
        reason: DropReason,
    },
    /// Somebody said something.
    Chat {
        /// The number in the room: 1, 2, 3, … within an epoch.
        id: u64,
        /// Who said it.
        user: User<'a>,
        /// What was said.
        text: Cow<'a, str>,
        /// When it was numbered.
        #[serde(serialize_with = "milliseconds")]
        at: DateTime<Utc>,
    },
    /// In `tertulia.v1`: what this client said under `id` is the line `chat`, which comes next, or came before.
    Ack {
        /// As the client made it.
        id: Cow<'a, str>,
        /// The number of the line.
        chat: u64,
        /// When it was numbered.
        #[serde(serialize_with = "milliseconds")]
        at: DateTime<Utc>,
    },
    /// In `tertulia.v1`: lines said before, oldest first, without a gap among them. The registry joins it of `chat`
    /// frames as they are.
    History {
        /// Each a [`ServerMessage::Chat`].
        lines: Vec<ServerMessage<'a>>,
        /// Whether there is a line before these.
        more: bool,
        /// In a greeting without lines, the number of the newest line, unless nothing was said in this epoch.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        last: Option<u64>,
    },
    /// In `tertulia.v1`: between what a client holds that came back and the `history` that follows, something is missing.
    Gap {
        /// Why.
        reason: GapReason,
        /// How many lines, where that is known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        missing: Option<u64>,
    },
    /// In `tertulia.v1`: these have been typing within the last seconds.
    Typing {
        /// At most five.
        users: Vec<User<'a>>,
    },
    /// In `tertulia.v1`: everybody who is away.
    Away {
        /// In no order.
        users: Vec<UserId>,
    },
    /// What time it is at the server.
    ServerTime {
        /// The server's clock.
        #[serde(serialize_with = "milliseconds")]
        at: DateTime<Utc>,
    },
    /// Something that this client sent was refused.
    Error {
        /// For programs.
        code: ErrorCode,
        /// A sentence for people.
        message: Cow<'a, str>,
        /// The `ref` of the refused command, if it had one.
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none", default)]
        reference: Option<Cow<'a, str>>,
    },
}

/// How the server watches over a socket. Milliseconds; 0 means never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// A ping goes to a socket that was silent for this long.
    pub interval: u64,
    /// A socket that was silent for this long is evicted.
    pub timeout: u64,
}

/// What a client must keep to. 0 means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The bytes of one text, in UTF-8.
    pub text: u64,
    /// Frames per second, on the average of some seconds.
    pub frames: u64,
}

/// Why somebody was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The connection broke: a reset, or an end without a close frame.
    ConnectionLost,
    /// Nothing came for longer than the heartbeat allows.
    HeartbeatTimeout,
    /// The peer did not take what was sent to it.
    SlowConsumer,
    /// The peer broke the protocol, or a limit.
    Refused,
    /// The server failed.
    ServerError,
}

/// Why lines are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// They are not kept any more.
    TooOld,
    /// They were said in an epoch that is over.
    Restarted,
    /// The client named a number that this epoch has not reached.
    Unknown,
}

/// Why a client's frame was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// Not a command of `tertulia.v1`.
    UnknownCommand,
    /// A text with nothing to read in it.
    EmptyText,
    /// A text with control characters other than tab and line ends.
    ControlCharacter,
    /// A text of more bytes than `limits.text`.
    TextTooLong,
    /// Another text was said under this id before.
    IdReused,
    /// An id of a form that is not allowed.
    BadId,
    /// More frames or bytes than the limits allow; 1008 follows.
    TooFast,
    /// Somebody else took the name meanwhile; 1008 follows.
    NameTaken,
    /// More sockets of one user than the limit allows; 1008 follows.
    TooManySockets,
    /// A command of the lab where there is none.
    LabOff,
    /// Bytes for the decoder that are not given in hexadecimal, or too many.
    BadBytes,
    /// An operator ended the session; 1008 follows.
    Kicked,
}

/// A command of a client that speaks `tertulia.v1`. In the plain dialect a text frame is what is said, and nothing
/// else can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ClientCommand<'a> {
    /// Say `text` to the room.
    Say {
        /// What to say.
        #[serde(borrow)]
        text: Cow<'a, str>,
        /// Under which the same may be said again without being heard twice; see [`is_id`]. With it comes an `ack`.
        #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
        id: Option<Cow<'a, str>>,
        /// Comes back in the `error` frame, should there be one.
        #[serde(rename = "ref", skip_serializing_if = "Option::is_none", default)]
        reference: Option<Cow<'a, str>>,
    },
    /// Ask for lines before the line `before`.
    History {
        /// A number of a line.
        before: NonZeroU64,
        /// How many at most: 1 to 100.
        limit: HistoryLimit,
    },
    /// This user is typing.
    Typing,
    /// This socket's user does not look at it, or does again.
    Away {
        /// Whether they do not.
        away: bool,
    },
    /// Ask something of the lab.
    #[serde(borrow)]
    Lab(LabCommand<'a>),
    /// Ask who is here.
    UserList,
    /// Ask what time it is: the cheapest question, for who wants to know whether the server still hears.
    ServerTime,
}

/// How many lines somebody asks for: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64")]
pub struct HistoryLimit(u64);

impl HistoryLimit {
    /// The most lines of one answer.
    pub const MOST: u64 = 100;

    /// As a number.
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl TryFrom<u64> for HistoryLimit {
    type Error = &'static str;

    fn try_from(limit: u64) -> Result<Self, Self::Error> {
        match limit {
            1..=Self::MOST => Ok(Self(limit)),
            _ => Err("a limit is 1 to 100"),
        }
    }
}

/// The most bytes of an id under which something is said.
const MOST_ID_BYTES: usize = 64;

/// Whether something may be said under `id`: 1 to 64 letters, digits, hyphens or underscores of ASCII.
pub fn is_id(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MOST_ID_BYTES).contains(&id.len()) && id.bytes().all(is_allowed)
}

/// RFC 3339 in UTC with milliseconds, `2026-11-25T17:43:03.123Z`: the one form of time on this wire.
pub fn milliseconds<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}
