//! Keeps strangers from filling the log.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use crate::quota::{Bucket, Rate};

/// Lines per second, on the average; ten times as many at once.
const LINES_PER_SECOND: u64 = 1;

/// Says whether one more line of a kind may be written.
pub struct LogLimit {
    rate: Rate,
    bucket: Mutex<Bucket>,
}

impl Default for LogLimit {
    fn default() -> Self {
        let rate = Rate::new(LINES_PER_SECOND, 10 * LINES_PER_SECOND, Instant::now());
        Self {
            rate,
            bucket: Mutex::default(),
        }
    }
}

impl LogLimit {
    /// Whether this line may be written.
    pub fn allows(&self) -> bool {
        // A bucket is whole at any moment, so a poisoned lock does not matter.
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(1, Instant::now(), &self.rate).is_ok()
    }
}
