//! Who is typing and who is away: told as it comes, kept nowhere, and only in rooms where somebody can take it in. Pure.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
    time::{Duration, Instant},
};

use crate::{
    delivery::Frame,
    ids::{SessionId, UserId},
    message::{ServerMessage, User},
    name::Name,
    shrink::Shrink,
};

/// Rooms of more sockets than this are not told.
pub const LARGEST_ROOM: usize = 200;
/// Everyone is told at most this often.
const TICK: Duration = Duration::from_secs(1);
/// And of one who types at most this often.
const TYPING_EACH: Duration = Duration::from_secs(3);
/// The most people that one frame names.
const TYPISTS: usize = 5;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// Who has typed since the last tick.
    typists: Vec<(UserId, Name)>,
    /// When each was last told of.
    typed_at: HashMap<UserId, Instant>,
    /// The sockets that nobody looks at, and whose they are.
    away: HashMap<SessionId, UserId>,
    /// Who is away, as it was told last.
    told: BTreeSet<UserId>,
    /// Whether that may have changed.
    is_stale: bool,
    told_at: Option<Instant>,
}

impl Signals {
    /// `user` types, in a room of so many sockets.
    pub fn typing(&mut self, user: UserId, name: &Name, sockets: usize, now: Instant) {
        let is_early = |at: &Instant| now.saturating_duration_since(*at) < TYPING_EACH;
        if sockets > LARGEST_ROOM || self.typists.len() >= TYPISTS || self.typed_at.get(&user).is_some_and(is_early) {
            return;
        }
        self.typed_at.retain(|_, at| is_early(at));
        self.typed_at.insert(user, now);
        self.typists.push((user, name.clone()));
    }

    /// What `user` typed is said: they are typing no more.
    pub fn spoke(&mut self, session: SessionId, user: UserId) {
        if !self.typists.is_empty() {
            self.typists.retain(|(typist, _)| *typist != user);
        }
        self.back(session);
    }

    /// Nobody looks at `session` of `user`, in a room of so many sockets.
    pub fn away(&mut self, session: SessionId, user: UserId, sockets: usize) {
        if sockets <= LARGEST_ROOM && self.away.insert(session, user).is_none() {
            self.is_stale = true;
        }
    }

    /// Somebody looks at `session` again, or it is gone.
    pub fn back(&mut self, session: SessionId) {
        if !self.away.is_empty() && self.away.remove(&session).is_some() {
            self.away.shrink();
            self.is_stale = true;
        }
    }

    /// A socket came or went: who is away may have changed by that alone.
    pub fn sockets_changed(&mut self) {
        self.is_stale |= !self.away.is_empty() || !self.told.is_empty();
    }

    /// When there is something to tell.
    pub fn due_at(&self, now: Instant) -> Option<Instant> {
        let has_news = !self.typists.is_empty() || self.is_stale;
        has_news.then(|| self.told_at.map_or(now, |at| at + TICK))
    }

    /// What there is to tell, in a room of so many sockets, in which `sockets_of` tells how many somebody has.
    pub fn take(&mut self, sockets: usize, sockets_of: impl Fn(UserId) -> usize, now: Instant) -> Vec<Frame> {
        let mut frames = Vec::new();
        if !self.typists.is_empty() {
            let typists = std::mem::take(&mut self.typists);
            if sockets <= LARGEST_ROOM {
                frames.push(typing(&typists));
            }
        }
        if std::mem::take(&mut self.is_stale) {
            if sockets > LARGEST_ROOM {
                self.away = HashMap::new();
            }
            let away = self.who_is_away(sockets_of);
            if away != self.told {
                self.told = away;
                frames.push(self.away_frame());
            }
        }
        if !frames.is_empty() {
            self.told_at = Some(now);
        }
        frames
    }

    /// For one who comes in: who is away, unless nobody is.
    pub fn greeting(&self) -> Option<Frame> {
        (!self.told.is_empty()).then(|| self.away_frame())
    }

    /// Those all of whose sockets are.
    fn who_is_away(&self, sockets_of: impl Fn(UserId) -> usize) -> BTreeSet<UserId> {
        let mut counts: HashMap<UserId, usize> = HashMap::new();
        for user in self.away.values() {
            *counts.entry(*user).or_default() += 1;
        }
        counts
            .into_iter()
            .filter(|&(user, away)| away >= sockets_of(user))
            .map(|(user, _)| user)
            .collect()
    }

    fn away_frame(&self) -> Frame {
        Frame::message(&ServerMessage::Away {
            users: self.told.iter().copied().collect(),
        })
    }
}

fn typing(typists: &[(UserId, Name)]) -> Frame {
    let users = typists.iter().map(|(id, name)| User {
        id: *id,
        name: Cow::Borrowed(name.as_str()),
    });
    Frame::message(&ServerMessage::Typing { users: users.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: UserId = UserId::from_bits(1);
    const TAB: SessionId = SessionId::new(0, 0, 1);
    const OTHER_TAB: SessionId = SessionId::new(0, 1, 2);

    fn name() -> Name {
        Name::parse("Ada").unwrap()
    }

    fn texts(frames: &[Frame]) -> Vec<String> {
        let text = |frame: &Frame| String::from_utf8(frame.payload().to_vec()).unwrap();
        frames.iter().map(text).collect()
    }

    #[test]
    fn typing_is_told_at_most_every_three_seconds_of_each() {
        let (mut signals, start) = (Signals::default(), Instant::now());
        let seconds = |seconds| start + Duration::from_secs(seconds);
        signals.typing(ADA, &name(), 2, start);
        signals.typing(ADA, &name(), 2, start);
        assert_eq!(signals.due_at(start), Some(start));
        let told = texts(&signals.take(2, |_| 1, start));
        assert_eq!(
            told,
            [r#"{"type":"typing","users":[{"id":"0000000000000001","name":"Ada"}]}"#]
        );
        signals.typing(ADA, &name(), 2, seconds(2));
        assert_eq!(signals.due_at(seconds(2)), None);
        signals.typing(ADA, &name(), 2, seconds(3));
        assert_eq!(signals.take(2, |_| 1, seconds(3)).len(), 1);
        signals.typing(ADA, &name(), LARGEST_ROOM + 1, seconds(9));
        assert_eq!(signals.due_at(seconds(9)), None);
    }

    #[test]
    fn five_are_named_and_who_spoke_is_not() {
        let (mut signals, start) = (Signals::default(), Instant::now());
        for user in 0..9 {
            signals.typing(UserId::from_bits(user), &name(), 9, start);
        }
        signals.spoke(TAB, UserId::from_bits(0));
        let told = texts(&signals.take(9, |_| 1, start));
        assert_eq!(told[0].matches("Ada").count(), TYPISTS - 1);
        assert!(!told[0].contains("0000000000000000"));
        signals.typing(ADA, &name(), 9, start + TYPING_EACH);
        assert_eq!(
            signals.due_at(start + TYPING_EACH),
            Some(start + TYPING_EACH.max(TICK)).map(|_| start + TICK)
        );
    }

    #[test]
    fn away_is_who_looks_at_none_of_their_sockets() {
        let (mut signals, start) = (Signals::default(), Instant::now());
        let second = |second| start + Duration::from_secs(second);
        signals.away(TAB, ADA, 2);
        assert!(signals.take(2, |_| 2, start).is_empty());
        signals.away(OTHER_TAB, ADA, 2);
        let told = texts(&signals.take(2, |_| 2, start));
        assert_eq!(told, [r#"{"type":"away","users":["0000000000000001"]}"#]);
        assert_eq!(texts(&[signals.greeting().unwrap()]), told);
        signals.spoke(TAB, ADA);
        assert_eq!(signals.due_at(start), Some(second(1)));
        assert_eq!(
            texts(&signals.take(2, |_| 2, second(1))),
            [r#"{"type":"away","users":[]}"#]
        );
        assert_eq!(signals.greeting(), None);
        // The socket that was looked at closes, and only the other is left.
        signals.back(TAB);
        signals.sockets_changed();
        assert_eq!(signals.take(1, |_| 1, second(2)).len(), 1);
        signals.back(OTHER_TAB);
        signals.sockets_changed();
        assert_eq!(
            texts(&signals.take(0, |_| 0, second(3))),
            [r#"{"type":"away","users":[]}"#]
        );
        assert_eq!(signals.due_at(second(4)), None);
    }

    #[test]
    fn nobody_is_away_in_a_large_room() {
        let (mut signals, start) = (Signals::default(), Instant::now());
        signals.away(TAB, ADA, LARGEST_ROOM);
        signals.take(LARGEST_ROOM, |_| 1, start);
        signals.sockets_changed();
        let told = texts(&signals.take(LARGEST_ROOM + 1, |_| 1, start + TICK));
        assert_eq!(told, [r#"{"type":"away","users":[]}"#]);
        signals.away(TAB, ADA, LARGEST_ROOM + 1);
        assert!(signals.away.is_empty());
    }
}
