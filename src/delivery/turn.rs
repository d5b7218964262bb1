//! What one turn of the hub writes: the frames for everyone, joined once, and for a socket with something of its
//! own, its own joining. Pure.

use std::collections::HashMap;

use bytes::{Bytes, BytesMut};

use super::Frame;
use crate::ids::SessionId;

/// What is at least this large is not worth a copy to save a write.
const LARGE_BYTES: usize = 16 * 1024;

/// The frames of one turn, in the order in which they were added.
pub(super) struct Turn {
    plain: Joined,
    /// The same, packed: kept only where somebody gets it.
    packed: Option<Joined>,
    least_packed_bytes: usize,
    broadcasts: usize,
    own: HashMap<SessionId, Own>,
}

/// Frames one after the other.
#[derive(Default)]
struct Joined {
    first: Option<Bytes>,
    /// All of them; empty while `first` is the only one.
    all: BytesMut,
}

/// A place between two frames for everyone, in either form.
#[derive(Clone, Copy)]
struct Place {
    plain: usize,
    packed: usize,
}

impl Place {
    fn of(self, form: Form) -> usize {
        match form {
            Form::Plain => self.plain,
            Form::Packed => self.packed,
        }
    }
}

/// What a socket gets that others do not.
#[derive(Default)]
struct Own {
    /// Where in the shared bytes, and before which broadcast, this socket came in, if during this turn.
    admitted_at: Option<(Place, usize)>,
    /// Frames for it alone, and before which shared byte each belongs.
    frames: Vec<(Place, Frame)>,
}

/// As what a socket gets its frames.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// With permessage-deflate.
    Packed,
}

/// A turn that is complete.
pub(super) struct Written {
    /// The bytes for every subscribed socket without an entry in `own`.
    pub shared: Bytes,
    /// The same for those who have agreed on permessage-deflate. `None`: nobody has.
    packed: Option<Bytes>,
    least_packed_bytes: usize,
    pub broadcasts: usize,
    own: HashMap<SessionId, Own>,
}

impl Joined {
    fn add(&mut self, frame: &Bytes) {
        match &self.first {
            None => self.first = Some(frame.clone()),
            Some(first) => {
                if self.all.is_empty() {
                    self.all.extend_from_slice(first);
                }
                self.all.extend_from_slice(frame);
            }
        }
    }

    fn len(&self) -> usize {
        match &self.first {
            Some(first) if self.all.is_empty() => first.len(),
            _ => self.all.len(),
        }
    }

    fn finish(self) -> Bytes {
        match self.first {
            Some(first) if self.all.is_empty() => first,
            _ => self.all.freeze(),
        }
    }
}

impl Turn {
    /// `least_packed_bytes`: what is packed, if anything is.
    pub fn new(least_packed_bytes: Option<usize>) -> Self {
        Self {
            plain: Joined::default(),
            packed: least_packed_bytes.map(|_| Joined::default()),
            least_packed_bytes: least_packed_bytes.unwrap_or(usize::MAX),
            broadcasts: 0,
            own: HashMap::new(),
        }
    }

    pub fn broadcast(&mut self, frame: &Frame) {
        self.broadcasts += 1;
        self.plain.add(frame.bytes());
        if let Some(packed) = &mut self.packed {
            packed.add(&frame.packed(self.least_packed_bytes));
        }
    }

    pub fn unicast(&mut self, session: SessionId, frame: Frame) {
        let at = self.place();
        self.own.entry(session).or_default().frames.push((at, frame));
    }

    /// From here on, `session` gets what everyone gets.
    pub fn admit(&mut self, session: SessionId) {
        let at = self.place();
        self.own.entry(session).or_default().admitted_at = Some((at, self.broadcasts));
    }

    fn place(&self) -> Place {
        Place {
            plain: self.plain.len(),
            packed: self.packed.as_ref().map_or(0, Joined::len),
        }
    }

    /// Bytes for everyone so far.
    pub fn len(&self) -> usize {
        self.plain.len()
    }

    pub fn finish(self) -> Written {
        Written {
            shared: self.plain.finish(),
            packed: self.packed.map(Joined::finish),
            least_packed_bytes: self.least_packed_bytes,
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

    /// The bytes for every subscribed socket without something of its own, and the form that they have: messages may
    /// come plain to whoever takes packed ones.
    pub fn for_everyone(&self, form: Form) -> (&Bytes, Form) {
        match (&self.packed, form) {
            (Some(packed), Form::Packed) => (packed, form),
            _ => (&self.shared, Form::Plain),
        }
    }

    /// The bytes for a socket with something of its own. `was_subscribed`: before this turn.
    ///
    /// Small pieces come joined, to leave in one write; a large one, such as a list of very many users, comes as it
    /// is, shared by all who get it.
    pub fn for_special(&self, session: SessionId, was_subscribed: bool, form: Form) -> Vec<Bytes> {
        let Some(own) = self.own.get(&session) else {
            return Vec::new();
        };
        let (shared, form) = self.for_everyone(form);
        let from = if was_subscribed {
            Some(0)
        } else {
            own.admitted_at.map(|(at, _)| at.of(form))
        };
        let mut pieces = Pieces::default();
        let mut at = from.unwrap_or(shared.len());
        for (place, frame) in &own.frames {
            let place = place.of(form);
            if place > at {
                pieces.add(shared.slice(at..place));
                at = place;
            }
            pieces.add(match form {
                Form::Plain => frame.bytes().clone(),
                Form::Packed => frame.packed(self.least_packed_bytes),
            });
        }
        pieces.add(shared.slice(at..));
        pieces.finish()
    }

    /// The bytes that [`Self::for_special`] would have, were nothing packed.
    pub fn plain_bytes_for_special(&self, session: SessionId, was_subscribed: bool) -> usize {
        let Some(own) = self.own.get(&session) else {
            return 0;
        };
        let from = if was_subscribed {
            0
        } else {
            own.admitted_at.map_or(self.shared.len(), |(at, _)| at.plain)
        };
        let frames = own.frames.iter().map(|(_, frame)| frame.len()).sum::<usize>();
        self.shared.len() - from + frames
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
        let mut turn = Turn::new(None);
        let only = frame("only");
        turn.broadcast(&only);
        let written = turn.finish();
        assert_eq!(written.shared.as_ptr(), only.bytes().as_ptr());
    }

    #[test]
    fn everyone_sees_one_order_and_some_see_more_of_it() {
        let mut turn = Turn::new(None);
        turn.broadcast(&frame("a"));
        turn.unicast(ADA, frame("for ada"));
        turn.broadcast(&frame("b"));
        turn.unicast(BOB, frame("for bob"));
        turn.admit(BOB);
        turn.broadcast(&frame("c"));
        let written = turn.finish();
        assert_eq!(written.shared, joined(&["a", "b", "c"]));
        assert_eq!(
            written.for_special(ADA, true, Form::Plain),
            [joined(&["a", "for ada", "b", "c"])]
        );
        assert_eq!(
            written.for_special(BOB, false, Form::Plain),
            [joined(&["for bob", "c"])]
        );
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
        let mut turn = Turn::new(None);
        turn.broadcast(&frame("a"));
        turn.unicast(ADA, frame("no"));
        turn.broadcast(&frame("b"));
        assert_eq!(turn.finish().for_special(ADA, false, Form::Plain), [joined(&["no"])]);
    }

    #[test]
    fn a_large_frame_is_shared_by_all_who_get_it() {
        let mut turn = Turn::new(None);
        let (small, large) = (frame("hello"), frame(&"x".repeat(LARGE_BYTES)));
        for session in [ADA, BOB] {
            turn.unicast(session, small.clone());
            turn.unicast(session, large.clone());
            turn.admit(session);
        }
        turn.broadcast(&small);
        let written = turn.finish();
        for session in [ADA, BOB] {
            let pieces = written.for_special(session, false, Form::Plain);
            assert_eq!(pieces, [small.bytes(), large.bytes(), small.bytes()]);
            assert_eq!(pieces[1].as_ptr(), large.bytes().as_ptr());
        }
    }

    #[test]
    fn both_forms_have_one_order() {
        let long = |word: &str| frame(&word.repeat(50));
        let mut turn = Turn::new(Some(20));
        turn.broadcast(&long("first "));
        turn.unicast(ADA, long("for ada "));
        turn.broadcast(&frame("short"));
        turn.unicast(BOB, frame("for bob"));
        turn.admit(BOB);
        turn.broadcast(&long("last "));
        let written = turn.finish();
        let packed = |frames: &[Frame]| {
            let packed = frames.iter().flat_map(|frame| frame.packed(20).to_vec());
            packed.collect::<Bytes>()
        };
        let (everyone, form) = written.for_everyone(Form::Packed);
        assert!(form == Form::Packed && everyone.len() < written.shared.len());
        assert_eq!(everyone, &packed(&[long("first "), frame("short"), long("last ")]));
        assert_eq!(
            written.for_special(ADA, true, Form::Packed),
            [packed(&[
                long("first "),
                long("for ada "),
                frame("short"),
                long("last ")
            ])]
        );
        assert_eq!(
            written.for_special(BOB, false, Form::Packed),
            [packed(&[frame("for bob"), long("last ")])]
        );
        assert_eq!(
            written.for_special(BOB, false, Form::Plain),
            [joined(&["for bob", &"last ".repeat(50)])]
        );
        for (session, was_subscribed) in [(ADA, true), (ADA, false), (BOB, true), (BOB, false)] {
            let plain = written.for_special(session, was_subscribed, Form::Plain);
            assert_eq!(
                written.plain_bytes_for_special(session, was_subscribed),
                plain.iter().map(Bytes::len).sum::<usize>()
            );
        }
    }

    #[test]
    fn who_takes_packed_frames_gets_plain_ones_where_none_are_packed() {
        let mut turn = Turn::new(None);
        turn.broadcast(&frame("a"));
        turn.unicast(ADA, frame(&"b".repeat(500)));
        let written = turn.finish();
        assert!(written.for_everyone(Form::Packed).1 == Form::Plain);
        let expected = joined(&["a", &"b".repeat(500)]);
        assert_eq!(written.for_special(ADA, true, Form::Packed), [expected]);
    }
}
