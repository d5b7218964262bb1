//! Bans that outlive a restart. They change when an operator says so and are read once, so no task and no connection
//! waits for them.

use std::{path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteRow};

use super::{StoreError, database::Database};
use crate::{bans::Ban, client_address::Network};

/// The handle to the stored bans.
pub struct StoredBans {
    database: Database,
}

impl StoredBans {
    /// Opens the database at `path` and reads the bans that hold at `now`.
    ///
    /// To be called before [`HttpSessions::open`](super::HttpSessions::open): opening a file whose database is in use
    /// would drop the locks on it (POSIX).
    ///
    /// # Errors
    ///
    /// If the file cannot be opened, is no database, or was written by a newer server.
    pub async fn open(path: &Path, now: DateTime<Utc>) -> Result<(Self, Vec<Ban>), StoreError> {
        let (database, mut connection) = Database::open(path).await?;
        let rows = sqlx::query(
            "SELECT id, network, name, reason, made_at, until FROM bans WHERE until IS NULL OR until > ?1 ORDER BY id",
        )
        .bind(now.timestamp_millis())
        .fetch_all(&mut connection)
        .await
        .and_then(|rows| rows.iter().map(ban).collect());
        let bans = rows.map_err(failed)?;
        connection.close().await.map_err(failed)?;
        Ok((Self { database }, bans))
    }

    /// Keeps a ban, and gives it its id in place of the one that it has.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn add(&self, ban: Ban) -> Result<Ban, StoreError> {
        let mut connection = self.database.connect().await?;
        let id = insert(&mut connection, &ban).await.map_err(failed)?;
        connection.close().await.map_err(failed)?;
        Ok(Ban { id, ..ban })
    }

    /// Forgets a ban. One that is not there is forgotten already.
    ///
    /// # Errors
    ///
    /// If the database fails: then it holds again after a restart.
    pub async fn remove(&self, id: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM bans WHERE id = ?1", id).await
    }

    /// Forgets those that have ended by `now`.
    ///
    /// # Errors
    ///
    /// If the database fails.
    pub async fn forget_ended(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.run("DELETE FROM bans WHERE until <= ?1", now.timestamp_millis())
            .await
    }

    async fn run(&self, statement: &'static str, number: i64) -> Result<(), StoreError> {
        let mut connection = self.database.connect().await?;
        let done = sqlx::query(statement).bind(number).execute(&mut connection).await;
        done.map_err(failed)?;
        connection.close().await.map_err(failed)
    }
}

async fn insert(connection: &mut SqliteConnection, ban: &Ban) -> Result<i64, sqlx::Error> {
    let row = sqlx::query(
        "INSERT INTO bans (network, name, reason, made_at, until) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
    )
    .bind(ban.network.to_string())
    .bind(&ban.name)
    .bind(&ban.reason)
    .bind(ban.at.timestamp_millis())
    .bind(ban.until.map(|until| until.timestamp_millis()))
    .fetch_one(connection)
    .await?;
    row.try_get(0)
}

fn ban(row: &SqliteRow) -> Result<Ban, sqlx::Error> {
    let network: &str = row.try_get(1)?;
    let time = |milliseconds| DateTime::from_timestamp_millis(milliseconds).unwrap_or(DateTime::<Utc>::MAX_UTC);
    Ok(Ban {
        id: row.try_get(0)?,
        network: Network::parse(network).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        name: row.try_get(2)?,
        reason: row.try_get(3)?,
        at: time(row.try_get(4)?),
        until: row.try_get::<Option<i64>, _>(5)?.map(time),
    })
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Failed(Arc::new(error))
}

#[cfg(test)]
mod tests {
    use tempfile::tempdir;

    use super::*;
    use crate::store::HttpSessions;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn made(network: &str, until: Option<i64>) -> Ban {
        Ban {
            id: 0,
            network: Network::parse(network).unwrap(),
            name: Some("林小雨".into()),
            reason: "flooding".into(),
            at: at(5),
            until: until.map(at),
        }
    }

    #[tokio::test]
    async fn bans_outlive_a_restart_unless_they_were_lifted_or_have_ended() {
        let folder = tempdir().unwrap();
        let file = folder.path().join("db");
        let (store, none) = StoredBans::open(&file, at(0)).await.unwrap();
        assert_eq!(none, []);
        let sessions = HttpSessions::open(&file).await.unwrap();
        let stays = store.add(made("2001:db8::/64", None)).await.unwrap();
        let ends = store.add(made("192.0.2.7", Some(100))).await.unwrap();
        let lifted = store.add(made("192.0.2.8", None)).await.unwrap();
        store.remove(lifted.id).await.unwrap();
        sessions.close().await.unwrap();
        let (store, found) = StoredBans::open(&file, at(99)).await.unwrap();
        assert_eq!(found, [stays.clone(), ends]);
        store.forget_ended(at(100)).await.unwrap();
        let (_, found) = StoredBans::open(&file, at(0)).await.unwrap();
        assert_eq!(found, [stays]);
    }
}
