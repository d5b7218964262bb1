//! The list of users as it stands on the wire, kept while people come and go, so that a list for ten thousand costs a
//! copy and not ten thousand encodings.
//!
//! In a large room not even that: newcomers share one list, a little old, and get the changes since then behind it. A
//! storm of joins would otherwise fill memory with lists that hardly differ, one for each moment.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use memchr::memmem;

use super::presence::{Change, Kind};
use crate::{delivery::Frame, ids::UserId, message::User, name::Name};

/// What stands before the entries, but for the version that comes first.
const HEAD: &str = r#"{"type":"user-list","version":"#;
/// A list below this is encoded anew for every version.
const SMALL_BYTES: usize = 16 * 1024;
/// A shared list is too old when the changes since then have this part of its bytes.
const OLD_PART: usize = 8;
/// How long the encoded list is kept for the next who asks.
const REST: Duration = Duration::from_secs(10);

/// The list of everyone who is here, for whoever asks.
#[derive(Default)]
pub(super) struct Roster {
    version: u64,
    encoded: Option<Encoded>,
}

struct Encoded {
    /// `{"id":…,"name":…},{"id":…,"name":…}`
    entries: Vec<u8>,
    /// A list that newcomers share, and all who ask.
    shared: Option<Frame>,
    /// The changes since `shared`, one after the other.
    since: Vec<u8>,
    asked_at: Instant,
}

impl Roster {
    /// Follows a change, which is told as `frame`. To be called for all of them, in their order.
    pub fn follow(&mut self, change: &Change, frame: &Frame) {
        self.version = change.version;
        if let Some(encoded) = &mut self.encoded {
            encoded.follow(change, frame);
        }
    }

    /// What tells a newcomer who is here: a list, and perhaps changes behind it. Encoded once however many ask.
    /// `users` are those who are here now.
    pub fn greeting<'a>(
        &mut self,
        users: impl Iterator<Item = (UserId, &'a Name)>,
        now: Instant,
    ) -> (Frame, Option<Frame>) {
        let version = self.version;
        let encoded = self.encoded(users, now);
        let shared = match &encoded.shared {
            Some(shared) => shared.clone(),
            None => encoded.list(version),
        };
        let since = (!encoded.since.is_empty()).then(|| Frame::several(&encoded.since));
        (shared, since)
    }

    /// The list as it is now, of `users`, who are here now.
    pub fn list<'a>(&mut self, users: impl Iterator<Item = (UserId, &'a Name)>, now: Instant) -> Frame {
        let version = self.version;
        self.encoded(users, now).list(version)
    }

    /// When what is encoded is to be forgotten, unless somebody asks again.
    pub fn rests_at(&self) -> Option<Instant> {
        self.encoded.as_ref().map(|encoded| encoded.asked_at + REST)
    }

    /// Forgets what nobody has asked for in a while: in a calm room it would be a tenth of what an idle user costs.
    pub fn rest(&mut self, now: Instant) {
        if self.rests_at().is_some_and(|at| at <= now) {
            self.encoded = None;
        }
    }

    fn encoded<'a>(&mut self, users: impl Iterator<Item = (UserId, &'a Name)>, now: Instant) -> &mut Encoded {
        let encoded = self.encoded.get_or_insert_with(|| Encoded::new(users, now));
        encoded.asked_at = now;
        encoded
    }
}

impl Encoded {
    fn new<'a>(users: impl Iterator<Item = (UserId, &'a Name)>, now: Instant) -> Self {
        let mut encoded = Self {
            entries: Vec::new(),
            shared: None,
            since: Vec::new(),
            asked_at: now,
        };
        for (user, name) in users {
            encoded.add(user, name);
        }
        encoded
    }

    fn follow(&mut self, change: &Change, frame: &Frame) {
        match change.kind {
            Kind::Online => self.add(change.user, &change.name),
            Kind::Offline | Kind::Dropped(_) => self.remove(change.user),
        }
        let Some(shared) = &self.shared else {
            return;
        };
        self.since.extend_from_slice(frame.bytes());
        if self.entries.len() < SMALL_BYTES || self.since.len() > shared.len() / OLD_PART {
            self.shared = None;
            self.since = Vec::new();
        }
    }

    /// The list as it is now, `version`. Encoded once, however many ask until the next change.
    fn list(&mut self, version: u64) -> Frame {
        match &self.shared {
            Some(shared) if self.since.is_empty() => shared.clone(),
            _ => {
                self.since = Vec::new();
                let version = version.to_string();
                let parts = [
                    HEAD.as_bytes(),
                    version.as_bytes(),
                    br#","users":["#,
                    &self.entries,
                    b"]}",
                ];
                self.shared.insert(Frame::joined(&parts)).clone()
            }
        }
    }

    fn add(&mut self, user: UserId, name: &Name) {
        if !self.entries.is_empty() {
            self.entries.push(b',');
        }
        let user = User {
            id: user,
            name: Cow::Borrowed(name.as_str()),
        };
        serde_json::to_writer(&mut self.entries, &user).expect("two texts are always JSON, and memory takes them");
    }

    fn remove(&mut self, user: UserId) {
        // No name can hold this: its quotes are escaped.
        let start = format!(r#"{{"id":"{user}""#);
        let Some(at) = memmem::find(&self.entries, start.as_bytes()) else {
            return;
        };
        let rest = &self.entries[at + 1..];
        match memmem::find(rest, br#",{"id":""#) {
            Some(len) => drop(self.entries.drain(at..at + 1 + len + 1)),
            None => self.entries.truncate(at.saturating_sub(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{ids::UserId, message::ServerMessage, name::Name};

    /// Names with everything that JSON has to escape, and some that look like entries.
    const NAMES: [&str; 4] = ["Ada", r#"B"o\b"#, r#",{"id":"0"#, "小明}]"];

    type Users = Vec<(UserId, String)>;

    fn read(frame: &Frame) -> ServerMessage<'_> {
        let bytes = frame.bytes();
        serde_json::from_slice(&bytes[memchr::memchr(b'{', bytes).unwrap()..]).unwrap()
    }

    fn users(frame: &Frame) -> (Users, u64) {
        match read(frame) {
            ServerMessage::UserList { users, version } => (
                users
                    .into_iter()
                    .map(|user| (user.id, user.name.into_owned()))
                    .collect(),
                version,
            ),
            other => panic!("{other:?}"),
        }
    }

    fn change(kind: Kind, id: u64, name: &str, version: u64) -> (Change, Frame) {
        let (user, name) = (UserId::from_bits(id), Name::parse(name).unwrap());
        let shown = User {
            id: user,
            name: Cow::Borrowed(name.as_str()),
        };
        let at = DateTime::UNIX_EPOCH;
        let frame = Frame::message(&match kind {
            Kind::Online => ServerMessage::Online {
                user: shown,
                version,
                at,
            },
            _ => ServerMessage::Offline {
                user: shown,
                version,
                at,
            },
        });
        (
            Change {
                kind,
                user,
                name,
                version,
            },
            frame,
        )
    }

    proptest! {
        #[test]
        fn roster_is_the_list_in_any_order_of_comings_and_goings(
            steps in vec((0..6_u64, 0..4_usize, 0..4_u64), 0..60)
        ) {
            let (mut roster, mut model) = (Roster::default(), Vec::<(UserId, Name)>::new());
            let mut now = Instant::now();
            for (version, (id, name, pause)) in (1..).zip(steps) {
                let user = UserId::from_bits(id);
                let here = model.iter().position(|(known, _)| *known == user);
                let (kind, name) = match here {
                    Some(place) => (Kind::Offline, model.remove(place).1),
                    None => {
                        model.push((user, Name::parse(NAMES[name]).unwrap()));
                        (Kind::Online, Name::parse(NAMES[name]).unwrap())
                    }
                };
                let (change, frame) = change(kind, id, name.as_str(), version);
                roster.follow(&change, &frame);
                now += REST * pause as u32 / 2;
                roster.rest(now);
                let here = || model.iter().map(|(user, name)| (*user, name));
                let expected = (here().map(|(user, name)| (user, name.to_string())).collect::<Users>(), version);
                prop_assert_eq!(users(&roster.list(here(), now)), expected.clone());
                // In a small room the greeting is the list of the moment.
                let (list, since) = roster.greeting(here(), now);
                prop_assert_eq!((users(&list), since), (expected, None));
            }
        }
    }

    #[test]
    fn newcomers_of_a_large_room_share_a_list_and_get_what_came_since() {
        let (mut roster, now) = (Roster::default(), Instant::now());
        let (mut last, mut shares, mut here) = (None::<Frame>, 0, Vec::new());
        for number in 1..=2000 {
            let (change, frame) = change(Kind::Online, number, &format!("user {number}"), number);
            here.push((change.user, change.name.clone()));
            roster.follow(&change, &frame);
            let (list, since) = roster.greeting(here.iter().map(|(user, name)| (*user, name)), now);
            let (listed, version) = users(&list);
            // Every change after the list's version stands behind it, and no other.
            let told = since.map_or(0, |since| {
                memmem::find_iter(since.bytes(), b"\"type\":\"online\"").count()
            });
            assert_eq!(version + told as u64, number);
            assert_eq!(listed.len() as u64, version);
            shares += u32::from(last.is_some_and(|last| last.bytes().as_ptr() == list.bytes().as_ptr()));
            last = Some(list);
        }
        assert!(shares > 1000, "{shares}");
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let (mut roster, now) = (Roster::default(), Instant::now());
        assert_eq!(roster.rests_at(), None);
        let ada = Name::parse("Ada").unwrap();
        let here = || [(UserId::from_bits(1), &ada)].into_iter();
        roster.greeting(here(), now);
        roster.greeting(here(), now + REST / 2);
        roster.rest(now + REST);
        assert_eq!(roster.rests_at(), Some(now + REST / 2 + REST));
        roster.rest(now + REST / 2 + REST);
        assert!(roster.encoded.is_none() && roster.rests_at().is_none());
    }
}
