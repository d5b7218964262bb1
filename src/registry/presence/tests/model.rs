//! The rules of presence told naively: sets that are walked, and times that are compared.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

pub(super) const MAX_SOCKETS: usize = 3;
pub(super) const USERS: u64 = 5;
/// More users than names, and two spellings of each, so that names collide.
const NAMES: [&str; 5] = ["ada", "bob", "Ada", "eve", "Bob"];

/// The name that user `number` has.
pub(super) fn name_of(number: u64) -> Name {
    name(NAMES[number as usize])
}

pub(super) fn session(number: u64, socket: usize) -> SessionId {
    SessionId::new(number as u8, 0, socket)
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) here: BTreeMap<u64, Person>,
    /// Whose name is claimed, and until when.
    pub(super) claims: BTreeMap<u64, (u64, Instant)>,
    logged_out: BTreeMap<u64, Instant>,
    /// Numbers departures, to tell those of one instant in order.
    departures: usize,
}

#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) sockets: BTreeSet<usize>,
    gone: Option<(Instant, usize, Kind)>,
}

impl Model {
    fn is_taken(&self, by_name: u64, user: u64, now: Instant) -> bool {
        let seats = self.here.keys().map(|&other| (other, other));
        let claims = self
            .claims
            .iter()
            .filter(|(_, claim)| claim.1 > now)
            .map(|(&other, claim)| (other, claim.0));
        let is_alike = |other: u64| NAMES[other as usize].eq_ignore_ascii_case(NAMES[by_name as usize]);
        seats.chain(claims).any(|(other, name)| other != user && is_alike(name))
    }

    fn has_ended(&self, user: u64, now: Instant) -> bool {
        self.logged_out.get(&user).is_some_and(|&until| until > now)
    }

    pub(super) fn join(&mut self, user: u64, socket: usize, now: Instant) -> Result<Option<Kind>, Refused> {
        if self.has_ended(user, now) {
            return Err(Refused::SessionEnded);
        }
        let is_new = !self.here.contains_key(&user);
        if is_new && self.is_taken(user, user, now) {
            return Err(Refused::NameTaken);
        }
        let person = self.here.entry(user).or_default();
        if !person.sockets.contains(&socket) {
            if person.sockets.len() == MAX_SOCKETS {
                return Err(Refused::TooManySockets);
            }
            person.sockets.insert(socket);
            person.gone = None;
            self.claims.remove(&user);
        }
        Ok(is_new.then_some(Kind::Online))
    }

    pub(super) fn leave(&mut self, user: u64, socket: usize, ending: Ending, now: Instant) -> Option<Instant> {
        let person = self.here.get_mut(&user)?;
        if !person.sockets.remove(&socket) || !person.sockets.is_empty() {
            return None;
        }
        self.departures += 1;
        let kind = ending.drop_reason().map_or(Kind::Offline, Kind::Dropped);
        person.gone = Some((now + GRACE, self.departures, kind));
        Some(now + GRACE)
    }

    pub(super) fn log_out(&mut self, user: u64, now: Instant) -> (BTreeSet<SessionId>, Option<Kind>) {
        if !self.has_ended(user, now) {
            self.logged_out.insert(user, now + LOG_OUT_MEMORY);
        }
        self.claims.remove(&user);
        let Some(person) = self.here.remove(&user) else {
            return Default::default();
        };
        let sessions = person.sockets.iter().map(|&socket| session(user, socket)).collect();
        (sessions, Some(Kind::Offline))
    }

    pub(super) fn claim(
        &mut self,
        by: u64,
        of: u64,
        former: Option<u64>,
        now: Instant,
    ) -> Result<Option<u64>, Refused> {
        if self.has_ended(by, now) {
            return Err(Refused::SessionEnded);
        }
        let former = former.filter(|&former| former != by);
        let mut without_former = Self::default();
        without_former
            .here
            .extend(self.here.keys().map(|&user| (user, Person::default())));
        without_former.claims = self.claims.clone();
        if let Some(former) = former {
            without_former.here.remove(&former);
            without_former.claims.remove(&former);
        }
        if without_former.is_taken(of, by, now) {
            return Err(Refused::NameTaken);
        }
        let has_it = self.here.contains_key(&by) && NAMES[by as usize].eq_ignore_ascii_case(NAMES[of as usize]);
        if !has_it {
            self.claims.insert(by, (of, now + CLAIM_HOLD));
        }
        Ok(former)
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.here
            .values()
            .filter_map(|person| person.gone)
            .map(|(at, ..)| at)
            .min()
    }

    pub(super) fn due(&mut self, now: Instant) -> Vec<(UserId, Kind)> {
        let mut gone = Vec::new();
        for (&number, person) in &self.here {
            if let Some((at, order, kind)) = person.gone
                && at <= now
            {
                gone.push((order, number, kind));
            }
        }
        gone.sort_by_key(|&(order, ..)| order);
        self.here
            .retain(|_, person| person.gone.is_none_or(|(at, ..)| at > now));
        gone.into_iter().map(|(_, number, kind)| (user(number), kind)).collect()
    }
}
