//! How a WebSocket session ends: what may be said about it, and what was seen.
//!
//! [`CloseStatus`] travels in a close frame, so the codes that must not travel cannot be put into it. [`Ending`] is
//! what the server saw, 1005 and 1006 included; it decides whether others read *offline* or *dropped*. This leaf
//! knows the words of [`crate::message`] and nothing else: who sends a status and who is told is not decided here.

#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;

use crate::message::DropReason;

/// The most bytes of a reason: a control frame holds 125, the code takes two (RFC 6455, 5.5).
pub const MAX_REASON_BYTES: usize = 123;

/// The close code that stands for *a close frame came, without a code*. Never sent (RFC 6455, 7.1.5).
pub const NO_STATUS_RECEIVED: u16 = 1005;

/// The close code that stands for *no close frame came*. Never sent (RFC 6455, 7.1.5).
pub const ABNORMAL_CLOSURE: u16 = 1006;

/// A code and a reason that may travel in a close frame (RFC 6455, 5.5.1).
///
/// The reason is for a developer's console and is never shown to people: the page has its own sentence per code.
#[derive(Clone, PartialEq, Eq)]
pub struct CloseStatus {
    code: u16,
    reason: Cow<'static, str>,
}

/// A close code that must not stand in a close frame (RFC 6455, 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("close code {0} may not travel; 1000-1003, 1007-1014 and 3000-4999 may")]
pub struct UnsendableCode(pub u16);

/// Whether a client may come back after a close status, and how eagerly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// No: it was meant to end, or the same would happen again.
    Never,
    /// Yes, after the usual random and growing delay.
    Soon,
    /// Yes, but only after a longer random delay (5 to 30 s): the server is burdened, or all clients were told at
    /// the same moment.
    Later,
}

/// The codes of RFC 6455, 7.4.1, and of its registry (11.7), under Spring's names and without a reason.
impl CloseStatus {
    /// 1000: the session did what it was for.
    pub const NORMAL: Self = Self::bare(1000);
    /// 1001: a page was left, or a server goes down.
    pub const GOING_AWAY: Self = Self::bare(1001);
    /// 1002: the peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self::bare(1002);
    /// 1003: a kind of data that is not taken here, such as binary where only text is understood.
    pub const NOT_ACCEPTABLE: Self = Self::bare(1003);
    /// 1007: data that contradicts its kind, such as text that is not UTF-8.
    pub const BAD_DATA: Self = Self::bare(1007);
    /// 1008: a rule of this server was broken.
    pub const POLICY_VIOLATION: Self = Self::bare(1008);
    /// 1009: a message larger than is taken here.
    pub const TOO_BIG_TO_PROCESS: Self = Self::bare(1009);
    /// 1010: a client misses an extension. Only clients send it.
    pub const REQUIRED_EXTENSION: Self = Self::bare(1010);
    /// 1011: the server failed.
    pub const SERVER_ERROR: Self = Self::bare(1011);
    /// 1012: the server starts again.
    pub const SERVICE_RESTARTED: Self = Self::bare(1012);
    /// 1013: the server has too much to do; come back later.
    pub const SERVICE_OVERLOAD: Self = Self::bare(1013);
    /// 1014: a gateway got a bad answer from the server behind it.
    pub const BAD_GATEWAY: Self = Self::bare(1014);
}

/// This server's own disconnects.
impl CloseStatus {
    /// The peer took too little for too long, or had too much waiting.
    pub const SLOW_CONSUMER: Self = Self::named(1013, "slow consumer");
    /// The user logged out, or the HTTP session expired.
    pub const SESSION_ENDED: Self = Self::named(1008, "session ended");
    /// The server shuts down to start again.
    pub const SERVER_RESTARTING: Self = Self::named(1012, "server restarting");
    /// More frames or bytes per second than the limits allow.
    pub const TOO_FAST: Self = Self::named(1008, "too fast");
    /// One message took longer to arrive than is allowed.
    pub const MESSAGE_TOO_SLOW: Self = Self::named(1008, "message too slow");
    /// More sockets of one user, or from one address, than the limits allow.
    pub const TOO_MANY_SOCKETS: Self = Self::named(1008, "too many sockets");
    /// Somebody else took the name meanwhile.
    pub const NAME_TAKEN: Self = Self::named(1008, "name taken");
    /// An operator ended the session.
    pub const KICKED: Self = Self::named(1008, "kicked");
    /// Binary, where the handler takes only text.
    pub const TEXT_ONLY: Self = Self::named(1003, "text only");
    /// Nothing came for longer than the heartbeat allows. A private code (RFC 6455, 7.4.2): none of the standard's
    /// says it, and a peer that was merely asleep may come back.
    pub const HEARTBEAT_TIMEOUT: Self = Self::named(4008, "heartbeat timeout");
}

impl CloseStatus {
    const fn bare(code: u16) -> Self {
        Self::named(code, "")
    }

    const fn named(code: u16, reason: &'static str) -> Self {
        assert!(Self::may_travel(code) && reason.len() <= MAX_REASON_BYTES);
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    /// A status of any code that may travel; `reason` is cut as in [`Self::with_reason`].
    ///
    /// # Errors
    ///
    /// [`UnsendableCode`] for a code that is reserved or belongs to nobody.
    pub fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Result<Self, UnsendableCode> {
        if !Self::may_travel(code) {
            return Err(UnsendableCode(code));
        }
        Ok(Self {
            code,
            reason: Cow::Borrowed(""),
        }
        .with_reason(reason))
    }

    /// The same code with another reason, cut to [`MAX_REASON_BYTES`] on a character boundary.
    #[must_use]
    pub fn with_reason(self, reason: impl Into<Cow<'static, str>>) -> Self {
        let reason = match reason.into() {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..text.floor_char_boundary(MAX_REASON_BYTES)]),
            Cow::Owned(mut text) => {
                text.truncate(text.floor_char_boundary(MAX_REASON_BYTES));
                Cow::Owned(text)
            }
        };
        Self { reason, ..self }
    }

    /// Whether `code` may stand in a close frame (RFC 6455, 7.4): 1004 is reserved, 1005, 1006 and 1015 only ever
    /// tell what was seen, 1016 to 2999 belong to the standard's future, 5000 and above to nobody.
    pub const fn may_travel(code: u16) -> bool {
        matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }

    /// The code, always one that [may travel](Self::may_travel).
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The reason, at most [`MAX_REASON_BYTES`]; often empty.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Whether this tells a peer that it broke a rule, so that its end is a loss and not a leaving.
    pub fn blames_peer(&self) -> bool {
        matches!(self.code, 1002 | 1003 | 1007..=1009)
    }

    /// Whether a client that was sent this may come back.
    pub fn may_retry(&self) -> bool {
        self.retry() != Retry::Never
    }

    /// How a client that was sent this should come back.
    pub fn retry(&self) -> Retry {
        match self.code {
            // Meant so (1000), or the client's doing: what was refused once is refused again. 3000 and 3003 are
            // HTTP's 401 and 403.
            1000 | 1002 | 1003 | 1007..=1010 | 3000 | 3003 => Retry::Never,
            // 1001 says what 1012 says, to a client that cannot know 1012.
            1001 | 1012 | 1013 => Retry::Later,
            _ => Retry::Soon,
        }
    }
}

/// `1013 slow consumer`, as a log line has it.
impl fmt::Display for CloseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if self.reason.is_empty() {
            Ok(())
        } else {
            write!(f, " {}", self.reason)
        }
    }
}

impl fmt::Debug for CloseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseStatus({self})")
    }
}

/// How a session was seen to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The peer sent a close frame; without a code it counts as 1005.
    ClosedByPeer(Option<CloseStatus>),
    /// We closed in good order: log-out, shutdown, a handler that had enough.
    ClosedByUs(CloseStatus),
    /// A reset, or an end of the stream without a close frame: 1006.
    Lost,
    /// Nothing came for longer than the heartbeat allows.
    HeartbeatTimeout,
    /// The outbox was full, or stood still, for longer than is allowed.
    SlowConsumer,
    /// The peer broke the protocol, a rule or a limit; the status says which.
    Refused(CloseStatus),
    /// The server failed, mostly a handler: 1011.
    Failed,
}

impl Ending {
    /// The close code that was seen, in a frame or in its absence (RFC 6455, 7.1.5).
    pub fn code(&self) -> u16 {
        match self {
            Self::ClosedByPeer(None) => NO_STATUS_RECEIVED,
            Self::Lost => ABNORMAL_CLOSURE,
            Self::ClosedByPeer(Some(status)) | Self::ClosedByUs(status) | Self::Refused(status) => status.code(),
            Self::HeartbeatTimeout => CloseStatus::HEARTBEAT_TIMEOUT.code(),
            Self::SlowConsumer => CloseStatus::SLOW_CONSUMER.code(),
            Self::Failed => CloseStatus::SERVER_ERROR.code(),
        }
    }

    /// What our own close frame says at this ending: the peer's code without its reason where the peer closed first
    /// (RFC 6455, 5.5.1), `None` for a close frame without a body, and for a connection that takes none.
    pub fn farewell(&self) -> Option<CloseStatus> {
        match self {
            Self::ClosedByPeer(None) | Self::Lost => None,
            Self::ClosedByPeer(Some(status)) => Some(CloseStatus {
                code: status.code,
                reason: Cow::Borrowed(""),
            }),
            Self::ClosedByUs(status) | Self::Refused(status) => Some(status.clone()),
            Self::HeartbeatTimeout => Some(CloseStatus::HEARTBEAT_TIMEOUT),
            Self::SlowConsumer => Some(CloseStatus::SLOW_CONSUMER),
            Self::Failed => Some(CloseStatus::SERVER_ERROR),
        }
    }

    /// Whether the session was lost, so that others read *dropped* rather than *offline*.
    pub fn is_loss(&self) -> bool {
        self.drop_reason().is_some()
    }

    /// What others are told of a loss; `None` when the session left in good order.
    pub fn drop_reason(&self) -> Option<DropReason> {
        match self {
            Self::ClosedByPeer(_) | Self::ClosedByUs(_) => None,
            Self::Lost => Some(DropReason::ConnectionLost),
            Self::HeartbeatTimeout => Some(DropReason::HeartbeatTimeout),
            Self::SlowConsumer => Some(DropReason::SlowConsumer),
            Self::Refused(_) => Some(DropReason::Refused),
            Self::Failed => Some(DropReason::ServerError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_the_standard_travel() {
        for code in 0..=u16::MAX {
            let known = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].contains(&code);
            let expected = known || (3000..5000).contains(&code);
            assert_eq!(CloseStatus::new(code, "").is_ok(), expected, "{code}");
        }
    }

    #[test]
    fn long_reason_is_cut_on_a_character_boundary() {
        let cases = [
            ("a".repeat(123), 123),
            ("a".repeat(200), 123),
            ("é".repeat(80), 122),
            ("a".repeat(121) + "🦀", 121),
        ];
        for (reason, bytes) in cases {
            assert_eq!(
                CloseStatus::NORMAL.with_reason(reason.clone()).reason(),
                &reason[..bytes]
            );
            let leaked: &'static str = reason.leak();
            assert_eq!(CloseStatus::NORMAL.with_reason(leaked).reason(), &leaked[..bytes]);
        }
    }

    #[test]
    fn nobody_comes_back_after_a_broken_rule_and_nobody_at_once_after_a_restart() {
        for status in [
            CloseStatus::SESSION_ENDED,
            CloseStatus::TOO_FAST,
            CloseStatus::PROTOCOL_ERROR,
        ] {
            assert!(!status.may_retry(), "{status}");
        }
        for status in [
            CloseStatus::SERVER_RESTARTING,
            CloseStatus::SLOW_CONSUMER,
            CloseStatus::GOING_AWAY,
        ] {
            assert_eq!(status.retry(), Retry::Later, "{status}");
        }
        for status in [CloseStatus::SERVER_ERROR, CloseStatus::HEARTBEAT_TIMEOUT] {
            assert_eq!(status.retry(), Retry::Soon, "{status}");
        }
    }

    #[test]
    fn ending_tells_loss_from_leaving() {
        let cases = [
            (Ending::ClosedByPeer(None), 1005, None),
            (Ending::ClosedByPeer(Some(CloseStatus::SERVER_ERROR)), 1011, None),
            (Ending::ClosedByUs(CloseStatus::SESSION_ENDED), 1008, None),
            (Ending::ClosedByUs(CloseStatus::SERVER_RESTARTING), 1012, None),
            (Ending::Lost, 1006, Some(DropReason::ConnectionLost)),
            (Ending::HeartbeatTimeout, 4008, Some(DropReason::HeartbeatTimeout)),
            (Ending::SlowConsumer, 1013, Some(DropReason::SlowConsumer)),
            (Ending::Refused(CloseStatus::BAD_DATA), 1007, Some(DropReason::Refused)),
            (Ending::Failed, 1011, Some(DropReason::ServerError)),
        ];
        for (ending, code, reason) in cases {
            assert_eq!(
                (ending.code(), ending.drop_reason(), ending.is_loss()),
                (code, reason, reason.is_some())
            );
        }
    }

    #[test]
    fn farewell_echoes_the_code_without_the_reason() {
        let ending = Ending::ClosedByPeer(Some(CloseStatus::GOING_AWAY.with_reason("tab closed")));
        assert_eq!(ending.farewell(), Some(CloseStatus::GOING_AWAY));
        assert_eq!(Ending::ClosedByPeer(None).farewell(), None);
    }

    #[test]
    fn status_prints_as_code_and_reason() {
        assert_eq!(CloseStatus::SLOW_CONSUMER.to_string(), "1013 slow consumer");
        assert_eq!(CloseStatus::NORMAL.to_string(), "1000");
    }
}
