//! The way to the lab, from any thread.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use chrono::Utc;

use super::{
    Event, Place,
    book::{Book, Moment, Outlet},
};
use crate::ids::{SessionId, UserId};

/// Cheap to clone. One that is off does nothing and costs nothing.
#[derive(Clone, Default)]
pub struct Lab {
    shared: Option<Arc<Shared>>,
}

struct Shared {
    book: Mutex<Book>,
    /// How many users have a journal: where it is zero, nobody takes the lock.
    users: AtomicUsize,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        // Journals are whole at any moment, so a poisoned lock does not matter.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, book: &Book) {
        self.users.store(book.len(), Ordering::Relaxed);
    }
}

fn moment(socket: Option<SessionId>, place: Place) -> Moment {
    Moment {
        at: Utc::now(),
        now: Instant::now(),
        place,
        socket,
    }
}

impl Lab {
    /// A lab that is open to those who ask for it.
    pub fn on() -> Self {
        let shared = Shared {
            book: Mutex::new(Book::new(Instant::now())),
            users: AtomicUsize::new(0),
        };
        Self {
            shared: Some(Arc::new(shared)),
        }
    }

    /// None.
    pub fn off() -> Self {
        Self::default()
    }

    /// Whether there is one.
    pub fn is_on(&self) -> bool {
        self.shared.is_some()
    }

    /// Whether anybody may be reading.
    fn followed(&self) -> Option<&Shared> {
        let shared = self.shared.as_deref()?;
        (shared.users.load(Ordering::Relaxed) > 0).then_some(shared)
    }

    /// Whether somebody keeps a journal: only then it is worth to find out what it would say.
    pub fn is_followed(&self) -> bool {
        self.followed().is_some()
    }

    /// Whether somebody keeps a journal of `user`.
    pub fn follows(&self, user: UserId) -> bool {
        self.followed()
            .is_some_and(|shared| shared.book().follows(user, Instant::now()))
    }

    /// A socket of the lab is there. False if it cannot have a journal.
    pub(super) fn open(&self, user: UserId, socket: SessionId) -> bool {
        let (Some(shared), Ok([high, low])) = (self.shared.as_deref(), random()) else {
            return false;
        };
        let token = u128::from(high) << 64 | u128::from(low);
        let mut book = shared.book();
        let is_open = book.open(user, socket, token, Instant::now());
        shared.count(&book);
        is_open
    }

    /// A socket of the lab is gone.
    pub(super) fn close(&self, user: UserId, socket: SessionId) {
        if let Some(shared) = &self.shared {
            shared.book().close(user, socket, Instant::now());
        }
    }

    /// Something happened to `user`, here; to one socket of theirs, where one is named. `event` is made only if
    /// somebody keeps a journal of them.
    #[track_caller]
    pub fn report(&self, user: UserId, socket: Option<SessionId>, event: impl FnOnce() -> Event) {
        if let Some(shared) = self.followed() {
            self.report_at(shared, user, &moment(socket, Place::here()), event);
        }
    }

    /// [`Self::report`] of something that happened elsewhere.
    pub(super) fn report_from(&self, place: Place, user: UserId, socket: SessionId, event: Event) {
        if let Some(shared) = self.followed() {
            self.report_at(shared, user, &moment(Some(socket), place), || event);
        }
    }

    fn report_at(&self, shared: &Shared, user: UserId, moment: &Moment, event: impl FnOnce() -> Event) {
        let mut book = shared.book();
        book.forget(moment.now);
        book.report(user, moment, event);
        shared.count(&book);
    }

    /// From here on `outlet` gets what happens to `user`, behind what is kept after the number `after`. `address` is
    /// where a foreign handshake may be tried. False if `socket` has no journal.
    #[track_caller]
    pub(super) fn watch(
        &self,
        user: UserId,
        socket: SessionId,
        after: u64,
        outlet: Outlet,
        address: Option<&str>,
    ) -> bool {
        let moment = moment(Some(socket), Place::here());
        self.followed()
            .is_some_and(|shared| shared.book().watch(user, after, &moment, outlet, address))
    }

    /// `socket` has seen enough.
    #[track_caller]
    pub(super) fn unwatch(&self, user: UserId, socket: SessionId) {
        let moment = moment(Some(socket), Place::here());
        if let Some(shared) = self.followed() {
            shared.book().unwatch(user, &moment);
        }
    }

    /// A handshake that named this token was refused, here.
    #[track_caller]
    pub(super) fn refused(&self, token: &str, event: impl FnOnce() -> Event) {
        let moment = moment(None, Place::here());
        if let (Some(shared), Ok(token)) = (self.followed(), u128::from_str_radix(token, 16)) {
            shared.book().refused(token, &moment, event);
        }
    }
}

fn random() -> Result<[u64; 2], getrandom::Error> {
    Ok([getrandom::u64()?, getrandom::u64()?])
}
