//! Memory that was needed once, by many or in a storm, given back when few are left.

#![forbid(unsafe_code)]

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher, Hash},
};

/// The least room that is worth giving back.
const SMALL: usize = 64;

/// Collections that keep the room they once needed.
pub trait Shrink {
    /// Gives room back once three quarters of it lie idle, and keeps as much as is in use, so that it is not asked for
    /// again at once: constant time for each thing that came or went.
    fn shrink(&mut self);
}

/// How much room is kept, if some is given back.
fn kept(len: usize, capacity: usize) -> Option<usize> {
    (capacity > SMALL && len < capacity / 4).then(|| (2 * len).max(SMALL / 2))
}

impl<T> Shrink for Vec<T> {
    fn shrink(&mut self) {
        if let Some(kept) = kept(self.len(), self.capacity()) {
            self.shrink_to(kept);
        }
    }
}

impl<T> Shrink for VecDeque<T> {
    fn shrink(&mut self) {
        if let Some(kept) = kept(self.len(), self.capacity()) {
            self.shrink_to(kept);
        }
    }
}

impl<K: Eq + Hash, V, S: BuildHasher> Shrink for HashMap<K, V, S> {
    fn shrink(&mut self) {
        if let Some(kept) = kept(self.len(), self.capacity()) {
            self.shrink_to(kept);
        }
    }
}

impl<T: Eq + Hash, S: BuildHasher> Shrink for HashSet<T, S> {
    fn shrink(&mut self) {
        if let Some(kept) = kept(self.len(), self.capacity()) {
            self.shrink_to(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_goes_with_the_crowd_and_not_with_each_who_leaves() {
        let mut here: HashMap<usize, usize> = (0..10_000).map(|number| (number, number)).collect();
        let (mut rooms, mut changes) = (here.capacity(), 0);
        for number in 0..10_000 {
            here.remove(&number);
            here.shrink();
            changes += usize::from(here.capacity() < rooms * 3 / 4);
            rooms = here.capacity();
            // A table's room is a power of two, so what is kept may come to twice as much.
            assert!(rooms <= (8 * here.len()).max(2 * SMALL), "{rooms} for {}", here.len());
        }
        assert!((1..20).contains(&changes), "{changes}");
    }

    #[test]
    fn what_is_small_or_in_use_stays() {
        let mut list = Vec::<u8>::with_capacity(SMALL);
        list.shrink();
        assert_eq!(list.capacity(), SMALL);
        let mut queue: VecDeque<u8> = (0..200).collect();
        let room = queue.capacity();
        queue.shrink();
        assert_eq!(queue.capacity(), room);
        queue.drain(20..);
        queue.shrink();
        assert!(queue.capacity() < room && queue.len() == 20);
    }
}
