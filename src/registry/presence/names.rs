//! Who holds which name: everybody who is here, and whoever has claimed one and is on the way.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::waiting::{Ticket, Waiting};
use crate::{ids::UserId, name::LookAlike, shrink::Shrink};

/// All that one name could be taken for.
type LookAlikes = [LookAlike; 2];

/// How long a claimed name waits for the first socket of its user: a page needs a second, a slow one some more.
pub const CLAIM_HOLD: Duration = Duration::from_secs(30);

/// A name for each seat and a name for each live claim, never two of them alike.
#[derive(Debug)]
pub(super) struct Names {
    /// Two keys for each name.
    holders: HashMap<LookAlike, UserId>,
    /// At most one for each user.
    claims: HashMap<UserId, Claim>,
    expiries: Waiting<UserId>,
}

#[derive(Debug)]
struct Claim {
    look_alikes: LookAlikes,
    ticket: Ticket,
}

impl Names {
    pub(super) fn new() -> Self {
        Self {
            holders: HashMap::new(),
            claims: HashMap::new(),
            expiries: Waiting::new(),
        }
    }

    /// Whether `user` may have a name: nobody holds one that looks like it, but they themselves or who they were.
    pub(super) fn is_free(&self, look_alikes: LookAlikes, user: UserId, former: Option<UserId>) -> bool {
        let holders = look_alikes.iter().filter_map(|key| self.holders.get(key).copied());
        holders
            .into_iter()
            .all(|holder| holder == user || Some(holder) == former)
    }

    /// Holds a free name for `user` until [`CLAIM_HOLD`] has passed, in place of what they had claimed before.
    pub(super) fn claim(&mut self, user: UserId, look_alikes: LookAlikes, now: Instant) {
        self.release(user);
        let (ticket, _) = self.expiries.push(now + CLAIM_HOLD, user);
        self.claims.insert(user, Claim { look_alikes, ticket });
        self.holders.extend(look_alikes.map(|key| (key, user)));
    }

    /// Ends a claim of `user`, if there is one; not their hold on the name of their seat.
    pub(super) fn release(&mut self, user: UserId) {
        if let Some(claim) = self.claims.remove(&user) {
            self.claims.shrink();
            self.free(claim.look_alikes);
        }
    }

    /// Gives a free name, or the one they had claimed, to `user`, who takes a seat: held without end.
    pub(super) fn settle(&mut self, user: UserId, look_alikes: LookAlikes) {
        self.release(user);
        self.holders.extend(look_alikes.map(|key| (key, user)));
    }

    /// Frees the name of a seat that is given up.
    pub(super) fn free(&mut self, look_alikes: LookAlikes) {
        for key in look_alikes {
            self.holders.remove(&key);
        }
        self.holders.shrink();
    }

    /// Frees what was claimed and not used in time.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((ticket, user)) = self.expiries.pop_due(now) {
            // A claim that was used, released or renewed meanwhile has another ticket or none.
            if self.claims.get(&user).is_some_and(|claim| claim.ticket == ticket) {
                self.release(user);
            }
        }
    }

    /// Names held, live claims, and entries that wait to expire.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> [usize; 3] {
        [self.holders.len() / 2, self.claims.len(), self.expiries.len()]
    }
}
