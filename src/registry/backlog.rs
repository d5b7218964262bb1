//! How much that was said is still on its way through the registry and the hubs. Bounded, by holding back those who
//! would say more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::sync::Notify;

use crate::ids::{SessionId, UserId};

/// Bytes on their way, beyond which nobody is read from.
const BACKLOG_BYTES: usize = 4 * 1024 * 1024;
/// What a text costs beside its bytes.
const OVERHEAD_BYTES: usize = 256;

/// Counts the bytes of texts on their way.
#[derive(Default)]
pub struct Backlog {
    bytes: AtomicUsize,
    eased: Notify,
}

/// Something that a user said, on its way to everyone.
pub struct Said {
    pub(super) session: SessionId,
    pub(super) user: UserId,
    /// Under which it may be said again.
    pub(super) id: Option<Box<str>>,
    /// What its sender calls it, if that is not its id.
    pub(super) reference: Option<Box<str>>,
    pub(super) text: Box<str>,
    /// When it came.
    pub(super) since: Instant,
    pub(super) credit: Credit,
}

/// The place that one text takes in the backlog, given back on `Drop`.
pub(super) struct Credit {
    backlog: Arc<Backlog>,
    bytes: usize,
}

impl Backlog {
    /// What `user` said through `session`, with its place. Never refuses: who asks [`Self::is_full`] before reading
    /// overshoots by one read at most.
    pub fn said(
        self: &Arc<Self>,
        session: SessionId,
        user: UserId,
        id: Option<&str>,
        reference: Option<&str>,
        text: &str,
        since: Instant,
    ) -> Said {
        let bytes = text.len() + reference.map_or(0, str::len);
        Said {
            session,
            user,
            id: id.map(Into::into),
            reference: reference.map(Into::into),
            text: text.into(),
            since,
            credit: self.take(bytes),
        }
    }

    fn take(self: &Arc<Self>, text_bytes: usize) -> Credit {
        let bytes = text_bytes + OVERHEAD_BYTES;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Credit {
            backlog: self.clone(),
            bytes,
        }
    }

    /// Whether more should be held back.
    pub fn is_full(&self) -> bool {
        self.bytes() >= BACKLOG_BYTES
    }

    /// Bytes on their way.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Waits until there is room.
    ///
    /// # Cancel safety
    ///
    /// Cancelling loses nothing.
    pub async fn room(&self) {
        loop {
            // Registered before the look, so that no easing in between is missed.
            let mut eased = std::pin::pin!(self.eased.notified());
            eased.as_mut().enable();
            if !self.is_full() {
                return;
            }
            eased.await;
        }
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        let before = self.backlog.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        if before >= BACKLOG_BYTES && before - self.bytes < BACKLOG_BYTES {
            self.backlog.eased.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_comes_when_a_place_is_given_back() {
        let backlog = Arc::new(Backlog::default());
        let (small, large) = (backlog.take(1), backlog.take(BACKLOG_BYTES));
        let waiting = tokio::spawn({
            let backlog = backlog.clone();
            async move { backlog.room().await }
        });
        tokio::task::yield_now().await;
        drop(small);
        tokio::task::yield_now().await;
        assert!(backlog.is_full() && !waiting.is_finished());
        drop(large);
        waiting.await.unwrap();
        assert_eq!(backlog.bytes(), 0);
    }
}
