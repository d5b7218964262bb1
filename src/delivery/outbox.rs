//! The bounded queue of bytes to one peer. Pure: it writes nothing and knows no clock.
//!
//! It exists only while something is queued: most sockets have none most of the time.

use std::collections::VecDeque;

use bytes::Bytes;

use super::frame::{Frame, frame_boundary};

/// What is to be written, in order: data first come first served; control frames between two frames of data; a
/// close frame last, and after it nothing.
#[derive(Default)]
pub struct Outbox {
    data: VecDeque<Segment>,
    /// Bytes of `data` that are not yet written.
    queued_bytes: usize,
    /// The newest ping's pong alone is due (RFC 6455 section 5.5.3), so one place bounds them.
    pong: Option<Frame>,
    ping: Option<Frame>,
    close: Option<Frame>,
    /// A control frame that has been begun, which nothing may interrupt.
    begun: Option<Segment>,
    /// The tick of the last write, or of the first byte queued.
    moved_at: u32,
    is_closed: bool,
}

/// Whole frames, of which the first `written` bytes are gone.
struct Segment {
    bytes: Bytes,
    written: usize,
}

impl Segment {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.written..]
    }
}

impl Outbox {
    /// An empty outbox whose clock starts at `tick`.
    pub fn new(tick: u32) -> Self {
        Self {
            moved_at: tick,
            ..Self::default()
        }
    }

    /// Queues `frames`, whole frames in one buffer, of which `written` bytes went out already.
    pub fn push(&mut self, frames: Bytes, written: usize) {
        if self.is_closed || self.close.is_some() {
            return;
        }
        self.queued_bytes += frames.len() - written;
        self.data.push_back(Segment { bytes: frames, written });
    }

    /// Queues a pong, in the place of one that is still unsent.
    pub fn push_pong(&mut self, pong: Frame) {
        self.pong = Some(pong);
    }

    /// Queues a ping, in the place of one that is still unsent.
    pub fn push_ping(&mut self, ping: Frame) {
        self.ping = Some(ping);
    }

    /// Queues the close frame: after the data, or, if `discard`, after the frame that has been begun.
    pub fn push_close(&mut self, close: Frame, discard: bool) {
        if self.is_closed || self.close.is_some() {
            return;
        }
        if discard {
            self.discard();
        }
        self.close = Some(close);
    }

    /// Forgets all data but the rest of a frame that has been begun.
    fn discard(&mut self) {
        let begun = self.data.pop_front().filter(|first| first.written > 0);
        self.data.clear();
        self.queued_bytes = 0;
        if let Some(first) = begun {
            let end = frame_boundary(&first.bytes, first.written);
            if end > first.written {
                self.queued_bytes = end - first.written;
                self.data.push_back(Segment {
                    bytes: first.bytes.slice(..end),
                    written: first.written,
                });
            }
        }
    }

    /// The bytes to write next, to be followed by [`Self::wrote`]; `None` when all is written.
    pub fn chunk(&mut self) -> Option<&[u8]> {
        if self.begun.is_none() {
            self.begin_control();
        }
        if self.begun.is_some() {
            return self.begun.as_ref().map(Segment::rest);
        }
        let first = self.data.front()?;
        let end = match self.has_control() {
            // A control frame waits for the end of the frame that has been begun, not for the whole segment.
            true => frame_boundary(&first.bytes, first.written),
            false => first.bytes.len(),
        };
        Some(&first.bytes[first.written..end])
    }

    /// Takes note that `count` bytes of the last [`Self::chunk`] were written at `tick`.
    pub fn wrote(&mut self, count: usize, tick: u32) {
        self.moved_at = tick;
        if let Some(control) = &mut self.begun {
            control.written += count;
            if control.rest().is_empty() {
                self.begun = None;
            }
            return;
        }
        self.queued_bytes -= count;
        let first = self.data.front_mut().expect("bytes were written, so there was a chunk");
        first.written += count;
        if first.rest().is_empty() {
            self.data.pop_front();
        }
    }

    fn has_control(&self) -> bool {
        self.pong.is_some() || self.ping.is_some()
    }

    /// Moves a control frame into `begun` where the wire stands between two frames.
    fn begin_control(&mut self) {
        let next = if self.has_control() {
            let first = self.data.front();
            let is_between = first.is_none_or(|first| frame_boundary(&first.bytes, first.written) == first.written);
            if is_between {
                self.pong.take().or_else(|| self.ping.take())
            } else {
                None
            }
        } else if self.data.is_empty() {
            self.is_closed |= self.close.is_some();
            self.close.take()
        } else {
            None
        };
        self.begun = next.map(|frame| Segment {
            bytes: frame.into_bytes(),
            written: 0,
        });
    }

    /// Whether nothing is left to write.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty() && self.begun.is_none() && !self.has_control() && self.close.is_none()
    }

    /// Bytes of data that wait.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes
    }

    /// Bytes that wait behind the write in hand. This is what the limit counts: one message may be larger than the
    /// limit, as a list of very many users is.
    pub fn backlog_bytes(&self) -> usize {
        let in_hand = self.data.front().map_or(0, |first| first.rest().len());
        self.queued_bytes - in_hand
    }

    /// The tick at which the peer last took something, or the queue began.
    pub fn moved_at(&self) -> u32 {
        self.moved_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes everything, at most `step` bytes at a time.
    fn drain(outbox: &mut Outbox, step: usize) -> Vec<u8> {
        let mut wire = Vec::new();
        while let Some(chunk) = outbox.chunk() {
            let count = chunk.len().min(step);
            wire.extend_from_slice(&chunk[..count]);
            outbox.wrote(count, 0);
        }
        assert!(outbox.is_empty());
        assert_eq!(outbox.queued_bytes(), 0);
        wire
    }

    fn joined(frames: &[&Frame]) -> Vec<u8> {
        frames.iter().flat_map(|frame| frame.bytes().to_vec()).collect()
    }

    #[test]
    fn control_frames_overtake_data_between_frames_only() {
        let (one, two, pong) = (Frame::text("one"), Frame::text("two"), Frame::pong(b"p"));
        for step in 1..20 {
            for begun in 0..one.len() + two.len() {
                let mut outbox = Outbox::new(0);
                outbox.push(joined(&[&one, &two]).into(), 0);
                let mut wire = Vec::new();
                while wire.len() < begun {
                    let chunk = outbox.chunk().unwrap();
                    let count = chunk.len().min(begun - wire.len());
                    wire.extend_from_slice(&chunk[..count]);
                    outbox.wrote(count, 0);
                }
                outbox.push_pong(pong.clone());
                wire.extend(drain(&mut outbox, step));
                let expected = match begun {
                    0 => joined(&[&pong, &one, &two]),
                    _ if begun <= one.len() => joined(&[&one, &pong, &two]),
                    _ => joined(&[&one, &two, &pong]),
                };
                assert_eq!(wire, expected, "step {step}, begun {begun}");
            }
        }
    }

    #[test]
    fn only_the_newest_pong_is_kept() {
        let mut outbox = Outbox::new(0);
        outbox.push_pong(Frame::pong(b"old"));
        outbox.push_pong(Frame::pong(b"new"));
        assert_eq!(drain(&mut outbox, 3), Frame::pong(b"new").bytes().to_vec());
    }

    #[test]
    fn nothing_follows_a_close_frame() {
        let (text, close) = (Frame::text("last words"), Frame::close(None));
        let mut outbox = Outbox::new(0);
        outbox.push(text.clone().into_bytes(), 0);
        outbox.push_close(close.clone(), false);
        outbox.push(text.clone().into_bytes(), 0);
        assert_eq!(drain(&mut outbox, 4), joined(&[&text, &close]));
        outbox.push(text.into_bytes(), 0);
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_discarding_close_ends_the_frame_that_was_begun() {
        let (one, two, close) = (Frame::text("one"), Frame::text("two"), Frame::close(None));
        for begun in 0..=one.len() {
            let mut outbox = Outbox::new(0);
            outbox.push(joined(&[&one, &two]).into(), begun);
            outbox.push(two.clone().into_bytes(), 0);
            outbox.push_close(close.clone(), true);
            let mut expected = joined(&[&one, &close]);
            if begun == 0 {
                expected = joined(&[&close]);
            }
            assert_eq!(drain(&mut outbox, 2), expected[begun..], "begun {begun}");
        }
    }

    #[test]
    fn the_write_in_hand_does_not_count_as_backlog() {
        let mut outbox = Outbox::new(7);
        let frame = Frame::text(&"x".repeat(1000));
        outbox.push(frame.clone().into_bytes(), 100);
        assert_eq!((outbox.queued_bytes(), outbox.backlog_bytes()), (frame.len() - 100, 0));
        outbox.push(frame.clone().into_bytes(), 0);
        assert_eq!(outbox.backlog_bytes(), frame.len());
        assert_eq!(outbox.moved_at(), 7);
    }
}
