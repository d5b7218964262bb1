//! Changes of presence on their way to everyone. One by one they go at once; in a storm, those of one tick go
//! together, in one write per socket, so that 100 joins in a tick cost a socket one write and not 100.

use std::time::{Duration, Instant};

use crate::delivery::Frame;

/// How long changes are gathered in a storm.
const TICK: Duration = Duration::from_millis(100);

/// Encoded changes that were not told yet, oldest first.
#[derive(Default)]
pub(super) struct Deltas {
    waiting: Vec<Frame>,
    told_at: Option<Instant>,
}

impl Deltas {
    pub fn add(&mut self, frame: Frame) {
        self.waiting.push(frame);
    }

    /// When the waiting changes should be told: at once, unless some were told less than a tick ago.
    pub fn due_at(&self, now: Instant) -> Option<Instant> {
        if self.waiting.is_empty() {
            return None;
        }
        Some(self.told_at.map_or(now, |told_at| told_at + TICK))
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
        deltas.add(Frame::text("first"));
        assert_eq!(deltas.due_at(start), Some(start));
        assert_eq!(deltas.take(start).len(), 1);
        deltas.add(Frame::text("second"));
        deltas.add(Frame::text("third"));
        assert_eq!(deltas.due_at(start), Some(start + TICK));
        assert_eq!(deltas.take(start + TICK).len(), 2);
    }
}
