//! The hub of one worker thread: it owns the links of the sockets that live there, and writes to them what the
//! registry posts. All of it is thread-local: no lock, no atomic and no wake-up per receiver.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Instant,
};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::{
    Frame, Link, Seen, Taps, Transport, link,
    survey::{self, Stopwatch},
    sweeper::Clocks,
    turn,
};
use crate::{
    close_status::{CloseStatus, Ending},
    counters::Counters,
    heartbeat::Wheel,
    ids::SessionId,
    shrink::Shrink,
    slots::Slots,
};

/// Sends after which the hub lets other tasks of its thread run.
const SENDS_PER_BREATH: usize = 1024;
/// Bytes for everyone after which a turn is written, so that what a slow peer pins stays small.
const TURN_BYTES: usize = 256 * 1024;
/// Who has more than this waiting is not read from, where no other limit is set.
const HIGH_WATER_BYTES: usize = 1024 * 1024;

mod congestion;
mod lab;
mod packed;

/// What the registry asks of a hub. Orders are carried out one after the other.
pub enum Order {
    /// To every subscribed socket. With `since` its latency is measured.
    Broadcast {
        /// Encoded once for all.
        frame: Frame,
        /// When it was said.
        since: Option<Instant>,
    },
    /// To one socket, if it is still there.
    Unicast {
        /// To whom.
        session: SessionId,
        /// What.
        frame: Frame,
    },
    /// From here on, the socket gets what everyone gets.
    Admit {
        /// Whom.
        session: SessionId,
        /// Whether signals are for it too.
        gets_signals: bool,
    },
    /// To every subscribed socket that gets signals, at the end of the turn.
    Signal {
        /// What. Nothing is lost if it is.
        frame: Frame,
    },
    /// End this socket with this close status.
    Close {
        /// Whom.
        session: SessionId,
        /// What it is told.
        status: CloseStatus,
    },
    /// End every socket with this close status.
    CloseAll {
        /// What all are told.
        status: CloseStatus,
    },
    /// Tell of these sockets what an operator may know, in one answer; those that are gone are not in it.
    Survey {
        /// Of whom.
        sessions: Vec<SessionId>,
        /// Whoever asked may be gone.
        answer: mpsc::UnboundedSender<Vec<Seen>>,
    },
}

/// A batch of orders. `held` is let go when they are carried out: what counts the work in flight rides there.
pub struct Posted {
    /// In the order in which they are carried out.
    pub orders: Vec<Order>,
    /// Dropped when all of them are.
    pub held: Option<Arc<dyn Any + Send + Sync>>,
}

/// The way to a hub from any thread.
#[derive(Clone)]
pub struct HubHandle {
    id: u8,
    mailbox: mpsc::UnboundedSender<Posted>,
}

impl HubHandle {
    /// The number that the hub's sockets have in their ids.
    pub fn id(&self) -> usize {
        self.id.into()
    }

    /// Posts a batch; false if the hub is gone.
    pub fn post(&self, posted: Posted) -> bool {
        self.mailbox.send(posted).is_ok()
    }
}

/// The links of one thread. See the module.
pub struct Hub {
    id: u8,
    clocks: Clocks,
    pub(super) stopwatch: Stopwatch,
    counters: Arc<Counters>,
    tick: Cell<u32>,
    slots: RefCell<Slots<Rc<Link>>>,
    /// Counts the sockets that ever opened, so that what is meant for one never reaches the next in its slot.
    generation: Cell<u32>,
    subscribed: Cell<usize>,
    /// Sockets that have agreed on permessage-deflate, and from how many bytes on they get their messages packed.
    packed: Cell<usize>,
    least_packed_bytes: Cell<usize>,
    /// Set when all sockets were told to end: one that opens later is told at once.
    farewell: RefCell<Option<CloseStatus>>,
    /// Sockets that have something waiting, or had lately.
    jammed: RefCell<Vec<SessionId>>,
    wheel: RefCell<Wheel>,
    taps: Taps,
}

impl Hub {
    /// A hub with no socket yet, and the end of its mailbox to be given to [`Self::run`].
    pub fn new(
        id: u8,
        clocks: Clocks,
        counters: Arc<Counters>,
    ) -> (Rc<Self>, HubHandle, mpsc::UnboundedReceiver<Posted>) {
        let (sender, mailbox) = mpsc::unbounded_channel();
        let hub = Self {
            id,
            wheel: RefCell::new(clocks.wheel()),
            clocks,
            stopwatch: Stopwatch::default(),
            counters,
            tick: Cell::new(0),
            slots: RefCell::default(),
            generation: Cell::new(0),
            subscribed: Cell::new(0),
            packed: Cell::new(0),
            least_packed_bytes: Cell::new(0),
            farewell: RefCell::new(None),
            jammed: RefCell::default(),
            taps: Taps::default(),
        };
        (Rc::new(hub), HubHandle { id, mailbox: sender }, mailbox)
    }

    /// Carries out what is posted, until no handle is left.
    ///
    /// Everything that is ready goes into one turn, so under load one write carries many messages.
    pub async fn run(self: Rc<Self>, mut mailbox: mpsc::UnboundedReceiver<Posted>) {
        let mut ready = Vec::new();
        while mailbox.recv_many(&mut ready, 1024).await > 0 {
            self.deliver(&mut ready).await;
        }
    }

    /// Gives a socket its place and its id.
    pub fn open<T: Transport>(&self, transport: T) -> Rc<Link<T>> {
        let mut slots = self.slots.borrow_mut();
        let slot = slots.vacant();
        let generation = self.generation.replace(self.generation.get().wrapping_add(1));
        let id = SessionId::new(self.id, generation, slot);
        let tick = self.set_time(Instant::now());
        let link = Rc::new(Link::new(id, transport, tick, survey::unix_seconds()));
        slots.insert(link.clone());
        self.counters.sockets.inc();
        if let Some(due) = self.clocks.first_look(slot, tick) {
            self.look_again(slot as u32, due);
        }
        if let Some(status) = &*self.farewell.borrow() {
            link.end(Ending::ClosedByUs(status.clone()));
        }
        link
    }

    /// Takes a socket off the books. What still waits for it is its own task's affair.
    pub fn close<T: Transport + ?Sized>(&self, link: &Link<T>) {
        link.shut();
        self.taps.remove(link);
        let id = link.id();
        if self.link(id).is_none() {
            return;
        }
        let mut slots = self.slots.borrow_mut();
        slots.remove(id.slot());
        let mut wheel = self.wheel.borrow_mut();
        wheel.forget(id.slot() as u32);
        wheel.shrink(slots.end());
        self.counters.sockets.dec();
        if link.is_subscribed() {
            self.subscribed.set(self.subscribed.get() - 1);
        }
        self.forget_packed(link);
    }

    /// Whether all sockets were told to end.
    pub fn is_draining(&self) -> bool {
        self.farewell.borrow().is_some()
    }

    /// The socket of this id, if it is still there.
    pub(super) fn link(&self, id: SessionId) -> Option<Rc<Link>> {
        let slots = self.slots.borrow();
        slots.get(id.slot()).filter(|link| link.id() == id).cloned()
    }

    /// The socket in this slot, whoever it is.
    pub(super) fn link_at(&self, slot: usize) -> Option<Rc<Link>> {
        self.slots.borrow().get(slot).cloned()
    }

    /// Sends one frame to a socket of this thread.
    pub fn send<T: Transport + ?Sized>(&self, link: &Link<T>, frame: &Frame) {
        self.counters.frames_out.inc();
        let image = self.image_for(link, frame);
        self.counters.bytes_out.inc_by(image.len() as u64);
        self.write(link, &image);
    }

    /// Answers a ping.
    pub fn pong<T: Transport>(&self, link: &Link<T>, payload: &[u8]) {
        self.counters.frames_out.inc();
        link.pong(payload, self.tick.get());
        self.watch_jam(link);
    }

    /// Asks a peer for a sign of life.
    pub(super) fn ping(&self, link: &Link) {
        self.counters.frames_out.inc();
        link.ping(self.tick.get(), self.stopwatch.micros(Instant::now()));
        self.watch_jam(link);
    }

    /// The socket's peer has sent something, just `now`.
    pub fn show_life<T: Transport>(&self, link: &Link<T>, now: Instant) {
        link.show_life(self.set_time(now));
    }

    /// Writes what waits for a socket; whether nothing is left.
    ///
    /// # Errors
    ///
    /// The socket is broken.
    pub fn flush<T: Transport>(&self, link: &Link<T>) -> std::io::Result<bool> {
        let is_written = link.flush(self.tick.get())?;
        self.taps.queued(link);
        Ok(is_written)
    }

    /// Queues the close frame of a socket, after what waits for it or, if `discard`, instead of that.
    pub fn write_close<T: Transport>(&self, link: &Link<T>, status: Option<&CloseStatus>, discard: bool) {
        self.counters.frames_out.inc();
        link.close(status, discard, self.tick.get());
    }

    /// What a socket has waiting may be this much before its task stops reading what it says.
    pub fn high_water_bytes(&self) -> usize {
        self.clocks.outbox_bytes.map_or(HIGH_WATER_BYTES, |limit| limit / 2)
    }

    fn write<T: Transport + ?Sized>(&self, link: &Link<T>, frames: &Bytes) {
        match link.write(frames, self.tick.get()) {
            link::Written::Whole => {}
            link::Written::Jammed => {
                self.watch_jam(link);
                self.taps.queued(link);
            }
            link::Written::Queued { backlog_bytes } => {
                self.taps.queued(link);
                if self.clocks.outbox_bytes.is_some_and(|limit| backlog_bytes > limit) {
                    self.taps.is_too_slow(link, &self.clocks, self.tick.get());
                    link.end(Ending::SlowConsumer);
                }
            }
        }
    }

    fn watch_jam<T: Transport + ?Sized>(&self, link: &Link<T>) {
        if link.moved_at().is_some() && link.enter_jam() {
            self.jammed.borrow_mut().push(link.id());
        }
    }

    async fn deliver(&self, batches: &mut Vec<Posted>) {
        let mut turn = self.turn();
        let mut said = Vec::new();
        let mut closings = Vec::new();
        let mut signals = Vec::new();
        let mut held = Vec::new();
        for posted in batches.drain(..) {
            held.extend(posted.held);
            for order in posted.orders {
                match order {
                    Order::Broadcast { frame, since } => {
                        turn.broadcast(&frame);
                        said.extend(since);
                    }
                    Order::Unicast { session, frame } => turn.unicast(session, frame),
                    Order::Admit { session, gets_signals } => {
                        turn.admit(session);
                        if let Some(link) = self.link(session).filter(|_| gets_signals) {
                            link.set_gets_signals();
                        }
                    }
                    Order::Signal { frame } => signals.push(frame),
                    Order::Close { session, status } => closings.push((session, status)),
                    Order::Survey { sessions, answer } => drop(answer.send(self.survey(&sessions))),
                    Order::CloseAll { status } => {
                        // What came before goes out before, since sockets end while others are still being told.
                        self.write_turn(std::mem::replace(&mut turn, self.turn()).finish(), &mut said)
                            .await;
                        self.end_all(&status).await;
                    }
                }
                if turn.len() >= TURN_BYTES {
                    self.write_turn(std::mem::replace(&mut turn, self.turn()).finish(), &mut said)
                        .await;
                }
            }
        }
        self.write_turn(turn.finish(), &mut said).await;
        for signal in &signals {
            self.write_signal(signal);
        }
        for (session, status) in closings {
            if let Some(link) = self.link(session) {
                link.end(Ending::ClosedByUs(status));
            }
        }
    }

    async fn write_turn(&self, turn: turn::Written, said: &mut Vec<Instant>) {
        for link in turn.special().filter_map(|session| self.link(session)) {
            link.set_special(true);
        }
        let (mut frames, mut bytes, mut saved) = (0, 0, 0);
        if !turn.shared.is_empty() {
            let mut sends = 0;
            // New sockets may come while the hub breathes, but none is subscribed before a later turn.
            let end = self.slots.borrow().end();
            for slot in 0..end {
                let Some(link) = self.receiver(slot) else {
                    continue;
                };
                let (shared, _) = turn.for_everyone(link.form());
                self.write(&link, shared);
                frames += turn.broadcasts as u64;
                bytes += shared.len() as u64;
                saved += (turn.shared.len() - shared.len()) as u64;
                sends += 1;
                if sends % SENDS_PER_BREATH == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }
        for session in turn.special() {
            let Some(link) = self.link(session) else {
                continue;
            };
            link.set_special(false);
            let own = turn.for_special(session, link.is_subscribed(), link.form());
            let mut own_bytes = 0;
            for piece in &own {
                self.write(&link, piece);
                own_bytes += piece.len() as u64;
            }
            bytes += own_bytes;
            saved += turn.plain_bytes_for_special(session, link.is_subscribed()) as u64 - own_bytes;
            frames += turn.frames_for_special(session, link.is_subscribed()) as u64;
            if turn.admits(session) && !link.is_subscribed() {
                link.subscribe();
                self.subscribed.set(self.subscribed.get() + 1);
            }
        }
        self.counters.frames_out.inc_by(frames);
        self.counters.bytes_out.inc_by(bytes);
        self.counters.bytes_saved.inc_by(saved);
        let now = Instant::now();
        for since in said.drain(..) {
            let time = now - since;
            self.counters.broadcast_seconds.observe(time.as_secs_f64());
            self.counters.broadcast_times.observe(time);
        }
        self.catch_breath(turn.shared.len()).await;
    }

    /// Only in small rooms, so without a breath.
    fn write_signal(&self, frame: &Frame) {
        let end = self.slots.borrow().end();
        for slot in 0..end {
            if let Some(link) = self
                .link_at(slot)
                .filter(|link| link.is_subscribed() && link.gets_signals())
            {
                self.send(&*link, frame);
            }
        }
    }

    /// Whoever sits in `slot`, if they get what all get as it is.
    fn receiver(&self, slot: usize) -> Option<Rc<Link>> {
        let slots = self.slots.borrow();
        let link = slots.get(slot)?;
        (link.is_subscribed() && !link.is_special()).then(|| link.clone())
    }

    /// Some hundred closings at a time, so that the peers' answers do not come all at once.
    async fn end_all(&self, status: &CloseStatus) {
        *self.farewell.borrow_mut() = Some(status.clone());
        let end = self.slots.borrow().end();
        for slot in 0..end {
            if let Some(link) = self.link_at(slot) {
                link.end(Ending::ClosedByUs(status.clone()));
            }
            if slot % 256 == 255 {
                tokio::task::yield_now().await;
            }
        }
    }

    pub(super) fn clocks(&self) -> &Clocks {
        &self.clocks
    }

    pub(super) fn tick(&self) -> u32 {
        self.tick.get()
    }

    fn set_time(&self, now: Instant) -> u32 {
        let tick = self.clocks.tick_at(now);
        self.tick.set(tick);
        tick
    }

    /// Puts a slot down to be looked at in tick `due`.
    pub(super) fn look_again(&self, slot: u32, due: u32) {
        self.wheel.borrow_mut().schedule(slot, due);
    }

    /// The slots whose time has come.
    pub(super) fn take_due(&self, due: &mut Vec<u32>) {
        self.wheel.borrow_mut().take_due(self.tick.get(), due);
    }

    /// Evicts whoever has taken nothing for too long.
    pub(super) fn pass_time(&self, now: Instant) {
        let tick = self.set_time(now);
        let mut queued_bytes = 0;
        // Taken out, since ending a link may run code that looks here.
        let mut jammed = std::mem::take(&mut *self.jammed.borrow_mut());
        jammed.retain(|id| {
            let Some(link) = self.link(*id) else {
                return false;
            };
            let Some(moved_at) = link.moved_at() else {
                link.leave_jam();
                return false;
            };
            queued_bytes += link.queued_bytes();
            self.taps.queued(&link);
            if self.clocks.is_stuck(moved_at, tick) {
                self.taps.is_too_slow(&link, &self.clocks, tick);
                link.end(Ending::SlowConsumer);
            }
            true
        });
        jammed.append(&mut self.jammed.borrow_mut());
        jammed.shrink();
        *self.jammed.borrow_mut() = jammed;
        self.counters.set_queued_bytes(self.id.into(), queued_bytes);
    }
}
