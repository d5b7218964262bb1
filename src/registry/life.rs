//! Whose HTTP session is to be prolonged: who showed life since it was asked last.

use std::collections::HashSet;

use crate::{http_session_id::HttpSessionId, session_activity::SessionActivity, shrink::Shrink};

/// Gathers signs of life, unless being online is one: then nothing is kept.
#[derive(Debug)]
pub(super) struct Life {
    activity: SessionActivity,
    shown: HashSet<HttpSessionId>,
}

impl Life {
    pub(super) fn new(activity: SessionActivity) -> Self {
        Self {
            activity,
            shown: HashSet::new(),
        }
    }

    /// A socket has joined.
    pub(super) fn came(&mut self, session: HttpSessionId) {
        if self.activity != SessionActivity::Pings {
            self.shown.insert(session);
        }
    }

    /// Somebody said something, or is about to.
    pub(super) fn spoke(&mut self, session: Option<&HttpSessionId>) {
        if self.activity == SessionActivity::Texts {
            self.shown.extend(session);
        }
    }

    /// Those to be prolonged now, of all who are `online`.
    pub(super) fn take<'a>(&mut self, online: impl Iterator<Item = &'a HttpSessionId>) -> Vec<HttpSessionId> {
        if self.activity == SessionActivity::Pings {
            return online.copied().collect();
        }
        let shown = self.shown.drain().collect();
        self.shown.shrink();
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> HttpSessionId {
        HttpSessionId::from_digest([number; 16])
    }

    /// One comes, another has been here and speaks, a third only reads: who is prolonged, first and then once more.
    fn prolonged(activity: SessionActivity) -> [Vec<HttpSessionId>; 2] {
        let mut life = Life::new(activity);
        life.came(id(1));
        life.spoke(Some(&id(2)));
        life.spoke(None);
        let online = [id(1), id(2), id(3)];
        [(); 2].map(|()| {
            let mut taken = life.take(online.iter());
            taken.sort_unstable_by_key(|id| *id.as_bytes());
            taken
        })
    }

    #[test]
    fn life_is_what_the_operator_says() {
        let all = vec![id(1), id(2), id(3)];
        assert_eq!(prolonged(SessionActivity::Pings), [all.clone(), all]);
        assert_eq!(prolonged(SessionActivity::Texts), [vec![id(1), id(2)], vec![]]);
        assert_eq!(prolonged(SessionActivity::Handshakes), [vec![id(1)], vec![]]);
    }
}
