//! What every socket has read, and what it should have.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Included},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use super::{
    Pace,
    witness::{End, MARKER, chat_id},
};

/// What socket `speaker` says as its text number `number`, made longer by `bytes`.
pub fn text(speaker: usize, number: usize, bytes: usize) -> String {
    format!("{speaker} {number} {bytes} {}", "x".repeat(bytes))
}

/// The part of one socket in the play.
#[derive(Default)]
pub struct Part {
    pub user: String,
    pub pace: Pace,
    pub frames: Arc<Mutex<Vec<Vec<u8>>>>,
    /// Its first chat has a higher number than this one, which was heard before it came.
    pub chats_after: u64,
    /// So many texts at most were said before it was greeted: its first chat has the next number at most.
    pub chats_before: u64,
    pub said: usize,
    /// It closed in good order.
    pub is_closed: bool,
    /// It was cut off or reset.
    pub is_lost: bool,
    pub is_logged_out: bool,
    /// `None` if nobody looked any more.
    pub end: Option<End>,
}

impl Part {
    pub fn is_leaving(&self) -> bool {
        self.is_closed || self.is_lost
    }

    /// Whether all that it said must have come through.
    fn is_heard_out(&self) -> bool {
        let has_stayed = self.end == Some(End::Marker) && self.pace != Pace::Stuck;
        let has_closed = self.pace == Pace::Prompt && self.is_closed && !self.is_logged_out;
        has_stayed || has_closed
    }

    /// Whether it may have come to its end as it did.
    fn may_end_so(&self) -> bool {
        let is_evicted = self.pace != Pace::Prompt && matches!(self.end, Some(End::Closed(1013) | End::Reset));
        is_evicted
            || match self.end {
                None => self.is_lost,
                Some(End::Marker) => !self.is_leaving() && !self.is_logged_out || self.pace != Pace::Prompt,
                Some(End::Closed(1000)) => self.is_closed,
                Some(End::Closed(1008)) => self.is_logged_out,
                Some(End::Cut | End::Torn | End::Reset) => self.is_lost,
                Some(End::Closed(_)) => false,
            }
    }
}

/// All parts, with what the first of them has heard, which is all there was.
pub struct Accounts {
    pub parts: Vec<Part>,
    chats: BTreeMap<u64, Vec<u8>>,
    /// The first list, and its version.
    first: (Users, u64),
    changes: BTreeMap<u64, Vec<u8>>,
}

/// Who is here, as a client knows it: names by id.
type Users = BTreeMap<String, String>;

impl Accounts {
    pub fn new(parts: Vec<Part>) -> Self {
        let (mut chats, mut changes) = (BTreeMap::new(), BTreeMap::new());
        let frames = parts[0].frames.lock().unwrap().clone();
        for payload in &frames {
            if let Some(id) = chat_id(payload) {
                assert!(chats.insert(id, payload.clone()).is_none(), "{id} came twice");
            } else if let Some(version) = change(&read(payload)) {
                changes.insert(version, payload.clone());
            }
        }
        let list = read(&frames[1]);
        let first = (users(&list), list["version"].as_u64().unwrap());
        Self {
            parts,
            chats,
            first,
            changes,
        }
    }

    pub fn check(&self) {
        self.check_chats();
        for (number, part) in self.parts.iter().enumerate() {
            assert!(part.may_end_so(), "socket {number} came to {:?}", part.end);
            let frames = part.frames.lock().unwrap();
            self.check_order(number, part, &frames);
            self.check_presence(number, part, &frames);
        }
    }

    /// The first socket has heard all texts, each whole, and those of each speaker in their order.
    fn check_chats(&self) {
        let mut heard = vec![0; self.parts.len()];
        let last = self.chats.len() as u64;
        assert!(self.chats.keys().copied().eq(1..=last), "{:?}", self.chats.keys());
        for (id, payload) in &self.chats {
            let chat = read(payload);
            let said = chat["text"].as_str().unwrap();
            if *id == last {
                assert_eq!(said, MARKER);
                break;
            }
            let mut words = said.split(' ').map_while(|word| word.parse::<usize>().ok());
            let [speaker, number, bytes] = [(); 3].map(|()| words.next().expect("three numbers"));
            assert_eq!(said, text(speaker, number, bytes));
            assert_eq!(number, heard[speaker], "what {speaker} said is out of order");
            assert_eq!(chat["user"]["id"], self.parts[speaker].user);
            heard[speaker] += 1;
        }
        for (number, (part, heard)) in self.parts.iter().zip(heard).enumerate() {
            assert!(heard <= part.said, "{number} never said so much");
            assert!(heard == part.said || !part.is_heard_out(), "{number} was not heard out");
        }
    }

    /// What a socket has heard has no gap, and is what the first one has heard.
    fn check_order(&self, number: usize, part: &Part, frames: &[Vec<u8>]) {
        let mut last = None;
        for (id, payload) in frames.iter().filter_map(|payload| Some((chat_id(payload)?, payload))) {
            match last {
                None => assert!(
                    part.chats_after < id && id <= part.chats_before + 1,
                    "{number} began with {id}, not after {} and until {}",
                    part.chats_after,
                    part.chats_before + 1
                ),
                Some(last) => assert_eq!(id, last + 1, "{number} has a gap"),
            }
            assert!(self.chats.get(&id) == Some(payload), "{number} heard another {id}");
            last = Some(id);
        }
        let is_whole = part.end == Some(End::Marker);
        assert!(
            !is_whole || last == Some(self.chats.len() as u64),
            "{number} ended with {last:?}"
        );
        // Of pongs only the newest is due, but none comes twice or for nothing.
        let pongs = frames.iter().filter(|payload| payload[0].is_ascii_digit());
        let pongs: Vec<u32> = pongs
            .map(|pong| String::from_utf8_lossy(pong).parse().unwrap())
            .collect();
        assert!(pongs.is_sorted_by(|one, two| one < two), "{number} got pongs {pongs:?}");
    }

    /// The lists and changes that a socket was told make one story, in which nobody speaks who is not there.
    fn check_presence(&self, number: usize, part: &Part, frames: &[Vec<u8>]) {
        let mut here: Option<(Users, u64)> = None;
        for payload in frames.iter().filter(|payload| payload[0] == b'{') {
            let frame = read(payload);
            if frame["type"] == "user-list" {
                let version = frame["version"].as_u64().unwrap();
                let listed = users(&frame);
                assert_eq!(listed, self.users_at(version), "{number}, list {version}");
                assert!(here.as_ref().is_none_or(|(here, at)| *at == version && *here == listed));
                here = Some((listed, version));
            } else if let Some(version) = change(&frame) {
                assert_eq!(self.changes.get(&version), Some(payload), "{number}, change {version}");
                let (here, at) = here.as_mut().expect("the list comes first");
                if version > *at {
                    assert_eq!(version, *at + 1, "{number} has a gap");
                    apply(here, &frame);
                    *at = version;
                }
            } else if frame["type"] == "chat" {
                let (here, _) = here.as_ref().expect("the list comes first");
                let name = here.get(frame["user"]["id"].as_str().unwrap()).map(|name| json!(name));
                assert_eq!(name.as_ref(), Some(&frame["user"]["name"]), "{number} hears a stranger");
            }
        }
        if let Some((here, _)) = here.filter(|_| part.end == Some(End::Marker)) {
            self.check_last_list(number, &here);
        }
    }

    /// In the end all are here who have a socket, and nobody who has logged out.
    fn check_last_list(&self, number: usize, here: &Users) {
        for part in &self.parts {
            let is_here = here.contains_key(&part.user);
            let has_stayed = part.pace == Pace::Prompt && part.end == Some(End::Marker);
            assert!(is_here || !has_stayed, "{number} does not know {}", part.user);
            assert!(!is_here || !part.is_logged_out, "{number} still knows {}", part.user);
        }
    }

    /// Who was here at this version: the first one's list and the changes that it was told.
    fn users_at(&self, version: u64) -> Users {
        let (mut here, first) = self.first.clone();
        for (_, payload) in self.changes.range((Excluded(first), Included(version))) {
            apply(&mut here, &read(payload));
        }
        here
    }
}

fn read(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).unwrap_or(Value::Null)
}

/// The version of a change of presence; `None` for another frame.
fn change(frame: &Value) -> Option<u64> {
    matches!(frame["type"].as_str(), Some("online" | "offline" | "dropped")).then(|| frame["version"].as_u64().unwrap())
}

fn apply(here: &mut Users, frame: &Value) {
    let word = |key: &str| frame["user"][key].as_str().unwrap().to_owned();
    if frame["type"] == "online" {
        here.insert(word("id"), word("name"));
    } else {
        here.remove(&word("id"));
    }
}

fn users(list: &Value) -> Users {
    let word = |user: &Value, key: &str| user[key].as_str().unwrap().to_owned();
    let users = list["users"].as_array().unwrap().iter();
    users.map(|user| (word(user, "id"), word(user, "name"))).collect()
}
