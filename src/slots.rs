//! Numbered places for things that come and go: the number is small, found at once, and given out again.

#![forbid(unsafe_code)]

use crate::shrink::Shrink;

/// Things by the number of their slot. A slot that was given up is used again before the numbers grow, and memory
/// falls with the highest number in use: whoever held many once does not pay for it forever.
#[derive(Debug)]
pub struct Slots<T> {
    slots: Vec<Option<T>>,
    /// Slots that were given up. Some may be taken since, or gone: whoever looks for one checks.
    free: Vec<u32>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slots<T> {
    /// The slot that the next thing will get.
    pub fn vacant(&mut self) -> usize {
        while let Some(&slot) = self.free.last() {
            if self.slots.get(slot as usize).is_some_and(Option::is_none) {
                return slot as usize;
            }
            self.free.pop();
        }
        self.slots.len()
    }

    /// Puts a thing into a slot that is vacant, and says into which.
    pub fn insert(&mut self, thing: T) -> usize {
        let slot = self.vacant();
        if slot == self.slots.len() {
            self.slots.push(Some(thing));
        } else {
            self.free.pop();
            self.slots[slot] = Some(thing);
        }
        slot
    }

    /// What is in `slot`.
    pub fn get(&self, slot: usize) -> Option<&T> {
        self.slots.get(slot)?.as_ref()
    }

    /// What is in `slot`, to be changed.
    pub fn get_mut(&mut self, slot: usize) -> Option<&mut T> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Takes out what is in `slot`.
    pub fn remove(&mut self, slot: usize) -> Option<T> {
        let thing = self.slots.get_mut(slot)?.take()?;
        self.free.push(slot as u32);
        if slot + 1 == self.slots.len() {
            self.give_back();
        }
        Some(thing)
    }

    /// All slots in use are below this.
    pub fn end(&self) -> usize {
        self.slots.len()
    }

    /// Drops the vacant slots at the end, and memory of which little is used.
    fn give_back(&mut self) {
        while self.slots.last().is_some_and(Option::is_none) {
            self.slots.pop();
        }
        if self.free.len() > self.slots.len() {
            let slots = &self.slots;
            self.free
                .retain(|slot| slots.get(*slot as usize).is_some_and(Option::is_none));
            self.free.sort_unstable_by(|a, b| b.cmp(a));
            self.free.dedup();
        }
        self.slots.shrink();
        self.free.shrink();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn a_slot_is_used_again_and_memory_falls_with_the_crowd() {
        let mut slots = Slots::default();
        for number in 0..10_000 {
            assert_eq!(slots.insert(number), number);
        }
        assert_eq!(slots.remove(4711), Some(4711));
        assert_eq!(slots.remove(4711), None);
        assert_eq!(slots.insert(1), 4711);
        for slot in 1..10_000 {
            assert!(slots.remove(slot).is_some());
        }
        assert_eq!((slots.end(), slots.get(0)), (1, Some(&0)));
        assert!(slots.slots.capacity() <= 64 && slots.free.capacity() <= 64);
    }

    proptest! {
        #[test]
        fn slots_are_as_a_map_of_the_lowest_numbers(
            moves in vec(prop_oneof![Just(None), (0..40_usize).prop_map(Some)], 0..200)
        ) {
            let (mut slots, mut model) = (Slots::default(), BTreeMap::new());
            for (number, remove) in moves.into_iter().enumerate() {
                match remove {
                    Some(slot) => prop_assert_eq!(slots.remove(slot), model.remove(&slot)),
                    None => {
                        let (end, expected) = (slots.end(), slots.vacant());
                        let slot = slots.insert(number);
                        prop_assert_eq!(slot, expected);
                        prop_assert_eq!(model.insert(slot, number), None, "the slot was taken");
                        // A number above all others is given out only if all below are taken.
                        prop_assert_eq!(slot == end, model.len() == end + 1);
                    }
                }
                let end = model.keys().next_back().map_or(0, |last| last + 1);
                prop_assert_eq!(slots.end(), end);
                for slot in 0..end {
                    prop_assert_eq!(slots.get(slot), model.get(&slot));
                }
                // Vacant slots are all known.
                let holes = (0..end).filter(|slot| !model.contains_key(slot)).count();
                let is_hole = |slot: &&u32| (**slot as usize) < end && slots.get(**slot as usize).is_none();
                let mut known: Vec<_> = slots.free.iter().filter(is_hole).collect();
                known.sort_unstable();
                known.dedup();
                prop_assert_eq!(known.len(), holes);
            }
        }
    }
}
