//! The rules of the wire that a client can break, and the close code for each.

use crate::close_status::CloseStatus;

/// A rule that a client broke. The text is also the reason of the close frame, so it is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ProtocolError {
    /// RSV1, RSV2 or RSV3 is set, but no extension gives it a meaning (RFC 6455, 5.2). With permessage-deflate that is
    /// RSV1 on anything but the first frame of a message (RFC 7692, 6). 1002.
    #[error("reserved bit set")]
    ReservedBit,
    /// Opcode 3-7 or 11-15 (RFC 6455, 5.2). 1002.
    #[error("reserved opcode")]
    ReservedOpcode,
    /// A client must mask all it sends (RFC 6455, 5.1). 1002.
    #[error("frame not masked")]
    Unmasked,
    /// A control frame without FIN (RFC 6455, 5.5). 1002.
    #[error("fragmented control frame")]
    FragmentedControl,
    /// A control frame with a payload of more than 125 bytes (RFC 6455, 5.5). 1002.
    #[error("control frame too long")]
    LongControl,
    /// A continuation where no message was begun (RFC 6455, 5.4). 1002.
    #[error("nothing to continue")]
    OrphanContinuation,
    /// A new message before the last one was finished (RFC 6455, 5.4). 1002.
    #[error("message inside a message")]
    NestedMessage,
    /// A length of more bytes than it needs (RFC 6455, 5.2). 1002.
    #[error("length not minimal")]
    LengthNotMinimal,
    /// A length of 64 bits whose top bit is set (RFC 6455, 5.2). 1002.
    #[error("length has its top bit set")]
    LengthTopBit,
    /// A close frame with a body of one byte, half a code (RFC 6455, 5.5.1). 1002.
    #[error("half a close code")]
    HalfCloseCode,
    /// A close code that may not travel (RFC 6455, 7.4). 1002.
    #[error("close code may not travel")]
    CloseCode,
    /// A text (RFC 6455, 5.6 and 8.1) or the reason of a close frame (5.5.1) that is not UTF-8. 1007.
    #[error("not UTF-8")]
    Utf8,
    /// A message that cannot be inflated (RFC 7692, 7.2.2), which as text that is not UTF-8 is data that does not fit
    /// the type of the message (RFC 6455, 7.4.1). 1007.
    #[error("cannot be inflated")]
    BrokenDeflate,
    /// A message larger than [`super::Rules::max_message_bytes`] (RFC 6455, 7.4.1 and 10.4). 1009.
    #[error("message too big")]
    MessageTooBig,
    /// A message of more frames than [`super::Rules::max_fragments`] (RFC 6455, 7.4.1 and 10.4). 1008.
    #[error("too many fragments")]
    TooManyFragments,
}

impl ProtocolError {
    /// The section of RFC 6455 that has the rule.
    pub fn section(self) -> &'static str {
        match self {
            Self::ReservedBit | Self::ReservedOpcode | Self::LengthNotMinimal | Self::LengthTopBit => "5.2",
            Self::Unmasked => "5.1",
            Self::FragmentedControl | Self::LongControl => "5.5",
            Self::OrphanContinuation | Self::NestedMessage => "5.4",
            Self::HalfCloseCode => "5.5.1",
            Self::CloseCode => "7.4",
            Self::BrokenDeflate => "7.4.1",
            Self::Utf8 => "8.1",
            Self::MessageTooBig | Self::TooManyFragments => "10.4",
        }
    }

    /// What the close frame to this client says.
    pub fn close_status(self) -> CloseStatus {
        let status = match self {
            Self::Utf8 | Self::BrokenDeflate => CloseStatus::BAD_DATA,
            Self::MessageTooBig => CloseStatus::TOO_BIG_TO_PROCESS,
            Self::TooManyFragments => CloseStatus::POLICY_VIOLATION,
            _ => CloseStatus::PROTOCOL_ERROR,
        };
        status.with_reason(self.to_string())
    }
}
