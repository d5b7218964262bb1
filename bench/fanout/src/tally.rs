//! Bookkeeping of broadcasts in flight and of what has been delivered.

use crate::histogram::Histogram;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

struct Broadcast {
    sent_at: Instant,
    missing: usize,
}

/// Counters over the measured window; `reset` starts a new window.
#[derive(Default)]
pub struct Counters {
    /// Marked messages that reached a receiver.
    pub deliveries: u64,
    /// Marked messages that came back to a sender.
    pub sender_echoes: u64,
    /// Deliveries of a marker that the same receiver had already passed (one sender only).
    pub duplicates: u64,
    /// Deliveries that came after their broadcast had been given up.
    pub late: u64,
    /// Deliveries given up after the stall time-out.
    pub lost: u64,
    /// Broadcasts received by every receiver.
    pub broadcasts: u64,
    /// Data frames without a marker: join notices, user lists, acknowledgements.
    pub other_frames: u64,
    pub pings: u64,
    pub received_bytes: u64,
    pub reads: u64,
}

#[derive(Default)]
pub struct Tally {
    pub counters: Counters,
    pub delivery_latency: Histogram,
    pub last_receiver_latency: Histogram,
    in_flight: VecDeque<Broadcast>,
    oldest_seq: u64,
}

impl Tally {
    pub fn reset(&mut self) {
        self.counters = Counters::default();
        self.delivery_latency.clear();
        self.last_receiver_latency.clear();
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Broadcasts started since the first, whatever became of them.
    pub fn started(&self) -> u64 {
        self.oldest_seq + self.in_flight.len() as u64
    }

    /// Registers the next broadcast, to reach `receivers`, and returns its sequence number.
    pub fn start_broadcast(&mut self, now: Instant, receivers: usize) -> u64 {
        self.in_flight.push_back(Broadcast {
            sent_at: now,
            missing: receivers,
        });
        self.started() - 1
    }

    /// Counts broadcast `seq` as received by one receiver.
    #[inline]
    pub fn delivered(&mut self, seq: u64, now: Instant) {
        let index = seq.wrapping_sub(self.oldest_seq) as usize;
        let Some(broadcast) = self.in_flight.get_mut(index).filter(|b| b.missing > 0) else {
            self.counters.late += 1;
            return;
        };
        let latency = now.saturating_duration_since(broadcast.sent_at);
        broadcast.missing -= 1;
        self.counters.deliveries += 1;
        self.delivery_latency.record(latency);
        if broadcast.missing == 0 {
            self.counters.broadcasts += 1;
            self.last_receiver_latency.record(latency);
            while self.in_flight.front().is_some_and(|b| b.missing == 0) {
                self.in_flight.pop_front();
                self.oldest_seq += 1;
            }
        }
    }

    /// Gives up on broadcasts older than `limit`, so that a server that drops messages
    /// does not stop the run.
    pub fn give_up_older_than(&mut self, limit: Duration, now: Instant) {
        while self
            .in_flight
            .front()
            .is_some_and(|b| b.missing == 0 || now - b.sent_at > limit)
        {
            let broadcast = self.in_flight.pop_front().expect("checked above");
            self.counters.lost += broadcast.missing as u64;
            self.oldest_seq += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_moves_when_the_oldest_broadcast_is_complete() {
        let (mut tally, now) = (Tally::default(), Instant::now());
        assert_eq!((tally.start_broadcast(now, 2), tally.start_broadcast(now, 2)), (0, 1));
        tally.delivered(1, now);
        tally.delivered(1, now);
        assert_eq!(tally.in_flight(), 2);
        tally.delivered(0, now);
        tally.delivered(0, now);
        assert_eq!((tally.in_flight(), tally.counters.broadcasts), (0, 2));
        assert_eq!(tally.start_broadcast(now, 2), 2);
        tally.delivered(0, now);
        assert_eq!((tally.counters.late, tally.counters.deliveries), (1, 4));
    }

    #[test]
    fn stalled_broadcasts_are_counted_as_lost() {
        let (mut tally, start) = (Tally::default(), Instant::now());
        tally.start_broadcast(start, 3);
        tally.delivered(0, start);
        tally.give_up_older_than(Duration::from_secs(1), start + Duration::from_secs(2));
        assert_eq!((tally.counters.lost, tally.in_flight()), (2, 0));
    }
}
