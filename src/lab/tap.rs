//! The lab's ear at one socket.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use super::{Event, Lab, Outlet};
use crate::{
    ids::{SessionId, UserId},
    quota::{Bucket, Rate},
};

/// Messages of one socket that are told each second.
const FRAMES_PER_SECOND: u64 = 100;
/// How long a queue that only grows or shrinks is passed over.
const QUEUE_PAUSE: Duration = Duration::from_millis(250);

/// Belongs to a socket that asked for the lab, and dies with it. Lives on the socket's thread.
pub struct Tap {
    lab: Lab,
    user: UserId,
    socket: SessionId,
    /// Where the page may try a foreign handshake.
    foreign: Option<String>,
    frames: Rate,
    frames_left: Cell<Bucket>,
    frames_skipped: Cell<u64>,
    pinged_at: Cell<Option<Instant>>,
    queue: Cell<Queue>,
    has_decoder: Cell<bool>,
    fed: RefCell<Vec<u8>>,
}

#[derive(Clone, Copy, Default)]
struct Queue {
    bytes: usize,
    told_at: Option<Instant>,
}

impl Tap {
    pub(super) fn new(lab: Lab, user: UserId, socket: SessionId, foreign: Option<String>) -> Self {
        Self {
            lab,
            user,
            socket,
            foreign,
            frames: Rate::new(FRAMES_PER_SECOND, FRAMES_PER_SECOND, Instant::now()),
            frames_left: Cell::default(),
            frames_skipped: Cell::new(0),
            pinged_at: Cell::new(None),
            queue: Cell::default(),
            has_decoder: Cell::new(true),
            fed: RefCell::default(),
        }
    }

    /// Something happened to this socket, here.
    #[track_caller]
    pub fn report(&self, event: Event) {
        self.lab.report(self.user, Some(self.socket), || event);
    }

    /// A ping goes out.
    #[track_caller]
    pub fn pinged(&self, silent: u64, now: Instant) {
        self.pinged_at.set(Some(now));
        self.report(Event::Ping { silent });
    }

    /// A pong was read.
    #[track_caller]
    pub fn ponged(&self, now: Instant) {
        let passed = self
            .pinged_at
            .take()
            .map(|at| now.saturating_duration_since(at).as_micros());
        let micros = passed.map(|micros| u64::try_from(micros).unwrap_or(u64::MAX));
        self.report(Event::Pong { micros });
    }

    /// A whole message came, or a control frame.
    #[track_caller]
    pub fn frame_in(&self, opcode: u8, name: &'static str, bytes: usize, life: bool, now: Instant) {
        let mut left = self.frames_left.get();
        if left.take(1, now, &self.frames).is_err() {
            self.frames_skipped.update(|skipped| skipped + 1);
            return;
        }
        self.frames_left.set(left);
        self.report(Event::FrameIn {
            opcode,
            name,
            bytes,
            life,
            skipped: self.frames_skipped.take(),
        });
    }

    /// So many bytes wait for the peer.
    #[track_caller]
    pub fn queued(&self, bytes: usize, now: Instant) {
        let before = self.queue.get();
        let is_pausing = before
            .told_at
            .is_some_and(|at| now.saturating_duration_since(at) < QUEUE_PAUSE);
        let is_turning = (before.bytes == 0) != (bytes == 0);
        if bytes == before.bytes || !is_turning && is_pausing {
            return;
        }
        self.queue.set(Queue {
            bytes,
            told_at: Some(now),
        });
        self.report(Event::Queue { bytes });
    }

    /// Tells `outlet` what is kept behind the number `after`, and from here on all that happens to the user. False if
    /// that cannot be had.
    #[track_caller]
    pub fn watch(&self, after: u64, outlet: Outlet) -> bool {
        self.lab
            .watch(self.user, self.socket, after, outlet, self.foreign.as_deref())
    }

    /// Tells no more.
    #[track_caller]
    pub fn unwatch(&self) {
        self.lab.unwatch(self.user, self.socket);
    }

    /// This socket carries texts and no frames, so that there is nothing to feed.
    pub fn has_no_decoder(&self) {
        self.has_decoder.set(false);
    }

    /// Puts bytes down to be decoded as if they had come from the peer. False if nothing decodes here.
    pub fn feed(&self, bytes: Vec<u8>) -> bool {
        if self.has_decoder.get() {
            self.fed.borrow_mut().extend(bytes);
        }
        self.has_decoder.get()
    }

    /// Takes what was put down.
    pub fn take_fed(&self) -> Vec<u8> {
        self.fed.take()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.lab.close(self.user, self.socket);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;
    use crate::lab::Notes;

    type Read = Arc<Mutex<Vec<Value>>>;

    fn tapped() -> (Tap, Read) {
        let notes = Notes::new(Lab::on(), None);
        notes.belongs_to(UserId::from_bits(1));
        let tap = notes.open(SessionId::new(0, 0, 0), None).unwrap();
        let read = Read::default();
        let written = read.clone();
        let outlet = move |line: &str| written.lock().unwrap().push(serde_json::from_str(line).unwrap());
        assert!(tap.watch(u64::MAX, Box::new(outlet)));
        (tap, read)
    }

    fn numbers(read: &Read, kind: &str, field: &str) -> Vec<Option<u64>> {
        let lines = read.lock().unwrap();
        let of_kind = lines.iter().filter(|line| line["kind"] == kind);
        of_kind.map(|line| line[field].as_u64()).collect()
    }

    #[test]
    fn pong_is_measured_from_its_ping_and_one_that_nobody_asked_for_is_not() {
        let ((tap, read), start) = (tapped(), Instant::now());
        tap.pinged(20_000, start);
        tap.ponged(start + Duration::from_micros(412));
        tap.ponged(start + Duration::from_secs(1));
        assert_eq!(numbers(&read, "pong", "micros"), [Some(412), None]);
    }

    #[test]
    fn queue_is_told_at_its_turns_and_four_times_a_second_in_between() {
        let ((tap, read), start) = (tapped(), Instant::now());
        for (bytes, millis) in [
            (5, 0),
            (9, 1),
            (9, 300),
            (7, 301),
            (3, 400),
            (0, 401),
            (0, 900),
            (2, 902),
        ] {
            tap.queued(bytes, start + Duration::from_millis(millis));
        }
        assert_eq!(numbers(&read, "queue", "bytes"), [5, 9, 0, 2].map(Some).to_vec());
    }

    #[test]
    fn flood_is_told_in_part_and_the_rest_is_counted() {
        let ((tap, read), start) = (tapped(), Instant::now());
        for _ in 0..FRAMES_PER_SECOND + 7 {
            tap.frame_in(1, "text", 0, true, start);
        }
        tap.frame_in(1, "text", 0, true, start + Duration::from_secs(1));
        let skipped = numbers(&read, "frame-in", "skipped");
        assert_eq!(skipped.len() as u64, FRAMES_PER_SECOND + 1);
        assert_eq!((skipped[0], skipped.last()), (Some(0), Some(&Some(7))));
    }

    #[test]
    fn what_happens_after_the_end_of_the_last_tap_is_kept_and_told_to_nobody() {
        let (tap, read) = tapped();
        let lab = tap.lab.clone();
        drop(tap);
        let told = read.lock().unwrap().len();
        lab.report(UserId::from_bits(1), None, || Event::Queue { bytes: 1 });
        assert!(lab.is_followed());
        assert_eq!(read.lock().unwrap().len(), told);
    }
}
