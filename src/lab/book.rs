//! The journals of all users of the lab, and who reads along. Pure: times and tokens are handed in, and a watcher brings
//! the way to itself.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    Event, Place,
    journal::{Journal, MOST_EVENTS},
};
use crate::{
    ids::{SessionId, UserId},
    message::milliseconds,
    quota::{Bucket, Rate},
};

/// How long a journal is kept after the last socket went.
pub(super) const KEPT_FOR: Duration = Duration::from_secs(60);
/// Users who may have a journal at once.
pub const USERS: usize = 64;
/// Refused handshakes that are told at once; one more each second.
pub const REFUSALS_AT_ONCE: u64 = 10;

/// The way to a watcher: takes one frame of the lab, and never waits.
pub type Outlet = Box<dyn Fn(&str) + Send>;

/// When and where something happened, and to which socket.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub at: DateTime<Utc>,
    pub now: Instant,
    pub place: Place,
    pub socket: Option<SessionId>,
}

/// What opens a journal to reports of refused handshakes.
pub(super) type Token = u128;

/// See the module.
pub(super) struct Book {
    shelves: HashMap<UserId, Shelf>,
    refusals: Rate,
}

/// What belongs to one user.
struct Shelf {
    journal: Journal,
    /// Sockets of the lab that are open.
    sockets: Vec<SessionId>,
    watchers: Vec<(SessionId, Outlet)>,
    token: Token,
    refusals: Bucket,
    /// Since when no socket of the lab is open.
    empty_since: Option<Instant>,
}

/// A frame. The order of the fields is that of the wire.
#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    seq: u64,
    #[serde(serialize_with = "milliseconds")]
    at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<SessionId>,
    #[serde(flatten)]
    event: &'a Event,
    #[serde(flatten)]
    place: Place,
}

fn line(seq: u64, moment: &Moment, event: &Event) -> String {
    let line = Line {
        r#type: "lab",
        seq,
        at: moment.at,
        socket: moment.socket,
        event,
        place: moment.place,
    };
    serde_json::to_string(&line).expect("texts and numbers are always JSON, and memory takes them")
}

impl Shelf {
    fn is_over(&self, now: Instant) -> bool {
        self.empty_since
            .is_some_and(|since| now.saturating_duration_since(since) >= KEPT_FOR)
    }

    fn note(&mut self, moment: &Moment, event: &Event) {
        let line = self.journal.add(event.is_detail(), |seq| line(seq, moment, event));
        for (_, outlet) in &self.watchers {
            outlet(&line);
        }
    }
}

impl Book {
    /// An empty book. `epoch` is any moment before the first use.
    pub fn new(epoch: Instant) -> Self {
        Self {
            shelves: HashMap::new(),
            refusals: Rate::new(1, REFUSALS_AT_ONCE, epoch),
        }
    }

    /// How many users have a journal.
    pub fn len(&self) -> usize {
        self.shelves.len()
    }

    /// Forgets what has been kept for long enough.
    pub fn forget(&mut self, now: Instant) {
        self.shelves.retain(|_, shelf| !shelf.is_over(now));
    }

    /// A socket of the lab is there. False if there are too many users already.
    pub fn open(&mut self, user: UserId, socket: SessionId, token: Token, now: Instant) -> bool {
        self.forget(now);
        if !self.shelves.contains_key(&user) && self.shelves.len() >= USERS && !self.make_room() {
            return false;
        }
        let shelf = self.shelves.entry(user).or_insert_with(|| Shelf {
            journal: Journal::default(),
            sockets: Vec::new(),
            watchers: Vec::new(),
            token,
            refusals: Bucket::default(),
            empty_since: None,
        });
        shelf.sockets.push(socket);
        shelf.empty_since = None;
        true
    }

    /// Lets the journal go whose sockets have been gone for longest.
    fn make_room(&mut self) -> bool {
        let empty = self
            .shelves
            .iter()
            .filter_map(|(user, shelf)| Some((shelf.empty_since?, *user)));
        let oldest = empty.min().map(|(_, user)| user);
        oldest.is_some_and(|user| self.shelves.remove(&user).is_some())
    }

    /// A socket of the lab is gone.
    pub fn close(&mut self, user: UserId, socket: SessionId, now: Instant) {
        let Some(shelf) = self.shelves.get_mut(&user) else {
            return;
        };
        shelf.watchers.retain(|(watcher, _)| *watcher != socket);
        shelf.sockets.retain(|open| *open != socket);
        if shelf.sockets.is_empty() {
            shelf.empty_since.get_or_insert(now);
        }
    }

    /// Whether `user` has a journal.
    pub fn follows(&mut self, user: UserId, now: Instant) -> bool {
        self.shelf(user, now).is_some()
    }

    /// Something happened to `user`, of whom nobody may be keeping a journal.
    pub fn report(&mut self, user: UserId, moment: &Moment, event: impl FnOnce() -> Event) {
        if let Some(shelf) = self.shelf(user, moment.now) {
            shelf.note(moment, &event());
        }
    }

    /// From here on, `outlet` gets what happens to `user`, behind what is kept after the number `after`. False if the
    /// socket is none of the lab's.
    pub fn watch(&mut self, user: UserId, after: u64, moment: &Moment, outlet: Outlet, at: Option<&str>) -> bool {
        let (Some(shelf), Some(socket)) = (self.shelf(user, moment.now), moment.socket) else {
            return false;
        };
        if !shelf.sockets.contains(&socket) {
            return false;
        }
        let token = format!("{:032x}", shelf.token);
        let watching = Event::Watching {
            foreign: at.map(|at| format!("{at}?lab={token}")),
            token,
            kept: MOST_EVENTS,
        };
        outlet(&line(shelf.journal.last(), moment, &watching));
        // A number that is not reached is that of another journal, which is over.
        let after = if after > shelf.journal.last() { 0 } else { after };
        for kept in shelf.journal.after(after) {
            outlet(kept);
        }
        shelf.watchers.retain(|(watcher, _)| *watcher != socket);
        shelf.watchers.push((socket, outlet));
        true
    }

    /// A watcher has seen enough.
    pub fn unwatch(&mut self, user: UserId, moment: &Moment) {
        let Some(shelf) = self.shelf(user, moment.now) else {
            return;
        };
        let place = shelf
            .watchers
            .iter()
            .position(|(watcher, _)| Some(*watcher) == moment.socket);
        if let Some(place) = place {
            let (_, outlet) = shelf.watchers.swap_remove(place);
            outlet(&line(shelf.journal.last(), moment, &Event::Unwatched));
        }
    }

    /// A handshake with this token was refused.
    pub fn refused(&mut self, token: Token, moment: &Moment, event: impl FnOnce() -> Event) {
        let rate = self.refusals;
        let is_over = |shelf: &Shelf| shelf.is_over(moment.now);
        let named = self
            .shelves
            .values_mut()
            .find(|shelf| shelf.token == token && !is_over(shelf));
        if let Some(shelf) = named
            && shelf.refusals.take(1, moment.now, &rate).is_ok()
        {
            shelf.note(moment, &event());
        }
    }

    fn shelf(&mut self, user: UserId, now: Instant) -> Option<&mut Shelf> {
        self.shelves.get_mut(&user).filter(|shelf| !shelf.is_over(now))
    }
}

#[cfg(test)]
mod tests;
