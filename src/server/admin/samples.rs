//! What happened in each second, for five minutes: so that plots are full as soon as they are drawn.

use std::{
    collections::VecDeque,
    fs,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    counters::{Counters, Reading, WorkerLabel},
    message::milliseconds,
    server::Shared,
};

const SECOND: Duration = Duration::from_secs(1);
/// Five minutes.
const MOST: usize = 300;

/// One second, or how things stood at its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Sample {
    pub number: u64,
    #[serde(serialize_with = "milliseconds")]
    at: DateTime<Utc>,
    users: i64,
    sockets: i64,
    connections: i64,
    messages_in: u64,
    messages_out: u64,
    bytes_in: u64,
    bytes_out: u64,
    queued_bytes: i64,
    backlog_bytes: usize,
    /// Microseconds; `None` where nothing was said.
    latency_p50: Option<u64>,
    latency_p99: Option<u64>,
    memory_bytes: Option<u64>,
}

/// The last of them, never none.
pub(super) struct Samples {
    ring: Mutex<VecDeque<Sample>>,
}

impl Samples {
    pub fn new(now: DateTime<Utc>) -> Self {
        let first = Readings::default().sample(&Readings::default(), 0, now);
        Self {
            ring: Mutex::new([first].into()),
        }
    }

    fn ring(&self) -> MutexGuard<'_, VecDeque<Sample>> {
        // The ring is whole at any moment, so a poisoned lock does not matter.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, sample: Sample) {
        let mut ring = self.ring();
        if ring.len() >= MOST {
            ring.pop_front();
        }
        ring.push_back(sample);
    }

    /// The newest.
    pub fn last(&self) -> Option<Sample> {
        self.ring().back().cloned()
    }

    /// Those above a number, the oldest first.
    pub fn after(&self, number: Option<u64>) -> Vec<Sample> {
        let ring = self.ring();
        let is_wanted = |sample: &&Sample| number.is_none_or(|number| sample.number > number);
        ring.iter().filter(is_wanted).cloned().collect()
    }
}

/// Takes a sample each second. Runs until it is aborted.
pub(in crate::server) async fn keep(shared: Arc<Shared>) {
    let Some(admin) = &shared.admin else { return };
    let mut clock = interval(SECOND);
    // A thread that was busy has nothing to make up for.
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock.tick().await;
    let mut before = Readings::of(&shared);
    for number in 1.. {
        clock.tick().await;
        let now = Readings::of(&shared);
        admin.samples.push(now.sample(&before, number, Utc::now()));
        before = now;
    }
}

/// All counts at one moment.
#[derive(Default)]
struct Readings {
    users: i64,
    sockets: i64,
    connections: i64,
    totals: [u64; 4],
    queued_bytes: i64,
    backlog_bytes: usize,
    latency: Reading,
    memory_bytes: Option<u64>,
}

impl Readings {
    fn of(shared: &Shared) -> Self {
        let counters = &shared.counters;
        Self {
            users: counters.users.get(),
            sockets: counters.sockets.get(),
            connections: counters.connections.get(),
            totals: [
                counters.frames_in.get(),
                counters.frames_out.get(),
                counters.bytes_in.get(),
                counters.bytes_out.get(),
            ],
            queued_bytes: queued_bytes(counters, shared.settings.workers.get()),
            backlog_bytes: shared.registry.backlog().bytes(),
            latency: counters.broadcast_times.read(),
            memory_bytes: resident_bytes(),
        }
    }

    fn sample(&self, before: &Self, number: u64, at: DateTime<Utc>) -> Sample {
        let passed = |place: usize| self.totals[place].saturating_sub(before.totals[place]);
        let latency = self.latency.since(&before.latency);
        Sample {
            number,
            at,
            users: self.users,
            sockets: self.sockets,
            connections: self.connections,
            messages_in: passed(0),
            messages_out: passed(1),
            bytes_in: passed(2),
            bytes_out: passed(3),
            queued_bytes: self.queued_bytes,
            backlog_bytes: self.backlog_bytes,
            latency_p50: latency.quantile(500),
            latency_p99: latency.quantile(990),
            memory_bytes: self.memory_bytes,
        }
    }
}

fn queued_bytes(counters: &Counters, workers: u8) -> i64 {
    let of_worker = |worker| {
        counters
            .queued_bytes
            .get(&WorkerLabel { worker })
            .map(|gauge| gauge.get())
    };
    (0..u64::from(workers)).filter_map(of_worker).sum()
}

/// Where the system tells.
fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_tells_what_happened_in_its_second() {
        let latency = crate::counters::Latency::default();
        let before = Readings {
            totals: [10, 100, 1000, 10_000],
            ..Readings::default()
        };
        latency.observe(Duration::from_micros(7));
        let now = Readings {
            users: 3,
            totals: [11, 103, 1000, 10_500],
            latency: latency.read(),
            ..Readings::default()
        };
        let sample = now.sample(&before, 5, DateTime::UNIX_EPOCH);
        assert_eq!((sample.number, sample.users), (5, 3));
        assert_eq!(
            (
                sample.messages_in,
                sample.messages_out,
                sample.bytes_in,
                sample.bytes_out
            ),
            (1, 3, 0, 500)
        );
        assert_eq!((sample.latency_p50, sample.latency_p99), (Some(7), Some(7)));
    }

    #[test]
    fn the_last_five_minutes_are_kept() {
        let samples = Samples::new(DateTime::UNIX_EPOCH);
        let empty = Readings::default();
        for number in 1..1000 {
            samples.push(empty.sample(&empty, number, DateTime::UNIX_EPOCH));
        }
        let numbers = |after| samples.after(after).iter().map(|one| one.number).collect::<Vec<_>>();
        assert_eq!(numbers(None), (700..1000).collect::<Vec<_>>());
        assert_eq!(numbers(Some(997)), [998, 999]);
        assert_eq!(numbers(Some(5000)), Vec::<u64>::new());
        assert_eq!(samples.last().unwrap().number, 999);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_is_told() {
        assert!(resident_bytes().unwrap() > 1 << 20);
    }
}
