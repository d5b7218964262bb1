//! Under which ids people have said something, so that whoever is not sure whether it arrived may say it again. Pure.
//!
//! Of each user the last [`IDS_PER_USER`] are remembered, of all together the last [`IDS`]: who keeps fewer texts
//! unacknowledged is never heard twice. What was said is kept as a hash under a key of this run. It only has to tell
//! whether somebody says the same as *they* said before, so a collision, one in 2⁶⁴, could harm nobody but them.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
};

use chrono::{DateTime, Utc};

use crate::{ids::UserId, shrink::Shrink};

/// Ids of one user that are remembered.
pub const IDS_PER_USER: usize = 256;
/// Ids of all users together.
const IDS: usize = 65_536;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct SaidIds {
    hasher: RandomState,
    users: HashMap<UserId, VecDeque<Known>>,
    /// Whose id was remembered when, oldest first. Some are forgotten by now.
    order: VecDeque<(UserId, u64)>,
    /// How many are remembered.
    count: usize,
    /// The number of ids that were ever remembered.
    turn: u64,
}

#[derive(Debug)]
struct Known {
    id: Box<str>,
    text: u64,
    number: u64,
    at: DateTime<Utc>,
    turn: u64,
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing.
    New,
    /// The same was said under it, as this line, then.
    Same(u64, DateTime<Utc>),
    /// Something else was said under it.
    Other,
}

impl SaidIds {
    /// What is known of `id`, under which `user` says `text`.
    pub fn look_up(&self, user: UserId, id: &str, text: &str) -> Answer {
        let known = self
            .users
            .get(&user)
            .and_then(|ids| ids.iter().rev().find(|known| *known.id == *id));
        match known {
            None => Answer::New,
            Some(known) if known.text == self.hasher.hash_one(text) => Answer::Same(known.number, known.at),
            Some(_) => Answer::Other,
        }
    }

    /// Remembers that `user` said `text` under `id`, which is new, as line `number`.
    pub fn remember(&mut self, user: UserId, id: Box<str>, text: &str, number: u64, at: DateTime<Utc>) {
        self.turn += 1;
        let known = Known {
            id,
            text: self.hasher.hash_one(text),
            number,
            at,
            turn: self.turn,
        };
        let ids = self.users.entry(user).or_default();
        ids.push_back(known);
        self.count += 1;
        if ids.len() > IDS_PER_USER {
            ids.pop_front();
            self.count -= 1;
        }
        self.order.push_back((user, self.turn));
        while self.count > IDS {
            self.forget_oldest();
        }
        if self.order.len() > 2 * self.count + IDS_PER_USER {
            self.tidy();
        }
    }

    /// Forgets all ids of somebody who will not come back.
    pub fn forget(&mut self, user: UserId) {
        if let Some(ids) = self.users.remove(&user) {
            self.count -= ids.len();
            self.users.shrink();
        }
    }

    fn forget_oldest(&mut self) {
        let Some((user, turn)) = self.order.pop_front() else {
            return;
        };
        let Some(ids) = self.users.get_mut(&user) else {
            return;
        };
        if ids.front().is_some_and(|oldest| oldest.turn == turn) {
            ids.pop_front();
            self.count -= 1;
            if ids.is_empty() {
                self.users.remove(&user);
            }
        }
    }

    /// Drops from the order what is forgotten. Costs what it drops, since it waits until that is half.
    fn tidy(&mut self) {
        let users = &self.users;
        self.order.retain(|(user, turn)| {
            users
                .get(user)
                .and_then(VecDeque::front)
                .is_some_and(|oldest| oldest.turn <= *turn)
        });
        self.order.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    const ADA: UserId = UserId::from_bits(1);
    const BOB: UserId = UserId::from_bits(2);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn the_same_again_is_known_and_another_text_is_not_the_same() {
        let mut ids = SaidIds::default();
        assert_eq!(ids.look_up(ADA, "a-1", "hello"), Answer::New);
        ids.remember(ADA, "a-1".into(), "hello", 7, at(1));
        assert_eq!(ids.look_up(ADA, "a-1", "hello"), Answer::Same(7, at(1)));
        assert_eq!(ids.look_up(ADA, "a-1", "hello!"), Answer::Other);
        assert_eq!(ids.look_up(BOB, "a-1", "hello"), Answer::New);
        ids.forget(ADA);
        assert_eq!(ids.look_up(ADA, "a-1", "hello"), Answer::New);
        assert_eq!(ids.count, 0);
    }

    #[test]
    fn one_who_says_much_pushes_out_only_their_own() {
        let mut ids = SaidIds::default();
        ids.remember(BOB, "b".into(), "quiet", 1, at(0));
        for number in 2..200_000 {
            ids.remember(ADA, format!("a-{number}").into(), "loud", number, at(0));
        }
        assert_eq!(ids.look_up(BOB, "b", "quiet"), Answer::Same(1, at(0)));
        assert_eq!(ids.count, 1 + IDS_PER_USER);
        assert!(ids.order.len() <= 2 * ids.count + IDS_PER_USER, "{}", ids.order.len());
    }

    #[test]
    fn all_together_are_bounded() {
        let mut ids = SaidIds::default();
        for number in 0..IDS as u64 + 100 {
            ids.remember(UserId::from_bits(number), "a".into(), "hello", number, at(0));
        }
        assert_eq!((ids.count, ids.users.len()), (IDS, IDS));
        assert_eq!(ids.look_up(UserId::from_bits(99), "a", "hello"), Answer::New);
        assert_eq!(
            ids.look_up(UserId::from_bits(100), "a", "hello"),
            Answer::Same(100, at(0))
        );
    }

    proptest! {
        /// Against a list of everything that was ever said.
        #[test]
        fn last_ids_of_each_are_known(says in vec((0..3_u64, 0..200_u16, any::<bool>()), 0..600)) {
            let mut ids = SaidIds::default();
            let mut model: Vec<(UserId, String, u64)> = Vec::new();
            for (number, (user, id, leaves)) in (1..).zip(says) {
                let (user, id) = (UserId::from_bits(user), id.to_string());
                if leaves && number % 50 == 0 {
                    ids.forget(user);
                    model.retain(|(whose, ..)| *whose != user);
                }
                let last: Vec<_> = model.iter().filter(|(whose, ..)| *whose == user).rev().take(IDS_PER_USER).collect();
                let known = last.iter().find(|(_, known, _)| *known == id).map(|(.., number)| *number);
                match known {
                    Some(number) => prop_assert_eq!(ids.look_up(user, &id, "x"), Answer::Same(number, at(0))),
                    None => {
                        prop_assert_eq!(ids.look_up(user, &id, "x"), Answer::New);
                        ids.remember(user, id.clone().into(), "x", number, at(0));
                        model.push((user, id, number));
                    }
                }
            }
        }
    }
}
