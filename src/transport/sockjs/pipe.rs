//! Between a session and the answers that carry it: the session's thread puts pieces in, and whichever thread serves the
//! open answer takes them out. A peer without an open answer takes nothing for now, like one with a full socket.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Instant,
};

use super::framing::{Piece, append, close_frame, translate};
use crate::delivery::Transport;

/// Bytes that wait in here for an open answer; whatever is more waits in the outbox, where it is counted.
const ROOM_BYTES: usize = 64 * 1024;

/// See the module. Shared by the session, its open answer, and whoever opens the next.
pub(super) struct Pipe(Mutex<State>);

struct State {
    pieces: VecDeque<Piece>,
    bytes: usize,
    reader: Option<Reader>,
    readers: u64,
    /// Since when there is no reader.
    left_at: Instant,
    /// A reader has come since the session looked.
    has_come: bool,
    /// A reader was cut off in the midst of its answer.
    is_cut: bool,
    /// The close frame, once the session is over: whoever comes is told.
    closed: Option<String>,
    /// Whether somebody was told.
    is_told: bool,
    session: Option<Waker>,
}

/// The open answer.
struct Reader {
    id: u64,
    /// Bytes that it may still carry.
    left: usize,
    waker: Option<Waker>,
}

/// What became of asking for what comes next.
pub(super) enum Next {
    /// This.
    Piece(Piece),
    /// This, and the answer ends with it.
    Last(Piece),
    /// It is another's turn to read.
    Over,
}

/// What happened at the far end since the session looked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct News {
    pub has_come: bool,
    pub is_cut: bool,
    /// Since when nobody reads; `None` while somebody does.
    pub left_at: Option<Instant>,
}

impl Pipe {
    /// A pipe with the greeting in it.
    pub fn new(now: Instant) -> Self {
        Self(Mutex::new(State {
            pieces: VecDeque::from([Piece::Open]),
            bytes: 0,
            reader: None,
            readers: 0,
            left_at: now,
            has_come: false,
            is_cut: false,
            closed: None,
            is_told: false,
            session: None,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Lists are whole at any moment, so a poisoned lock does not matter.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an answer read that may carry `left` bytes, or only one piece if that is 0: its number.
    ///
    /// # Errors
    ///
    /// The close frame of a session that is over and has nothing more to say, or of one that is read already.
    pub fn attach(&self, left: usize) -> Result<u64, String> {
        let mut state = self.state();
        // What was said before the end is read before it.
        if let Some(closed) = state.closed.clone().filter(|_| state.pieces.is_empty()) {
            state.is_told = true;
            state.wake_session();
            return Err(closed);
        }
        if state.reader.is_some() {
            return Err(close_frame(2010, "Another connection still open"));
        }
        state.readers += 1;
        let id = state.readers;
        state.reader = Some(Reader { id, left, waker: None });
        state.has_come = true;
        state.wake_session();
        Ok(id)
    }

    /// What the answer `id` is to carry next.
    pub fn poll_next(&self, id: u64, cx: &mut Context<'_>) -> Poll<Next> {
        let mut state = self.state();
        if state.reader.as_ref().is_none_or(|reader| reader.id != id) {
            return Poll::Ready(Next::Over);
        }
        let Some(piece) = state.pieces.pop_front() else {
            if let Some(reader) = &mut state.reader {
                reader.waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        };
        state.bytes = state.bytes.saturating_sub(piece.size());
        let is_last = match (&piece, &mut state.reader) {
            // The next request is how this peer answers a ping.
            (Piece::Heartbeat | Piece::Close(_), _) | (_, None) => true,
            // Not counted, as it is not said by anybody.
            (Piece::Open, Some(reader)) => reader.left == 0,
            (Piece::Texts(_), Some(reader)) => {
                reader.left = reader.left.saturating_sub(piece.size());
                reader.left == 0
            }
        };
        if is_last {
            state.is_told |= matches!(piece, Piece::Close(_));
            state.leave();
        }
        state.wake_session();
        drop(state);
        Poll::Ready(if is_last { Next::Last(piece) } else { Next::Piece(piece) })
    }

    /// The answer `id` was cut off.
    pub fn cut(&self, id: u64) {
        let mut state = self.state();
        if state.reader.as_ref().is_some_and(|reader| reader.id == id) {
            state.leave();
            state.is_cut = true;
            state.wake_session();
        }
    }

    /// Puts a close frame in for all who come, instead of whatever waits.
    pub fn close(&self, frame: String) {
        let mut state = self.state();
        state.pieces.clear();
        state.bytes = 0;
        state.close(frame);
    }

    /// What happened, and who is to be woken when something does.
    pub fn news(&self, cx: &Context<'_>) -> News {
        let mut state = self.state();
        if !state.session.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            state.session = Some(cx.waker().clone());
        }
        News {
            has_come: std::mem::take(&mut state.has_come),
            is_cut: state.is_cut,
            left_at: state.reader.is_none().then_some(state.left_at),
        }
    }

    /// Whether the peer was told that the session is over.
    pub fn is_told(&self) -> bool {
        self.state().is_told
    }
}

impl State {
    fn leave(&mut self) {
        self.reader = None;
        self.left_at = Instant::now();
    }

    fn wake_session(&self) {
        if let Some(waker) = &self.session {
            waker.wake_by_ref();
        }
    }

    fn put(&mut self, piece: Piece) {
        if matches!(self.pieces.back(), Some(Piece::Close(_))) {
            return;
        }
        self.bytes += piece.size();
        append(&mut self.pieces, piece);
        if let Some(waker) = self.reader.as_mut().and_then(|reader| reader.waker.take()) {
            waker.wake();
        }
    }

    fn close(&mut self, frame: String) {
        self.closed.get_or_insert_with(|| frame.clone());
        self.put(Piece::Close(frame));
    }
}

/// The near end of a pipe, as the hub writes to it.
pub(super) struct Inlet {
    pub pipe: Arc<Pipe>,
    /// Who made the first request.
    pub peer: Option<SocketAddr>,
}

impl Transport for Inlet {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.pipe.state();
        let mut written = 0;
        while state.reader.is_some()
            && state.bytes < ROOM_BYTES
            && let Some((piece, length)) = translate(&bytes[written..])
        {
            match piece {
                Some(Piece::Close(frame)) => state.close(frame),
                Some(piece) => state.put(piece),
                None => {}
            }
            written += length;
        }
        match written {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            written => Ok(written),
        }
    }

    fn remote_address(&self) -> Option<SocketAddr> {
        self.peer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{close_status::CloseStatus, delivery::Frame};

    fn inlet() -> Inlet {
        Inlet {
            pipe: Arc::new(Pipe::new(Instant::now())),
            peer: None,
        }
    }

    /// What the answer carries now, and whether it ended.
    fn read(pipe: &Pipe, id: u64) -> (Vec<String>, bool) {
        let (mut frames, mut cx) = (Vec::new(), Context::from_waker(Waker::noop()));
        loop {
            match pipe.poll_next(id, &mut cx) {
                Poll::Pending => return (frames, false),
                Poll::Ready(Next::Over) => return (frames, true),
                Poll::Ready(Next::Piece(piece)) => frames.push(piece.frame()),
                Poll::Ready(Next::Last(piece)) => {
                    frames.push(piece.frame());
                    return (frames, true);
                }
            }
        }
    }

    fn would_block(inlet: &Inlet) -> bool {
        let written = inlet.try_write(Frame::text("x").bytes());
        written.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    #[test]
    fn a_poll_takes_one_frame_and_nothing_is_taken_between_polls() {
        let inlet = inlet();
        assert!(would_block(&inlet));
        let first = inlet.pipe.attach(0).unwrap();
        assert_eq!(read(&inlet.pipe, first), (vec!["o".into()], true));
        assert!(would_block(&inlet));
        let second = inlet.pipe.attach(0).unwrap();
        assert_eq!(read(&inlet.pipe, second), (vec![], false));
        let both = [Frame::text("a"), Frame::binary(b"b"), Frame::text("c")].map(|frame| frame.bytes().to_vec());
        let both = both.concat();
        assert_eq!(inlet.try_write(&both).unwrap(), both.len());
        assert_eq!(read(&inlet.pipe, second), (vec!["a[\"a\",\"c\"]".into()], true));
        assert_eq!(read(&inlet.pipe, first), (vec![], true), "it is over");
    }

    #[test]
    fn a_stream_ends_with_its_bytes_with_a_heartbeat_and_with_the_session() {
        let inlet = inlet();
        let stream = inlet.pipe.attach(10).unwrap();
        inlet.try_write(Frame::text("a").bytes()).unwrap();
        assert_eq!(read(&inlet.pipe, stream), (vec!["o".into(), "a[\"a\"]".into()], false));
        inlet.try_write(Frame::text("abc").bytes()).unwrap();
        assert_eq!(read(&inlet.pipe, stream), (vec!["a[\"abc\"]".into()], true));
        let stream = inlet.pipe.attach(100).unwrap();
        inlet.try_write(Frame::ping(b"").bytes()).unwrap();
        assert_eq!(read(&inlet.pipe, stream), (vec!["h".into()], true));
        let stream = inlet.pipe.attach(100).unwrap();
        let close = Frame::close(Some(&CloseStatus::SESSION_ENDED));
        inlet.try_write(close.bytes()).unwrap();
        let closed = "c[1008,\"session ended\"]".to_owned();
        assert!(!inlet.pipe.is_told());
        assert_eq!(read(&inlet.pipe, stream), (vec![closed.clone()], true));
        assert!(inlet.pipe.is_told());
        assert_eq!(inlet.pipe.attach(100), Err(closed), "and so is whoever comes later");
    }

    #[test]
    fn one_answer_reads_at_a_time_and_its_loss_is_news() {
        let inlet = inlet();
        let cx = Context::from_waker(Waker::noop());
        let first = inlet.pipe.attach(100).unwrap();
        let second = inlet.pipe.attach(100);
        assert_eq!(second, Err("c[2010,\"Another connection still open\"]".into()));
        let news = inlet.pipe.news(&cx);
        assert!(news.has_come && !news.is_cut && news.left_at.is_none());
        inlet.pipe.cut(first + 1);
        assert!(!inlet.pipe.news(&cx).is_cut);
        inlet.pipe.cut(first);
        let news = inlet.pipe.news(&cx);
        assert!(!news.has_come && news.is_cut && news.left_at.is_some());
    }

    #[test]
    fn what_was_said_before_the_end_is_read_before_it_poll_by_poll() {
        let inlet = inlet();
        let first = inlet.pipe.attach(0).unwrap();
        let close = Frame::close(Some(&CloseStatus::SESSION_ENDED));
        let wire = [Frame::text("a"), Frame::ping(b""), Frame::text("b"), close].map(|frame| frame.bytes().to_vec());
        assert_eq!(inlet.try_write(&wire.concat()).unwrap(), wire.concat().len());
        assert_eq!(read(&inlet.pipe, first).0, ["o"]);
        for frame in ["a[\"a\"]", "h", "a[\"b\"]"] {
            let poll = inlet.pipe.attach(0).unwrap();
            assert_eq!(read(&inlet.pipe, poll), (vec![frame.to_owned()], true));
            assert!(!inlet.pipe.is_told());
        }
        let poll = inlet.pipe.attach(0).unwrap();
        let closed = "c[1008,\"session ended\"]".to_owned();
        assert_eq!(read(&inlet.pipe, poll), (vec![closed.clone()], true));
        assert!(inlet.pipe.is_told());
        assert_eq!(inlet.pipe.attach(0), Err(closed));
    }

    #[test]
    fn nothing_follows_the_end() {
        let inlet = inlet();
        let stream = inlet.pipe.attach(100).unwrap();
        inlet.try_write(Frame::text("never read").bytes()).unwrap();
        inlet.pipe.close(close_frame(1002, "Connection interrupted"));
        inlet.try_write(Frame::text("too late").bytes()).unwrap();
        let closed = "c[1002,\"Connection interrupted\"]".to_owned();
        assert_eq!(read(&inlet.pipe, stream), (vec![closed.clone()], true));
        assert_eq!(inlet.pipe.attach(100), Err(closed));
    }

    #[test]
    fn what_nobody_takes_is_bounded() {
        let inlet = inlet();
        inlet.pipe.attach(usize::MAX).unwrap();
        let frame = Frame::text(&"x".repeat(1000));
        let many = frame.bytes().repeat(1000);
        let written = inlet.try_write(&many).unwrap();
        assert!(
            written < many.len() && written.is_multiple_of(frame.len()),
            "whole frames"
        );
        assert!(written >= ROOM_BYTES && would_block(&inlet));
    }
}
