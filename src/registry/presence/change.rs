//! What comes out of presence: changes to tell, refusals to answer, and what a log-out leaves to do.

use crate::{
    ids::{SessionId, UserId},
    message::DropReason,
    name::Name,
};

/// What the room must be told. `version` counts the changes: 1, 2, 3, … without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: Kind,
    /// To whom.
    pub user: UserId,
    /// What they are called.
    pub name: Name,
    /// The number of this change.
    pub version: u64,
}

/// How somebody came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first socket of somebody who was not here.
    Online,
    /// Left in good order: a close handshake, or a log-out.
    Offline,
    /// Was lost.
    Dropped(DropReason),
}

/// Why somebody may not come in, or not under this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Someone else who is here, or on the way, holds the name or a look-alike.
    #[error("someone else here has that name, or one that looks like it")]
    NameTaken,
    /// The limit for sockets of one user is reached.
    #[error("this user has as many sockets as one user may have")]
    TooManySockets,
    /// The user has logged out meanwhile.
    #[error("the HTTP session has ended")]
    SessionEnded,
}

/// What a log-out leaves to do.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct LogOut {
    /// To be closed with 1008. They count no longer; that they leave later is harmless.
    pub sessions: Vec<SessionId>,
    /// To be told at once. `None` if the user was not here.
    pub change: Option<Change>,
}
