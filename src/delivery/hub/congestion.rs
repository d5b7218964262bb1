//! What a hub does when many of its peers take less than is said: it waits a little, and so holds back those who speak.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use super::{Hub, TURN_BYTES};
use crate::delivery::Link;

/// Who has more than this waiting lags.
const LAGGING_BYTES: usize = 256 * 1024;
/// One socket in so many that lags is many.
const MANY: usize = 8;
/// Fewer than this are never many, though they be most of the sockets of a small room.
const FEWEST_LAGGING: usize = 4;
/// How long a hub that writes a flood waits, at most, for the few who lag.
const FLOOD_PATIENCE: Duration = Duration::from_millis(200);
/// How long the hub waits, at most, for peers of whom many lag.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it looks meanwhile whether they caught up.
const GLANCE: Duration = Duration::from_millis(5);

impl Hub {
    /// Waits a little when peers lag, so that what they cannot take is held back at the senders' sockets.
    pub(super) async fn catch_breath(&self, turn_bytes: usize) {
        if self.jammed.borrow().is_empty() {
            return;
        }
        // Whoever lags is drained by their own task, which must have its chance before the next turn comes on top.
        tokio::task::yield_now().await;
        let started = Instant::now();
        while started.elapsed() < self.patience(turn_bytes) {
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// How long those who lag are waited for. One slow reader never holds up what people say: only a flood, turn after
    /// turn as large as turns get, waits for a few, and not for long.
    fn patience(&self, turn_bytes: usize) -> Duration {
        let lagging = self.lagging();
        let many = (self.subscribed.get() / MANY).max(FEWEST_LAGGING);
        if lagging >= many {
            PATIENCE
        } else if lagging > 0 && turn_bytes >= TURN_BYTES {
            FLOOD_PATIENCE
        } else {
            Duration::ZERO
        }
    }

    /// How many have much waiting and are not stuck.
    fn lagging(&self) -> usize {
        let limit = self.clocks.outbox_bytes;
        let lagging_bytes = limit.map_or(LAGGING_BYTES, |limit| (limit / 4).min(LAGGING_BYTES));
        let lags = |link: &Rc<Link>| {
            let is_moving = |at| self.clocks.is_moving(at, self.tick.get());
            link.queued_bytes() > lagging_bytes && link.moved_at().is_some_and(is_moving)
        };
        let jammed = self.jammed.borrow();
        jammed
            .iter()
            .filter(|id| self.link(**id).is_some_and(|link| lags(&link)))
            .count()
    }
}
