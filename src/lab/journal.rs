//! What happened to the sockets of one user, newest last, within bounds. Pure.

use std::{collections::VecDeque, sync::Arc};

/// The most events that are kept.
pub const MOST_EVENTS: usize = 200;
/// The most bytes that they have together.
pub const MOST_BYTES: usize = 256 * 1024;

/// A numbered record. Details make room for what happens rarely.
#[derive(Debug, Default)]
pub struct Journal {
    kept: VecDeque<Kept>,
    bytes: usize,
    last: u64,
}

#[derive(Debug)]
struct Kept {
    seq: u64,
    is_detail: bool,
    line: Arc<str>,
}

impl Journal {
    /// Notes what `write` makes of the next number, and hands it back.
    pub fn add(&mut self, is_detail: bool, write: impl FnOnce(u64) -> String) -> Arc<str> {
        self.last += 1;
        let line: Arc<str> = write(self.last).into();
        self.bytes += line.len();
        self.kept.push_back(Kept {
            seq: self.last,
            is_detail,
            line: line.clone(),
        });
        while self.kept.len() > 1 && (self.kept.len() > MOST_EVENTS || self.bytes > MOST_BYTES) {
            self.forget_one();
        }
        line
    }

    /// What is kept of the events behind the number `seq`, oldest first.
    pub fn after(&self, seq: u64) -> impl Iterator<Item = &Arc<str>> {
        self.kept
            .iter()
            .filter(move |kept| kept.seq > seq)
            .map(|kept| &kept.line)
    }

    /// The number of the newest event; 0 before the first.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The oldest detail goes, or the oldest of all where there is none.
    fn forget_one(&mut self) {
        let newest = self.kept.len() - 1;
        let detail = self.kept.iter().take(newest).position(|kept| kept.is_detail);
        if let Some(gone) = self.kept.remove(detail.unwrap_or(0)) {
            self.bytes -= gone.line.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn numbers(journal: &Journal, after: u64) -> Vec<u64> {
        journal
            .after(after)
            .map(|line| line.split(' ').next().unwrap().parse().unwrap())
            .collect()
    }

    #[test]
    fn who_knows_some_reads_the_rest() {
        let mut journal = Journal::default();
        for _ in 0..5 {
            journal.add(false, |seq| seq.to_string());
        }
        assert_eq!(numbers(&journal, 0), [1, 2, 3, 4, 5]);
        assert_eq!(numbers(&journal, 3), [4, 5]);
        assert_eq!(numbers(&journal, 5), [0; 0]);
        assert_eq!(journal.last(), 5);
    }

    #[test]
    fn details_are_forgotten_before_what_is_rare() {
        let mut journal = Journal::default();
        journal.add(false, |seq| seq.to_string());
        for _ in 0..3 * MOST_EVENTS {
            journal.add(true, |seq| seq.to_string());
        }
        let kept = numbers(&journal, 0);
        assert_eq!(
            (kept.len(), kept[0], kept[1]),
            (MOST_EVENTS, 1, 2 * MOST_EVENTS as u64 + 3)
        );
    }

    proptest! {
        #[test]
        fn bounds_hold_and_the_newest_is_there(events in vec((any::<bool>(), 0..MOST_BYTES / 3), 1..400)) {
            let mut journal = Journal::default();
            for (is_detail, length) in events {
                journal.add(is_detail, |seq| format!("{seq} {}", "x".repeat(length)));
                let kept = numbers(&journal, 0);
                prop_assert!(kept.len() <= MOST_EVENTS);
                prop_assert!(journal.after(0).map(|line| line.len()).sum::<usize>() <= MOST_BYTES);
                prop_assert!(kept.is_sorted());
                prop_assert_eq!(kept.last(), Some(&journal.last()));
            }
        }
    }
}
