//! The way to the registry, from any thread.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{mpsc, oneshot};

use super::{
    backlog::{Backlog, Said},
    command::{Command, Snapshot},
    presence::Refused,
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

/// Cheap to clone. Commands of one clone arrive in the order in which they were given; a command to a registry that is
/// gone is without effect.
///
/// The mailbox has no end, so that a leave, which comes from a `Drop`, never finds it full. What could fill it, texts,
/// is bounded by the [`Backlog`].
#[derive(Clone)]
pub struct RegistryHandle {
    mailbox: mpsc::UnboundedSender<Command>,
    backlog: Arc<Backlog>,
    is_closing: Arc<AtomicBool>,
}

impl RegistryHandle {
    pub(super) fn new(mailbox: mpsc::UnboundedSender<Command>) -> Self {
        Self {
            mailbox,
            backlog: Arc::default(),
            is_closing: Arc::default(),
        }
    }

    pub(super) fn give(&self, command: Command) {
        // Without a registry nobody is here, and there is nobody to tell.
        let _ = self.mailbox.send(command);
    }

    /// Makes a hub known. To be called before any of its sockets joins.
    pub fn open(&self, hub: HubHandle) {
        self.give(Command::Open(hub));
    }

    /// `session` belongs to `who`. The answer is frames to the socket: `auth` and `user-list`, or an `error` and a
    /// close.
    ///
    /// In `tertulia.v1` the lines that `resume` does not hold follow, then what everybody gets.
    pub fn join(&self, session: SessionId, who: Identity, protocol: &'static str, resume: Option<Resume>) {
        self.give(Command::Join {
            session,
            who,
            protocol,
            resume,
        });
    }

    /// `session` of `user` is over. Harmless if it never joined or has left.
    pub fn leave(&self, session: SessionId, user: UserId, ending: Ending) {
        self.give(Command::Leave { session, user, ending });
    }

    /// These things are said to the room, in this order. [`Backlog::said`] makes them.
    pub fn say(&self, said: Vec<Said>) {
        self.give(Command::Say(said));
    }

    /// Sends `frame` to one socket, after all that was asked for before.
    pub fn answer(&self, session: SessionId, frame: Frame) {
        self.give(Command::Answer { session, frame });
    }

    /// Sends at most `limit` of the lines before the line `before` to one socket.
    pub fn history(&self, session: SessionId, before: u64, limit: usize) {
        self.give(Command::History { session, before, limit });
    }

    /// `user` is typing.
    pub fn typing(&self, user: UserId) {
        self.give(Command::Typing { user });
    }

    /// `user` does not look at `session`, or does again.
    pub fn away(&self, session: SessionId, user: UserId, away: bool) {
        self.give(Command::Away { session, user, away });
    }

    /// Sends the list of users to one socket.
    pub fn list(&self, session: SessionId) {
        self.give(Command::List { session });
    }

    /// Holds `name` for `user`, who was `former` until now: they are logged out in the same step.
    ///
    /// # Errors
    ///
    /// [`Refused::NameTaken`].
    ///
    /// # Cancel safety
    ///
    /// Cancelled, the name may or may not be held; the hold expires by itself.
    pub async fn claim(&self, user: UserId, name: Name, former: Option<UserId>) -> Result<(), Refused> {
        let (answer, answered) = oneshot::channel();
        self.give(Command::Claim {
            user,
            name,
            former,
            answer,
        });
        answered.await.unwrap_or(Err(Refused::SessionEnded))
    }

    /// Gives up a claim that came to nothing.
    pub fn release(&self, user: UserId) {
        self.give(Command::Release { user });
    }

    /// Ends `user`: all their sockets close with 1008, and everyone is told.
    pub fn log_out(&self, user: UserId) {
        self.give(Command::LogOut { user });
    }

    /// These HTTP sessions have expired: whoever is online by one of them is logged out.
    pub fn expire(&self, http_sessions: Vec<HttpSessionId>) {
        self.give(Command::Expire { http_sessions });
    }

    /// Ends every socket with `status`, and every one that opens later.
    pub fn close_all(&self, status: CloseStatus) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.give(Command::CloseAll { status });
    }

    /// Whether all sockets were told to end.
    pub fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// The HTTP sessions of everyone who has shown life since this was asked last, as [`SessionActivity`] has it.
    ///
    /// [`SessionActivity`]: crate::session_activity::SessionActivity
    pub async fn alive(&self) -> Vec<HttpSessionId> {
        let (answer, answered) = oneshot::channel();
        self.give(Command::Alive { answer });
        answered.await.unwrap_or_default()
    }

    /// The totals, or `None` if the registry does not run: then this server is not ready for anyone.
    pub async fn count(&self) -> Option<Snapshot> {
        let (answer, answered) = oneshot::channel();
        self.give(Command::Count { answer });
        answered.await.ok()
    }

    /// What was said and is still on its way.
    pub fn backlog(&self) -> &Arc<Backlog> {
        &self.backlog
    }
}
