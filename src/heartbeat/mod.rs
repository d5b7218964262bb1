//! The arithmetic of heartbeats: whom to ping, whom to give up, and when to look again. Pure: no clock, no timer.
//!
//! Time goes in coarse ticks, and every socket keeps two of them ([`Vitals`], 8 bytes). One sweeper for each worker
//! asks [`Deadlines::verdict`] about the sockets that come up on its [`Wheel`]. Reading from a socket only notes the
//! tick; nothing is re-scheduled for it, since a socket that comes up too early is simply looked at again later.
//!
//! Ticks are `u32` and wrap around; what is compared lies less than 2³¹ ticks apart (6 years of 100 ms).

#![forbid(unsafe_code)]

mod wheel;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub use self::wheel::Wheel;

/// No wait is longer than this, so that sums of a few of them stay far from wrapping.
const MAX_TICKS: u32 = 1 << 28;

/// Where a tick begins and how long it lasts.
#[derive(Clone, Copy, Debug)]
pub struct Ticks {
    epoch: Instant,
    length: Duration,
}

impl Ticks {
    /// Tick 0 begins at `epoch`. A length of zero is taken for one nanosecond.
    pub fn new(epoch: Instant, length: Duration) -> Self {
        Self {
            epoch,
            length: length.max(Duration::from_nanos(1)),
        }
    }

    /// The tick in which `now` lies. Take it from a fresh `now`, also for [`Vitals`]: a tick kept from the last sweep
    /// makes a socket look older than it is.
    pub fn at(&self, now: Instant) -> u32 {
        let passed = now.saturating_duration_since(self.epoch).as_nanos() / self.length.as_nanos();
        // Ticks wrap around.
        passed as u32
    }

    /// The fewest ticks that last `time`. `None` for zero, which switches off.
    fn lasting(&self, time: Duration) -> Option<u32> {
        let ticks = time.as_nanos().div_ceil(self.length.as_nanos());
        (ticks > 0).then(|| u32::try_from(ticks).unwrap_or(MAX_TICKS).min(MAX_TICKS))
    }
}

/// What is known of the life of one socket. 8 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Vitals {
    /// When the peer last sent anything.
    last_life: u32,
    /// When it was last pinged; counts only after `last_life`.
    last_ping: u32,
}

impl Vitals {
    /// Of a socket that opened in tick `now`.
    pub fn new(now: u32) -> Self {
        Self {
            last_life: now,
            last_ping: now,
        }
    }

    /// The peer sent something, whatever it was.
    pub fn saw_life(&mut self, now: u32) {
        self.last_life = now;
    }

    /// For how many ticks nothing came, in tick `now`.
    pub fn silence(&self, now: u32) -> u32 {
        passed(self.last_life, now)
    }

    /// The peer took something that was sent to it, in a tick that may lie before its last sign of life.
    pub fn took(&mut self, at: u32) {
        self.last_life = self.last_life.wrapping_add(passed(self.last_life, at));
    }

    /// A ping went out, as [`Verdict::Ping`] asked.
    pub fn pinged(&mut self, now: u32) {
        self.last_ping = now;
    }
}

/// What to do with a socket that came up. `look_again` always lies in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Alive {
        /// The tick in which to ask next.
        look_again: u32,
    },
    /// Send a ping, and note it with [`Vitals::pinged`].
    Ping {
        /// The tick in which to ask next.
        look_again: u32,
    },
    /// Evict it: silent for the timeout.
    Dead,
}

/// When silence calls for a ping, and when for the end.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    interval: Option<u32>,
    timeout: Option<u32>,
    /// Pings are late by up to this many ticks, each slot by its own, so that many sockets that fell silent at once
    /// are not pinged at once.
    spread: u32,
}

impl Deadlines {
    /// A ping after a silence of `interval`, the end after `timeout`; zero switches one off.
    ///
    /// Never early: both are rounded up to whole ticks. The end comes within one tick after its time. A ping may come
    /// later by half of the interval, and a quarter of what the timeout then leaves for the answer at most.
    pub fn new(interval: Duration, timeout: Duration, ticks: &Ticks) -> Self {
        let (interval, timeout) = (ticks.lasting(interval), ticks.lasting(timeout));
        let spread = interval.map_or(0, |interval| {
            let answer = timeout.map_or(MAX_TICKS, |timeout| timeout.saturating_sub(interval));
            (interval / 2).min(answer / 4)
        });
        Self {
            interval,
            timeout,
            spread,
        }
    }

    /// When to look first at the socket in `slot` that opens in tick `now`. `None` if there is nothing to watch for.
    pub fn first_look(&self, slot: u32, now: u32) -> Option<u32> {
        match self.verdict(slot, &Vitals::new(now), now) {
            Verdict::Alive { look_again } if self.interval.or(self.timeout).is_some() => Some(look_again),
            _ => None,
        }
    }

    /// In how many ticks a socket is dead that goes on as it is; `None` if nobody is given up.
    pub fn dead_in(&self, vitals: &Vitals, now: u32) -> Option<u32> {
        // Life may have come at the very end of its tick, which therefore does not count.
        self.timeout
            .map(|timeout| (timeout + 1).saturating_sub(vitals.silence(now)))
    }

    /// What to do in tick `now` with the socket in `slot`.
    ///
    /// A socket looked at whenever it asks to be is [`Verdict::Dead`] once its silence has lasted for the timeout, at
    /// most a tick later, and never before.
    pub fn verdict(&self, slot: u32, vitals: &Vitals, now: u32) -> Verdict {
        let silence = vitals.silence(now);
        let dead_in = self.dead_in(vitals, now).unwrap_or(MAX_TICKS);
        if dead_in == 0 {
            return Verdict::Dead;
        }
        let Some(interval) = self.interval else {
            return Verdict::Alive {
                look_again: now.wrapping_add(dead_in),
            };
        };
        let wait = interval + slot % (self.spread + 1);
        let is_unanswered = passed(vitals.last_life, vitals.last_ping) > 0;
        let ping_in = if is_unanswered {
            wait.saturating_sub(passed(vitals.last_ping, now))
        } else {
            (wait + 1).saturating_sub(silence)
        };
        if ping_in == 0 {
            Verdict::Ping {
                look_again: now.wrapping_add(wait.min(dead_in)),
            }
        } else {
            Verdict::Alive {
                look_again: now.wrapping_add(ping_in.min(dead_in)),
            }
        }
    }
}

/// The ticks from `earlier` until `later`; 0 if it is the other way round.
fn passed(earlier: u32, later: u32) -> u32 {
    let passed = later.wrapping_sub(earlier);
    if passed > u32::MAX / 2 { 0 } else { passed }
}
