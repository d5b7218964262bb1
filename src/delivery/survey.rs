//! What an operator may know of a socket, and the little that each keeps for it.

use std::time::{Duration, Instant, SystemTime};

use super::{Hub, Link, Transport};
use crate::{client_address::LimitKey, ids::SessionId};

/// A socket as its hub sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which.
    pub session: SessionId,
    /// Where its client is, as the limits count; [`LimitKey::UNKNOWN`] where nobody said.
    pub address: LimitKey,
    /// When it opened, in seconds since 1970.
    pub opened_at: u32,
    /// Bytes that wait for the peer.
    pub queued_bytes: usize,
    /// How long the last ping took that was answered.
    pub round_trip: Option<Duration>,
    /// Whether it is told what is only for the moment, as sockets of the JSON dialect are from their greeting on.
    pub gets_signals: bool,
}

/// A time in microseconds in 16 bits: 11 bits of number, and how far to shift it. Exact to a thousandth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RoundTrip(u16);

impl RoundTrip {
    pub const NONE: Self = Self(u16::MAX);
    /// Bits of the number.
    const DIGITS: u32 = 11;

    pub fn of(micros: u32) -> Self {
        let shift = (u32::BITS - micros.leading_zeros()).saturating_sub(Self::DIGITS);
        Self((shift << Self::DIGITS | micros >> shift) as u16)
    }

    pub fn get(self) -> Option<Duration> {
        if self == Self::NONE {
            return None;
        }
        let (number, shift) = (u64::from(self.0) & ((1 << Self::DIGITS) - 1), self.0 >> Self::DIGITS);
        Some(Duration::from_micros(number << shift))
    }
}

/// Microseconds that wrap around.
pub(super) struct Stopwatch(Instant);

impl Default for Stopwatch {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Stopwatch {
    pub fn micros(&self, now: Instant) -> u32 {
        now.saturating_duration_since(self.0).as_micros() as u32
    }
}

impl Hub {
    /// The socket's peer has answered a ping, just `now`.
    pub fn hear_pong<T: Transport>(&self, link: &Link<T>, now: Instant) {
        link.answered(self.stopwatch.micros(now));
    }

    /// What is known of these sockets; of those that are gone nothing is.
    pub(super) fn survey(&self, sessions: &[SessionId]) -> Vec<Seen> {
        let links = sessions.iter().filter_map(|session| self.link(*session));
        links.map(|link| link.seen()).collect()
    }
}

/// For a human's eye: the wall clock, which may be set back.
pub(super) fn unix_seconds() -> u32 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_round_trip_is_exact_to_a_thousandth(micros in any::<u32>()) {
            let kept = RoundTrip::of(micros).get().unwrap().as_micros() as u64;
            let micros = u64::from(micros);
            prop_assert!(kept <= micros && micros - kept <= micros / 1000, "{micros} became {kept}");
        }
    }

    #[test]
    fn short_round_trips_are_exact_and_none_is_none() {
        for micros in [0, 1, 999, 2047] {
            assert_eq!(RoundTrip::of(micros).get(), Some(Duration::from_micros(micros.into())));
        }
        assert_eq!(RoundTrip::NONE.get(), None);
        assert_ne!(RoundTrip::of(u32::MAX), RoundTrip::NONE);
    }
}
