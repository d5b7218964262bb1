//! How many connections a server may hold, and what the log says when it holds them all.
//!
//! actix counts the connections of a worker as long as their tasks live, and at a limit it leaves new ones in the
//! system's queue. A socket that has left HTTP needs no task of its own, so most are *seated* beside actix's books; the
//! last ones stay *on the books*, by a task that waits for their end. So both bounds together are one that holds at any
//! moment, and it is actix that stops accepting.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

/// One connection in so many is left to those on the books: all that speak HTTP, and the last sockets.
const BOOKS_PART: usize = 16;
/// At least so many, if that is not more than half.
const BOOKS_LEAST: usize = 1024;
/// A server that is full for long says so once in this time.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// The most connections that a server holds, of all its listeners and workers: beyond it new ones wait in the system's
/// queue, and whoever is here is served as before.
///
/// actix says nothing when it stops accepting, so what looks like a server that hangs would have no trace.
#[derive(Clone, Debug, Default)]
pub struct Capacity {
    books: Arc<Books>,
}

#[derive(Debug, Default)]
struct Books {
    limits: Option<Limits>,
    /// Connections that actix counts.
    listed: AtomicUsize,
    /// Sockets that it does not.
    seated: AtomicUsize,
    said_at: Mutex<Option<Instant>>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    listed: usize,
    listed_per_worker: usize,
    seated: usize,
}

impl Limits {
    fn new(connections: usize, workers: usize) -> Self {
        let part = (connections / BOOKS_PART).max(BOOKS_LEAST.min(connections / 2));
        let listed_per_worker = (part / workers.max(1)).max(1);
        let listed = listed_per_worker * workers.max(1);
        Self {
            listed,
            listed_per_worker,
            seated: connections.saturating_sub(listed),
        }
    }
}

impl Capacity {
    /// So many connections at once, of so many workers together.
    pub fn of(connections: usize, workers: usize) -> Self {
        let books = Books {
            limits: Some(Limits::new(connections, workers)),
            ..Books::default()
        };
        Self { books: Arc::new(books) }
    }

    /// How many connections of each worker actix may count, if there is a limit.
    pub(super) fn per_worker(&self) -> Option<usize> {
        self.books.limits.map(|limits| limits.listed_per_worker)
    }

    /// Counts one more connection until what it returns is dropped.
    pub(super) fn enter(&self) -> Held {
        self.books.list();
        Held {
            books: self.books.clone(),
            task: Task::Own,
        }
    }
}

impl Books {
    fn list(&self) {
        let listed = self.listed.fetch_add(1, Ordering::Relaxed) + 1;
        if self.limits.is_some_and(|limits| listed >= limits.listed) && self.may_say(Instant::now()) {
            tracing::warn!(
                held = listed + self.seated.load(Ordering::Relaxed),
                remedy = "ulimit -n",
                "the server holds all connections that the limit of open files allows; new ones wait until some leave"
            );
        }
    }

    /// Seats one more socket, if there is room.
    fn seat(&self) -> bool {
        let most = self.limits.map_or(usize::MAX, |limits| limits.seated);
        let one_more = |seated| (seated < most).then_some(seated + 1);
        self.seated
            .try_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .is_ok()
    }

    fn may_say(&self, now: Instant) -> bool {
        // A time is whole at any moment, so a poisoned lock does not matter.
        let mut said_at = self.said_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = said_at.is_none_or(|at| now.saturating_duration_since(at) >= SAY_EVERY);
        if is_due {
            *said_at = Some(now);
        }
        is_due
    }
}

/// One connection, as long as it is there.
pub(super) struct Held {
    books: Arc<Books>,
    task: Task,
}

/// Who keeps a connection on actix's books.
enum Task {
    /// The task that speaks HTTP with it.
    Own,
    /// One that waits until this is dropped.
    Waiting { _end: oneshot::Sender<()> },
    /// None: it is seated.
    None,
}

impl Held {
    /// The connection has left HTTP. `Some` is to be awaited by its task before that ends: there is no seat left.
    pub(super) fn leave_http(&mut self) -> Option<oneshot::Receiver<()>> {
        if self.books.seat() {
            self.books.listed.fetch_sub(1, Ordering::Relaxed);
            self.task = Task::None;
            return None;
        }
        let (end, has_ended) = oneshot::channel();
        self.task = Task::Waiting { _end: end };
        Some(has_ended)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let counter = match self.task {
            Task::None => &self.books.seated,
            Task::Own | Task::Waiting { .. } => &self.books.listed,
        };
        counter.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(capacity: &Capacity) -> (usize, usize) {
        let books = &capacity.books;
        (
            books.listed.load(Ordering::Relaxed),
            books.seated.load(Ordering::Relaxed),
        )
    }

    #[test]
    fn a_full_server_says_so_once_in_a_while() {
        let (books, start) = (Books::default(), Instant::now());
        assert!(books.may_say(start));
        assert!(!books.may_say(start + SAY_EVERY / 2));
        assert!(books.may_say(start + SAY_EVERY));
    }

    #[test]
    fn limits_add_up() {
        for (connections, workers) in [(1, 1), (3, 2), (128, 2), (19_936, 1), (1_000_000, 16)] {
            let limits = Limits::new(connections, workers);
            assert!(limits.listed_per_worker >= 1);
            assert!(limits.seated + limits.listed_per_worker * workers <= connections.max(workers));
        }
        assert_eq!(Limits::new(19_936, 1).seated, 19_936 - 1_246);
    }

    #[test]
    fn sockets_are_seated_as_long_as_there_are_seats() {
        let capacity = Capacity::of(4, 1);
        let mut held: Vec<_> = (0..4).map(|_| capacity.enter()).collect();
        assert_eq!(counts(&capacity), (4, 0));
        let mut waits: Vec<_> = held.iter_mut().map(Held::leave_http).collect();
        assert_eq!(counts(&capacity), (2, 2));
        assert!(waits[0].is_none() && waits[1].is_none());
        let mut last = waits.pop().flatten().unwrap();
        assert!(
            last.try_recv()
                .is_err_and(|error| error == oneshot::error::TryRecvError::Empty)
        );
        held.pop();
        assert!(
            last.try_recv()
                .is_err_and(|error| error == oneshot::error::TryRecvError::Closed)
        );
        drop(held);
        assert_eq!(counts(&capacity), (0, 0));
    }

    #[test]
    fn without_a_limit_all_are_seated() {
        let capacity = Capacity::default();
        let mut held: Vec<_> = (0..1000).map(|_| capacity.enter()).collect();
        assert!(held.iter_mut().all(|held| held.leave_http().is_none()));
        assert_eq!(counts(&capacity), (0, 1000));
    }
}
