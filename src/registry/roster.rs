//! The list of users as it stands on the wire, kept while people come and go, so that a list for ten thousand costs a
//! copy and not ten thousand encodings.

use std::borrow::Cow;

use memchr::memmem;

use super::presence::{Change, Kind};
use crate::{delivery::Frame, message::User};

/// What stands before the entries, but for the version that comes first.
const HEAD: &str = r#"{"type":"user-list","version":"#;

/// Everyone who is here, encoded: `{"id":…,"name":…},{"id":…,"name":…}`.
#[derive(Default)]
pub(super) struct Roster {
    entries: Vec<u8>,
    version: u64,
    /// The list of this version, once somebody has asked for it in this turn.
    frame: Option<Frame>,
}

impl Roster {
    /// Follows a change; all of them, in their order.
    pub fn follow(&mut self, change: &Change) {
        match change.kind {
            Kind::Online => self.add(change),
            Kind::Offline | Kind::Dropped(_) => self.remove(change),
        }
        self.version = change.version;
        self.frame = None;
    }

    /// The list, encoded once per version however many ask within a turn.
    pub fn frame(&mut self) -> Frame {
        let (entries, version) = (&self.entries, self.version);
        let list = || {
            let version = version.to_string();
            Frame::joined(&[HEAD.as_bytes(), version.as_bytes(), br#","users":["#, entries, b"]}"])
        };
        self.frame.get_or_insert_with(list).clone()
    }

    /// Forgets the encoded list, which is as large as all entries together. For the end of a turn.
    pub fn rest(&mut self) {
        self.frame = None;
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
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::{ids::UserId, message::ServerMessage, name::Name};

    /// Names with everything that JSON has to escape, and some that look like entries.
    const NAMES: [&str; 4] = ["Ada", r#"B"o\b"#, r#",{"id":"0"#, "小明}]"];

    fn decoded(frame: &Frame) -> (Vec<(u64, String)>, u64) {
        let bytes = frame.bytes();
        let json = &bytes[memchr::memchr(b'{', bytes).unwrap()..];
        match serde_json::from_slice(json).unwrap() {
            ServerMessage::UserList { users, version } => {
                let bits = |id: UserId| u64::from_str_radix(&id.to_string(), 16).unwrap();
                (
                    users
                        .into_iter()
                        .map(|user| (bits(user.id), user.name.into_owned()))
                        .collect(),
                    version,
                )
            }
            other => panic!("{other:?}"),
        }
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
                let name = Name::parse(NAMES[name]).unwrap();
                roster.follow(&Change { kind, user: UserId::from_bits(id), name, version });
                let expected = model.iter().map(|(id, name)| (*id, NAMES[*name].to_owned())).collect::<Vec<_>>();
                prop_assert_eq!(decoded(&roster.frame()), (expected, version));
            }
        }
    }

    #[test]
    fn a_list_is_encoded_once_per_version() {
        let mut roster = Roster::default();
        assert_eq!(decoded(&roster.frame()), (vec![], 0));
        assert_eq!(roster.frame().bytes().as_ptr(), roster.frame().bytes().as_ptr());
    }
}
