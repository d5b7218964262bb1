//! The embedded SQLite file: how it is opened, and how its schema came to be what it is.

use std::{
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{StoreError, data_dir::private_file};

/// The steps that made the schema, oldest first. A released step is never changed, only followed by another.
/// `PRAGMA user_version` in the file counts those that it has seen.
const STEPS: [&str; 2] = [
    "
    CREATE TABLE http_sessions (
        id BLOB NOT NULL PRIMARY KEY,  -- 16 bytes of the SHA-256 of the key in the cookie, never the key
        state TEXT NOT NULL,           -- a JSON object of JSON texts, as actix-session has it
        expires_at INTEGER NOT NULL    -- milliseconds since 1970, UTC
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX http_sessions_by_expiry ON http_sessions (expires_at);
    PRAGMA user_version = 1;
",
    "
    CREATE TABLE bans (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        network TEXT NOT NULL,         -- an address or a network, as a setting would have it
        name TEXT,                     -- of whom it was meant for
        reason TEXT NOT NULL,
        made_at INTEGER NOT NULL,      -- milliseconds since 1970, UTC
        until INTEGER                  -- the same; never, if there is none
    ) STRICT;
    PRAGMA user_version = 2;
",
];

/// Negative: KiB. Rows are looked up one at a time, and the system caches the file as well.
const CACHE_SIZE: &str = "-256";
/// How long a statement waits for somebody else's lock: an operator with `sqlite3` open, or a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the file is, and how to connect to it.
pub(super) struct Database {
    path: PathBuf,
    options: SqliteConnectOptions,
}

impl Database {
    /// Opens the file at `path`, made if missing and readable by this user only, and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, is no database, or was written by a newer server.
    pub async fn open(path: &Path) -> Result<(Self, SqliteConnection), StoreError> {
        let private = |source| StoreError::Private {
            path: path.into(),
            source: Arc::new(source),
        };
        // SQLite would make it readable by all; its `-wal` and `-shm` take the mode of the file itself. The handle is
        // dropped before SQLite opens the file, because closing it later would drop SQLite's locks (POSIX).
        private_file(path)
            .and_then(|file| file.set_permissions(Permissions::from_mode(0o600)))
            .map_err(private)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // One fsync a batch: what was answered is final, log-outs above all, even through a power cut.
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", CACHE_SIZE)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging();
        let database = Self {
            path: path.into(),
            options,
        };
        let mut connection = database.connect().await?;
        database.upgrade(&mut connection).await?;
        Ok((database, connection))
    }

    /// A fresh connection to the file.
    pub async fn connect(&self) -> Result<SqliteConnection, StoreError> {
        SqliteConnection::connect_with(&self.options)
            .await
            .map_err(|error| self.unopened(error))
    }

    async fn upgrade(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let known = STEPS.len() as i64;
        let found: i64 = sqlx::query_scalar("PRAGMA user_version")
            .fetch_one(&mut *connection)
            .await
            .map_err(|error| self.unopened(error))?;
        let seen = match usize::try_from(found) {
            Ok(seen) if seen <= STEPS.len() => seen,
            _ => {
                return Err(StoreError::Newer {
                    path: self.path.clone(),
                    found,
                    known,
                });
            }
        };
        for step in &STEPS[seen..] {
            apply(connection, step).await.map_err(|error| self.unopened(error))?;
        }
        Ok(())
    }

    fn unopened(&self, source: sqlx::Error) -> StoreError {
        StoreError::Open {
            path: self.path.clone(),
            source: Arc::new(source),
        }
    }
}

/// Applies one step whole or not at all; the step sets `user_version` itself, in the same transaction.
async fn apply(connection: &mut SqliteConnection, step: &'static str) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(step).execute(&mut *transaction).await?;
    transaction.commit().await
}
