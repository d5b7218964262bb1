//! Who is signed in to the operator's view, and how often one may try.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};

use crate::{
    client_address::LimitKey,
    quota::{Bucket, Rate},
    store::AdminToken,
};

/// A login that nobody uses for so long counts no more.
const IDLE: Duration = Duration::from_secs(12 * 60 * 60);
/// Nor does one that is so old.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Logins that count at once.
const MOST: usize = 16;
/// Tokens of the bucket that one try takes, of which one comes back each second; five tries may come at once.
const TRY: u64 = 10;
const TRIES: u64 = 5;
/// Fewer addresses than this are not worth looking for ones that can go.
const SWEEP_FLOOR: usize = 256;

type Secret = [u8; 32];

/// The logins that count, and the token that makes one. Keeps digests only.
pub(super) struct Logins {
    token: Secret,
    rate: Rate,
    ledger: Mutex<Ledger>,
}

#[derive(Default)]
struct Ledger {
    logins: Vec<Login>,
    tries: HashMap<LimitKey, Bucket>,
    /// How many addresses there may be before those that say nothing are dropped.
    sweep_at: usize,
}

struct Login {
    cookie: Secret,
    made_at: Instant,
    used_at: Instant,
}

impl Logins {
    pub fn new(token: &AdminToken) -> Self {
        Self {
            token: digest(token.expose()),
            rate: Rate::new(1, TRY * TRIES, Instant::now()),
            ledger: Mutex::default(),
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // The ledger is whole at any moment, so a poisoned lock does not matter.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `client` may try a token now. Counts as one try.
    pub fn may_try(&self, client: LimitKey, now: Instant) -> bool {
        let mut ledger = self.ledger();
        if ledger.tries.len() >= ledger.sweep_at.max(SWEEP_FLOOR) {
            ledger.tries.retain(|_, bucket| !bucket.is_full(now, &self.rate));
            ledger.sweep_at = 2 * ledger.tries.len();
        }
        ledger
            .tries
            .entry(client)
            .or_default()
            .take(TRY, now, &self.rate)
            .is_ok()
    }

    /// Whether `token` is the token.
    pub fn knows(&self, token: &str) -> bool {
        is_same(&self.token, &digest(token.trim()))
    }

    /// The cookie of a new login.
    pub fn open(&self, now: Instant) -> Result<String, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let mut cookie = String::with_capacity(64);
        for byte in bytes {
            write!(cookie, "{byte:02x}").expect("a string takes all that is written");
        }
        let mut ledger = self.ledger();
        ledger.logins.retain(|login| login.counts(now));
        if ledger.logins.len() >= MOST {
            let stalest = (0..MOST).min_by_key(|place| ledger.logins[*place].used_at);
            stalest.map(|place| ledger.logins.swap_remove(place));
        }
        ledger.logins.push(Login {
            cookie: digest(&cookie),
            made_at: now,
            used_at: now,
        });
        Ok(cookie)
    }

    /// Whether a login of this cookie counts, which is then used just `now`.
    pub fn uses(&self, cookie: &str, now: Instant) -> bool {
        let cookie = digest(cookie);
        let mut ledger = self.ledger();
        let login = ledger
            .logins
            .iter_mut()
            .find(|login| is_same(&login.cookie, &cookie) && login.counts(now));
        login.map(|login| login.used_at = now).is_some()
    }

    /// Ends the login of this cookie, if there is one.
    pub fn close(&self, cookie: &str) {
        let cookie = digest(cookie);
        self.ledger().logins.retain(|login| !is_same(&login.cookie, &cookie));
    }
}

impl Login {
    fn counts(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.used_at) < IDLE && now.saturating_duration_since(self.made_at) < LONGEST
    }
}

fn digest(text: &str) -> Secret {
    Sha256::digest(text).into()
}

/// Looks at every byte, whatever the first ones were.
fn is_same(one: &Secret, other: &Secret) -> bool {
    one.iter().zip(other).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tempfile::tempdir;

    use super::*;
    use crate::store::DataDir;

    fn logins() -> (Logins, String) {
        let folder = tempdir().unwrap();
        let token = DataDir::open(folder.path()).unwrap().admin_token().unwrap();
        (Logins::new(&token), token.expose().to_owned())
    }

    fn client(last: u32) -> LimitKey {
        LimitKey::new(Ipv4Addr::from_bits(last).into())
    }

    #[test]
    fn only_the_token_is_the_token() {
        let (logins, token) = logins();
        assert!(logins.knows(&token) && logins.knows(&format!(" {token}\n")));
        for wrong in ["", &token[1..], &token.to_uppercase(), &format!("{token}{token}")] {
            assert!(!logins.knows(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_login_counts_while_it_is_used_and_not_for_ever() {
        let (logins, _) = logins();
        let start = Instant::now();
        let cookie = logins.open(start).unwrap();
        let hour = Duration::from_secs(3600);
        assert!(logins.uses(&cookie, start + 11 * hour));
        assert!(logins.uses(&cookie, start + 22 * hour));
        assert!(!logins.uses(&cookie, start + 34 * hour), "idle for 12 hours");
        let cookie = logins.open(start).unwrap();
        let counted = (0..200).take_while(|hours| logins.uses(&cookie, start + *hours * hour));
        assert_eq!(counted.count(), 7 * 24);
        let cookie = logins.open(start).unwrap();
        logins.close(&cookie);
        assert!(!logins.uses(&cookie, start) && !logins.uses("", start));
    }

    #[test]
    fn of_too_many_logins_the_stalest_goes() {
        let (logins, _) = logins();
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let cookies: Vec<_> = (0..MOST as u32)
            .map(|n| logins.open(start + n * second).unwrap())
            .collect();
        let later = start + 100 * second;
        assert!(logins.uses(&cookies[0], later));
        let newest = logins.open(later).unwrap();
        let counting = cookies.iter().filter(|cookie| logins.uses(cookie, later)).count();
        assert_eq!(counting, MOST - 1);
        assert!(!logins.uses(&cookies[1], later) && logins.uses(&newest, later));
    }

    #[test]
    fn tries_are_few_and_come_back_and_are_forgotten() {
        let (logins, _) = logins();
        let start = Instant::now() + Duration::from_secs(60);
        let tries = |at| (0..100).take_while(|_| logins.may_try(client(1), at)).count();
        assert_eq!(tries(start), 5);
        assert!(logins.may_try(client(2), start), "others may");
        assert_eq!(tries(start + Duration::from_secs(9)), 0);
        assert_eq!(tries(start + Duration::from_secs(10)), 1);
        for number in 0..100_000 {
            logins.may_try(client(number), start + Duration::from_secs(u64::from(number)));
        }
        assert!(logins.ledger().tries.len() <= 2 * SWEEP_FLOOR);
    }
}
