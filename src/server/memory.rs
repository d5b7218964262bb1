//! Gives memory back to the system. glibc keeps what was freed for as long as anything lies behind it, so a server
//! that had a crowd or a storm would stay as large as it was then.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::counters::Counters;

/// How often it is looked whether there may be something to give back.
const GLANCE: Duration = Duration::from_secs(5);
/// Growth below this is not worth a look through the heap.
const LITTLE_PAGES: u64 = 1024;
/// Nor are fewer sockets that have gone.
const FEW_SOCKETS: i64 = 256;

/// Runs until it is aborted.
pub(super) async fn keep(counters: Arc<Counters>) {
    let mut clock = interval(GLANCE);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut watch = Watch::default();
    loop {
        clock.tick().await;
        let Some(resident_pages) = resident_pages() else {
            return;
        };
        if watch.is_due(resident_pages, counters.connections.get()) {
            // It looks through the whole heap, which takes milliseconds for each 100 MB.
            let _ = tokio::task::spawn_blocking(trim).await;
            watch.resident_pages = self::resident_pages().unwrap_or(resident_pages);
        }
    }
}

/// What there was when memory was last given back.
#[derive(Default)]
struct Watch {
    resident_pages: u64,
    sockets: i64,
    /// Sockets at the last glance.
    seen: i64,
}

impl Watch {
    /// Whether memory has grown by a quarter since the last time, or a quarter of the sockets has gone and the others
    /// stay.
    fn is_due(&mut self, resident_pages: u64, sockets: i64) -> bool {
        let is_calm = (sockets - self.seen).abs() <= FEW_SOCKETS.max(sockets / 16);
        self.seen = sockets;
        let has_grown = resident_pages > self.resident_pages + (self.resident_pages / 4).max(LITTLE_PAGES);
        let have_left = self.sockets - sockets > (self.sockets / 4).max(FEW_SOCKETS);
        self.sockets = self.sockets.max(sockets);
        let is_due = is_calm && (has_grown || have_left);
        if is_due {
            (self.resident_pages, self.sockets) = (resident_pages, sockets);
        }
        is_due
    }
}

/// Pages of this process that lie in memory, where the system tells.
fn resident_pages() -> Option<u64> {
    let sizes = std::fs::read_to_string("/proc/self/statm").ok()?;
    sizes.split(' ').nth(1)?.parse().ok()
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    #[expect(unsafe_code, reason = "the proof stands beside it")]
    // SAFETY: glibc declares `int malloc_trim(size_t)`, safe to call from any thread at any time (malloc_trim(3)). It
    // touches only memory that the allocator holds as free.
    unsafe extern "C" {
        safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
    }
    // Whether anything could be given back changes nothing.
    malloc_trim(0);
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_and_a_crowd_that_left_are_worth_a_look_and_calm_is_not() {
        let mut watch = Watch::default();
        assert!(watch.is_due(2400, 0));
        assert!(!watch.is_due(2400 + LITTLE_PAGES, 0), "little more");
        assert!(!watch.is_due(6000, 10_000), "in the middle of a storm of joins");
        assert!(watch.is_due(6000, 10_000));
        assert!(!watch.is_due(6000, 9_900));
        assert!(!watch.is_due(6000, 1_000), "in the middle of their leaving");
        assert!(watch.is_due(6000, 1_000));
        assert!(!watch.is_due(6000, 1_000));
        assert!(!watch.is_due(6000, 900), "few have left");
        assert!(watch.is_due(9000, 900), "a storm of messages");
    }

    #[test]
    fn freed_memory_goes_back() {
        // Pieces too small to be mapped on their own, with one kept behind them all.
        let pieces: Vec<Vec<u8>> = (0..30_000).map(|_| vec![1; 2000]).collect();
        let behind = vec![1_u8; 2000];
        let before = resident_pages();
        drop(pieces);
        trim();
        if let (Some(before), Some(after)) = (before, resident_pages())
            && cfg!(target_env = "gnu")
        {
            assert!(after + 10_000 < before, "{after} after {before}");
        }
        assert_eq!(behind[0], 1);
    }
}
