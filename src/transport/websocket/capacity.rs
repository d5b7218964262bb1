//! How many connections a worker may hold, and what the log says when it holds them all.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A server that is full for long says so once in this time.
const SAY_EVERY: Duration = Duration::from_secs(60);

thread_local! {
    /// The TCP connections of this worker, of all its listeners.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// The most connections that each worker holds: beyond it new ones wait in the system's queue, and whoever is here
/// is served as before.
///
/// actix stops accepting at the limit and says nothing, so what looks like a server that hangs would have no trace.
#[derive(Clone, Debug, Default)]
pub struct Capacity {
    per_worker: Option<usize>,
    said_at: Arc<Mutex<Option<Instant>>>,
}

impl Capacity {
    /// So many connections for each worker.
    pub fn per_worker(connections: usize) -> Self {
        Self {
            per_worker: Some(connections),
            ..Self::default()
        }
    }

    /// The limit, if there is one.
    pub(super) fn limit(&self) -> Option<usize> {
        self.per_worker
    }

    /// Counts one more connection of this thread until what it returns is dropped.
    pub(super) fn enter(&self) -> Held {
        let held = HELD.get() + 1;
        HELD.set(held);
        if let Some(limit) = self.per_worker
            && held >= limit
            && self.may_say(Instant::now())
        {
            tracing::warn!(
                held,
                remedy = "ulimit -n",
                "a worker holds all connections that the limit of open files allows; new ones wait until some leave"
            );
        }
        Held
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
pub(super) struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(HELD.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_says_so_once_in_a_while() {
        let (capacity, start) = (Capacity::per_worker(1), Instant::now());
        assert!(capacity.may_say(start));
        assert!(!capacity.clone().may_say(start + SAY_EVERY / 2));
        assert!(capacity.may_say(start + SAY_EVERY));
    }

    #[test]
    fn connections_count_while_they_are_held() {
        let before = HELD.get();
        let held = [Capacity::default().enter(), Capacity::per_worker(2).enter()];
        assert_eq!(HELD.get(), before + 2);
        drop(held);
        assert_eq!(HELD.get(), before);
    }
}
