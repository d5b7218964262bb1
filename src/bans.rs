//! Who is kept out, why and until when. Pure: the time is passed in; `store` keeps it over a restart.

#![forbid(unsafe_code)]

use std::sync::{Arc, PoisonError, RwLock};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::{
    client_address::{LimitKey, Network},
    message::milliseconds,
};

/// A network that is kept out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ban {
    /// Names this ban and no other, ever.
    pub id: i64,
    /// Of [whole clients](Network::of_whole_clients).
    #[serde(rename = "address", serialize_with = "as_text")]
    pub network: Network,
    /// Whom it was meant for, if not the address itself.
    pub name: Option<String>,
    /// What they are told; perhaps empty.
    pub reason: String,
    /// When it was made.
    #[serde(serialize_with = "milliseconds")]
    pub at: DateTime<Utc>,
    /// When it ends; `None` is never.
    #[serde(serialize_with = "milliseconds_or_null")]
    pub until: Option<DateTime<Utc>>,
}

impl Ban {
    /// Whether it has not ended by `now`.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// What the banned are told: `you are banned until 2026-11-25T18:43:05Z: flooding`.
    pub fn sentence(&self) -> String {
        let mut sentence = "you are banned from this chat".to_owned();
        if let Some(until) = self.until {
            sentence += " until ";
            sentence += &until.to_rfc3339_opts(SecondsFormat::Secs, true);
        }
        if !self.reason.is_empty() {
            sentence += ": ";
            sentence += &self.reason;
        }
        sentence
    }
}

/// All bans. Read at each handshake, written by hand: whoever reads takes the list as it is.
#[derive(Default)]
pub struct Bans {
    list: RwLock<Arc<[Ban]>>,
}

impl Bans {
    /// These hold.
    pub fn new(list: Vec<Ban>) -> Self {
        Self {
            list: RwLock::new(list.into()),
        }
    }

    /// All of them, also those that have ended and were not yet taken out; the newest last.
    pub fn all(&self) -> Arc<[Ban]> {
        // A list is whole at any moment, so a poisoned lock does not matter.
        self.list.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The ban that keeps `client` out: of several the one that lasts longest.
    pub fn against(&self, client: LimitKey, now: DateTime<Utc>) -> Option<Ban> {
        let list = self.all();
        let holding = list.iter().filter(|ban| ban.holds(now) && ban.network.has(client));
        holding
            .max_by_key(|ban| ban.until.unwrap_or(DateTime::<Utc>::MAX_UTC))
            .cloned()
    }

    /// One more.
    pub fn add(&self, ban: Ban) {
        self.change(|list| list.push(ban));
    }

    /// Takes one out; false if it was not there.
    pub fn lift(&self, id: i64) -> bool {
        let mut was_there = false;
        self.change(|list| {
            let before = list.len();
            list.retain(|ban| ban.id != id);
            was_there = list.len() < before;
        });
        was_there
    }

    /// Takes out those that have ended by `now`; whether there were any.
    pub fn forget_ended(&self, now: DateTime<Utc>) -> bool {
        if self.all().iter().all(|ban| ban.holds(now)) {
            return false;
        }
        self.change(|list| list.retain(|ban| ban.holds(now)));
        true
    }

    fn change(&self, change: impl FnOnce(&mut Vec<Ban>)) {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = list.to_vec();
        change(&mut changed);
        *list = changed.into();
    }
}

fn as_text<S: Serializer>(network: &Network, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(network)
}

fn milliseconds_or_null<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => milliseconds(at, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn ban(id: i64, network: &str, until: Option<i64>) -> Ban {
        Ban {
            id,
            network: Network::parse(network).unwrap().of_whole_clients(),
            name: None,
            reason: "flooding".into(),
            at: at(0),
            until: until.map(at),
        }
    }

    fn client(address: &str) -> LimitKey {
        LimitKey::new(address.parse().unwrap())
    }

    #[test]
    fn a_ban_holds_until_its_end_and_for_its_network_only() {
        let bans = Bans::new(vec![
            ban(1, "192.0.2.7", Some(100)),
            ban(2, "198.51.100.0/24", None),
            ban(3, "2001:db8::1", Some(100)),
        ]);
        for (address, now, id) in [
            ("192.0.2.7", 99, Some(1)),
            ("192.0.2.7", 100, None),
            ("192.0.2.8", 0, None),
            ("198.51.100.200", 1 << 40, Some(2)),
            ("2001:db8::ffff", 0, Some(3)),
            ("2001:db8:0:1::", 0, None),
        ] {
            let against = bans.against(client(address), at(now)).map(|ban| ban.id);
            assert_eq!(against, id, "{address} at {now}");
        }
    }

    #[test]
    fn bans_are_lifted_and_end() {
        let bans = Bans::default();
        for (id, until) in [(1, Some(10)), (2, None), (3, Some(20))] {
            bans.add(ban(id, "192.0.2.7", until));
        }
        assert_eq!(bans.against(client("192.0.2.7"), at(0)).unwrap().id, 2, "the longest");
        assert!(bans.lift(2) && !bans.lift(2));
        assert!(!bans.forget_ended(at(9)));
        assert!(bans.forget_ended(at(10)));
        let left: Vec<_> = bans.all().iter().map(|ban| ban.id).collect();
        assert_eq!(left, [3]);
    }

    #[test]
    fn the_banned_are_told_why_and_until_when() {
        let mut ban = ban(1, "192.0.2.7", Some(0));
        assert_eq!(
            ban.sentence(),
            "you are banned from this chat until 1970-01-01T00:00:00Z: flooding"
        );
        (ban.until, ban.reason) = (None, String::new());
        assert_eq!(ban.sentence(), "you are banned from this chat");
    }
}
