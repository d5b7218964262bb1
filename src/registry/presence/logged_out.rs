//! Who has logged out of late: a handshake that was let in before the log-out must not join after it.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use super::waiting::Waiting;
use crate::{ids::UserId, shrink::Shrink};

/// How long a log-out is remembered. Far longer than a handshake may take, which bounds the memory: some 50 bytes for
/// each log-out of the last five minutes. User ids are never given out again, so nobody is kept out by mistake.
pub const LOG_OUT_MEMORY: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub(super) struct LoggedOut {
    users: HashSet<UserId>,
    expiries: Waiting<UserId>,
}

impl LoggedOut {
    pub(super) fn new() -> Self {
        Self {
            users: HashSet::new(),
            expiries: Waiting::new(),
        }
    }

    pub(super) fn contains(&self, user: UserId) -> bool {
        self.users.contains(&user)
    }

    pub(super) fn insert(&mut self, user: UserId, now: Instant) {
        if self.users.insert(user) {
            self.expiries.push(now + LOG_OUT_MEMORY, user);
        }
    }

    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((_, user)) = self.expiries.pop_due(now) {
            self.users.remove(&user);
            self.users.shrink();
        }
    }

    /// Users remembered, and entries that wait to expire.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.users.len(), self.expiries.len()]
    }
}
