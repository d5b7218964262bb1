//! Changes of presence on their way to everyone. One by one they go at once; in a storm, those of one tick go
//! together, in one write per socket, so that 100 joins in a tick cost a socket one write and not 100.

use std::time::{Duration, Instant};

use crate::delivery::Frame;

/// How long changes are gathered in a storm, at least.
const TICK: Duration = Duration::from_millis(100);
/// And at most.
const LONGEST_TICK: Duration = Duration::from_secs(1);
/// For each who is told: some ten times what a write to them takes, so that telling leaves most of the time to others.
const TICK_EACH: Duration = Duration::from_micros(50);

/// How long changes are gathered where so many are told.
fn tick(receivers: usize) -> Duration {
    let each = u32::try_from(receivers).map_or(LONGEST_TICK, |receivers| TICK_EACH.saturating_mul(receivers));
    each.clamp(TICK, LONGEST_TICK)
}

/// Encoded changes that were not told yet, oldest first.
#[derive(Default)]
pub(super) struct Deltas {
    waiting: Vec<Frame>,
    told_at: Option<Instant>,
    /// How many were told then, or are since.
    receivers: usize,
}

impl Deltas {
    /// One more, to be told to so many.
    pub fn add(&mut self, frame: Frame, receivers: usize) {
        self.waiting.push(frame);
        self.receivers = receivers;
    }

    /// When the waiting changes should be told: at once, unless some were told less than a tick ago.
    pub fn due_at(&self, now: Instant) -> Option<Instant> {
        if self.waiting.is_empty() {
            return None;
        }
        Some(self.told_at.map_or(now, |told_at| told_at + tick(self.receivers)))
    }

    /// Takes all that wait.
    pub fn take(&mut self, now: Instant) -> Vec<Frame> {
        if !self.waiting.is_empty() {
            self.told_at = Some(now);
        }
        std::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_change_goes_at_once_and_a_storm_by_ticks() {
        let (mut deltas, start) = (Deltas::default(), Instant::now());
        assert_eq!(deltas.due_at(start), None);
        deltas.add(Frame::text("first"), 1);
        assert_eq!(deltas.due_at(start), Some(start));
        assert_eq!(deltas.take(start).len(), 1);
        deltas.add(Frame::text("second"), 1);
        deltas.add(Frame::text("third"), 2_000);
        assert_eq!(deltas.due_at(start), Some(start + TICK));
        assert_eq!(deltas.take(start + TICK).len(), 2);
        // The more are told, the longer it may take; but never so long that the list looks wrong.
        for (receivers, tick) in [(10_000, TICK * 5), (20_000, LONGEST_TICK), (1_000_000, LONGEST_TICK)] {
            deltas.add(Frame::text("fourth"), receivers);
            assert_eq!(deltas.due_at(start), Some(start + TICK + tick));
        }
    }
}
