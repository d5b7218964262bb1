//! How long things took, by numbers that can be subtracted: what was counted within a second is the difference of two
//! readings.

use std::{
    array,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Microseconds below this have a bucket each.
const EXACT: u64 = 16;
/// Buckets of each doubling above it, as a power of two.
const STEPS: u32 = 3;
/// The last bucket holds what took longer than an hour.
const BUCKETS: usize = 16 + 28 * 8;

/// A histogram of times. One atomic addition for each.
pub struct Latency {
    buckets: [AtomicU64; BUCKETS],
}

/// How many were in each bucket at one moment.
#[derive(Clone)]
pub struct Reading([u64; BUCKETS]);

impl Default for Latency {
    fn default() -> Self {
        Self {
            buckets: array::from_fn(|_| AtomicU64::new(0)),
        }
    }
}

impl Default for Reading {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Latency {
    /// Something took so long.
    pub fn observe(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket(micros)].fetch_add(1, Ordering::Relaxed);
    }

    /// All that was observed so far.
    pub fn read(&self) -> Reading {
        Reading(array::from_fn(|place| self.buckets[place].load(Ordering::Relaxed)))
    }
}

impl Reading {
    /// What was observed after `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self(array::from_fn(|place| self.0[place].wrapping_sub(earlier.0[place])))
    }

    /// The time in microseconds that so many of a thousand did not exceed, to an eighth; `None` if there were none.
    pub fn quantile(&self, permille: u64) -> Option<u64> {
        let total: u64 = self.0.iter().sum();
        let (wanted, mut passed) = ((total * permille).div_ceil(1000).max(1), 0);
        let place = self.0.iter().position(|count| {
            passed += count;
            passed >= wanted
        });
        place.map(upper)
    }
}

fn bucket(micros: u64) -> usize {
    if micros < EXACT {
        return micros as usize;
    }
    let doublings = micros.ilog2() - EXACT.ilog2();
    let step = (micros >> (micros.ilog2() - STEPS)) & ((1 << STEPS) - 1);
    let place = EXACT as usize + (doublings << STEPS) as usize + step as usize;
    place.min(BUCKETS - 1)
}

/// The largest time of a bucket.
fn upper(place: usize) -> u64 {
    let Some(above) = place.checked_sub(EXACT as usize) else {
        return place as u64;
    };
    let (doublings, step) = (above >> STEPS, above as u64 & ((1 << STEPS) - 1));
    let width = EXACT << doublings >> STEPS;
    (EXACT << doublings) + (step + 1) * width - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_time_is_known_to_an_eighth(micros in 0_u64..3_600_000_000) {
            let told = upper(bucket(micros));
            prop_assert!(micros <= told && told - micros <= micros / 8, "{micros} became {told}");
        }
    }

    #[test]
    fn quantiles_are_of_what_came_between_two_readings() {
        let latency = Latency::default();
        latency.observe(Duration::from_secs(1));
        let before = latency.read();
        assert_eq!(before.since(&before).quantile(500), None);
        for micros in 1..=100 {
            latency.observe(Duration::from_micros(micros % 10));
        }
        latency.observe(Duration::MAX);
        let between = latency.read().since(&before);
        assert_eq!((between.quantile(500), between.quantile(990)), (Some(5), Some(9)));
        assert!(between.quantile(1000) > Some(3_600_000_000));
    }
}
