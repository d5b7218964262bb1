//! What outlives a restart: the data directory with the signing key, and the embedded SQLite file in it.
//!
//! This room owns files and rows. It knows no actix, no cookie and no clock: whoever asks says what time it is. The
//! raw key of an HTTP session never comes here, only its digest, the [`HttpSessionId`](crate::http_session_id::HttpSessionId).
//!
//! - [`DataDir`]: one folder, one server; the lock, the [`SigningKey`], the place of the database.
//! - [`HttpSessions`]: the handle to the one task that reads and writes HTTP sessions.
//! - [`AdminToken`]: what opens the operator's view.
//! - [`StoredBans`]: who is kept out.
//! - `database`: opens the file and brings its schema up to date. What comes to live in the same file later (the
//!   history) adds a step there and a room of its own beside `http_sessions`.

#![forbid(unsafe_code)]

mod admin_token;
mod bans;
mod data_dir;
mod database;
mod http_sessions;
mod signing_key;

use std::{path::PathBuf, sync::Arc};

pub use admin_token::AdminToken;
pub use bans::StoredBans;
pub use data_dir::{DataDir, DataDirError};
pub use http_sessions::{HttpSessions, Lease, Loaded, PURGE_ROWS, State};
pub use signing_key::SigningKey;

/// Why the database could not do what it was asked. Cheap to clone: one failed transaction answers many callers.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened, or is no database of ours.
    #[error("the database {path:?} cannot be opened; see that this user may write it and that the disk has room")]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: Arc<sqlx::Error>,
    },
    /// The file's permissions cannot be set so that only this user reads it.
    #[error("the database {path:?} cannot be made private to this user ({})", source.kind())]
    Private {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: Arc<std::io::Error>,
    },
    /// A newer server has written the file, in a way that this one would spoil.
    #[error(
        "the database {path:?} was written by a newer tertulia (schema {found}; this one knows up to {known}); \
         start that version, or choose another --data-dir"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Steps that its schema has seen.
        found: i64,
        /// Steps that this server knows.
        known: i64,
    },
    /// The transaction failed (disk full, input/output error) and was rolled back. The next one starts afresh.
    #[error("the session database failed")]
    Failed(#[source] Arc<sqlx::Error>),
    /// What was read, or was to be written, is not the JSON of a state.
    #[error("the state of an HTTP session is not readable")]
    State(#[source] Arc<serde_json::Error>),
    /// The database was closed: the server is ending.
    #[error("the session database is closed")]
    Closed,
}
