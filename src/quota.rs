//! How much one peer may send: token buckets of 8 bytes each. Pure: an `Instant` is passed in.
//!
//! The rate is shared by all sockets; a socket keeps one number for each bucket. That number counts tokens, not time:
//! the bucket's clock is *how many tokens the rate has made since the epoch*, so nothing is rounded twice and no error
//! adds up. (It is the generic cell rate algorithm of ITU-T I.371, with tokens as its unit of time.)

#![forbid(unsafe_code)]

use std::time::Instant;

/// So many tokens per second, and at most `burst` of them at once. 0 per second means no limit.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    per_second: u64,
    burst: u64,
    epoch: Instant,
}

impl Rate {
    /// `epoch` is any instant before the first use, the start of the server for instance. What takes more than `burst`
    /// at once is always refused: for bytes, it is at least the largest message allowed.
    pub fn new(per_second: u64, burst: u64, epoch: Instant) -> Self {
        Self {
            per_second,
            burst,
            epoch,
        }
    }

    /// Tokens per second, and how many at once; `None` without a limit.
    pub fn limit(&self) -> Option<(u64, u64)> {
        (self.per_second > 0).then_some((self.per_second, self.burst))
    }

    /// Tokens that it makes each second.
    pub fn per_second(&self) -> u64 {
        self.per_second
    }

    /// Whole tokens made from the epoch until `now`.
    fn made(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.epoch);
        let made = since.as_nanos().saturating_mul(u128::from(self.per_second)) / 1_000_000_000;
        u64::try_from(made).unwrap_or(u64::MAX)
    }
}

/// What one peer has left of a [`Rate`]: full at first, and always used with the same one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bucket {
    /// What [`Rate::made`] will say when the bucket is full again.
    full_at: u64,
}

impl Bucket {
    /// Takes `tokens`, or nothing.
    ///
    /// In any stretch of time it grants at most the burst and what the rate makes meanwhile, rounded up to a whole
    /// token; and it never refuses a peer that keeps within that, rounded down.
    ///
    /// # Errors
    ///
    /// [`Exceeded`] if so many are not left; the bucket is then as it was.
    pub fn take(&mut self, tokens: u64, now: Instant, rate: &Rate) -> Result<(), Exceeded> {
        *self = self.after(tokens, now, rate).ok_or(Exceeded)?;
        Ok(())
    }

    /// Whether nothing is missing: such a bucket is as good as a new one.
    pub fn is_full(&self, now: Instant, rate: &Rate) -> bool {
        self.full_at <= rate.made(now)
    }

    /// How many tokens were taken and have not come back.
    pub fn missing(&self, now: Instant, rate: &Rate) -> u64 {
        self.full_at.saturating_sub(rate.made(now))
    }

    /// The bucket without `tokens`, if it has them.
    fn after(self, tokens: u64, now: Instant, rate: &Rate) -> Option<Self> {
        if rate.per_second == 0 {
            return Some(self);
        }
        let made = rate.made(now);
        let full_at = self.full_at.max(made).checked_add(tokens)?;
        (full_at - made <= rate.burst).then_some(Self { full_at })
    }
}

/// A bucket does not have that many tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than the rate allows")]
pub struct Exceeded;

/// What every peer must keep to.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// One token is a frame.
    pub frames: Rate,
    /// One token is a byte of payload.
    pub bytes: Rate,
}

/// What one peer has left of the [`Rates`]. 16 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quota {
    frames: Bucket,
    bytes: Bucket,
}

impl Quota {
    /// Takes one frame with `payload_bytes`, or nothing.
    ///
    /// # Errors
    ///
    /// [`TooFast`], which says what there was too much of.
    pub fn take(&mut self, payload_bytes: u64, now: Instant, rates: &Rates) -> Result<(), TooFast> {
        let frames = self.frames.after(1, now, &rates.frames).ok_or(TooFast::Frames)?;
        let bytes = self
            .bytes
            .after(payload_bytes, now, &rates.bytes)
            .ok_or(TooFast::Bytes)?;
        *self = Self { frames, bytes };
        Ok(())
    }
}

/// A peer sends more than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooFast {
    /// Too many frames.
    #[error("more frames than the rate allows")]
    Frames,
    /// Too many bytes, or more at once than the burst.
    #[error("more bytes than the rate allows")]
    Bytes,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    const NANOS: u128 = 1_000_000_000;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn quota_of_a_socket_is_sixteen_bytes() {
        assert_eq!(size_of::<Quota>(), 16);
    }

    #[test]
    fn burst_is_granted_then_the_rate() {
        let epoch = Instant::now();
        let (rate, mut bucket) = (Rate::new(10, 3, epoch), Bucket::default());
        // Milliseconds since the epoch, tokens, whether they are granted.
        let table = [
            (0, 2, true),
            (0, 2, false),
            (0, 1, true),
            (99, 1, false),
            (100, 1, true),
            (100, 1, false),
            (350, 2, true),
            (350, 1, false),
            (10_000, 4, false),
            (10_000, 3, true),
            (10_000, 0, true),
        ];
        for (at, tokens, granted) in table {
            assert_eq!(
                bucket.take(tokens, epoch + ms(at), &rate).is_ok(),
                granted,
                "{tokens} at {at} ms"
            );
        }
    }

    #[test]
    fn rate_zero_has_no_limit() {
        let epoch = Instant::now();
        let (rate, mut bucket) = (Rate::new(0, 0, epoch), Bucket::default());
        assert_eq!(bucket.take(u64::MAX, epoch, &rate), Ok(()));
        assert_eq!(bucket.take(u64::MAX, epoch, &rate), Ok(()));
    }

    #[test]
    fn absurd_figures_overflow_nothing() {
        let epoch = Instant::now();
        let century = epoch + Duration::from_secs(3_155_760_000);
        let (rate, mut bucket) = (Rate::new(u64::MAX, u64::MAX, epoch), Bucket::default());
        assert_eq!(bucket.take(u64::MAX, epoch, &rate), Ok(()));
        assert_eq!(bucket.take(u64::MAX, epoch, &rate), Err(Exceeded));
        assert_eq!(bucket.take(1, century, &rate), Err(Exceeded));
        assert_eq!(bucket.take(1, epoch - ms(1), &Rate::new(1, 0, epoch)), Err(Exceeded));
    }

    #[test]
    fn refused_frame_takes_nothing_from_either_bucket() {
        let epoch = Instant::now();
        let rates = Rates {
            frames: Rate::new(1, 2, epoch),
            bytes: Rate::new(10, 100, epoch),
        };
        let mut quota = Quota::default();
        assert_eq!(quota.take(101, epoch, &rates), Err(TooFast::Bytes));
        assert_eq!(quota.take(50, epoch, &rates), Ok(()));
        assert_eq!(quota.take(50, epoch, &rates), Ok(()));
        assert_eq!(quota.take(0, epoch, &rates), Err(TooFast::Frames));
    }

    /// Nanoseconds to wait and tokens to ask for, again and again.
    fn asks() -> impl Strategy<Value = Vec<(u64, u64)>> {
        let wait = prop_oneof![Just(0), 0..1_000_u64, 0..2_000_000_000_u64];
        vec((wait, 0..20_u64), 1..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn any_stretch_of_time_grants_at_most_burst_and_rate(
            (per_second, burst, asks) in (1..50_u64, 0..40_u64, asks()),
        ) {
            let epoch = Instant::now();
            let (rate, mut bucket) = (Rate::new(per_second, burst, epoch), Bucket::default());
            let (mut now, mut granted) = (0, Vec::new());
            for (wait, tokens) in asks {
                now += wait;
                if bucket.take(tokens, epoch + Duration::from_nanos(now), &rate).is_ok() {
                    granted.push((now, tokens));
                }
            }
            for (first, &(from, _)) in granted.iter().enumerate() {
                let mut sum = 0;
                for &(until, tokens) in &granted[first..] {
                    sum += tokens;
                    let made = (u128::from(until - from) * u128::from(per_second)).div_ceil(NANOS);
                    prop_assert!(u128::from(sum) <= u128::from(burst) + made);
                }
            }
        }

        #[test]
        fn who_keeps_within_the_rate_is_never_refused(
            (per_second, burst, asks) in (1..50_u64, 0..40_u64, asks()),
        ) {
            let epoch = Instant::now();
            let (rate, mut bucket) = (Rate::new(per_second, burst, epoch), Bucket::default());
            // The naive bucket, in billionths of a token, which loses nothing: the peer asks for what it has.
            let full = u128::from(burst) * NANOS;
            let (mut now, mut level) = (0, full);
            for (wait, tokens) in asks {
                now += wait;
                level = full.min(level + u128::from(wait) * u128::from(per_second));
                let tokens = tokens.min(u64::try_from(level / NANOS).unwrap());
                level -= u128::from(tokens) * NANOS;
                prop_assert_eq!(bucket.take(tokens, epoch + Duration::from_nanos(now), &rate), Ok(()));
            }
        }
    }
}
