//! How many connections a server may hold, and what the log says when it holds them all.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use actix_server::ServerHandle;

/// Connections below the limit at which the server stops to accept, as many as may be on their way in just then.
const MOST_ON_THEIR_WAY: usize = 256;
/// A server that is full for long says so once in this time.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// The most connections that a server holds, of all its listeners and workers: beyond it new ones wait in the system's
/// queue, and whoever is here is served as before.
///
/// actix counts connections as long as they speak HTTP, and says nothing when it stops to accept, so what looks like a
/// server that hangs would have no trace. Here all are counted, to their end.
#[derive(Clone, Default)]
pub struct Capacity {
    counted: Arc<Counted>,
}

#[derive(Default)]
struct Counted {
    limit: Option<usize>,
    held: AtomicUsize,
    /// Set before it is looked whether the server must pause, so that whoever leaves meanwhile looks too.
    may_pause: AtomicBool,
    server: OnceLock<ServerHandle>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_paused: bool,
    said_at: Option<Instant>,
}

impl Capacity {
    /// So many connections at once.
    pub fn of(connections: usize) -> Self {
        let counted = Counted {
            limit: Some(connections),
            ..Counted::default()
        };
        Self {
            counted: Arc::new(counted),
        }
    }

    /// The server that is to stop accepting at the limit. To be called once it runs.
    pub fn govern(&self, server: ServerHandle) {
        // A second server would be a mistake that does no harm: the first one stays.
        let _ = self.counted.server.set(server);
    }

    /// The limit, if there is one.
    pub(super) fn limit(&self) -> Option<usize> {
        self.counted.limit
    }

    /// Counts one more connection until what it returns is dropped.
    pub(super) fn enter(&self) -> Held {
        let held = self.counted.held.fetch_add(1, Ordering::SeqCst) + 1;
        if self.counted.is_full(held) {
            self.counted.look(Instant::now());
        }
        Held(self.counted.clone())
    }
}

impl Counted {
    fn is_full(&self, held: usize) -> bool {
        self.limit
            .is_some_and(|limit| held >= limit - (limit / 4).min(MOST_ON_THEIR_WAY))
    }

    /// Pauses or resumes the server, as the count has it now.
    fn look(&self, now: Instant) {
        // A state is whole at any moment, so a poisoned lock does not matter.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.may_pause.store(true, Ordering::SeqCst);
        let held = self.held.load(Ordering::SeqCst);
        let is_full = self.is_full(held);
        if !is_full {
            self.may_pause.store(false, Ordering::SeqCst);
        }
        if is_full != state.is_paused {
            state.is_paused = is_full;
            // What they return only tells when it is done.
            match (self.server.get(), is_full) {
                (None, _) => {}
                (Some(server), true) => drop(server.pause()),
                (Some(server), false) => drop(server.resume()),
            }
        }
        if is_full && state.may_say(now) {
            tracing::warn!(
                held,
                remedy = "ulimit -n",
                "the server holds all connections that the limit of open files allows; new ones wait until some leave"
            );
        }
    }
}

impl State {
    fn may_say(&mut self, now: Instant) -> bool {
        let is_due = self
            .said_at
            .is_none_or(|at| now.saturating_duration_since(at) >= SAY_EVERY);
        if is_due {
            self.said_at = Some(now);
        }
        is_due
    }
}

/// One connection, as long as it is there.
pub(super) struct Held(Arc<Counted>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.held.fetch_sub(1, Ordering::SeqCst);
        if self.0.may_pause.load(Ordering::SeqCst) {
            self.0.look(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_says_so_once_in_a_while() {
        let (mut state, start) = (State::default(), Instant::now());
        assert!(state.may_say(start));
        assert!(!state.may_say(start + SAY_EVERY / 2));
        assert!(state.may_say(start + SAY_EVERY));
    }

    #[test]
    fn it_is_full_just_below_the_limit_and_until_one_leaves() {
        let capacity = Capacity::of(3);
        let is_paused = || capacity.counted.state.lock().unwrap().is_paused;
        let mut held = vec![capacity.enter()];
        assert!(!is_paused());
        held.push(capacity.enter());
        assert!(!is_paused());
        held.push(capacity.enter());
        held.push(capacity.enter());
        assert!(is_paused());
        held.pop();
        assert!(is_paused());
        held.pop();
        assert!(!is_paused());
        held.push(capacity.enter());
        assert!(is_paused());
        drop(held);
        assert!(!is_paused());
        assert_eq!(capacity.counted.held.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn without_a_limit_it_is_never_full() {
        let capacity = Capacity::default();
        let held: Vec<_> = (0..1000).map(|_| capacity.enter()).collect();
        assert!(!capacity.counted.state.lock().unwrap().is_paused);
        drop(held);
    }
}
