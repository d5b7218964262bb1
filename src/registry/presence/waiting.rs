//! A queue of things that come due. Each kind waits equally long, so what comes first is due first: no heap, no timer.

use std::{collections::VecDeque, time::Instant};

use crate::shrink::Shrink;

/// Names one entry for ever. Whoever was put into the queue twice knows by it which entry is the valid one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(u64);

#[derive(Debug)]
pub(super) struct Waiting<T> {
    /// How many have left the queue; the ticket of the one in front.
    passed: u64,
    entries: VecDeque<(Instant, T)>,
}

impl<T> Waiting<T> {
    pub(super) fn new() -> Self {
        Self {
            passed: 0,
            entries: VecDeque::new(),
        }
    }

    /// Puts `item` at the end, due at `at`, and says when that is: never before the one ahead of it, should `at` come
    /// from an older clock reading.
    pub(super) fn push(&mut self, at: Instant, item: T) -> (Ticket, Instant) {
        let at = self.entries.back().map_or(at, |&(last, _)| at.max(last));
        let ticket = Ticket(self.passed + self.entries.len() as u64);
        self.entries.push_back((at, item));
        (ticket, at)
    }

    /// The one in front, and when it is due.
    pub(super) fn front(&self) -> Option<(Ticket, Instant, &T)> {
        let (at, item) = self.entries.front()?;
        Some((Ticket(self.passed), *at, item))
    }

    pub(super) fn pop(&mut self) -> Option<(Ticket, T)> {
        let (_, item) = self.entries.pop_front()?;
        self.passed += 1;
        self.entries.shrink();
        Some((Ticket(self.passed - 1), item))
    }

    /// Takes the one in front if it is due by `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Ticket, T)> {
        let (_, at, _) = self.front()?;
        if at <= now { self.pop() } else { None }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
