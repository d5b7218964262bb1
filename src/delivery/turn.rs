//! What one turn of the hub writes: the frames for everyone, joined once, and for a socket with something of its
//! own, its own joining. Pure.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};

use super::Frame;
use crate::ids::SessionId;

/// What is at least this large is not worth a copy to save a write.
const LARGE_BYTES: usize = 16 * 1024;

/// The frames of one turn, in the order in which they were added.
#[derive(Default)]
pub(super) struct Turn {
    first: Option<Frame>,
    /// All frames for everyone, one after the other; empty while `first` is the only one.
    joined: BytesMut,
    broadcasts: usize,
    own: HashMap<SessionId, Own>,
}

/// What a socket gets that others do not.
#[derive(Default)]
struct Own {
    /// Where in the shared bytes, and before which broadcast, this socket came in, if during this turn.
    admitted_at: Option<(usize, usize)>,
    /// Frames for it alone, and before which shared byte each belongs.
    frames: Vec<(usize, Frame)>,
}

/// A turn that is complete.
pub(super) struct Written {
    /// The bytes for every subscribed socket without an entry in `own`.
    pub shared: Bytes,
    pub broadcasts: usize,
    own: HashMap<SessionId, Own>,
}

impl Turn {
    pub fn broadcast(&mut self, frame: Frame) {
        self.broadcasts += 1;
        match &self.first {
            None => self.first = Some(frame),
            Some(first) => {
                if self.joined.is_empty() {
                    self.joined.extend_from_slice(first.bytes());
                }
                self.joined.extend_from_slice(frame.bytes());
            }
        }
    }

    pub fn unicast(&mut self, session: SessionId, frame: Frame) {
        let at = self.len();
        self.own.entry(session).or_default().frames.push((at, frame));
    }

    /// From here on, `session` gets what everyone gets.
    pub fn admit(&mut self, session: SessionId) {
        let at = self.len();
        self.own.entry(session).or_default().admitted_at = Some((at, self.broadcasts));
    }

    /// Bytes for everyone so far.
    pub fn len(&self) -> usize {
        match &self.first {
            Some(first) if self.joined.is_empty() => first.len(),
            _ => self.joined.len(),
        }
    }

    pub fn finish(self) -> Written {
        let shared = match self.first {
            Some(first) if self.joined.is_empty() => first.into_bytes(),
            _ => self.joined.freeze(),
        };
        Written {
            shared,
            broadcasts: self.broadcasts,
            own: self.own,
        }
    }
}

impl Written {
    /// The sockets with something of their own.
    pub fn special(&self) -> impl Iterator<Item = SessionId> {
        self.own.keys().copied()
    }

    /// The bytes for a socket with something of its own. `was_subscribed`: before this turn.
    ///
    /// Small pieces come joined, to leave in one write; a large one, such as a list of very many users, comes as it
    /// is, shared by all who get it.
    pub fn for_special(&self, session: SessionId, was_subscribed: bool) -> Vec<Bytes> {
        let Some(own) = self.own.get(&session) else {
            return Vec::new();
        };
        let from = if was_subscribed {
            Some(0)
        } else {
            own.admitted_at.map(|(at, _)| at)
        };
        let mut pieces = Pieces::default();
        let mut at = from.unwrap_or(self.shared.len());
        for (place, frame) in &own.frames {
            if *place > at {
                pieces.add(self.shared.slice(at..*place));
                at = *place;
            }
            pieces.add(frame.bytes().clone());
        }
        pieces.add(self.shared.slice(at..));
        pieces.finish()
    }

    /// How many frames [`Self::for_special`] holds.
    pub fn frames_for_special(&self, session: SessionId, was_subscribed: bool) -> usize {
        let Some(own) = self.own.get(&session) else {
            return 0;
        };
        let shared = match (was_subscribed, own.admitted_at) {
            (true, _) => self.broadcasts,
            (false, Some((_, before))) => self.broadcasts - before,
            (false, None) => 0,
        };
        own.frames.len() + shared
    }

    /// Whether `session` was let in during this turn.
    pub fn admits(&self, session: SessionId) -> bool {
        self.own.get(&session).is_some_and(|own| own.admitted_at.is_some())
    }
}

/// Joins what is small.
#[derive(Default)]
struct Pieces {
    done: Vec<Bytes>,
    small: BytesMut,
}

impl Pieces {
    fn add(&mut self, piece: Bytes) {
        if piece.len() < LARGE_BYTES {
            self.small.extend_from_slice(&piece);
        } else {
            self.end_small();
            self.done.push(piece);
        }
    }

    fn end_small(&mut self) {
        if !self.small.is_empty() {
            self.done.push(self.small.split().freeze());
        }
    }

    fn finish(mut self) -> Vec<Bytes> {
        self.end_small();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: SessionId = SessionId::new(0, 0, 1);
    const BOB: SessionId = SessionId::new(0, 0, 2);

    fn frame(text: &str) -> Frame {
        Frame::text(text)
    }

    fn joined(texts: &[&str]) -> Bytes {
        texts.iter().flat_map(|text| frame(text).bytes().to_vec()).collect()
    }

    #[test]
    fn a_lone_broadcast_is_not_copied() {
        let mut turn = Turn::default();
        let only = frame("only");
        turn.broadcast(only.clone());
        let written = turn.finish();
        assert_eq!(written.shared.as_ptr(), only.bytes().as_ptr());
    }

    #[test]
    fn everyone_sees_one_order_and_some_see_more_of_it() {
        let mut turn = Turn::default();
        turn.broadcast(frame("a"));
        turn.unicast(ADA, frame("for ada"));
        turn.broadcast(frame("b"));
        turn.unicast(BOB, frame("for bob"));
        turn.admit(BOB);
        turn.broadcast(frame("c"));
        let written = turn.finish();
        assert_eq!(written.shared, joined(&["a", "b", "c"]));
        assert_eq!(written.for_special(ADA, true), [joined(&["a", "for ada", "b", "c"])]);
        assert_eq!(written.for_special(BOB, false), [joined(&["for bob", "c"])]);
        assert!(written.admits(BOB) && !written.admits(ADA));
        assert_eq!(
            (
                written.frames_for_special(ADA, true),
                written.frames_for_special(BOB, false)
            ),
            (4, 2)
        );
    }

    #[test]
    fn an_answer_to_a_stranger_is_all_the_stranger_gets() {
        let mut turn = Turn::default();
        turn.broadcast(frame("a"));
        turn.unicast(ADA, frame("no"));
        turn.broadcast(frame("b"));
        assert_eq!(turn.finish().for_special(ADA, false), [joined(&["no"])]);
    }

    #[test]
    fn a_large_frame_is_shared_by_all_who_get_it() {
        let mut turn = Turn::default();
        let (small, large) = (frame("hello"), frame(&"x".repeat(LARGE_BYTES)));
        for session in [ADA, BOB] {
            turn.unicast(session, small.clone());
            turn.unicast(session, large.clone());
            turn.admit(session);
        }
        turn.broadcast(small.clone());
        let written = turn.finish();
        for session in [ADA, BOB] {
            let pieces = written.for_special(session, false);
            assert_eq!(pieces, [small.bytes(), large.bytes(), small.bytes()]);
            assert_eq!(pieces[1].as_ptr(), large.bytes().as_ptr());
        }
    }
}
