//! Bans end by themselves.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use tokio::time::{MissedTickBehavior, interval};

use super::Shared;

/// One that has ended is taken off the list within this time. It keeps nobody out meanwhile.
const GLANCE: Duration = Duration::from_secs(1);

/// Runs until it is aborted.
pub(super) async fn keep(shared: Arc<Shared>) {
    let mut clock = interval(GLANCE);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        let now = Utc::now();
        if shared.bans.forget_ended(now)
            && let Err(error) = shared.stored_bans.forget_ended(now).await
        {
            // They are not read again after a restart, so all that is lost is their room.
            tracing::warn!(%error, "bans that have ended could not be deleted");
        }
    }
}
