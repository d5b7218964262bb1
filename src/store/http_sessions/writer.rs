//! The one task that owns the connection: takes all commands that are ready, runs them in one transaction, and
//! answers after the commit.
//!
//! When anything in a batch fails, the whole batch is rolled back, all its callers hear of it, and the connection is
//! thrown away: after a full disk SQLite may or may not have rolled back by itself, and a fresh connection is in a
//! known state. The task goes on.

use std::{collections::HashMap, sync::Arc, time::Duration, vec::Drain};

use chrono::{DateTime, Utc};
use sqlx::{Connection, SqliteConnection};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

use super::{Lease, rows};
use crate::{
    http_session_id::HttpSessionId,
    store::{StoreError, database::Database},
};

/// The most commands in one transaction, so that the first of them need not wait long for the last.
const BATCH: usize = 256;
/// How long a touch waits for a transaction to ride on.
const TOUCH_DELAY: Duration = Duration::from_secs(1);
/// The most sessions with a waiting touch; with more, they are written at once.
const TOUCHES: usize = 4096;

pub(super) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;
/// What is told to a caller once it is known whether the batch was committed.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(super) enum Command {
    Load {
        id: HttpSessionId,
        now: DateTime<Utc>,
        answer: Answer<Option<(String, DateTime<Utc>)>>,
    },
    Save {
        id: HttpSessionId,
        state: String,
        until: DateTime<Utc>,
        answer: Answer<()>,
    },
    Update {
        id: HttpSessionId,
        state: String,
        lease: Lease,
        answer: Answer<bool>,
    },
    Delete {
        id: HttpSessionId,
        answer: Answer<bool>,
    },
    Purge {
        now: DateTime<Utc>,
        answer: Answer<Vec<HttpSessionId>>,
    },
    Touch {
        id: HttpSessionId,
        lease: Lease,
    },
    Flush {
        answer: Answer<()>,
    },
    Close {
        answer: Answer<()>,
    },
}

pub(super) struct Writer {
    database: Database,
    /// `None` after a failure, until the next batch connects anew.
    connection: Option<SqliteConnection>,
    mailbox: mpsc::Receiver<Command>,
    touches: HashMap<HttpSessionId, Lease>,
    /// When the oldest waiting touch must be written. `Some` exactly while there are any.
    touches_due_at: Option<Instant>,
    /// Who asked for the end; told when the file is closed.
    closers: Vec<Answer<()>>,
}

impl Writer {
    pub fn new(database: Database, connection: SqliteConnection, mailbox: mpsc::Receiver<Command>) -> Self {
        let (touches, closers) = (HashMap::new(), Vec::new());
        Self {
            database,
            connection: Some(connection),
            mailbox,
            touches,
            touches_due_at: None,
            closers,
        }
    }

    /// Serves until told to close, or until the last handle is gone.
    pub async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut farewell = Ok(());
        let mut is_open = true;
        while is_open {
            is_open = self.receive(&mut batch).await;
            self.set_apart(&mut batch);
            if !batch.is_empty() || self.is_touch_due(is_open) {
                let outcome = self.settle(&mut batch).await;
                if !self.closers.is_empty() {
                    farewell = farewell.and(outcome);
                }
            }
        }
        self.disconnect().await;
        for answer in self.closers {
            let _ = answer.send(farewell.clone());
        }
    }

    /// Waits for commands, but no longer than a touch may. `false` when no more can come.
    async fn receive(&mut self, batch: &mut Vec<Command>) -> bool {
        let commands = self.mailbox.recv_many(batch, BATCH);
        match self.touches_due_at {
            None => commands.await > 0,
            // Cancelling `recv_many` loses nothing.
            Some(due_at) => timeout_at(due_at, commands).await.map_or(true, |count| count > 0),
        }
    }

    /// Takes out of `batch` what is no statement of its own: touches, to the waiting ones, and closings.
    fn set_apart(&mut self, batch: &mut Vec<Command>) {
        for command in batch.extract_if(.., |command| {
            matches!(command, Command::Touch { .. } | Command::Close { .. })
        }) {
            match command {
                Command::Touch { id, lease } => drop(self.touches.insert(id, lease)),
                Command::Close { answer } => {
                    // Whoever got in before is still served; whoever comes later hears that it is closed.
                    self.mailbox.close();
                    self.closers.push(answer);
                }
                _ => {}
            }
        }
        if !self.touches.is_empty() && self.touches_due_at.is_none() {
            self.touches_due_at = Some(Instant::now() + TOUCH_DELAY);
        }
    }

    fn is_touch_due(&self, is_open: bool) -> bool {
        let Some(due_at) = self.touches_due_at else {
            return false;
        };
        !is_open || self.touches.len() >= TOUCHES || due_at <= Instant::now()
    }

    /// Runs the waiting touches and the batch in one transaction, then answers.
    async fn settle(&mut self, batch: &mut Vec<Command>) -> Result<(), StoreError> {
        let mut replies = Vec::with_capacity(batch.len());
        let mut commands = batch.drain(..);
        let outcome = self.transact(&mut commands, &mut replies).await;
        if let Err(error) = &outcome {
            // The rest was not tried: against a sick disk each try could last the whole busy timeout.
            commands.for_each(|command| command.refuse(error));
            self.disconnect().await;
        }
        for reply in replies {
            reply(outcome.clone());
        }
        outcome
    }

    async fn transact(
        &mut self,
        commands: &mut Drain<'_, Command>,
        replies: &mut Vec<Reply>,
    ) -> Result<(), StoreError> {
        // Whatever becomes of them, they are not kept: on a dead disk they would only pile up.
        let touches = std::mem::take(&mut self.touches);
        self.touches_due_at = None;
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.database.connect().await?),
        };
        let outcome = if touches.is_empty() && commands.as_slice().iter().all(Command::is_read) {
            execute(connection, commands, replies).await
        } else {
            commit(connection, touches, commands, replies).await
        };
        outcome.map_err(|error| StoreError::Failed(Arc::new(error)))
    }

    async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take()
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "session database did not close cleanly");
        }
    }
}

async fn commit(
    connection: &mut SqliteConnection,
    touches: HashMap<HttpSessionId, Lease>,
    commands: &mut Drain<'_, Command>,
    replies: &mut Vec<Reply>,
) -> Result<(), sqlx::Error> {
    // Immediate: a transaction that begins by reading may not wait for the lock when it comes to write.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Touches first: they are older than the purge that may follow.
    for (id, lease) in touches {
        rows::touch(&mut transaction, id, lease).await?;
    }
    execute(&mut transaction, commands, replies).await?;
    transaction.commit().await
}

/// Runs the commands in order, up to the first that fails. Each that was begun leaves its reply.
async fn execute(
    connection: &mut SqliteConnection,
    commands: &mut Drain<'_, Command>,
    replies: &mut Vec<Reply>,
) -> Result<(), sqlx::Error> {
    for command in commands {
        match command {
            Command::Load { id, now, answer } => keep(rows::load(connection, id, now).await, answer, replies)?,
            Command::Save {
                id,
                state,
                until,
                answer,
            } => {
                keep(rows::insert(connection, id, &state, until).await, answer, replies)?;
            }
            Command::Update {
                id,
                state,
                lease,
                answer,
            } => {
                keep(rows::update(connection, id, &state, lease).await, answer, replies)?;
            }
            Command::Delete { id, answer } => keep(rows::delete(connection, id).await, answer, replies)?,
            Command::Purge { now, answer } => keep(rows::purge(connection, now).await, answer, replies)?,
            Command::Flush { answer } => keep(Ok(()), answer, replies)?,
            Command::Touch { .. } | Command::Close { .. } => {} // Set apart before.
        }
    }
    Ok(())
}

/// Keeps `result` for its caller until the batch is committed. An error is handed on, and fails the batch.
fn keep<T: Send + 'static>(
    result: Result<T, sqlx::Error>,
    answer: Answer<T>,
    replies: &mut Vec<Reply>,
) -> Result<(), sqlx::Error> {
    let (value, outcome) = match result {
        Ok(value) => (Some(value), Ok(())),
        Err(error) => (None, Err(error)),
    };
    replies.push(Box::new(move |outcome| {
        // A caller that went away has nobody to be told. No value means a failed batch, so `outcome` is its error.
        let _ = answer.send(outcome.and_then(|()| value.ok_or(StoreError::Closed)));
    }));
    outcome
}

impl Command {
    /// Whether it can do without a transaction.
    fn is_read(&self) -> bool {
        matches!(self, Self::Load { .. } | Self::Flush { .. })
    }

    fn refuse(self, error: &StoreError) {
        let error = error.clone();
        // As everywhere: a caller that went away has nobody to be told.
        let _ = match self {
            Self::Load { answer, .. } => answer.send(Err(error)).is_ok(),
            Self::Update { answer, .. } | Self::Delete { answer, .. } => answer.send(Err(error)).is_ok(),
            Self::Purge { answer, .. } => answer.send(Err(error)).is_ok(),
            Self::Save { answer, .. } | Self::Flush { answer } | Self::Close { answer } => {
                answer.send(Err(error)).is_ok()
            }
            Self::Touch { .. } => true,
        };
    }
}
