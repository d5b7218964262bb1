//! Handshakes that a proxy spoiled, told to whoever can do something about it: the operator by the log, the person by
//! their page.
//!
//! A page cannot read why its WebSocket failed, and no script can send what a handshake has. So the server remembers
//! for a minute whose handshake came without its upgrade, and says so when that person's page asks who it is, which it
//! does after each handshake that failed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use actix_session::SessionExt;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::Shared;
use crate::{
    base_path::BasePath,
    ids::UserId,
    interceptor::{LogLimit, identity_of},
    transport::websocket::Spoiled,
};

/// How long a spoiled handshake is remembered. A page that fails again is remembered again.
const MEMORY: Duration = Duration::from_secs(60);
/// People who are remembered at once: those who come then are not, until some are forgotten.
const MOST: usize = 1000;

/// Whose last handshake came spoiled. One for all workers.
#[derive(Default)]
pub(crate) struct SpoiledHandshakes {
    of: Mutex<HashMap<UserId, (Spoiled, Instant)>>,
    log: LogLimit,
}

impl SpoiledHandshakes {
    fn of(&self) -> MutexGuard<'_, HashMap<UserId, (Spoiled, Instant)>> {
        // Each entry stands for itself, so a poisoned lock does not matter.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was missing in the last handshake of `user`.
    pub fn of_user(&self, user: UserId, now: Instant) -> Option<Spoiled> {
        let (spoiled, at) = *self.of().get(&user)?;
        (now.saturating_duration_since(at) < MEMORY).then_some(spoiled)
    }

    fn note(&self, user: UserId, outcome: Option<Spoiled>, now: Instant) {
        let mut of = self.of();
        let Some(spoiled) = outcome else {
            of.remove(&user);
            return;
        };
        if of.len() >= MOST {
            of.retain(|_, (_, at)| now.saturating_duration_since(*at) < MEMORY);
        }
        if of.len() < MOST || of.contains_key(&user) {
            of.insert(user, (spoiled, now));
        }
    }

    fn tell_operator(&self, spoiled: Spoiled, base: &BasePath) {
        if self.log.allows() {
            let missing = spoiled.missing().collect::<Vec<_>>().join(", ");
            tracing::warn!(
                missing,
                nginx = spoiled.nginx(),
                haproxy = spoiled.haproxy(),
                apache = spoiled.apache(&base.to_string()),
                "a proxy in front does not pass WebSockets on; add what it lacks, as in docs/proxies.md"
            );
        }
    }
}

/// Middleware inside of the HTTP session's, round the socket's route.
pub(super) async fn note<B: MessageBody>(
    shared: Arc<Shared>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let spoiled = Spoiled::find(request.version(), request.headers());
    if let Some(spoiled) = spoiled {
        shared.spoiled.tell_operator(spoiled, &shared.settings.base_path);
    }
    if let Some(who) = identity_of(&request.get_session()) {
        shared.spoiled.note(who.user, spoiled, Instant::now());
    }
    next.call(request).await
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Version, header};

    use super::*;

    fn spoiled() -> Spoiled {
        let mut headers = header::HeaderMap::new();
        headers.insert(header::SEC_WEBSOCKET_KEY, header::HeaderValue::from_static("x"));
        Spoiled::find(Version::HTTP_11, &headers).unwrap()
    }

    #[test]
    fn last_handshake_counts_for_a_minute() {
        let (all, user, now) = (SpoiledHandshakes::default(), UserId::from_bits(1), Instant::now());
        all.note(user, Some(spoiled()), now);
        assert_eq!(all.of_user(user, now), Some(spoiled()));
        assert_eq!(all.of_user(UserId::from_bits(2), now), None);
        assert_eq!(all.of_user(user, now + MEMORY), None);
        all.note(user, None, now);
        assert_eq!(all.of_user(user, now), None);
    }

    #[test]
    fn crowd_does_not_fill_the_memory_and_makes_room_in_time() {
        let (all, now) = (SpoiledHandshakes::default(), Instant::now());
        for number in 0..=MOST as u64 {
            all.note(UserId::from_bits(number), Some(spoiled()), now);
        }
        let newcomer = UserId::from_bits(MOST as u64);
        assert_eq!(all.of_user(newcomer, now), None);
        assert_eq!(all.of().len(), MOST);
        let later = now + MEMORY;
        all.note(newcomer, Some(spoiled()), later);
        assert_eq!(all.of_user(newcomer, later), Some(spoiled()));
        assert_eq!(all.of().len(), 1);
    }
}
