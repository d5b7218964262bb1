//! Whom the sweeper pings and when, by a clock that only the test moves.

use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use super::fake::FakePeer;
use crate::{
    counters::Counters,
    delivery::{Clocks, Frame, Hub, Link, sweeper::look_around},
};

/// What the program is started with: ticks last a second.
const INTERVAL: Duration = Duration::from_secs(20);
const TIMEOUT: Duration = Duration::from_secs(45);
const TICK: Duration = Duration::from_secs(1);
const SOCKETS: usize = 3_000;

struct Room {
    hub: Rc<Hub>,
    sockets: Vec<(FakePeer, Rc<Link<FakePeer>>)>,
    start: Instant,
}

impl Room {
    /// Everybody comes at once.
    fn open() -> Self {
        let clocks = Clocks::new(INTERVAL, TIMEOUT, None, Duration::ZERO);
        let (hub, _, _) = Hub::new(0, clocks, Arc::<Counters>::default());
        let start = Instant::now();
        let open = |peer: FakePeer| (peer.clone(), hub.open(peer));
        let sockets = (0..SOCKETS).map(|_| open(FakePeer::with_room(usize::MAX))).collect();
        Self { hub, sockets, start }
    }

    /// The sockets that are pinged by each sweep, for so long. Those of whom `answers` is true show life at once when
    /// they are pinged; all of whom `talks` is true show life before each sweep.
    fn pinged(
        &self,
        time: Duration,
        answers: impl Fn(usize) -> bool,
        talks: impl Fn(usize) -> bool,
    ) -> Vec<Vec<usize>> {
        let mut due = Vec::new();
        let mut pinged = Vec::new();
        for sweep in 1..=(time.as_secs() / TICK.as_secs()) as u32 {
            let now = self.start + sweep * TICK;
            for (_, link) in self.numbered(&talks) {
                self.hub.show_life(link, now);
            }
            look_around(&self.hub, now, &mut due);
            let asked = self
                .sockets
                .iter()
                .enumerate()
                .filter(|(_, (peer, _))| was_pinged(peer));
            let asked: Vec<_> = asked.map(|(number, _)| number).collect();
            for &number in asked.iter().filter(|&&number| answers(number)) {
                self.hub.show_life(&self.sockets[number].1, now);
            }
            pinged.push(asked);
        }
        pinged
    }

    fn numbered(&self, which: impl Fn(usize) -> bool) -> impl Iterator<Item = (usize, &Rc<Link<FakePeer>>)> {
        let all = self.sockets.iter().enumerate();
        all.filter(move |(number, _)| which(*number))
            .map(|(number, (_, link))| (number, link))
    }
}

fn was_pinged(peer: &FakePeer) -> bool {
    let wire = peer.take_wire();
    assert!(wire.is_empty() || wire == *Frame::ping(&[]).bytes(), "{wire:x?}");
    !wire.is_empty()
}

#[test]
fn sockets_that_came_at_once_are_pinged_once_each_and_not_in_one_sweep() {
    let room = Room::open();
    let pinged = room.pinged(INTERVAL + INTERVAL / 2, |_| true, |_| false);
    let mut all: Vec<_> = pinged.iter().flatten().copied().collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..SOCKETS));
    // A quarter of the 25 s that the timeout leaves has seven ticks of a second.
    let most = pinged.iter().map(Vec::len).max().unwrap();
    assert!(most <= SOCKETS / 7 + 1, "{most} in one sweep");
}

#[test]
fn sockets_that_show_life_get_no_ping() {
    let room = Room::open();
    let talks = |number: usize| number.is_multiple_of(2);
    let pinged = room.pinged(4 * INTERVAL + 3 * TICK, |_| true, talks);
    let mut pings = vec![0; SOCKETS];
    for number in pinged.into_iter().flatten() {
        pings[number] += 1;
    }
    for (number, pings) in pings.into_iter().enumerate() {
        assert_eq!(pings, if talks(number) { 0 } else { 3 }, "socket {number}");
    }
}

#[test]
fn silent_sockets_are_evicted_and_no_others() {
    let room = Room::open();
    let answers = |number: usize| !number.is_multiple_of(3);
    room.pinged(TIMEOUT + 3 * TICK, answers, |_| false);
    for (number, link) in room.numbered(|_| true) {
        assert_eq!(link.is_ending(), !answers(number), "socket {number}");
    }
}
