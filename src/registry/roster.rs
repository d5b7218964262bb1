//! The list of users as it stands on the wire, kept while people come and go, so that a list for ten thousand costs a
//! copy and not ten thousand encodings.
//!
//! In a large room not even that: newcomers share one list, a little old, and get the changes since then behind it. A
//! storm of joins would otherwise fill memory with lists that hardly differ, one for each moment.

use std::borrow::Cow;

use memchr::memmem;

use super::presence::{Change, Kind};
use crate::{delivery::Frame, message::User};

/// What stands before the entries, but for the version that comes first.
const HEAD: &str = r#"{"type":"user-list","version":"#;
/// A list below this is encoded anew for every version.
const SMALL_BYTES: usize = 16 * 1024;
/// A shared list is too old when the changes since then have this part of its bytes.
const OLD_PART: usize = 8;

/// Everyone who is here, encoded: `{"id":…,"name":…},{"id":…,"name":…}`.
#[derive(Default)]
pub(super) struct Roster {
    entries: Vec<u8>,
    version: u64,
    /// A list that newcomers share, and all who ask.
    shared: Option<Frame>,
    /// The changes since `shared`, one after the other.
    since: Vec<u8>,
}

impl Roster {
    /// Follows a change, which is told as `frame`. To be called for all of them, in their order.
    pub fn follow(&mut self, change: &Change, frame: &Frame) {
        match change.kind {
            Kind::Online => self.add(change),
            Kind::Offline | Kind::Dropped(_) => self.remove(change),
        }
        self.version = change.version;
        let Some(shared) = &self.shared else {
            return;
        };
        self.since.extend_from_slice(frame.bytes());
        if self.entries.len() < SMALL_BYTES || self.since.len() > shared.len() / OLD_PART {
            self.shared = None;
            self.since = Vec::new();
        }
    }

    /// What tells a newcomer who is here: a list, and perhaps changes behind it. Encoded once however many ask.
    pub fn greeting(&mut self) -> (Frame, Option<Frame>) {
        let shared = match &self.shared {
            Some(shared) => shared.clone(),
            None => self.list(),
        };
        let since = (!self.since.is_empty()).then(|| Frame::several(&self.since));
        (shared, since)
    }

    /// The list as it is now. Encoded once, however many ask until the next change.
    pub fn list(&mut self) -> Frame {
        match &self.shared {
            Some(shared) if self.since.is_empty() => shared.clone(),
            _ => {
                self.since = Vec::new();
                self.shared.insert(self.encode()).clone()
            }
        }
    }

    fn encode(&self) -> Frame {
        let version = self.version.to_string();
        let parts = [
            HEAD.as_bytes(),
            version.as_bytes(),
            br#","users":["#,
            &self.entries,
            b"]}",
        ];
        Frame::joined(&parts)
    }

    fn add(&mut self, change: &Change) {
        if !self.entries.is_empty() {
            self.entries.push(b',');
        }
        let user = User {
            id: change.user,
            name: Cow::Borrowed(change.name.as_str()),
        };
        serde_json::to_writer(&mut self.entries, &user).expect("two texts are always JSON, and memory takes them");
    }

    fn remove(&mut self, change: &Change) {
        // No name can hold this: its quotes are escaped.
        let start = format!(r#"{{"id":"{}""#, change.user);
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
        fn roster_is_the_list_in_any_order_of_comings_and_goings(steps in vec((0..6_u64, 0..4_usize), 0..60)) {
            let (mut roster, mut model) = (Roster::default(), Vec::<(u64, usize)>::new());
            for (version, (id, name)) in (1..).zip(steps) {
                let here = model.iter().position(|(known, _)| *known == id);
                let (kind, name) = match here {
                    Some(place) => (Kind::Offline, model.remove(place).1),
                    None => {
                        model.push((id, name));
                        (Kind::Online, name)
                    }
                };
                let (change, frame) = change(kind, id, NAMES[name], version);
                roster.follow(&change, &frame);
                let of = |(id, name): &(u64, usize)| (UserId::from_bits(*id), NAMES[*name].to_owned());
                let expected = (model.iter().map(of).collect::<Users>(), version);
                prop_assert_eq!(users(&roster.list()), expected.clone());
                // In a small room the greeting is the list of the moment.
                let (list, since) = roster.greeting();
                prop_assert_eq!((users(&list), since), (expected, None));
            }
        }
    }

    #[test]
    fn newcomers_of_a_large_room_share_a_list_and_get_what_came_since() {
        let mut roster = Roster::default();
        let (mut last, mut shares) = (None::<Frame>, 0);
        for number in 1..=2000 {
            let (change, frame) = change(Kind::Online, number, &format!("user {number}"), number);
            roster.follow(&change, &frame);
            let (list, since) = roster.greeting();
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
}
