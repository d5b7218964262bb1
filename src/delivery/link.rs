//! One socket as its hub knows it: where to write, what waits to be written, and how it is to end.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    task::Waker,
};

use bytes::Bytes;

use super::{
    Frame, Outbox, Transport,
    survey::{RoundTrip, Seen},
    turn::Form,
};
use crate::{
    client_address::LimitKey,
    close_status::{CloseStatus, Ending},
    heartbeat::Vitals,
    ids::SessionId,
};

/// Shared by the socket's own task, which reads and drains, and the hub, which writes. Both live on one thread. For a
/// WebSocket the task is its life in the reactor.
///
/// Kept small, since it is most of what an idle socket costs: whatever is rarely there is behind a pointer.
pub struct Link<T: ?Sized = dyn Transport> {
    id: SessionId,
    vitals: Cell<Vitals>,
    is_subscribed: Cell<bool>,
    /// Cleared when the end begins: from then on only the socket's task writes.
    is_open: Cell<bool>,
    /// Whether the turn in hand has something for it alone.
    is_special: Cell<bool>,
    /// Whether the hub has it on the list of those who lag.
    is_jammed: Cell<bool>,
    /// The bits below: there is no room for a byte each.
    flags: Cell<u8>,
    outbox: RefCell<Option<Box<Outbox>>>,
    ending: RefCell<Option<Box<Ending>>>,
    /// Where the client is and when it came: for the operator's eyes.
    address: Cell<LimitKey>,
    opened_at: u32,
    /// When the ping went out that is still to be answered, in microseconds that wrap around; 0 for none.
    pinged_at: Cell<u32>,
    round_trip: Cell<RoundTrip>,
    /// Wakes the socket's task.
    waker: RefCell<Option<Waker>>,
    transport: T,
}

/// It is told what is only for the moment, such as who types.
const SIGNALS: u8 = 1;
/// Nothing is read from it because the server has more than enough to do.
const UNHEARD: u8 = 1 << 1;
/// The lab is told of it: where, the hub knows.
const TAPPED: u8 = 1 << 2;
/// Nothing that comes from it counts as life.
const DEAF: u8 = 1 << 3;
/// Its connection is to be reset instead of closed.
const CUT: u8 = 1 << 4;
/// It has agreed on permessage-deflate.
const PACKED: u8 = 1 << 5;

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The peer took all of it, or the socket is past taking anything.
    Whole,
    /// The first bytes that this peer left waiting.
    Jammed,
    /// Queued behind others, of which `backlog_bytes` wait behind the write in hand.
    Queued { backlog_bytes: usize },
}

impl<T: Transport> Link<T> {
    /// `opened_at` is in seconds since 1970.
    pub(super) fn new(id: SessionId, transport: T, tick: u32, opened_at: u32) -> Self {
        Self {
            id,
            vitals: Cell::new(Vitals::new(tick)),
            is_subscribed: Cell::new(false),
            is_open: Cell::new(true),
            is_special: Cell::new(false),
            is_jammed: Cell::new(false),
            flags: Cell::new(0),
            outbox: RefCell::new(None),
            ending: RefCell::new(None),
            address: Cell::new(LimitKey::UNKNOWN),
            opened_at,
            pinged_at: Cell::new(0),
            round_trip: Cell::new(RoundTrip::NONE),
            waker: RefCell::new(None),
            transport,
        }
    }

    /// The socket itself.
    pub fn transport(&self) -> &T {
        &self.transport
    }
}

impl<T: Transport + ?Sized> Link<T> {
    /// Names the socket.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Notes where the client is, as the handshake told.
    pub fn came_from(&self, address: LimitKey) {
        self.address.set(address);
    }

    /// What an operator may know of it.
    pub(super) fn seen(&self) -> Seen {
        Seen {
            session: self.id,
            address: self.address.get(),
            opened_at: self.opened_at,
            queued_bytes: self.queued_bytes(),
            round_trip: self.round_trip.get().get(),
            gets_signals: self.gets_signals(),
        }
    }

    pub(super) fn vitals(&self) -> Vitals {
        self.vitals.get()
    }

    pub(super) fn show_life(&self, tick: u32) {
        if self.is_deaf() {
            return;
        }
        let mut vitals = self.vitals.get();
        vitals.saw_life(tick);
        self.vitals.set(vitals);
    }

    /// The peer is not read from, because it does not take what waits for it: taking it is the one sign of life that
    /// it can give.
    pub fn hold_back(&self) {
        if let Some(moved_at) = self.moved_at()
            && !self.is_deaf()
        {
            let mut vitals = self.vitals.get();
            vitals.took(moved_at);
            self.vitals.set(vitals);
        }
    }

    /// Whether the server has no ear for the peer just now, which is not the peer's fault.
    pub fn set_unheard(&self, is_unheard: bool) {
        self.set_flag(UNHEARD, is_unheard);
    }

    pub(super) fn is_unheard(&self) -> bool {
        self.has_flag(UNHEARD)
    }

    fn has_flag(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    fn set_flag(&self, flag: u8, is_set: bool) {
        let others = self.flags.get() & !flag;
        self.flags.set(if is_set { others | flag } else { others });
    }

    /// From here on nothing that comes from the peer counts as life, as if it were lost on its way.
    pub fn deafen(&self) {
        self.set_flag(DEAF, true);
    }

    /// Whether the peer is taken for silent whatever it sends.
    pub fn is_deaf(&self) -> bool {
        self.has_flag(DEAF)
    }

    /// Ends the session as a loss, and the connection by a reset, as if the network had broken.
    pub fn cut(&self) {
        self.set_flag(CUT, true);
        self.end(Ending::Lost);
    }

    /// Whether the connection is to be reset.
    pub fn is_cut(&self) -> bool {
        self.has_flag(CUT)
    }

    pub(super) fn set_tapped(&self) {
        self.set_flag(TAPPED, true);
    }

    /// Whether the lab is told of it.
    pub fn is_tapped(&self) -> bool {
        self.has_flag(TAPPED)
    }

    pub(super) fn set_takes_packed(&self) {
        self.set_flag(PACKED, true);
    }

    /// Whether permessage-deflate was agreed on.
    pub fn takes_packed(&self) -> bool {
        self.has_flag(PACKED)
    }

    /// As what it gets its frames.
    pub(super) fn form(&self) -> Form {
        match self.takes_packed() {
            true => Form::Packed,
            false => Form::Plain,
        }
    }

    pub(super) fn is_subscribed(&self) -> bool {
        self.is_subscribed.get()
    }

    pub(super) fn gets_signals(&self) -> bool {
        self.has_flag(SIGNALS)
    }

    pub(super) fn set_gets_signals(&self) {
        self.set_flag(SIGNALS, true);
    }

    pub(super) fn subscribe(&self) {
        self.is_subscribed.set(true);
    }

    pub(super) fn is_special(&self) -> bool {
        self.is_special.get()
    }

    pub(super) fn set_special(&self, is_special: bool) {
        self.is_special.set(is_special);
    }

    /// Notes that the hub lists it among those who lag; false if it did already.
    pub(super) fn enter_jam(&self) -> bool {
        !self.is_jammed.replace(true)
    }

    pub(super) fn leave_jam(&self) {
        self.is_jammed.set(false);
    }

    /// Writes whole frames, now if the peer takes them, else later.
    pub(super) fn write(&self, frames: &Bytes, tick: u32) -> Written {
        if !self.is_open.get() {
            return Written::Whole;
        }
        let mut outbox = self.outbox.borrow_mut();
        if let Some(outbox) = &mut *outbox {
            outbox.push(frames.clone(), 0);
            return Written::Queued {
                backlog_bytes: outbox.backlog_bytes(),
            };
        }
        let written = match self.transport.try_write(frames) {
            Ok(count) if count == frames.len() => return Written::Whole,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(_) => {
                drop(outbox);
                self.end(Ending::Lost);
                return Written::Whole;
            }
        };
        let waiting = outbox.insert(Box::new(Outbox::new(tick)));
        waiting.push(frames.clone(), written);
        drop(outbox);
        self.wake();
        Written::Jammed
    }

    /// Lets `queue` put something into the outbox, and writes what the peer takes at once.
    fn queue(&self, tick: u32, queue: impl FnOnce(&mut Outbox)) {
        queue(
            self.outbox
                .borrow_mut()
                .get_or_insert_with(|| Box::new(Outbox::new(tick))),
        );
        match self.flush(tick) {
            Ok(true) => {}
            Ok(false) => self.wake(),
            Err(_) => self.end(Ending::Lost),
        }
    }

    /// Answers a ping, ahead of queued data.
    pub(super) fn pong(&self, payload: &[u8], tick: u32) {
        if self.is_open.get() {
            self.queue(tick, |outbox| outbox.push_pong(Frame::pong(payload)));
        }
    }

    /// A pong came at `micros`: the answer to the first ping that is not answered yet, as all comes in order.
    pub(super) fn answered(&self, micros: u32) {
        let pinged_at = self.pinged_at.replace(0);
        if pinged_at != 0 {
            self.round_trip.set(RoundTrip::of(micros.wrapping_sub(pinged_at)));
        }
    }

    /// Asks for a sign of life, ahead of queued data, at `micros`.
    pub(super) fn ping(&self, tick: u32, micros: u32) {
        if self.pinged_at.get() == 0 {
            self.pinged_at.set(micros.max(1));
        }
        let mut vitals = self.vitals.get();
        vitals.pinged(tick);
        self.vitals.set(vitals);
        if self.is_open.get() {
            self.queue(tick, |outbox| outbox.push_ping(Frame::ping(&[])));
        }
    }

    /// Queues the close frame and refuses whatever would follow it. `discard` drops the data that waits.
    pub(super) fn close(&self, status: Option<&CloseStatus>, discard: bool, tick: u32) {
        self.is_open.set(false);
        self.queue(tick, |outbox| outbox.push_close(Frame::close(status), discard));
    }

    /// Writes what waits, as far as the peer takes it; whether nothing is left.
    ///
    /// # Errors
    ///
    /// The socket is broken.
    pub(super) fn flush(&self, tick: u32) -> io::Result<bool> {
        let mut slot = self.outbox.borrow_mut();
        let Some(outbox) = &mut *slot else {
            return self.push();
        };
        while let Some(chunk) = outbox.chunk() {
            match self.transport.try_write(chunk) {
                Ok(count) => outbox.wrote(count, tick),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        // A peer that caught up costs no more than one that never lagged.
        *slot = None;
        self.push()
    }

    /// Pushes what the transport took and still has; whether nothing is left.
    fn push(&self) -> io::Result<bool> {
        match self.transport.try_flush() {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The far end, if it has an address and is still there.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.transport.remote_address()
    }

    /// Ends the session as soon as its task comes round. The first ending stays.
    pub fn end(&self, ending: Ending) {
        self.ending.borrow_mut().get_or_insert_with(|| Box::new(ending));
        self.wake();
    }

    /// How the session is to end, once that is known.
    pub fn ending(&self) -> Option<Ending> {
        self.ending.borrow().as_deref().cloned()
    }

    /// Whether the end has been decided.
    pub fn is_ending(&self) -> bool {
        self.ending.borrow().is_some()
    }

    /// Takes nothing more to write; what waits may still go out, and a close frame.
    pub(super) fn shut(&self) {
        self.is_open.set(false);
    }

    /// Bytes that wait for the peer.
    pub fn queued_bytes(&self) -> usize {
        self.outbox.borrow().as_ref().map_or(0, |outbox| outbox.queued_bytes())
    }

    /// The tick at which the peer last took something, while anything waits.
    pub(super) fn moved_at(&self) -> Option<u32> {
        self.outbox.borrow().as_ref().map(|outbox| outbox.moved_at())
    }

    /// Remembers whom to wake when there is something to do for the socket's task.
    pub fn watch(&self, waker: &Waker) {
        let mut slot = self.waker.borrow_mut();
        if !slot.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *slot = Some(waker.clone());
        }
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.borrow() {
            waker.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Peer(#[expect(dead_code, reason = "as large as a stream")] usize);

    impl Transport for Peer {
        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
    }

    #[test]
    fn a_link_is_small() {
        // With the two counts of its `Rc` and the allocator's word it fills a piece of 128 bytes.
        assert!(size_of::<Link<Peer>>() <= 104, "{}", size_of::<Link<Peer>>());
    }

    #[test]
    fn the_first_ping_that_waits_is_the_one_that_is_answered() {
        let link = Link::new(SessionId::new(0, 0, 0), Peer(0), 0, 0);
        link.answered(5);
        assert_eq!(link.seen().round_trip, None, "nobody asked");
        link.ping(1, u32::MAX);
        link.ping(2, 40);
        link.answered(99);
        assert_eq!(link.seen().round_trip, Some(std::time::Duration::from_micros(100)));
        link.answered(500);
        assert_eq!(link.seen().round_trip, Some(std::time::Duration::from_micros(100)));
    }
}
