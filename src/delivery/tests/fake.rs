//! A peer without a socket, that takes as much as it is told to.

use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
};

use crate::delivery::Transport;

/// Both ends of it, since clones are the same peer.
#[derive(Clone)]
pub struct FakePeer(Rc<State>);

struct State {
    wire: RefCell<Vec<u8>>,
    room: Cell<usize>,
    is_broken: Cell<bool>,
}

impl FakePeer {
    /// A peer that takes `room` bytes, until it is given more.
    pub fn with_room(room: usize) -> Self {
        Self(Rc::new(State {
            wire: RefCell::default(),
            room: Cell::new(room),
            is_broken: Cell::new(false),
        }))
    }

    /// Takes so many bytes more.
    pub fn give_room(&self, bytes: usize) {
        self.0.room.set(self.0.room.get().saturating_add(bytes));
    }

    /// Every write fails from here on.
    pub fn break_off(&self) {
        self.0.is_broken.set(true);
    }

    pub fn is_broken(&self) -> bool {
        self.0.is_broken.get()
    }

    /// What was taken since this was asked last.
    pub fn take_wire(&self) -> Vec<u8> {
        self.0.wire.take()
    }
}

impl Transport for FakePeer {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let state = &*self.0;
        if state.is_broken.get() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(state.room.get());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.room.set(state.room.get() - count);
        state.wire.borrow_mut().extend_from_slice(&bytes[..count]);
        Ok(count)
    }
}
