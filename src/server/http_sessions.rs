//! The clock of HTTP sessions: who shows life keeps theirs, and those that expire close their sockets.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use tokio::time::{MissedTickBehavior, interval};

use super::Shared;
use crate::store::{Lease, PURGE_ROWS};

/// An expired session closes its sockets within this time.
const EXPIRY_INTERVAL: Duration = Duration::from_millis(500);
/// Who shows life has their session prolonged this often, or four times in its life if that is more.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(60);
/// Sessions that are prolonged between two waits for the disk.
const TOUCHES_AT_ONCE: usize = 256;

/// Runs until it is aborted.
///
/// Who is online shows life: their sockets answered a ping within the heartbeat's timeout, or they would have been
/// evicted. So it is enough to ask the registry who is here.
pub(super) async fn keep(shared: Arc<Shared>) {
    let ttl = shared.settings.session_ttl;
    let mut keep_alive = interval(ttl.map_or(KEEP_ALIVE_INTERVAL, |ttl| KEEP_ALIVE_INTERVAL.min(ttl / 4)));
    let mut expiry = interval(EXPIRY_INTERVAL);
    for clock in [&mut keep_alive, &mut expiry] {
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        let kept = tokio::select! {
            _ = keep_alive.tick() => prolong(&shared).await,
            _ = expiry.tick() => expire(&shared).await,
        };
        if let Err(error) = kept {
            tracing::error!(%error, "HTTP sessions cannot be kept; look at the data directory's disk");
        }
    }
}

async fn prolong(shared: &Shared) -> Result<(), crate::store::StoreError> {
    let lease = Lease::new(Utc::now(), shared.settings.session_ttl);
    for ids in shared.registry.alive().await.chunks(TOUCHES_AT_ONCE) {
        for id in ids {
            shared.http_sessions.touch(*id, lease);
        }
        shared.http_sessions.flush().await?;
    }
    Ok(())
}

async fn expire(shared: &Shared) -> Result<(), crate::store::StoreError> {
    loop {
        let expired = shared.http_sessions.purge_expired(Utc::now()).await?;
        let count = expired.len();
        if count > 0 {
            shared.registry.expire(expired);
        }
        if count < PURGE_ROWS {
            return Ok(());
        }
    }
}
