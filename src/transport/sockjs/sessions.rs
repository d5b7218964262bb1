//! The book of a service's sessions: where each is and whose, for every worker to look up.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{mpsc, oneshot};

use super::pipe::Pipe;
use crate::{http_session_id::HttpSessionId, shrink::Shrink};

/// Requests of one session whose bodies may be under way at once. Clients send the next when the last was answered; what
/// bodies hold in memory is not counted anywhere else.
const MOST_SENDS: usize = 2;

/// Texts on their way to a session.
pub(super) struct Said {
    /// In their order.
    pub texts: Vec<String>,
    /// Told when all are handled.
    pub done: oneshot::Sender<()>,
}

/// The way to a session, from any thread.
#[derive(Clone)]
pub(super) struct Entry {
    pub pipe: Arc<Pipe>,
    pub mailbox: mpsc::UnboundedSender<Said>,
    /// A session's id is chosen by its client, so it proves nothing: this does.
    owner: Option<HttpSessionId>,
    sends: Arc<AtomicUsize>,
}

impl Entry {
    /// A session of `owner`, or of nobody in particular.
    pub fn new(pipe: Arc<Pipe>, mailbox: mpsc::UnboundedSender<Said>, owner: Option<HttpSessionId>) -> Self {
        Self {
            pipe,
            mailbox,
            owner,
            sends: Arc::default(),
        }
    }

    /// Counts a request that says something, until what it returns is dropped. `None` if there are too many.
    pub fn send(&self) -> Option<Sending> {
        let sending = Sending(self.sends.clone());
        (self.sends.fetch_add(1, Ordering::Relaxed) < MOST_SENDS).then_some(sending)
    }
}

/// A request under way.
pub(super) struct Sending(Arc<AtomicUsize>);

impl Drop for Sending {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Entry>>);

impl Sessions {
    fn book(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        // Entries are whole at any moment, so a poisoned lock does not matter.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of this id, for the asking one. One look: a session may be entered at any moment.
    pub fn find(&self, id: &str, asking: Option<HttpSessionId>) -> Found {
        match self.book().get(id) {
            None => Found::Nothing,
            Some(entry) if entry.owner == asking => Found::Theirs(entry.clone()),
            Some(_) => Found::Foreign,
        }
    }

    /// Enters a session, until what it returns is dropped. `None` if the id is taken.
    pub fn enter(self: &Arc<Self>, id: &str, entry: Entry) -> Option<Registration> {
        let mut book = self.book();
        if book.contains_key(id) {
            return None;
        }
        book.insert(id.to_owned(), entry);
        Some(Registration {
            sessions: self.clone(),
            id: id.to_owned(),
        })
    }
}

/// What stands under an id.
pub(super) enum Found {
    /// A session of the asking one's.
    Theirs(Entry),
    /// One of somebody else's.
    Foreign,
    Nothing,
}

impl Found {
    /// The session, if it is the asking one's.
    pub fn theirs(self) -> Option<Entry> {
        match self {
            Self::Theirs(entry) => Some(entry),
            Self::Foreign | Self::Nothing => None,
        }
    }
}

/// A session's place in the book.
pub(super) struct Registration {
    sessions: Arc<Sessions>,
    id: String,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut book = self.sessions.book();
        book.remove(&self.id);
        book.shrink();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn entry(owner: Option<HttpSessionId>) -> Entry {
        Entry::new(Arc::new(Pipe::new(Instant::now())), mpsc::unbounded_channel().0, owner)
    }

    #[test]
    fn sessions_are_found_by_their_owner_only_and_forgotten_at_their_end() {
        let sessions = Arc::new(Sessions::default());
        let [ada, eve] = [1, 2].map(|byte| HttpSessionId::from_digest([byte; 16]));
        let place = sessions.enter("s", entry(Some(ada))).unwrap();
        assert!(sessions.enter("s", entry(Some(eve))).is_none());
        assert!(sessions.find("s", Some(ada)).theirs().is_some());
        for stranger in [Some(eve), None] {
            assert!(matches!(sessions.find("s", stranger), Found::Foreign));
        }
        drop(place);
        assert!(matches!(sessions.find("s", Some(ada)), Found::Nothing));
        let _place = sessions.enter("s", entry(None)).unwrap();
        assert!(matches!(sessions.find("s", Some(eve)), Found::Foreign));
        assert!(sessions.find("s", None).theirs().is_some());
    }

    #[test]
    fn sends_are_counted_while_they_last() {
        let entry = entry(None);
        let sends: Vec<_> = (0..MOST_SENDS).map(|_| entry.send().unwrap()).collect();
        assert!(entry.send().is_none());
        drop(sends);
        assert!(entry.send().is_some());
    }
}
