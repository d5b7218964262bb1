//! The session registry: one task that owns who is here and in which order things happen.
//!
//! Commands come through one mailbox, from any thread, by a [`RegistryHandle`]. The actor carries them out one after
//! the other, encodes each thing to say once, and posts one batch per turn to each hub: never one message per socket.
//! It knows no transport and no handler, and never waits for either.

#![forbid(unsafe_code)]

mod actor;
mod backlog;
mod command;
mod deltas;
mod handle;
mod history;
mod life;
mod operator;
mod posts;
pub mod presence;
mod reports;
mod roster;
mod said_ids;
mod signals;

pub use actor::Registry;
pub use backlog::{Backlog, Said};
pub use command::Snapshot;
pub use handle::RegistryHandle;
pub use history::Bounds;
pub use operator::{Kicked, Person};
pub use presence::Refused;

use std::time::Duration;

use crate::{
    message::{Heartbeat, Limits},
    session_activity::SessionActivity,
};

/// What the registry must know of the settings. The default has no grace, no clock, no limit and no memory.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// How long a user whose last socket is gone may take to return before anyone is told.
    pub grace: Duration,
    /// Sockets of one user; 0 means no limit.
    pub max_sockets_per_user: usize,
    /// How often everyone is told the time, on the wall clock's round multiples; zero means never.
    pub server_time_interval: Duration,
    /// What `auth` says of the heartbeat.
    pub heartbeat: Heartbeat,
    /// What `auth` says of the limits.
    pub limits: Limits,
    /// How much of what was said is kept for those who come in or come back.
    pub history: Bounds,
    /// What keeps the HTTP session of somebody alive.
    pub activity: SessionActivity,
    /// Whether there are sockets with permessage-deflate, for which hubs should pack a broadcast together.
    pub packs_once: bool,
}
