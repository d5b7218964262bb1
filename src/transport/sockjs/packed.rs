//! SockJS over a WebSocket: its frames are the texts of the socket's. This stream packs what goes out and unpacks what
//! comes in, so that the connection and its hub know nothing of it.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
    net::SocketAddr,
    task::{Context, Poll},
};

use super::framing::{OPEN, Piece, append, packed_bytes, texts_of_message, translate};
use crate::{
    close_status::CloseStatus,
    delivery::{
        Frame, Transport,
        frame::{BINARY, CLOSE, TEXT, first_frame},
    },
    handler::HandlerError,
    transport::websocket::{Stirred, Stream},
};

/// See the module.
pub(super) struct Packed<S> {
    stream: S,
    /// Packed bytes that the peer is still to take.
    rest: RefCell<Rest>,
    /// The peer's own packing is broken: a close frame is all that it is told.
    is_broken: Cell<bool>,
}

#[derive(Default)]
struct Rest {
    bytes: Vec<u8>,
    written: usize,
    /// Whether a byte of the frames that are packed in here was held back, to be taken when all is written: as long as
    /// that byte waits, the outbox puts nothing in between.
    owes: bool,
}

impl<S: Stream> Packed<S> {
    /// Greets the peer.
    pub fn open(stream: S) -> Self {
        let packed = Self {
            stream,
            rest: RefCell::new(Rest {
                bytes: Frame::text(OPEN).bytes().to_vec(),
                ..Rest::default()
            }),
            is_broken: Cell::new(false),
        };
        // What a new socket does not take at once goes out before whatever comes first.
        let _ = packed.write_rest(&mut packed.rest.borrow_mut());
        packed
    }

    fn write_rest(&self, rest: &mut Rest) -> io::Result<()> {
        while rest.written < rest.bytes.len() {
            rest.written += self.stream.try_write(&rest.bytes[rest.written..])?;
        }
        rest.bytes = Vec::new();
        rest.written = 0;
        Ok(())
    }

    /// The frames of a server in `bytes`, packed: texts that follow each other in one.
    fn pack(&self, mut bytes: &[u8]) -> Vec<u8> {
        let (mut packed, mut texts) = (Vec::new(), VecDeque::new());
        while let Some(first) = first_frame(bytes) {
            let opcode = first.opcode();
            let (frame, rest) = bytes.split_at(first.len());
            bytes = rest;
            let has_words = opcode == TEXT || opcode == CLOSE && !self.is_broken.get();
            if has_words && let Some((Some(piece), _)) = translate(frame) {
                append(&mut texts, piece);
            }
            // Control frames are the socket's own, and pass. Binary has no place in SockJS.
            if !matches!(opcode, TEXT | BINARY) {
                pack_texts(&mut texts, &mut packed);
                packed.extend_from_slice(frame);
            }
        }
        pack_texts(&mut texts, &mut packed);
        packed
    }
}

fn pack_texts(texts: &mut VecDeque<Piece>, packed: &mut Vec<u8>) {
    for piece in texts.drain(..) {
        packed.extend_from_slice(Frame::text(&piece.frame()).bytes());
    }
}

impl<S: Stream> Transport for Packed<S> {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = self.rest.borrow_mut();
        self.write_rest(&mut rest)?;
        if std::mem::take(&mut rest.owes) {
            return Ok(1);
        }
        rest.bytes = self.pack(bytes);
        match self.write_rest(&mut rest) {
            Ok(()) => Ok(bytes.len()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && rest.written > 0 => {
                rest.owes = true;
                Ok(bytes.len() - 1)
            }
            Err(error) => {
                *rest = Rest::default();
                Err(error)
            }
        }
    }

    fn try_flush(&self) -> io::Result<()> {
        self.write_rest(&mut self.rest.borrow_mut())?;
        self.stream.try_flush()
    }

    fn remote_address(&self) -> Option<SocketAddr> {
        self.stream.remote_address()
    }
}

impl<S: Stream> Stream for Packed<S> {
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.stream.poll_read(cx, buffer)
    }

    fn stir(&self, what: Stirred) {
        self.stream.stir(what);
    }

    fn packed_bytes(&self, text_bytes: usize) -> usize {
        packed_bytes(text_bytes)
    }

    fn unpack(&self, text: &str, handle: &mut dyn FnMut(&str) -> Result<(), HandlerError>) -> Result<(), HandlerError> {
        let texts = texts_of_message(text).map_err(|broken| {
            self.is_broken.set(true);
            CloseStatus::BAD_DATA.with_reason(broken.message())
        })?;
        texts.iter().try_for_each(|text| handle(text))
    }

    fn shut_down(&self) -> io::Result<()> {
        self.stream.shut_down()
    }

    fn abandon(&self) {
        self.stream.abandon();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::delivery::Outbox;

    /// Takes as many bytes as it has room for.
    #[derive(Default)]
    struct Peer {
        room: Cell<usize>,
        read: RefCell<Vec<u8>>,
    }

    impl Transport for Peer {
        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            let count = bytes.len().min(self.room.get());
            self.room.set(self.room.get() - count);
            self.read.borrow_mut().extend_from_slice(&bytes[..count]);
            match count {
                0 => Err(io::ErrorKind::WouldBlock.into()),
                count => Ok(count),
            }
        }
    }

    impl Stream for Peer {
        fn poll_read(&self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn stir(&self, _: Stirred) {}

        fn shut_down(&self) -> io::Result<()> {
            Ok(())
        }

        fn abandon(&self) {}
    }

    /// The texts that the peer read, pings as `ping`, and the close frame as `close`.
    fn frames(peer: &Peer) -> Vec<String> {
        let read = peer.read.borrow();
        let (mut bytes, mut frames) = (&read[..], Vec::new());
        while let Some(frame) = first_frame(bytes) {
            frames.push(match frame.opcode() {
                TEXT => String::from_utf8(frame.payload().to_vec()).unwrap(),
                CLOSE => "close".into(),
                _ => "ping".into(),
            });
            bytes = &bytes[frame.len()..];
        }
        assert!(bytes.is_empty(), "whole frames");
        frames
    }

    fn open(room: usize) -> Packed<Peer> {
        let peer = Peer::default();
        peer.room.set(room);
        Packed::open(peer)
    }

    proptest! {
        #[test]
        fn whatever_the_peer_takes_it_reads_whole_frames_in_order(
            texts in prop::collection::vec("[a-z\u{2028}\"]{0,40}", 1..12),
            rooms in prop::collection::vec(0_usize..30, 1..60),
            ping_at in 0_usize..60,
        ) {
            let socket = open(0);
            let mut outbox = Outbox::new(0);
            for text in &texts {
                outbox.push(Frame::text(text).into_bytes(), 0);
            }
            outbox.push_close(Frame::close(None), false);
            for (turn, room) in rooms.iter().copied().chain(std::iter::repeat_n(1000, 100)).enumerate() {
                if turn == ping_at {
                    outbox.push_ping(Frame::ping(b""));
                }
                socket.stream.room.set(room);
                while let Some(chunk) = outbox.chunk() {
                    let Ok(count) = socket.try_write(chunk) else { break };
                    outbox.wrote(count, 0);
                }
            }
            prop_assert!(outbox.is_empty());
            let frames = frames(&socket.stream);
            prop_assert_eq!(frames.first().map(String::as_str), Some("o"));
            let said: Vec<String> = frames.iter().filter_map(|frame| frame.strip_prefix('a'))
                .flat_map(|list| serde_json::from_str::<Vec<String>>(list).unwrap()).collect();
            prop_assert_eq!(said, texts);
            let end: Vec<_> = frames.iter().rev().filter(|frame| *frame != "ping").take(2).collect();
            prop_assert_eq!(end, ["close", "c[1000,\"\"]"]);
        }
    }

    #[test]
    fn what_is_said_together_is_packed_together() {
        let socket = open(1000);
        let frames_of = [Frame::text("a"), Frame::text("b"), Frame::ping(b""), Frame::text("c")];
        let wire = frames_of.map(|frame| frame.bytes().to_vec()).concat();
        assert_eq!(socket.try_write(&wire).unwrap(), wire.len());
        assert_eq!(frames(&socket.stream), ["o", "a[\"a\",\"b\"]", "ping", "a[\"c\"]"]);
    }

    #[test]
    fn broken_packing_ends_with_a_close_frame_alone() {
        let socket = open(1000);
        let mut said = Vec::new();
        let mut hear = |text: &str| {
            said.push(text.to_owned());
            Ok(())
        };
        socket.unpack("[\"a\",\"b\"]", &mut hear).unwrap();
        socket.unpack("", &mut hear).unwrap();
        assert!(socket.unpack("[\"c", &mut hear).is_err());
        assert_eq!(said, ["a", "b"]);
        socket.try_write(Frame::close(None).bytes()).unwrap();
        assert_eq!(frames(&socket.stream), ["o", "close"]);
    }
}
