//! The SQL of the table `http_sessions`. Plain statements; the writer knows about transactions.

use chrono::{DateTime, Utc};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

use super::Lease;
use crate::http_session_id::HttpSessionId;

/// The most rows that one purge deletes: after a long stop there may be any number, and all others wait meanwhile.
pub const PURGE_ROWS: usize = 10_000;

type Result<T> = std::result::Result<T, sqlx::Error>;

/// The state and the expiry of `id`, if it lives.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    id: HttpSessionId,
    now: DateTime<Utc>,
) -> Result<Option<(String, DateTime<Utc>)>> {
    let row = sqlx::query("SELECT state, expires_at FROM http_sessions WHERE id = ?1 AND expires_at > ?2")
        .bind(&id.as_bytes()[..])
        .bind(now.timestamp_millis())
        .fetch_optional(connection)
        .await?;
    row.map(|row| Ok((row.try_get(0)?, time(row.try_get(1)?)))).transpose()
}

/// A new row.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    id: HttpSessionId,
    state: &str,
    until: DateTime<Utc>,
) -> Result<()> {
    sqlx::query("INSERT INTO http_sessions (id, state, expires_at) VALUES (?1, ?2, ?3)")
        .bind(&id.as_bytes()[..])
        .bind(state)
        .bind(until.timestamp_millis())
        .execute(connection)
        .await?;
    Ok(())
}

/// Another state for a row that lives; `false` if none does.
pub(super) async fn update(
    connection: &mut SqliteConnection,
    id: HttpSessionId,
    state: &str,
    lease: Lease,
) -> Result<bool> {
    let done = sqlx::query("UPDATE http_sessions SET state = ?2, expires_at = ?3 WHERE id = ?1 AND expires_at > ?4")
        .bind(&id.as_bytes()[..])
        .bind(state)
        .bind(lease.until.timestamp_millis())
        .bind(lease.now.timestamp_millis())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// A longer life for a row that lives.
pub(super) async fn touch(connection: &mut SqliteConnection, id: HttpSessionId, lease: Lease) -> Result<()> {
    sqlx::query("UPDATE http_sessions SET expires_at = max(expires_at, ?2) WHERE id = ?1 AND expires_at > ?3")
        .bind(&id.as_bytes()[..])
        .bind(lease.until.timestamp_millis())
        .bind(lease.now.timestamp_millis())
        .execute(connection)
        .await?;
    Ok(())
}

/// No row any more; `false` if there was none.
pub(super) async fn delete(connection: &mut SqliteConnection, id: HttpSessionId) -> Result<bool> {
    let done = sqlx::query("DELETE FROM http_sessions WHERE id = ?1")
        .bind(&id.as_bytes()[..])
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes the oldest of the expired rows and gives their ids.
pub(super) async fn purge(connection: &mut SqliteConnection, now: DateTime<Utc>) -> Result<Vec<HttpSessionId>> {
    let rows = sqlx::query(
        "DELETE FROM http_sessions WHERE id IN \
         (SELECT id FROM http_sessions WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2) RETURNING id",
    )
    .bind(now.timestamp_millis())
    .bind(PURGE_ROWS as i64)
    .fetch_all(connection)
    .await?;
    rows.iter().map(id).collect()
}

fn id(row: &SqliteRow) -> Result<HttpSessionId> {
    let bytes: &[u8] = row.try_get(0)?;
    let digest = bytes.try_into().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(HttpSessionId::from_digest(digest))
}

/// Times beyond what chrono can hold mean *never*.
fn time(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
