//! Who was refused of late, and what was compared with what: for the operator, who can then say who should have been
//! let in. Pure: the time is passed in.

#![forbid(unsafe_code)]

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::{client_address::LimitKey, message::milliseconds};

/// How many are kept, those that are equal counting as one.
const MOST: usize = 200;
/// How many of them one client may be the reason of, so that a stranger cannot push all others out.
const MOST_OF_ONE: usize = 20;
/// Bytes of a text that is kept.
const TEXT_BYTES: usize = 300;

/// What was compared with what. Texts of a peer have been escaped by whoever made it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What came.
    pub got: String,
    /// What would have been admitted; perhaps empty.
    pub wanted: String,
    /// The setting that would admit it, to the letter.
    pub admit: Option<String>,
}

/// A refusal, or several that are equal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The last time.
    #[serde(serialize_with = "milliseconds")]
    pub at: DateTime<Utc>,
    /// The first time.
    #[serde(serialize_with = "milliseconds")]
    pub first_at: DateTime<Utc>,
    /// How often.
    pub count: u64,
    /// Whose it was, as the limits count.
    pub address: LimitKey,
    /// What kind of check it was.
    pub what: &'static str,
    /// What the client was told.
    pub code: &'static str,
    /// Why.
    #[serde(flatten)]
    pub compared: Compared,
}

/// The last refusals of a server. One for all workers.
#[derive(Default)]
pub struct Refusals {
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    /// Of all time, also those that are not listed any more.
    total: u64,
    /// The newest in front.
    entries: VecDeque<Refused>,
}

/// What kind of check answers with `code`; `None` for what is no refusal to enter.
fn what(code: &str) -> Option<&'static str> {
    Some(match code {
        "origin-refused" | "several-origins" => "origin",
        "host-refused" | "bad-host" => "host",
        "bad-handshake" | "bad-resume" => "handshake",
        "too-many-handshakes" | "too-many-names" | "too-many-sockets" => "limit",
        "no-session" => "session",
        "bad-name" | "name-taken" | "bad-body" | "body-too-large" | "body-too-slow" | "bad-content-type" => "name",
        "banned" => "ban",
        "wrong-token" | "too-many-logins" => "admin",
        "restarting" | "session-unavailable" => "server",
        _ => return None,
    })
}

impl Refusals {
    fn list(&self) -> MutexGuard<'_, List> {
        // The list is whole at any moment, so a poisoned lock does not matter.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a client was refused with `code`, just `now`. Codes that refuse nobody the entrance are passed over.
    pub fn note(&self, address: LimitKey, code: &'static str, mut compared: Compared, now: DateTime<Utc>) {
        let Some(what) = what(code) else { return };
        let texts = [&mut compared.got, &mut compared.wanted].into_iter();
        for text in texts.chain(&mut compared.admit) {
            text.truncate(text.floor_char_boundary(TEXT_BYTES));
        }
        let mut list = self.list();
        list.total += 1;
        let is_equal = |one: &Refused| one.address == address && one.code == code && one.compared == compared;
        let known = list.entries.iter().position(is_equal);
        let known = known.and_then(|place| list.entries.remove(place));
        let entry = known.unwrap_or(Refused {
            at: now,
            first_at: now,
            count: 0,
            address,
            what,
            code,
            compared,
        });
        list.make_room(address);
        list.entries.push_front(Refused {
            at: now,
            count: entry.count + 1,
            ..entry
        });
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.list().total
    }

    /// How many there were in all, and those that are kept, the newest first.
    pub fn all(&self) -> (u64, Vec<Refused>) {
        let list = self.list();
        (list.total, list.entries.iter().cloned().collect())
    }
}

impl List {
    /// Room for one more of `address`: the oldest of theirs goes if they have their share, else the oldest of all.
    fn make_room(&mut self, address: LimitKey) {
        let is_theirs = |one: &Refused| one.address == address;
        if self.entries.iter().filter(|one| is_theirs(one)).count() >= MOST_OF_ONE {
            let oldest = self.entries.iter().rposition(is_theirs);
            oldest.and_then(|place| self.entries.remove(place));
        } else if self.entries.len() >= MOST {
            self.entries.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn client(last: u32) -> LimitKey {
        LimitKey::new(Ipv4Addr::from_bits(last).into())
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn got(text: &str) -> Compared {
        Compared {
            got: text.into(),
            ..Compared::default()
        }
    }

    #[test]
    fn equal_refusals_count_as_one_and_the_newest_comes_first() {
        let refusals = Refusals::default();
        refusals.note(client(1), "origin-refused", got("a"), at(1));
        refusals.note(client(1), "origin-refused", got("b"), at(2));
        refusals.note(client(1), "origin-refused", got("a"), at(3));
        refusals.note(client(2), "origin-refused", got("a"), at(4));
        let (total, all) = refusals.all();
        let told: Vec<_> = all
            .iter()
            .map(|one| (one.address, &*one.compared.got, one.count, one.first_at))
            .collect();
        assert_eq!(total, 4);
        assert_eq!(
            told,
            [
                (client(2), "a", 1, at(4)),
                (client(1), "a", 2, at(1)),
                (client(1), "b", 1, at(2))
            ]
        );
    }

    #[test]
    fn strangers_neither_grow_the_list_nor_push_all_others_out() {
        let refusals = Refusals::default();
        refusals.note(client(1), "host-refused", got("kept"), at(0));
        for number in 0..1000 {
            refusals.note(
                client(2),
                "origin-refused",
                got(&format!("{number}{}", "é".repeat(400))),
                at(number),
            );
        }
        let (_, all) = refusals.all();
        assert_eq!(all.len(), MOST_OF_ONE + 1);
        assert_eq!(all.last().unwrap().compared, got("kept"));
        assert!(all.iter().all(|one| one.compared.got.len() <= TEXT_BYTES));
        for number in 0..1000 {
            refusals.note(client(number), "origin-refused", got(""), at(2000));
        }
        let (total, all) = refusals.all();
        assert_eq!((total, all.len()), (2001, MOST));
    }

    #[test]
    fn what_refuses_nobody_the_entrance_is_not_listed() {
        let refusals = Refusals::default();
        refusals.note(client(1), "not-signed-in", got(""), at(0));
        assert_eq!(refusals.all(), (0, Vec::new()));
    }
}
