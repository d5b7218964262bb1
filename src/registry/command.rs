//! What the registry is asked, and what it answers.

use tokio::sync::oneshot;

use super::{
    backlog::Said,
    operator,
    presence::{LogOut, Refused},
};
use crate::{
    close_status::{CloseStatus, Ending},
    delivery::{Frame, HubHandle},
    http_session_id::HttpSessionId,
    identity::Identity,
    ids::{SessionId, UserId},
    name::Name,
    resume::Resume,
};

/// A command to the registry. Only those that say so are answered.
pub(super) enum Command {
    /// A hub is there. Comes before any of its sockets.
    Open(HubHandle),
    Join {
        session: SessionId,
        who: Identity,
        protocol: &'static str,
        resume: Option<Resume>,
    },
    Leave {
        session: SessionId,
        user: UserId,
        ending: Ending,
    },
    /// In the order in which it was said.
    Say(Vec<Said>),
    /// Send this to one socket.
    Answer {
        session: SessionId,
        frame: Frame,
    },
    /// Send the list of users to one socket.
    List {
        session: SessionId,
    },
    /// Send older lines to one socket.
    History {
        session: SessionId,
        before: u64,
        limit: usize,
    },
    /// Somebody types.
    Typing {
        user: UserId,
    },
    /// Somebody does not look at this socket, or does again.
    Away {
        session: SessionId,
        user: UserId,
        away: bool,
    },
    /// Hold a name for a user whose first socket is on its way; `former` is who they were.
    Claim {
        user: UserId,
        name: Name,
        former: Option<UserId>,
        answer: oneshot::Sender<Result<(), Refused>>,
    },
    /// Give up a claim that came to nothing.
    Release {
        user: UserId,
    },
    LogOut {
        user: UserId,
    },
    /// These HTTP sessions have expired.
    Expire {
        http_sessions: Vec<HttpSessionId>,
    },
    /// End this socket, behind what it is still to be sent.
    Close {
        session: SessionId,
        status: CloseStatus,
    },
    /// End all sockets, and those to come.
    CloseAll {
        status: CloseStatus,
    },
    /// Answered with the HTTP sessions that are to be prolonged.
    Alive {
        answer: oneshot::Sender<Vec<HttpSessionId>>,
    },
    /// An operator asks.
    Operator(operator::Command),
    /// Answered with the totals.
    Count {
        answer: oneshot::Sender<Snapshot>,
    },
}

/// The registry's totals at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Who is here, also within their grace.
    pub users: usize,
    /// Their live sockets.
    pub sockets: usize,
    /// The version of presence.
    pub version: u64,
}

/// Log-outs are told and closed alike, whatever caused them.
pub(super) type Departed = LogOut;
