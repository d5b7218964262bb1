//! The clocks of a hub: one sweeper looks at the sockets whose time has come, and no socket has a timer of its own.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use super::Hub;
use crate::{
    close_status::Ending,
    heartbeat::{Deadlines, Ticks, Verdict, Vitals, Wheel},
};

/// Ticks are an eighth of the shortest time that is watched for, within these bounds.
const SHORTEST_TICK: Duration = Duration::from_millis(10);
const LONGEST_TICK: Duration = Duration::from_secs(1);
/// Who takes nothing for longer is stuck, where no other limit is set.
const SLOW_AT_MOST: Duration = Duration::from_secs(5);

/// The times and sizes that a hub holds its sockets to.
#[derive(Clone, Debug)]
pub struct Clocks {
    ticks: Ticks,
    tick_length: Duration,
    deadlines: Deadlines,
    /// Ticks that the wheel reaches ahead.
    reach: u32,
    /// Bytes that may wait behind the write in hand.
    pub(super) outbox_bytes: Option<usize>,
    /// Ticks that a peer may take nothing while something waits.
    pub(super) outbox_ticks: Option<u32>,
}

impl Clocks {
    /// `interval` and `timeout` are the heartbeat's, `outbox_time` is how long a peer may take nothing; zero switches
    /// one off. `outbox_bytes` is how much may wait.
    pub fn new(interval: Duration, timeout: Duration, outbox_bytes: Option<usize>, outbox_time: Duration) -> Self {
        let watched = [interval, timeout, outbox_time];
        let shortest = watched
            .into_iter()
            .filter(|time| !time.is_zero())
            .min()
            .unwrap_or(LONGEST_TICK);
        let tick_length = (shortest / 8).clamp(SHORTEST_TICK, LONGEST_TICK);
        let ticks = Ticks::new(Instant::now(), tick_length);
        let lasting =
            |time: Duration| u32::try_from(time.as_nanos().div_ceil(tick_length.as_nanos())).unwrap_or(u32::MAX);
        Self {
            ticks,
            tick_length,
            deadlines: Deadlines::new(interval, timeout, &ticks),
            reach: lasting(timeout.max(2 * interval)),
            outbox_bytes,
            outbox_ticks: (!outbox_time.is_zero()).then(|| lasting(outbox_time)),
        }
    }

    /// No clock and no limit: for services whose peers may take their time.
    pub fn off() -> Self {
        Self::new(Duration::ZERO, Duration::ZERO, None, Duration::ZERO)
    }

    pub(super) fn wheel(&self) -> Wheel {
        Wheel::new(self.reach, self.tick_at(Instant::now()))
    }

    pub(super) fn tick_at(&self, now: Instant) -> u32 {
        self.ticks.at(now)
    }

    /// When the socket that opens in `slot` is to be looked at first.
    pub(super) fn first_look(&self, slot: usize, tick: u32) -> Option<u32> {
        self.deadlines.first_look(slot as u32, tick)
    }

    /// How long so many ticks are.
    pub(super) fn lasting(&self, ticks: u32) -> Duration {
        self.tick_length * ticks
    }

    /// How long it takes until a peer is given up that goes on as it is; `None` if it never is.
    pub(super) fn evicts_in(&self, vitals: &Vitals, tick: u32) -> Option<Duration> {
        self.deadlines.dead_in(vitals, tick).map(|ticks| self.lasting(ticks))
    }

    pub(super) fn verdict(&self, slot: u32, vitals: &Vitals, tick: u32) -> Verdict {
        self.deadlines.verdict(slot, vitals, tick)
    }

    /// Whether a peer that last took something at `moved_at` has taken nothing for too long.
    pub(super) fn is_stuck(&self, moved_at: u32, tick: u32) -> bool {
        self.outbox_ticks
            .is_some_and(|limit| tick.wrapping_sub(moved_at) > limit)
    }

    /// Whether a peer that last took something at `moved_at` is slow rather than stuck: the line is at half of what a
    /// stuck one is given, since a reader who shares a busy machine may take nothing for seconds.
    pub(super) fn is_moving(&self, moved_at: u32, tick: u32) -> bool {
        let half = match self.outbox_ticks {
            Some(limit) => limit / 2,
            None => (SLOW_AT_MOST.as_nanos() / self.tick_length.as_nanos()) as u32,
        };
        tick.wrapping_sub(moved_at) <= half
    }
}

/// Sweeps `hub` as long as the server runs.
pub async fn sweep(hub: Rc<Hub>) {
    let mut ticks = tokio::time::interval(hub.clocks().tick_length);
    // A thread that was busy has nothing to make up for: one look covers all ticks that passed.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut due = Vec::new();
    loop {
        ticks.tick().await;
        look_around(&hub, Instant::now(), &mut due);
    }
}

/// Looks at all whose time has come. `due` is room to note them in.
pub(super) fn look_around(hub: &Hub, now: Instant, due: &mut Vec<u32>) {
    hub.pass_time(now);
    hub.take_due(due);
    for slot in due.drain(..) {
        look_at(hub, slot);
    }
}

/// Pings or evicts the socket in `slot`, if it is time to.
fn look_at(hub: &Hub, slot: u32) {
    let Some(link) = hub.link_at(slot as usize) else {
        return;
    };
    if link.is_unheard() {
        // What it may have sent waits unread, so its silence says nothing.
        link.show_life(hub.tick());
    }
    let verdict = hub.clocks().verdict(slot, &link.vitals(), hub.tick());
    hub.taps().looked(&link, verdict, hub.clocks(), hub.tick());
    let look_again = match verdict {
        Verdict::Dead => return link.end(Ending::HeartbeatTimeout),
        Verdict::Alive { look_again } => look_again,
        Verdict::Ping { look_again } => {
            hub.ping(&link);
            look_again
        }
    };
    hub.look_again(slot, look_again);
}
