//! What can happen, as it stands in a frame of the lab. `docs/lab.md` has an example of each.

use serde::Serialize;
use serde_json::value::RawValue;

use super::Place;
use crate::{
    close_status::{CloseStatus, Ending},
    message::DropReason,
};

/// Something that happened. Durations are milliseconds where nothing else is said.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "docs/lab.md explains each field beside an example")]
pub enum Event {
    /// The answer to `watch`.
    Watching {
        token: String,
        foreign: Option<String>,
        kept: usize,
    },
    /// The answer to `unwatch`.
    Unwatched,
    /// The request as it came, and its answer.
    Handshake(Handshake),
    /// Somebody was asked about the handshake.
    Interceptor(Note),
    /// The registry seated a socket.
    Joined { sockets: usize, first: bool },
    /// The user came back before anybody was told that they had gone.
    Returned { after: u64 },
    /// A socket is gone, others of the user are left.
    Left {
        sockets: usize,
        ending: &'static str,
        code: u16,
    },
    /// The last socket is gone; this will be told unless the user comes back.
    Grace {
        ms: u64,
        would_be: &'static str,
        reason: Option<DropReason>,
    },
    /// This was broadcast, as it stands here, to so many sockets.
    Told { sockets: usize, frame: Box<RawValue> },
    /// The registry would not have this socket.
    TurnedAway { code: u16, reason: String },
    /// A whole message, or a control frame, as the decoder saw it.
    FrameIn {
        opcode: u8,
        name: &'static str,
        bytes: usize,
        life: bool,
        skipped: u64,
    },
    /// The sweeper looked at the socket.
    Look {
        verdict: &'static str,
        silent: u64,
        next: Option<u64>,
        evicts_in: Option<u64>,
    },
    /// A ping went out.
    Ping { silent: u64 },
    /// A pong came.
    Pong { micros: Option<u64> },
    /// What waits in the outbox.
    Queue { bytes: usize },
    /// A rule of the wire was broken.
    Decoder {
        rule: String,
        section: &'static str,
        code: u16,
    },
    /// A command of the lab is carried out.
    Command {
        r#do: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        evicts_in: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        bytes: Option<usize>,
    },
    /// The server gave up on the socket.
    Evicted {
        why: &'static str,
        silent: u64,
        queued: usize,
    },
    /// The connection is over.
    Ended {
        ending: &'static str,
        code: u16,
        reason: String,
        by: &'static str,
        loss: Option<DropReason>,
    },
    /// A handshake with the user's token was refused.
    Refused {
        status: u16,
        code: String,
        message: String,
        asked: Vec<Asked>,
    },
}

/// A handshake as the server saw it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Handshake {
    /// What was asked.
    pub request: Head,
    /// What was answered.
    pub answer: Head,
    /// The sub-protocol in force, `""` without one.
    pub protocol: String,
    /// The far end of the TCP connection.
    pub remote: Option<String>,
}

/// A first line and headers, whose secrets are masked.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Head {
    /// `GET /ws?lab=1 HTTP/1.1`
    pub line: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

/// What one who was asked about a handshake made of it, and what was compared with what.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Note {
    /// `origin`, `permits`, …
    pub name: &'static str,
    /// What came out.
    pub verdict: Verdict,
    /// What was looked at.
    pub got: Option<String>,
    /// What would do.
    pub wanted: Vec<String>,
    /// By what it was admitted.
    pub rule: Option<String>,
    /// The setting that would admit it.
    pub admit: Option<String>,
    /// Numbers, where numbers were compared.
    pub figures: Option<Figures>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It passes, as far as this one goes.
    #[default]
    Admitted,
    /// It does not.
    Refused,
}

/// What an address has taken, and what it may take. `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Open sockets, with this one if it was admitted.
    pub sockets: u32,
    /// The most there may be.
    pub max_sockets: Option<u32>,
    /// Handshakes of the last seconds, with this one.
    pub handshakes: u64,
    /// The most there may be at once.
    pub max_handshakes: Option<u64>,
    /// How many come back each second.
    pub per_second: Option<u64>,
}

/// A note, and where it was made.
#[derive(Clone, Debug, Serialize)]
pub struct Asked {
    /// What came out.
    #[serde(flatten)]
    pub note: Note,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

impl Event {
    /// How a session ended, as its connection saw it.
    pub fn ended(ending: &Ending) -> Self {
        let (name, by) = named(ending);
        let reason = match ending {
            Ending::ClosedByPeer(Some(status)) => status.reason().to_owned(),
            other => other
                .farewell()
                .map_or_else(String::new, |status| status.reason().to_owned()),
        };
        Self::Ended {
            ending: name,
            code: ending.code(),
            reason,
            by,
            loss: ending.drop_reason(),
        }
    }

    /// A socket is gone, `sockets` others are left.
    pub fn left(sockets: usize, ending: &Ending) -> Self {
        Self::Left {
            sockets,
            ending: named(ending).0,
            code: ending.code(),
        }
    }

    /// The last socket is gone, which is told after `ms`.
    pub fn grace(ms: u64, ending: &Ending) -> Self {
        let reason = ending.drop_reason();
        Self::Grace {
            ms,
            would_be: if reason.is_some() { "dropped" } else { "offline" },
            reason,
        }
    }

    /// The registry would not have a socket.
    pub fn turned_away(status: &CloseStatus) -> Self {
        Self::TurnedAway {
            code: status.code(),
            reason: status.reason().to_owned(),
        }
    }

    /// Whether this is one of many, to be forgotten before what happens rarely.
    pub(super) fn is_detail(&self) -> bool {
        matches!(
            self,
            Self::FrameIn { .. } | Self::Look { .. } | Self::Ping { .. } | Self::Pong { .. } | Self::Queue { .. }
        )
    }
}

/// The ending in a word, and who brought it about.
fn named(ending: &Ending) -> (&'static str, &'static str) {
    match ending {
        Ending::ClosedByPeer(_) => ("closed-by-peer", "peer"),
        Ending::ClosedByUs(_) => ("closed-by-us", "server"),
        Ending::Lost => ("lost", "network"),
        Ending::HeartbeatTimeout => ("heartbeat-timeout", "server"),
        Ending::SlowConsumer => ("slow-consumer", "server"),
        Ending::Refused(_) => ("refused", "server"),
        Ending::Failed => ("failed", "server"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ending_tells_code_and_reason_as_they_were_seen_or_sent() {
        let cases = [
            (
                Ending::Lost,
                json!({"ending":"lost","code":1006,"reason":"","by":"network","loss":"connection-lost"}),
            ),
            (
                Ending::ClosedByPeer(Some(CloseStatus::NORMAL.with_reason("done"))),
                json!({"ending":"closed-by-peer","code":1000,"reason":"done","by":"peer","loss":null}),
            ),
            (
                Ending::ClosedByPeer(None),
                json!({"ending":"closed-by-peer","code":1005,"reason":"","by":"peer","loss":null}),
            ),
            (
                Ending::HeartbeatTimeout,
                json!({"ending":"heartbeat-timeout","code":4008,"reason":"heartbeat timeout","by":"server",
                       "loss":"heartbeat-timeout"}),
            ),
            (
                Ending::Refused(CloseStatus::BAD_DATA.with_reason("not UTF-8")),
                json!({"ending":"refused","code":1007,"reason":"not UTF-8","by":"server","loss":"refused"}),
            ),
        ];
        for (ending, mut expected) in cases {
            expected["kind"] = "ended".into();
            assert_eq!(serde_json::to_value(Event::ended(&ending)).unwrap(), expected);
        }
    }

    #[test]
    fn grace_says_what_others_would_read() {
        let read = |ending: &Ending| serde_json::to_value(Event::grace(3000, ending)).unwrap();
        assert_eq!(
            read(&Ending::Lost),
            json!({"kind":"grace","ms":3000,"would_be":"dropped","reason":"connection-lost"})
        );
        assert_eq!(
            read(&Ending::ClosedByPeer(None)),
            json!({"kind":"grace","ms":3000,"would_be":"offline","reason":null})
        );
    }
}
