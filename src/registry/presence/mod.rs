//! Who is here: users, their sockets and names, and when the room must be told. Pure: no transport, no clock.
//!
//! What comes out is numbered here and goes to the registry, which encodes it once. Every change raises the version by
//! one, so a list with its version and the changes after it make the list of any later moment.
//!
//! Instants come from one monotonic clock and do not run backwards; those that do are taken for the newest seen. The
//! registry calls [`Presence::due`] before anything else of its turn, so that nobody holds a name beyond their grace.

mod change;
mod logged_out;
mod names;
mod seat;
mod waiting;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

pub use self::{
    change::{Change, Kind, LogOut, Refused},
    logged_out::LOG_OUT_MEMORY,
    names::CLAIM_HOLD,
};
use self::{
    logged_out::LoggedOut,
    names::Names,
    seat::{Removed, Seat, Sockets},
    waiting::{Ticket, Waiting},
};
use crate::{
    close_status::Ending,
    ids::{SessionId, UserId},
    message::DropReason,
    name::Name,
    shrink::Shrink,
};

/// Who is here. Joins, leaves and log-outs take constant time, however many are here.
#[derive(Debug)]
pub struct Presence {
    grace: Duration,
    max_sockets_per_user: usize,
    version: u64,
    /// Everybody who is here, also those within their grace.
    users: HashMap<UserId, Seat>,
    names: Names,
    /// Sockets of all users.
    sockets: usize,
    /// Whose last socket has gone. The one in front is valid at any time; others may be stale, their users returned.
    departures: Waiting<Departure>,
    logged_out: LoggedOut,
}

#[derive(Debug)]
struct Departure {
    user: UserId,
    /// `None` for a departure in good order.
    reason: Option<DropReason>,
}

impl Presence {
    /// Nobody is here. `grace` is how long a user whose last socket went may take to return before anyone is told;
    /// `max_sockets_per_user` 0 means no limit.
    pub fn new(grace: Duration, max_sockets_per_user: usize) -> Self {
        Self {
            grace,
            max_sockets_per_user,
            version: 0,
            users: HashMap::new(),
            names: Names::new(),
            sockets: 0,
            departures: Waiting::new(),
            logged_out: LoggedOut::new(),
        }
    }

    /// Holds `name` for `user`, whose first socket is on its way, until [`CLAIM_HOLD`] has passed: of two who claim
    /// one name at the same time, one gets it.
    ///
    /// `former` is who the claimant was until now. They may pass on their own name, and are logged out in the same
    /// step, so that nobody is ever here twice.
    ///
    /// # Errors
    ///
    /// [`Refused::NameTaken`], and [`Refused::SessionEnded`] if `user` has logged out. `former` then stays as they are.
    pub fn claim(
        &mut self,
        user: UserId,
        name: &Name,
        former: Option<UserId>,
        now: Instant,
    ) -> Result<LogOut, Refused> {
        self.forget(now);
        if self.logged_out.contains(user) {
            return Err(Refused::SessionEnded);
        }
        let (look_alikes, former) = (name.look_alikes(), former.filter(|&former| former != user));
        if !self.names.is_free(look_alikes, user, former) {
            return Err(Refused::NameTaken);
        }
        let log_out = former.map(|former| self.log_out(former, now)).unwrap_or_default();
        // The name of one's own seat needs no claim, and must not be lost when a claim expires.
        if self
            .users
            .get(&user)
            .is_none_or(|seat| seat.name.look_alikes() != look_alikes)
        {
            self.names.claim(user, look_alikes, now);
        }
        Ok(log_out)
    }

    /// Gives up a claim that came to nothing. Harmless for a user who has none, and for one who is here.
    pub fn release(&mut self, user: UserId) {
        self.names.release(user);
    }

    /// `session` of `user` is here. Joining twice is harmless.
    ///
    /// Returns what to tell: nothing for a further tab, and nothing for a return within the grace. A user has one name
    /// for life, so a later `name` changes nothing.
    ///
    /// # Errors
    ///
    /// Any [`Refused`]; the session then does not count, and its leaving is harmless.
    pub fn join(
        &mut self,
        session: SessionId,
        user: UserId,
        name: &Name,
        now: Instant,
    ) -> Result<Option<Change>, Refused> {
        self.forget(now);
        if self.logged_out.contains(user) {
            return Err(Refused::SessionEnded);
        }
        if let Some(seat) = self.users.get_mut(&user) {
            let open = seat.sockets.as_slice();
            if open.contains(&session) {
                return Ok(None);
            }
            if self.max_sockets_per_user > 0 && open.len() >= self.max_sockets_per_user {
                return Err(Refused::TooManySockets);
            }
            seat.sockets.add(session);
            self.sockets += 1;
            self.names.release(user);
            self.skip_stale_departures();
            return Ok(None);
        }
        let look_alikes = name.look_alikes();
        if !self.names.is_free(look_alikes, user, None) {
            return Err(Refused::NameTaken);
        }
        self.names.settle(user, look_alikes);
        self.users.insert(
            user,
            Seat {
                name: name.clone(),
                sockets: Sockets::One(session),
            },
        );
        self.sockets += 1;
        Ok(Some(self.change(Kind::Online, user, name.clone())))
    }

    /// Takes away `session` of `user`, which came to `ending`.
    ///
    /// Returns when the user counts as gone unless they return: `now` plus the grace. `None` while another socket of
    /// theirs lives, and for a session that is not here: leaving twice is harmless.
    pub fn leave(&mut self, session: SessionId, user: UserId, ending: Ending, now: Instant) -> Option<Instant> {
        let seat = self.users.get_mut(&user)?;
        let removed = seat.sockets.remove(session);
        if removed == Removed::NotHere {
            return None;
        }
        self.sockets -= 1;
        if removed == Removed::OneOfMany {
            return None;
        }
        // The last ending speaks: one tab lost and then the other closed is *offline*, not *dropped*.
        let departure = Departure {
            user,
            reason: ending.drop_reason(),
        };
        let (ticket, gone_at) = self.departures.push(now + self.grace, departure);
        seat.sockets = Sockets::Gone(ticket);
        Some(gone_at)
    }

    /// Those whose grace has passed by `now`, in the order in which they left.
    pub fn due(&mut self, now: Instant) -> Vec<Change> {
        self.forget(now);
        let mut changes = Vec::new();
        while let Some((ticket, departure)) = self.departures.pop_due(now) {
            if self.is_gone(departure.user, ticket) {
                let kind = departure.reason.map_or(Kind::Offline, Kind::Dropped);
                changes.extend(
                    self.stand_up(departure.user)
                        .map(|seat| self.change(kind, departure.user, seat.name)),
                );
            }
        }
        self.skip_stale_departures();
        changes
    }

    /// When [`Self::due`] next has something to tell, unless somebody returns before.
    pub fn next_due(&self) -> Option<Instant> {
        self.departures.front().map(|(_, gone_at, _)| gone_at)
    }

    /// Ends `user` for good and without grace, and forgets what they claimed. They are refused from now on.
    pub fn log_out(&mut self, user: UserId, now: Instant) -> LogOut {
        self.part(user, Kind::Offline, now)
    }

    /// The same for somebody who did not want to go: others read *dropped*.
    pub fn expel(&mut self, user: UserId, now: Instant) -> LogOut {
        self.part(user, Kind::Dropped(DropReason::Refused), now)
    }

    fn part(&mut self, user: UserId, kind: Kind, now: Instant) -> LogOut {
        self.forget(now);
        self.logged_out.insert(user, now);
        self.names.release(user);
        let Some(seat) = self.stand_up(user) else {
            return LogOut::default();
        };
        let sessions = seat.sockets.as_slice().to_vec();
        self.sockets -= sessions.len();
        self.skip_stale_departures();
        LogOut {
            sessions,
            change: Some(self.change(kind, user, seat.name)),
        }
    }

    /// What `user` is called, if they are here.
    pub fn name_of(&self, user: UserId) -> Option<&Name> {
        self.users.get(&user).map(|seat| &seat.name)
    }

    /// Whether `session` of `user` is here.
    pub fn has(&self, session: SessionId, user: UserId) -> bool {
        self.users
            .get(&user)
            .is_some_and(|seat| seat.sockets.as_slice().contains(&session))
    }

    /// How many sockets `user` has.
    pub fn sockets_of(&self, user: UserId) -> usize {
        self.users.get(&user).map_or(0, |seat| seat.sockets.as_slice().len())
    }

    /// The version that [`Self::users`] reflects: that of the newest change, 0 before the first.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Everybody who is here, also within their grace, in no order.
    pub fn users(&self) -> impl ExactSizeIterator<Item = (UserId, &Name)> {
        self.users.iter().map(|(&user, seat)| (user, &seat.name))
    }

    /// The same with their live sockets.
    pub fn seats(&self) -> impl ExactSizeIterator<Item = (UserId, &Name, &[SessionId])> {
        let seats = self.users.iter();
        seats.map(|(&user, seat)| (user, &seat.name, seat.sockets.as_slice()))
    }

    /// How many are here. Not counted anew: cheap.
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    /// How many sockets they have together. Not counted anew: cheap.
    pub fn socket_count(&self) -> usize {
        self.sockets
    }

    fn change(&mut self, kind: Kind, user: UserId, name: Name) -> Change {
        self.version += 1;
        Change {
            kind,
            user,
            name,
            version: self.version,
        }
    }

    /// Takes the seat of `user` away, and frees its name.
    fn stand_up(&mut self, user: UserId) -> Option<Seat> {
        let seat = self.users.remove(&user)?;
        self.users.shrink();
        self.names.free(seat.name.look_alikes());
        Some(seat)
    }

    /// Whether the departure with this ticket still stands: its user has not returned since.
    fn is_gone(&self, user: UserId, ticket: Ticket) -> bool {
        self.users
            .get(&user)
            .is_some_and(|seat| matches!(seat.sockets, Sockets::Gone(newest) if newest == ticket))
    }

    /// Keeps the promise that the departure in front is valid, so that nobody is woken for nothing.
    fn skip_stale_departures(&mut self) {
        while let Some((ticket, _, departure)) = self.departures.front()
            && !self.is_gone(departure.user, ticket)
        {
            self.departures.pop();
        }
    }

    /// Drops what has expired and of which nobody is told: claims, and the memory of log-outs.
    fn forget(&mut self, now: Instant) {
        self.names.expire(now);
        self.logged_out.expire(now);
    }
}
