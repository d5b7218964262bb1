//! HTTP sessions that outlive a restart: the handle. `writer` is the task behind it, `rows` its SQL.
//!
//! Nothing is cached: a session that nobody asks for costs no memory. What is ready at the same time shares one
//! transaction, so ten thousand log-ins at once are some forty commits.

mod rows;
mod writer;

use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, oneshot};

use self::writer::{Answer, Command, Writer};
use super::{StoreError, database::Database};
use crate::http_session_id::HttpSessionId;

pub use self::rows::PURGE_ROWS;

/// The state of an HTTP session, as actix-session has it: each value is a JSON text. Whose session it is stands in
/// there, put there by whoever signed the user in.
pub type State = HashMap<String, String>;

/// Commands that may wait for the writer; further callers wait to hand theirs over.
const MAILBOX: usize = 1024;

/// From now on, how long: the two times that every change of a session's life needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What is dead by now stays dead.
    pub now: DateTime<Utc>,
    /// When the session shall expire.
    pub until: DateTime<Utc>,
}

impl Lease {
    /// A lease of `ttl` from `now` on; `None` never ends.
    pub fn new(now: DateTime<Utc>, ttl: Option<Duration>) -> Self {
        let until = ttl.and_then(|ttl| now.checked_add_signed(TimeDelta::from_std(ttl).ok()?));
        Self {
            now,
            until: until.unwrap_or(DateTime::<Utc>::MAX_UTC),
        }
    }
}

/// A session that lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What is in it.
    pub state: State,
    /// When it ends unless it is prolonged.
    pub expires_at: DateTime<Utc>,
}

/// The handle to the stored HTTP sessions. Clones share one writer.
///
/// Each answer comes after the commit. A call whose future is dropped may or may not have happened; nothing else is
/// lost by it.
#[derive(Clone)]
pub struct HttpSessions {
    commands: mpsc::Sender<Command>,
}

impl HttpSessions {
    /// Opens the database at `path` and starts the writer on the current tokio runtime, which must live until
    /// [`close`](Self::close) has answered.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, is no database, or was written by a newer server.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let (database, connection) = Database::open(path).await?;
        let (commands, mailbox) = mpsc::channel(MAILBOX);
        tokio::spawn(Writer::new(database, connection, mailbox).run());
        Ok(Self { commands })
    }

    /// The session `id`; `None` if there is none, or if it has expired by `now`.
    ///
    /// # Errors
    ///
    /// [`StoreError::State`] if its state is no JSON; others if the database fails.
    pub async fn load(&self, id: HttpSessionId, now: DateTime<Utc>) -> Result<Option<Loaded>, StoreError> {
        let Some((state, expires_at)) = self.ask(|answer| Command::Load { id, now, answer }).await? else {
            return Ok(None);
        };
        let state = serde_json::from_str(&state).map_err(|error| StoreError::State(Arc::new(error)))?;
        Ok(Some(Loaded { state, expires_at }))
    }

    /// Stores a new session.
    ///
    /// # Errors
    ///
    /// If the database fails, or has a session `id` already.
    pub async fn save(&self, id: HttpSessionId, state: &State, lease: Lease) -> Result<(), StoreError> {
        let (state, until) = (json(state)?, lease.until);
        self.ask(|answer| Command::Save {
            id,
            state,
            until,
            answer,
        })
        .await
    }

    /// Replaces the state of a session that lives, and says whether it did. An update never makes a session: one that
    /// was deleted, or has expired, stays so.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn update(&self, id: HttpSessionId, state: &State, lease: Lease) -> Result<bool, StoreError> {
        let state = json(state)?;
        self.ask(|answer| Command::Update {
            id,
            state,
            lease,
            answer,
        })
        .await
    }

    /// Lets a session that lives last until `lease.until`, never shorter than before.
    ///
    /// Returns at once. Touches are gathered for up to a second, the latest of each session counts, and one may be
    /// lost when the writer is very busy: a keep-alive comes again.
    pub fn touch(&self, id: HttpSessionId, lease: Lease) {
        // A full mailbox loses the touch, a closed one has no use for it.
        let _ = self.commands.try_send(Command::Touch { id, lease });
    }

    /// Deletes a session and says whether it was there.
    ///
    /// # Errors
    ///
    /// If the database fails: then the session may still live.
    pub async fn delete(&self, id: HttpSessionId) -> Result<bool, StoreError> {
        self.ask(|answer| Command::Delete { id, answer }).await
    }

    /// Deletes what has expired by `now`, the oldest first, at most [`PURGE_ROWS`] of them, and names what it deleted,
    /// so that their sockets can be closed. Costs an index look-up when there is nothing to do: ask every second.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn purge_expired(&self, now: DateTime<Utc>) -> Result<Vec<HttpSessionId>, StoreError> {
        self.ask(|answer| Command::Purge { now, answer }).await
    }

    /// Waits until all that was handed over before is committed, touches included.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.ask(|answer| Command::Flush { answer }).await
    }

    /// Writes what is waiting and closes the file. Later calls, on any clone, give [`StoreError::Closed`].
    ///
    /// # Errors
    ///
    /// If the last transaction fails, or the database was closed before.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.ask(|answer| Command::Close { answer }).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Answer<T>) -> Command) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.commands
            .send(command(answer))
            .await
            .map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

fn json(state: &State) -> Result<String, StoreError> {
    serde_json::to_string(state).map_err(|error| StoreError::State(Arc::new(error)))
}

#[cfg(test)]
mod tests;
