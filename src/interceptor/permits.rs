//! How many sockets an address may have, and how many handshakes per second it may make.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
};

use super::{HandshakeInterceptor, Refusal, client::client_of, log_limit::LogLimit, notes::note};
use crate::{
    attributes::Attributes,
    client_address::{LimitKey, TrustedProxies},
    lab::{Figures, Note, Verdict},
    quota::{Bucket, Rate},
    refusals::Compared,
};

/// Fewer entries than this are not worth looking for ones that can go.
const SWEEP_FLOOR: usize = 1024;

/// What every address must keep to, and what each has taken. One for all workers.
pub struct Permits {
    /// Sockets of one address; 0 means no limit.
    max_sockets: u32,
    /// Handshakes, and names.
    rate: Rate,
    ledger: Mutex<Ledger>,
    log: LogLimit,
}

#[derive(Default)]
struct Ledger {
    entries: HashMap<LimitKey, Entry>,
    /// How many entries there may be before those that say nothing are dropped.
    sweep_at: usize,
}

#[derive(Default)]
struct Entry {
    sockets: u32,
    handshakes: Bucket,
    names: Bucket,
}

/// One socket's place, given back on `Drop`: it rides in the attributes and dies with the session.
struct Permit {
    permits: Arc<Permits>,
    key: LimitKey,
}

impl Permits {
    /// `max_sockets` 0 means no limit; so does a rate of 0.
    pub fn new(max_sockets: u32, rate: Rate) -> Arc<Self> {
        Arc::new(Self {
            max_sockets,
            rate,
            ledger: Mutex::default(),
            log: LogLimit::default(),
        })
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Entries are whole at any moment, so a poisoned lock does not matter.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a name that an address takes: no more often than it may shake hands.
    ///
    /// # Errors
    ///
    /// 429 `too-many-names`.
    pub fn count_name(&self, key: LimitKey, now: Instant) -> Result<(), Refusal> {
        let mut ledger = self.ledger();
        let taken = ledger.entry(key, now, &self.rate).names.take(1, now, &self.rate);
        taken.map_err(|_| {
            let message = "too many names from your address; wait a little";
            self.refuse_haste(key, "too-many-names", message, "names")
        })
    }

    fn take(self: &Arc<Self>, key: LimitKey, now: Instant) -> Result<Permit, Refusal> {
        let mut ledger = self.ledger();
        let entry = ledger.entry(key, now, &self.rate);
        if entry.handshakes.take(1, now, &self.rate).is_err() {
            let message = "too many handshakes from your address; wait a little";
            return Err(self.refuse_haste(key, "too-many-handshakes", message, "handshakes"));
        }
        if self.max_sockets > 0 && entry.sockets >= self.max_sockets {
            let message = "too many sockets from your address; close some first";
            let most = self.max_sockets;
            let compared = Compared {
                got: format!("one more than {most} sockets"),
                wanted: format!("at most {most} sockets of one address"),
                admit: Some(format!("--max-sockets-per-address {}", most.saturating_mul(2))),
            };
            return Err(self.refuse(key, "too-many-sockets", message, compared));
        }
        entry.sockets += 1;
        Ok(Permit {
            permits: self.clone(),
            key,
        })
    }

    /// What `key` has taken, against what it may take.
    fn note(&self, key: LimitKey, now: Instant, refused: Option<&Refusal>) -> Note {
        let mut ledger = self.ledger();
        let entry = ledger.entry(key, now, &self.rate);
        let figures = Figures {
            sockets: entry.sockets,
            max_sockets: (self.max_sockets > 0).then_some(self.max_sockets),
            handshakes: entry.handshakes.missing(now, &self.rate),
            max_handshakes: self.rate.limit().map(|(_, burst)| burst),
            per_second: self.rate.limit().map(|(per_second, _)| per_second),
        };
        let setting = refused.map(|refusal| match refusal.code() {
            "too-many-sockets" => "--max-sockets-per-address",
            _ => "--max-handshakes-per-second",
        });
        Note {
            name: "permits",
            verdict: if refused.is_some() {
                Verdict::Refused
            } else {
                Verdict::Admitted
            },
            got: Some(key.to_string()),
            admit: setting.map(str::to_owned),
            figures: Some(figures),
            ..Note::default()
        }
    }

    fn refuse_haste(&self, key: LimitKey, code: &'static str, message: &'static str, what: &str) -> Refusal {
        let most = self.rate.per_second();
        let compared = Compared {
            got: format!("more than {most} {what} per second"),
            wanted: format!("at most {most} {what} per second of one address, on the average"),
            admit: Some(format!("--max-handshakes-per-second {}", most.saturating_mul(2))),
        };
        self.refuse(key, code, message, compared)
    }

    fn refuse(&self, key: LimitKey, code: &'static str, message: &'static str, compared: Compared) -> Refusal {
        if self.log.allows() {
            let admit = compared.admit.as_deref().unwrap_or("none");
            tracing::warn!(address = %key, code, wanted = compared.wanted, admit, "handshake refused");
        }
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, code, message)
            .with_header(header::RETRY_AFTER, "5")
            .with_comparison(compared)
    }
}

impl Ledger {
    /// The entry of an address.
    fn entry(&mut self, key: LimitKey, now: Instant, rate: &Rate) -> &mut Entry {
        if self.entries.len() >= self.sweep_at.max(SWEEP_FLOOR) {
            // Whenever their number has doubled since the last time, those that say nothing any more go.
            self.entries.retain(|_, entry| entry.says_something(now, rate));
            self.sweep_at = 2 * self.entries.len();
        }
        self.entries.entry(key).or_default()
    }
}

impl Entry {
    fn says_something(&self, now: Instant, rate: &Rate) -> bool {
        self.sockets > 0 || !self.handshakes.is_full(now, rate) || !self.names.is_full(now, rate)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(entry) = self.permits.ledger().entries.get_mut(&self.key) {
            entry.sockets -= 1;
        }
    }
}

/// Lets in as many as the [`Permits`] allow.
#[derive(Clone)]
pub struct PermitInterceptor {
    permits: Arc<Permits>,
    proxies: TrustedProxies,
}

impl PermitInterceptor {
    /// Counts by the address that `proxies` vouch for.
    pub fn new(permits: Arc<Permits>, proxies: TrustedProxies) -> Self {
        Self { permits, proxies }
    }
}

impl HandshakeInterceptor for PermitInterceptor {
    fn before_handshake<'a>(
        &'a self,
        request: &'a HttpRequest,
        attributes: &'a mut Attributes,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>> {
        let key = client_of(request, &self.proxies).limit_key();
        let now = Instant::now();
        let taken = self.permits.take(key, now);
        note(request, || self.permits.note(key, now, taken.as_ref().err()));
        Box::pin(std::future::ready(taken.map(|permit| {
            attributes.insert(permit);
            // For the operator's eyes; the endpoint takes it out again.
            attributes.insert(key);
        })))
    }
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, time::Duration};

    use super::*;

    fn key(last: u32) -> LimitKey {
        LimitKey::new(Ipv4Addr::from_bits(last).into())
    }

    #[test]
    fn a_place_is_given_back_when_its_session_dies() {
        let start = Instant::now();
        let permits = Permits::new(2, Rate::new(0, 0, start));
        let one = permits.take(key(1), start).unwrap();
        let _two = permits.take(key(1), start).unwrap();
        assert_eq!(permits.take(key(1), start).err().unwrap().code(), "too-many-sockets");
        assert!(permits.take(key(2), start).is_ok());
        drop(one);
        assert!(permits.take(key(1), start).is_ok());
    }

    #[test]
    fn handshakes_are_counted_even_if_none_stays() {
        let start = Instant::now();
        let permits = Permits::new(0, Rate::new(1, 3, start));
        for _ in 0..3 {
            permits.take(key(1), start).unwrap();
        }
        assert_eq!(permits.take(key(1), start).err().unwrap().code(), "too-many-handshakes");
        assert!(permits.take(key(1), start + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn addresses_that_left_are_forgotten() {
        let start = Instant::now();
        let permits = Permits::new(1, Rate::new(1, 1, start));
        let _stays = permits.take(key(0), start).unwrap();
        for last in 1..10 * SWEEP_FLOOR as u32 {
            permits
                .take(key(last), start + Duration::from_secs(last.into()))
                .unwrap();
        }
        let ledger = permits.ledger();
        assert!(ledger.entries.len() <= SWEEP_FLOOR && ledger.entries[&key(0)].sockets == 1);
    }
}
