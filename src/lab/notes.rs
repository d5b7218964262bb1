//! What is gathered of a handshake, while nobody knows yet whether it becomes a socket.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
};

use super::{Event, Handshake, Lab, Note, Place, Tap, event::Asked};
use crate::ids::{SessionId, UserId};

/// Lies beside a request that asked for the lab, on the thread that answers it. Who judges the handshake notes down
/// what was compared with what.
pub struct Notes {
    lab: Lab,
    /// Whether a journal is kept of it.
    is_kept: bool,
    /// Where the page of this handshake may try a foreign one.
    foreign: Option<String>,
    user: Cell<Option<UserId>>,
    handshake: RefCell<Option<(Handshake, Place)>>,
    /// What became of it, if that came before the answer.
    opened: RefCell<Option<Opened>>,
    asked: RefCell<Vec<Asked>>,
}

/// A socket whose handshake is not answered yet.
struct Opened {
    user: UserId,
    socket: SessionId,
    remote: Option<SocketAddr>,
}

impl Notes {
    /// An empty sheet for a handshake whose journal is to be kept in `lab`.
    #[track_caller]
    pub fn new(lab: Lab, foreign: Option<String>) -> Self {
        Self {
            lab,
            is_kept: true,
            foreign,
            user: Cell::new(None),
            handshake: RefCell::default(),
            opened: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// An empty sheet for a handshake of which somebody else is told, should it be refused.
    #[track_caller]
    pub fn of_stranger(lab: Lab) -> Self {
        Self {
            is_kept: false,
            ..Self::new(lab, None)
        }
    }

    /// Somebody was asked about the handshake, here. Who is asked twice is noted once.
    #[track_caller]
    pub fn asked(&self, note: Note) {
        let mut asked = self.asked.borrow_mut();
        if !asked.iter().any(|known| known.note.name == note.name) {
            asked.push(Asked {
                note,
                place: Place::here(),
            });
        }
    }

    /// Whose socket it would be.
    pub fn belongs_to(&self, user: UserId) {
        self.user.set(Some(user));
    }

    /// The handshake as it was answered, here.
    #[track_caller]
    pub fn answered(&self, handshake: Handshake) {
        let place = Place::here();
        match self.opened.take() {
            Some(opened) => self.tell(&opened, handshake, place),
            None => *self.handshake.borrow_mut() = Some((handshake, place)),
        }
    }

    fn tell(&self, opened: &Opened, mut handshake: Handshake, place: Place) {
        handshake.remote = opened.remote.map(|address| address.to_string());
        self.lab
            .report_from(place, opened.user, opened.socket, Event::Handshake(handshake));
    }

    /// It was refused: whoever gave out `token` is told.
    #[track_caller]
    pub fn refused(&self, token: &str, status: u16, code: &str, message: &str) {
        self.lab.refused(token, || Event::Refused {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
            asked: self.asked.take(),
        });
    }

    /// It became `socket`, be it before or after it is answered. `None` if nobody is known whose it is, or there is no
    /// room for another journal.
    pub fn open(&self, socket: SessionId, remote: Option<SocketAddr>) -> Option<Tap> {
        let user = self.user.get().filter(|_| self.is_kept)?;
        if !self.lab.open(user, socket) {
            return None;
        }
        let opened = Opened { user, socket, remote };
        match self.handshake.take() {
            Some((handshake, place)) => self.tell(&opened, handshake, place),
            None => *self.opened.borrow_mut() = Some(opened),
        }
        for Asked { note, place } in self.asked.take() {
            self.lab.report_from(place, user, socket, Event::Interceptor(note));
        }
        Some(Tap::new(self.lab.clone(), user, socket, self.foreign.clone()))
    }
}
