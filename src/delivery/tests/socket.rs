//! One socket of the model: its task does what a connection does, and its peer holds what it reads to what it should.

use std::{
    io,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Wake,
};

use bytes::Bytes;

use super::fake::FakePeer;
use crate::{
    close_status::Ending,
    delivery::{Frame, Hub, Link},
};

/// What is smaller is packed for nobody.
pub const LEAST_PACKED_BYTES: usize = 100;

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A socket, its task, and what its peer should read.
pub struct Socket {
    pub peer: FakePeer,
    pub link: Rc<Link<FakePeer>>,
    pub is_slow: bool,
    is_packed: bool,
    woken: Arc<Flag>,
    /// What the orders say.
    pub expected: Vec<Frame>,
    pub is_admitted: bool,
    /// What its own task sent.
    pub own: Vec<Frame>,
    pub pongs: Vec<Frame>,
    /// How much of `expected` was surely written while it lived.
    pub settled: usize,
    /// Whether the task waits until the peer takes more.
    is_blocked: bool,
    pub is_doomed: bool,
    pub ended: Option<Ending>,
}

impl Socket {
    pub fn new(peer: FakePeer, link: Rc<Link<FakePeer>>, is_slow: bool, is_packed: bool) -> Self {
        Self {
            peer,
            link,
            is_slow,
            is_packed,
            woken: Arc::new(Flag(true.into())),
            expected: Vec::new(),
            is_admitted: false,
            own: Vec::new(),
            pongs: Vec::new(),
            settled: 0,
            is_blocked: false,
            is_doomed: false,
            ended: None,
        }
    }

    pub fn wake(&self) {
        self.woken.0.store(true, Ordering::Relaxed);
    }

    /// Runs the task if it was woken.
    pub fn run_if_woken(&mut self, hub: &Hub) {
        if self.woken.0.swap(false, Ordering::Relaxed) {
            self.run(hub);
        }
    }

    /// The peer takes so many bytes more, which wakes a task that waits for that.
    pub fn take(&mut self, bytes: usize) {
        self.peer.give_room(bytes);
        if std::mem::take(&mut self.is_blocked) {
            self.wake();
        }
    }

    fn run(&mut self, hub: &Hub) {
        self.link.watch(&self.woken.clone().into());
        let flushed = self.flush(hub);
        if self.ended.is_some() {
            return;
        }
        if flushed.is_err() {
            self.bury(hub, Ending::Lost);
        } else if let Some(ending) = self.link.ending() {
            self.bury(hub, ending);
        }
    }

    fn flush(&mut self, hub: &Hub) -> io::Result<()> {
        self.is_blocked = !hub.flush(&*self.link)?;
        Ok(())
    }

    /// Ends the session as a connection does.
    pub fn bury(&mut self, hub: &Hub, ending: Ending) {
        hub.close(&*self.link);
        if ending != Ending::Lost {
            hub.write_close(&*self.link, ending.farewell().as_ref(), ending == Ending::SlowConsumer);
            // A peer that breaks now is gone before it has read the end.
            let _ = self.flush(hub);
        }
        self.ended = Some(ending);
    }

    /// Frames as this peer gets them.
    fn images(&self, frames: &[Frame]) -> Vec<Bytes> {
        let image = |frame: &Frame| match self.is_packed {
            true => frame.packed(LEAST_PACKED_BYTES),
            false => frame.bytes().clone(),
        };
        frames.iter().map(image).collect()
    }

    /// Holds what the peer read to what it should have read.
    pub fn check(&self) {
        assert!(
            self.is_slow || self.ended != Some(Ending::SlowConsumer),
            "who takes everything is evicted"
        );
        let wire = self.peer.take_wire();
        let (expected, own) = (self.images(&self.expected), self.images(&self.own));
        let (mut expected, mut own, mut pongs) = (expected.iter(), own.iter().peekable(), self.pongs.iter());
        let mut rest = &wire[..];
        let close = self
            .ended
            .as_ref()
            .map(|ending| Frame::close(ending.farewell().as_ref()));
        while let Some((frame, behind)) = split(rest) {
            rest = behind;
            match frame[0] {
                0x88 => {
                    assert_eq!(Some(frame), close.as_ref().map(|close| &close.bytes()[..]));
                    assert!(rest.is_empty(), "something follows the close frame");
                    let is_whole = self.ended != Some(Ending::SlowConsumer);
                    let told = self.expected.len() - expected.len();
                    assert!(
                        !is_whole || told >= self.settled && own.len() == 0,
                        "the end is missing"
                    );
                    return;
                }
                0x8A => assert!(pongs.any(|pong| pong.bytes() == frame), "a pong for nothing"),
                // No two texts are the same.
                _ if own.next_if(|own| *own == frame).is_some() => {}
                _ => assert_eq!(expected.next().map(|next| &next[..]), Some(frame)),
            }
        }
        if self.peer.is_broken() {
            let control = pongs.chain(&close).map(Frame::bytes);
            let mut next = expected.next().into_iter().chain(own.next()).chain(control);
            assert!(
                rest.is_empty() || next.any(|next| next.starts_with(rest)),
                "a torn frame is wrong"
            );
        } else {
            assert_eq!(self.ended, None, "the close frame is missing");
            assert_eq!((rest, expected.len(), own.len()), (&[][..], 0, 0), "the end is missing");
        }
    }
}

/// The first frame of a server in `wire`, if it is whole, and what is behind it.
fn split(wire: &[u8]) -> Option<(&[u8], &[u8])> {
    let bytes = match *wire {
        [_, 127, ref length @ ..] => 10 + u64::from_be_bytes(*length.first_chunk()?) as usize,
        [_, 126, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
        [_, length, ..] => 2 + usize::from(length),
        _ => return None,
    };
    wire.split_at_checked(bytes)
}
