//! What joins cost: turns of a registry whose only hub is this test, on a clock that only the test moves.

use std::{collections::HashSet, iter::once};

use super::*;
use crate::{
    delivery::{Clocks, Hub, Order, Posted},
    name::Name,
};

const TICK: Duration = Duration::from_millis(100);
/// Who comes in one tick of a storm.
const PER_TICK: usize = 20;

struct Room {
    registry: Registry,
    hub: mpsc::UnboundedReceiver<Posted>,
    now: Instant,
    joined: usize,
    /// How many get what everybody gets.
    admitted: usize,
    /// Bytes of all frames for all receivers.
    bytes: usize,
    /// Writes to all receivers, of frames or of several together.
    writes: usize,
    /// All lists that were sent. Kept, so that no two have the same place in memory.
    lists: Vec<Frame>,
}

impl Room {
    fn open() -> Self {
        let (mut registry, _) = Registry::new(Rules::default(), Epoch::from_bits(1), Arc::default());
        let (_, handle, hub) = Hub::new(0, Clocks::off(), Arc::default());
        let now = Instant::now();
        registry.turn(once(Command::Open(handle)), now);
        Self {
            registry,
            hub,
            now,
            joined: 0,
            admitted: 0,
            bytes: 0,
            writes: 0,
            lists: Vec::new(),
        }
    }

    fn turn(&mut self, commands: impl Iterator<Item = Command>) {
        self.registry.turn(commands, self.now);
        while let Ok(posted) = self.hub.try_recv() {
            let mut is_for_all = false;
            for order in posted.orders {
                match order {
                    Order::Broadcast { frame, .. } => {
                        self.bytes += self.admitted * frame.len();
                        is_for_all = true;
                    }
                    Order::Unicast { frame, .. } => {
                        self.bytes += frame.len();
                        self.writes += 1;
                        let is_list = frame
                            .bytes()
                            .windows(11)
                            .take(32)
                            .any(|bytes| bytes == b"\"user-list\"");
                        self.lists.extend(is_list.then_some(frame));
                    }
                    Order::Admit { .. } => self.admitted += 1,
                    Order::Signal { .. } => panic!("nobody types"),
                    Order::Close { .. } | Order::CloseAll { .. } | Order::Survey { .. } => panic!("nobody is to go"),
                }
            }
            self.writes += if is_for_all { self.admitted } else { 0 };
        }
    }

    /// A socket of user `user`.
    fn join(&mut self, user: usize) -> Command {
        self.joined += 1;
        Command::Join {
            session: SessionId::new(0, 0, self.joined),
            who: Identity {
                user: UserId::from_bits(user as u64),
                name: Name::parse(&format!("Somebody {user}")).unwrap(),
                http_session: HttpSessionId::from_digest((user as u128).to_be_bytes()),
            },
            protocol: "",
            resume: None,
        }
    }

    /// So many new people come, some in each tick.
    fn storm(&mut self, people: usize) {
        for first in (0..people).step_by(PER_TICK) {
            let joins: Vec<_> = (first..people.min(first + PER_TICK))
                .map(|user| self.join(user))
                .collect();
            self.turn(joins.into_iter());
            self.now += TICK;
            self.turn(std::iter::empty());
        }
    }

    fn encoded_lists(&self) -> usize {
        let places: HashSet<_> = self.lists.iter().map(|list| list.bytes().as_ptr()).collect();
        places.len()
    }
}

#[test]
fn all_who_come_to_ten_thousand_share_one_list_while_nothing_changes() {
    let mut room = Room::open();
    room.storm(10_000);
    room.lists.clear();
    for user in 0..200 {
        let join = room.join(user);
        room.turn(once(join));
    }
    assert_eq!((room.lists.len(), room.encoded_lists()), (200, 1));
}

#[test]
fn all_who_ask_who_is_here_share_one_list_while_nothing_changes() {
    for people in [3, 10_000] {
        let mut room = Room::open();
        room.storm(people);
        room.lists.clear();
        for slot in 1..=200 {
            let session = SessionId::new(0, 0, slot);
            room.turn(once(Command::List { session }));
        }
        assert_eq!((room.lists.len(), room.encoded_lists()), (200, 1), "{people} are here");
    }
}

#[test]
fn a_storm_of_joins_encodes_few_lists() {
    let mut room = Room::open();
    room.storm(10_000);
    assert_eq!(room.lists.len(), 10_000);
    // One for each tick would be 500.
    assert!(room.encoded_lists() < 250, "{} lists", room.encoded_lists());
}

#[test]
fn bytes_per_user_grow_with_the_number_of_joins_and_no_faster() {
    let per_user = [500, 1_000, 2_000].map(|people| {
        let mut room = Room::open();
        room.storm(people);
        // A greeting has three frames, and the list perhaps the changes behind it; in each tick comes one write more.
        assert!(room.writes / people <= 4 + people / PER_TICK, "{} writes", room.writes);
        room.bytes / people
    });
    for pair in per_user.windows(2) {
        assert!(pair[1] * 10 <= pair[0] * 21, "{per_user:?} bytes for each user");
    }
}

/// The first to come says something.
fn say(text: &str, now: Instant) -> Command {
    let (session, user) = (SessionId::new(0, 0, 1), UserId::from_bits(1));
    let backlog = Arc::<super::super::Backlog>::default();
    Command::Say(vec![backlog.said(session, user, None, None, text, now)])
}

#[test]
fn line_is_forgotten_at_its_age_though_nothing_happens() {
    const AGE: Duration = Duration::from_secs(60);
    let mut room = Room::open();
    room.registry.history = History::new(crate::registry::Bounds {
        lines: 10,
        bytes: 10_000,
        age: Some(AGE),
    });
    let join = room.join(1);
    room.turn([join, say("soon forgotten", room.now)].into_iter());
    let said_at = room.now;
    // What else is due comes first, such as the end of a list that nobody asks for.
    while let Some(wake_at) = room.registry.wake_at(room.now) {
        room.now = wake_at;
        room.turn(std::iter::empty());
    }
    assert_eq!(room.now, said_at + AGE);
    assert_eq!((room.registry.history.recent(), room.registry.history.next()), (2, 2));
}

#[test]
fn newcomer_hears_what_is_said_behind_their_coming() {
    let mut room = Room::open();
    let (first, second) = (room.join(1), room.join(2));
    room.turn(once(first));
    let commands = [say("before", room.now), second, say("behind", room.now)];
    room.registry.turn(commands.into_iter(), room.now);
    let orders = room.hub.try_recv().unwrap().orders;
    let place = |is_it: &dyn Fn(&Order) -> bool| orders.iter().position(is_it).unwrap();
    let says = |text: &'static str| {
        move |order: &Order| match order {
            Order::Broadcast { frame, .. } => frame.bytes().windows(text.len()).any(|bytes| bytes == text.as_bytes()),
            _ => false,
        }
    };
    let admitted = place(&|order| matches!(order, Order::Admit { .. }));
    assert!(place(&says("before")) < admitted && admitted < place(&says("behind")));
}
