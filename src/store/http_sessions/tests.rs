use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tempfile::{TempDir, tempdir};
use tokio::task::JoinSet;

use super::*;

const HOUR: Option<Duration> = Some(Duration::from_secs(3600));

fn id(number: u32) -> HttpSessionId {
    let mut digest = [7; HttpSessionId::BYTES];
    // Spread as digests are, so that rows are not written in order.
    digest[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    HttpSessionId::from_digest(digest)
}

fn named(name: &str) -> State {
    State::from([("name".to_owned(), format!("\"{name}\""))])
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}

/// One hour from `seconds` on.
fn lease(seconds: i64) -> Lease {
    Lease::new(at(seconds), HOUR)
}

struct TestStore {
    sessions: HttpSessions,
    folder: TempDir,
}

impl TestStore {
    async fn new() -> Self {
        let folder = tempdir().unwrap();
        let sessions = HttpSessions::open(&folder.path().join("db")).await.unwrap();
        Self { sessions, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("db")
    }

    async fn restarted(mut self) -> Self {
        self.sessions.close().await.unwrap();
        self.sessions = HttpSessions::open(&self.file()).await.unwrap();
        self
    }

    /// Does something to the file behind the writer's back.
    async fn meddle(&self, sql: &str) {
        let url = format!("sqlite://{}", self.file().display());
        let mut other = SqliteConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut other).await.unwrap();
        other.close().await.unwrap();
    }

    async fn expiry(&self, number: u32) -> Option<DateTime<Utc>> {
        self.sessions
            .load(id(number), at(0))
            .await
            .unwrap()
            .map(|loaded| loaded.expires_at)
    }
}

#[tokio::test]
async fn restart_keeps_sessions() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    let store = store.restarted().await;
    let loaded = store.sessions.load(id(1), at(1)).await.unwrap();
    assert_eq!(
        loaded,
        Some(Loaded {
            state: named("Ada"),
            expires_at: at(3600)
        })
    );
}

#[tokio::test]
async fn kill_keeps_sessions() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    // Not closed: what was answered stands in the file, as a second connection sees.
    let second = HttpSessions::open(&store.file()).await.unwrap();
    assert!(second.load(id(1), at(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn log_out_is_final_across_a_restart() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    assert!(store.sessions.delete(id(1)).await.unwrap());
    assert!(!store.sessions.delete(id(1)).await.unwrap());
    let store = store.restarted().await;
    assert_eq!(store.sessions.load(id(1), at(1)).await.unwrap(), None);
}

#[tokio::test]
async fn update_changes_state_and_expiry() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    assert!(store.sessions.update(id(1), &named("Lin"), lease(60)).await.unwrap());
    let loaded = store.sessions.load(id(1), at(61)).await.unwrap();
    assert_eq!(
        loaded,
        Some(Loaded {
            state: named("Lin"),
            expires_at: at(3660)
        })
    );
}

#[tokio::test]
async fn nothing_brings_a_deleted_session_back() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    store.sessions.delete(id(1)).await.unwrap();
    assert!(!store.sessions.update(id(1), &named("Ada"), lease(1)).await.unwrap());
    store.sessions.touch(id(1), lease(1));
    store.sessions.flush().await.unwrap();
    assert_eq!(store.expiry(1).await, None);
}

#[tokio::test]
async fn nothing_brings_an_expired_session_back() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    assert_eq!(store.sessions.load(id(1), at(3600)).await.unwrap(), None);
    assert!(!store.sessions.update(id(1), &named("Ada"), lease(3600)).await.unwrap());
    store.sessions.touch(id(1), lease(3600));
    store.sessions.flush().await.unwrap();
    assert_eq!(store.expiry(1).await, Some(at(3600)));
}

#[tokio::test]
async fn session_without_ttl_never_expires() {
    let store = TestStore::new().await;
    store
        .sessions
        .save(id(1), &named("Ada"), Lease::new(at(0), None))
        .await
        .unwrap();
    let in_a_thousand_years = at(1000 * 365 * 86_400);
    assert!(store.sessions.load(id(1), in_a_thousand_years).await.unwrap().is_some());
    assert_eq!(store.sessions.purge_expired(in_a_thousand_years).await.unwrap(), []);
}

#[tokio::test]
async fn touch_prolongs_and_never_shortens() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    store.sessions.touch(id(1), lease(100));
    store.sessions.flush().await.unwrap();
    assert_eq!(store.expiry(1).await, Some(at(3700)));
    store.sessions.touch(id(1), lease(50));
    store.sessions.flush().await.unwrap();
    assert_eq!(store.expiry(1).await, Some(at(3700)));
}

#[tokio::test]
async fn waiting_touch_counts_before_a_purge() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    store.sessions.touch(id(1), lease(3599));
    assert_eq!(store.sessions.purge_expired(at(3600)).await.unwrap(), []);
}

#[tokio::test]
async fn touch_is_written_though_nothing_follows() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    store.sessions.touch(id(1), lease(100));
    // No other command comes: a second connection waits for the writer's own clock.
    let second = HttpSessions::open(&store.file()).await.unwrap();
    let written = async {
        while second.load(id(1), at(1)).await.unwrap().unwrap().expires_at != at(3700) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), written).await.unwrap();
}

#[tokio::test]
async fn purge_names_what_it_deletes() {
    let store = TestStore::new().await;
    for number in 0..5 {
        store
            .sessions
            .save(id(number), &named("Ada"), lease(i64::from(number)))
            .await
            .unwrap();
    }
    let mut purged = store.sessions.purge_expired(at(3602)).await.unwrap();
    purged.sort();
    let mut expected = [id(0), id(1), id(2)];
    expected.sort();
    assert_eq!(purged, expected);
    assert_eq!(store.sessions.purge_expired(at(3602)).await.unwrap(), []);
    assert_eq!(store.expiry(3).await, Some(at(3603)));
}

#[tokio::test]
async fn ten_thousand_log_ins_at_once_are_all_kept() {
    let store = TestStore::new().await;
    let mut log_ins = JoinSet::new();
    for number in 0..10_000 {
        let sessions = store.sessions.clone();
        log_ins.spawn(async move { sessions.save(id(number), &named("Ada"), lease(0)).await });
    }
    for outcome in log_ins.join_all().await {
        outcome.unwrap();
    }
    let store = store.restarted().await;
    let all = store.sessions.purge_expired(at(3600)).await.unwrap();
    assert_eq!(all.len(), 10_000);
}

#[tokio::test]
async fn database_file_is_private() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    for name in ["db", "db-wal", "db-shm"] {
        let mode = fs::metadata(store.folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn file_of_a_newer_server_is_refused() {
    let store = TestStore::new().await;
    store.sessions.close().await.unwrap();
    store.meddle("PRAGMA user_version = 9").await;
    let error = HttpSessions::open(&store.file()).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "the database {:?} was written by a newer tertulia (schema 9; this one knows up to 2); \
             start that version, or choose another --data-dir",
            store.file()
        )
    );
}

#[tokio::test]
async fn file_that_is_no_database_is_refused() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("db");
    fs::write(
        &file,
        "a letter to the editor, much longer than a header of SQLite would be".repeat(20),
    )
    .unwrap();
    assert!(matches!(HttpSessions::open(&file).await, Err(StoreError::Open { .. })));
}

#[tokio::test]
async fn failure_reaches_the_caller_and_the_writer_goes_on() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    // A full disk rolls a transaction back in the middle of it; so does this.
    store
        .meddle(
            "CREATE TRIGGER full BEFORE INSERT ON http_sessions \
             BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END",
        )
        .await;
    let lin = named("Lin");
    let (deleted, saved, after) = tokio::join!(
        store.sessions.delete(id(1)),
        store.sessions.save(id(2), &lin, lease(0)),
        store.sessions.load(id(1), at(1)),
    );
    // One batch, so one fate: nobody is told of a log-out that the disk did not take.
    assert!(matches!(deleted, Err(StoreError::Failed(_))));
    assert!(matches!(saved, Err(StoreError::Failed(_))));
    assert!(matches!(after, Err(StoreError::Failed(_))));
    assert_eq!(store.expiry(1).await, Some(at(3600)));

    store.meddle("DROP TRIGGER full").await;
    store.sessions.save(id(2), &named("Lin"), lease(0)).await.unwrap();
    assert_eq!(store.expiry(2).await, Some(at(3600)));
}

#[tokio::test]
async fn unreadable_state_is_an_error_of_that_session_only() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    store.meddle("UPDATE http_sessions SET state = '{'").await;
    store.sessions.save(id(2), &named("Lin"), lease(0)).await.unwrap();
    assert!(matches!(
        store.sessions.load(id(1), at(1)).await,
        Err(StoreError::State(_))
    ));
    assert!(store.sessions.load(id(2), at(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn close_writes_what_waits_and_ends_all_handles() {
    let store = TestStore::new().await;
    store.sessions.save(id(1), &named("Ada"), lease(0)).await.unwrap();
    let other = store.sessions.clone();
    other.touch(id(1), lease(100));
    store.sessions.close().await.unwrap();
    assert!(matches!(other.load(id(1), at(1)).await, Err(StoreError::Closed)));
    assert!(matches!(other.close().await, Err(StoreError::Closed)));
    other.touch(id(1), lease(200));
    // The last connection has folded the log into the file.
    assert!(!store.folder.path().join("db-wal").exists());
    let second = HttpSessions::open(&store.file()).await.unwrap();
    assert_eq!(second.load(id(1), at(1)).await.unwrap().unwrap().expires_at, at(3700));
}
