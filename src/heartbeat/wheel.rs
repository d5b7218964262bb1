//! Which sockets to look at in which tick: a ring of buckets, each a linked list through one array of slots.

use super::passed;
use crate::shrink::Shrink;

/// The end of a list, or no list.
const NONE: u32 = u32::MAX;

/// One sweeper's diary. It costs 8 bytes for each slot ever used, whatever goes on, and constant time for each move.
///
/// A slot stands in it once. What lies further ahead than the ring reaches comes up early, and is put in again.
#[derive(Debug)]
pub struct Wheel {
    /// The first slot of each bucket. Their number is a power of two, so that buckets go on when ticks wrap around.
    first: Vec<u32>,
    links: Vec<Link>,
    /// The tick that is taken next; it and those after it have a bucket each.
    next_tick: u32,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    /// The slot after this one in its bucket.
    next: u32,
    /// The slot before this one; for the first, its bucket with [`IS_BUCKET`] set; [`NONE`] if it is in no bucket.
    back: u32,
}

/// Tells a bucket from a slot. Hubs give out slots below 2²⁴.
const IS_BUCKET: u32 = 1 << 31;

const UNLINKED: Link = Link { next: NONE, back: NONE };

impl Wheel {
    /// An empty wheel in tick `now`, that reaches at least `reach` ticks ahead; at most 65,536. Good is what
    /// [`super::Deadlines`] ask for at most, the timeout: each slot then comes up only when it asked to.
    pub fn new(reach: u32, now: u32) -> Self {
        let buckets = reach.clamp(1, (1 << 16) - 1) + 1;
        Self {
            first: vec![NONE; buckets.next_power_of_two() as usize],
            links: Vec::new(),
            next_tick: now,
        }
    }

    /// Puts `slot` down for tick `due`, or the next one to be taken if that has passed. Moves a slot that is in.
    ///
    /// # Panics
    ///
    /// If `slot` is 2³¹ or above. Memory is taken for all slots up to the highest.
    pub fn schedule(&mut self, slot: u32, due: u32) {
        assert!(slot < IS_BUCKET, "slots are small numbers that are used again");
        self.forget(slot);
        let place = slot as usize;
        if place >= self.links.len() {
            self.links.resize(place + 1, UNLINKED);
        }
        let ahead = passed(self.next_tick, due).min(self.first.len() as u32 - 1);
        let bucket = self.bucket(self.next_tick.wrapping_add(ahead));
        let next = std::mem::replace(&mut self.first[bucket], slot);
        if next != NONE {
            self.links[next as usize].back = slot;
        }
        self.links[place] = Link {
            next,
            back: bucket as u32 | IS_BUCKET,
        };
    }

    /// Takes `slot` out, if it is in: its socket is gone.
    pub fn forget(&mut self, slot: u32) {
        let Some(link) = self.links.get_mut(slot as usize) else {
            return;
        };
        let Link { next, back } = std::mem::replace(link, UNLINKED);
        if back == NONE {
            return;
        }
        if back & IS_BUCKET == 0 {
            self.links[back as usize].next = next;
        } else {
            self.first[(back & !IS_BUCKET) as usize] = next;
        }
        if next != NONE {
            self.links[next as usize].back = back;
        }
    }

    /// Gives back the memory of the slots from `end` on, none of which is in.
    pub fn shrink(&mut self, end: usize) {
        if end < self.links.len() / 4 {
            self.links.truncate(end);
            self.links.shrink();
        }
    }

    /// Takes out all that is due up to tick `now` and appends it to `due`. A sweeper that comes late misses nothing.
    pub fn take_due(&mut self, now: u32, due: &mut Vec<u32>) {
        let late = passed(self.next_tick, now.wrapping_add(1));
        for ahead in 0..late.min(self.first.len() as u32) {
            let bucket = self.bucket(self.next_tick.wrapping_add(ahead));
            let mut slot = std::mem::replace(&mut self.first[bucket], NONE);
            while slot != NONE {
                due.push(slot);
                slot = std::mem::replace(&mut self.links[slot as usize], UNLINKED).next;
            }
        }
        self.next_tick = self.next_tick.wrapping_add(late);
    }

    fn bucket(&self, tick: u32) -> usize {
        tick as usize & (self.first.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn taken(wheel: &mut Wheel, now: u32) -> Vec<u32> {
        let mut due = Vec::new();
        wheel.take_due(now, &mut due);
        due.sort_unstable();
        due
    }

    #[test]
    fn slot_comes_up_in_its_tick_and_once() {
        let mut wheel = Wheel::new(7, 100);
        wheel.schedule(0, 102);
        wheel.schedule(9, 102);
        wheel.schedule(3, 103);
        assert!(taken(&mut wheel, 101).is_empty());
        assert_eq!(taken(&mut wheel, 102), [0, 9]);
        assert!(taken(&mut wheel, 102).is_empty());
        assert_eq!(taken(&mut wheel, 103), [3]);
    }

    #[test]
    fn what_has_passed_comes_up_next() {
        let mut wheel = Wheel::new(7, 100);
        wheel.schedule(1, 50);
        assert_eq!(taken(&mut wheel, 100), [1]);
        wheel.schedule(1, 100);
        assert!(taken(&mut wheel, 100).is_empty());
        assert_eq!(taken(&mut wheel, 101), [1]);
    }

    #[test]
    fn what_lies_too_far_ahead_comes_up_early() {
        let mut wheel = Wheel::new(7, 0);
        wheel.schedule(1, 1_000);
        assert!(taken(&mut wheel, 6).is_empty());
        assert_eq!(taken(&mut wheel, 7), [1]);
    }

    #[test]
    fn late_sweeper_misses_nothing() {
        let mut wheel = Wheel::new(7, 0);
        (0..8).for_each(|slot| wheel.schedule(slot, slot));
        assert_eq!(taken(&mut wheel, 1_000_000), [0, 1, 2, 3, 4, 5, 6, 7]);
        wheel.schedule(1, 1_000_002);
        assert!(taken(&mut wheel, 1_000_001).is_empty());
        assert_eq!(taken(&mut wheel, 1_000_002), [1]);
    }

    #[test]
    fn ticks_may_wrap_around() {
        let mut wheel = Wheel::new(7, u32::MAX - 1);
        wheel.schedule(1, 2);
        assert!(taken(&mut wheel, 1).is_empty());
        assert_eq!(taken(&mut wheel, 2), [1]);
    }

    #[test]
    fn socket_costs_eight_bytes() {
        assert_eq!(size_of::<Link>(), 8);
    }

    #[derive(Clone, Copy, Debug)]
    enum Event {
        Schedule(u32, u32),
        Forget(u32),
        Take(u32),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            6 => (0..12_u32, 0..20_u32).prop_map(|(slot, ahead)| Event::Schedule(slot, ahead)),
            2 => (0..12_u32).prop_map(Event::Forget),
            3 => (0..12_u32).prop_map(Event::Take),
        ]
    }

    proptest! {
        #[test]
        fn wheel_agrees_with_a_map_of_ticks(
            start in prop_oneof![Just(5), Just(u32::MAX - 20)],
            events in vec(event(), 1..200),
        ) {
            const REACH: u32 = 7;
            let (mut wheel, mut model) = (Wheel::new(REACH, start), BTreeMap::new());
            // Ticks since `start`: the next one to be taken.
            let mut next = 0;
            for event in events {
                match event {
                    Event::Schedule(slot, ahead) => {
                        wheel.schedule(slot, start.wrapping_add(next + ahead));
                        model.insert(slot, next + ahead.min(REACH));
                    }
                    Event::Forget(slot) => {
                        wheel.forget(slot);
                        model.remove(&slot);
                    }
                    Event::Take(more) => {
                        let due: Vec<_> = model.extract_if(.., |_, due| *due <= next + more).map(|(slot, _)| slot).collect();
                        prop_assert_eq!(taken(&mut wheel, start.wrapping_add(next + more)), due);
                        next += more + 1;
                    }
                }
            }
        }
    }
}
