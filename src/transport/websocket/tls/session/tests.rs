//! A session against rustls's own client, over a pipe that holds as little as one likes.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io::{Read, Write},
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::ring, pki_types::PrivatePkcs8KeyDer};

use super::*;

/// Both directions between a session and its client.
struct Pipe {
    to_server: RefCell<VecDeque<u8>>,
    to_client: RefCell<VecDeque<u8>>,
    /// Bytes that fit in `to_client`.
    room: Cell<usize>,
    /// Bytes of one read or write.
    step: usize,
    is_ended: Cell<bool>,
}

impl Raw for Pipe {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut bytes = self.to_server.borrow_mut();
        if bytes.is_empty() && !self.is_ended.get() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let step = buffer.len().min(self.step);
        bytes.read(&mut buffer[..step])
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut queue = self.to_client.borrow_mut();
        let count = bytes.len().min(self.step).min(self.room.get() - queue.len());
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        queue.extend(&bytes[..count]);
        Ok(count)
    }
}

struct Pair {
    session: Session,
    client: ClientConnection,
    pipe: Pipe,
}

impl Pair {
    /// Both, before the handshake.
    fn new(room: usize, step: usize) -> Self {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der());
        let server = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![issued.cert.der().clone()], key.into())
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(issued.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut client = ClientConnection::new(client.into(), "localhost".try_into().unwrap()).unwrap();
        client.set_buffer_limit(None);
        Self {
            session: Session::new(server.into()).unwrap(),
            client,
            pipe: Pipe {
                to_server: RefCell::default(),
                to_client: RefCell::default(),
                room: Cell::new(room),
                step,
                is_ended: Cell::new(false),
            },
        }
    }

    /// Both, after the handshake.
    fn shaken(room: usize, step: usize) -> Self {
        let mut pair = Self::new(room, step);
        loop {
            pair.client_turn();
            match pair.session.shake_hands(&pair.pipe) {
                Ok(()) if !pair.client.is_handshaking() => break,
                Ok(()) => {}
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "{error}"),
            }
        }
        pair
    }

    /// The client takes what is there, says what it has to say, and gives the plaintext.
    fn client_turn(&mut self) -> Vec<u8> {
        let mut plain = Vec::new();
        while !self.pipe.to_client.borrow().is_empty() {
            self.client.read_tls(&mut *self.pipe.to_client.borrow_mut()).unwrap();
            self.client.process_new_packets().unwrap();
            // It would block where nothing is left.
            let _ = self.client.reader().read_to_end(&mut plain);
        }
        while self.client.wants_write() {
            self.client.write_tls(&mut *self.pipe.to_server.borrow_mut()).unwrap();
        }
        plain
    }
}

fn would_block<T>(result: &io::Result<T>) -> bool {
    result
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

#[test]
fn what_is_written_comes_whole_however_little_the_system_takes() {
    for (room, step) in [(1, 1), (100, 7), (20_000, 20_000), (1 << 20, 1 << 20)] {
        let mut pair = Pair::shaken(room, step);
        let bytes: Vec<u8> = (0..100_000_u32).map(|number| (number % 251) as u8).collect();
        let (mut taken, mut got) = (0, Vec::new());
        while got.len() < bytes.len() {
            match pair.session.write(&pair.pipe, &bytes[taken..]) {
                Ok(count) => taken += count,
                error => assert!(would_block(&error), "{error:?}"),
            }
            assert!(
                pair.session.pending_bytes() < RECORD_BYTES + 100,
                "a record at most waits"
            );
            got.extend(pair.client_turn());
        }
        assert!(got == bytes, "{room} {step}");
        assert_eq!(taken, bytes.len());
    }
}

#[test]
fn nothing_is_taken_while_something_waits_and_flush_says_when_it_is_gone() {
    let mut pair = Pair::shaken(1_000, 1_000);
    assert_eq!(pair.session.write(&pair.pipe, &[7; 5_000]).unwrap(), 5_000);
    assert!(would_block(&pair.session.write(&pair.pipe, b"more")));
    assert!(would_block(&pair.session.flush(&pair.pipe)));
    let mut got = 0;
    while would_block(&pair.session.flush(&pair.pipe)) {
        got += pair.client_turn().len();
    }
    got += pair.client_turn().len();
    assert_eq!(got, 5_000);
    assert_eq!(pair.session.pending.capacity(), 0, "an idle session holds no buffer");
}

#[test]
fn what_is_read_comes_whole_however_small_the_pieces_and_the_reader() {
    for (step, most) in [(1, 3), (5, 1_000), (1 << 20, 100), (1 << 20, 1 << 20)] {
        let mut pair = Pair::shaken(1 << 20, step);
        let bytes: Vec<u8> = (0..60_000_u32).map(|number| (number % 251) as u8).collect();
        pair.client.writer().write_all(&bytes).unwrap();
        pair.client_turn();
        let (mut got, mut buffer) = (Vec::<u8>::new(), vec![0; most]);
        while got.len() < bytes.len() {
            let count = pair.session.read(&pair.pipe, &mut buffer).unwrap();
            assert!(count > 0);
            got.extend(&buffer[..count]);
        }
        assert!(got == bytes, "{step} {most}");
        assert!(would_block(&pair.session.read(&pair.pipe, &mut buffer)));
        assert_eq!((pair.session.begun.capacity(), pair.session.unread.capacity()), (0, 0));
    }
}

#[test]
fn writing_goes_on_while_a_record_is_half_read() {
    let mut pair = Pair::shaken(1 << 20, 1 << 20);
    pair.client.writer().write_all(&[1; 1_000]).unwrap();
    pair.client_turn();
    let rest = pair.pipe.to_server.borrow_mut().split_off(500);
    let mut buffer = [0; 2_000];
    assert!(would_block(&pair.session.read(&pair.pipe, &mut buffer)));
    assert_eq!(pair.session.write(&pair.pipe, b"meanwhile").unwrap(), 9);
    assert_eq!(pair.client_turn(), b"meanwhile");
    pair.pipe.to_server.borrow_mut().extend(rest);
    assert_eq!(pair.session.read(&pair.pipe, &mut buffer).unwrap(), 1_000);
}

#[test]
fn both_ends_close_in_good_order_and_only_once() {
    let mut pair = Pair::shaken(1 << 20, 1 << 20);
    pair.session.write(&pair.pipe, b"last words").unwrap();
    pair.session.close(&pair.pipe).unwrap();
    pair.session.close(&pair.pipe).unwrap();
    let mut plain = Vec::new();
    pair.client.read_tls(&mut *pair.pipe.to_client.borrow_mut()).unwrap();
    let state = pair.client.process_new_packets().unwrap();
    assert!(state.peer_has_closed());
    pair.client.reader().read_to_end(&mut plain).unwrap();
    assert_eq!(plain, b"last words");
    // The other half is open still.
    pair.client.writer().write_all(b"mine").unwrap();
    pair.client.send_close_notify();
    pair.client_turn();
    let mut buffer = [0; 100];
    assert_eq!(pair.session.read(&pair.pipe, &mut buffer).unwrap(), 4);
    assert_eq!(pair.session.read(&pair.pipe, &mut buffer).unwrap(), 0);
    assert_eq!(pair.session.read(&pair.pipe, &mut buffer).unwrap(), 0);
    let written = pair.session.write(&pair.pipe, b"too late");
    assert!(written.is_err() && !would_block(&written));
}

#[test]
fn garbage_behind_the_end_is_neither_read_nor_kept() {
    let mut pair = Pair::shaken(1 << 20, 1 << 20);
    pair.client.writer().write_all(b"mine").unwrap();
    pair.client.send_close_notify();
    pair.client_turn();
    pair.pipe.to_server.borrow_mut().extend(b"garbage".repeat(5_000));
    let mut buffer = [0; 100];
    assert_eq!(pair.session.read(&pair.pipe, &mut buffer).unwrap(), 4);
    assert_eq!(pair.session.read(&pair.pipe, &mut buffer).unwrap(), 0);
    assert_eq!(pair.session.begun.capacity(), 0);
    // Our half goes on.
    pair.session.write(&pair.pipe, b"answer").unwrap();
    pair.session.close(&pair.pipe).unwrap();
    assert_eq!(pair.client_turn(), b"answer");
}

#[test]
fn keys_that_change_without_end_break_it() {
    let mut pair = Pair::shaken(1 << 20, 1 << 20);
    for _ in 0..100 {
        pair.client.refresh_traffic_keys().unwrap();
        while pair.client.wants_write() {
            pair.client.write_tls(&mut *pair.pipe.to_server.borrow_mut()).unwrap();
        }
    }
    let read = pair.session.read(&pair.pipe, &mut [0; 100]);
    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert!(pair.session.pending_bytes() < 1_000);
}

#[test]
fn end_of_tcp_is_the_end() {
    let mut pair = Pair::shaken(1 << 20, 1 << 20);
    pair.pipe.is_ended.set(true);
    assert_eq!(pair.session.read(&pair.pipe, &mut [0; 100]).unwrap(), 0);
    let mut pair = Pair::new(1 << 20, 1 << 20);
    pair.pipe.is_ended.set(true);
    let shaken = pair.session.shake_hands(&pair.pipe);
    assert_eq!(shaken.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_changed_byte_breaks_it_and_the_client_is_told() {
    let mut pair = Pair::shaken(1 << 20, 1 << 20);
    pair.client.writer().write_all(b"as it was").unwrap();
    pair.client_turn();
    *pair.pipe.to_server.borrow_mut().back_mut().unwrap() ^= 1;
    let read = pair.session.read(&pair.pipe, &mut [0; 100]);
    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData);
    pair.client.read_tls(&mut *pair.pipe.to_client.borrow_mut()).unwrap();
    let told = pair.client.process_new_packets().unwrap_err();
    assert!(matches!(told, rustls::Error::AlertReceived(_)), "{told}");
    let written = pair.session.write(&pair.pipe, b"as if nothing had been");
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert!(pair.session.close(&pair.pipe).is_err());
    assert_eq!(pair.session.read(&pair.pipe, &mut [0; 100]).unwrap(), 0);
}

#[test]
fn a_message_without_end_is_cut_off() {
    let mut pair = Pair::new(1 << 20, 1 << 20);
    // Records of a handshake message of 16 MB, of which each brings 16 KB.
    let mut bytes: Vec<u8> = vec![1, 0xff, 0xff, 0xff];
    bytes.resize(1 << 20, 0);
    for record in bytes.chunks(RECORD_BYTES) {
        let mut queue = pair.pipe.to_server.borrow_mut();
        queue.extend([22, 3, 1]);
        queue.extend((record.len() as u16).to_be_bytes());
        queue.extend(record);
    }
    let shaken = pair.session.shake_hands(&pair.pipe);
    assert_eq!(shaken.unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert!(pair.session.close(&pair.pipe).is_err());
}

#[test]
fn no_garbage_makes_it_panic() {
    let record = |kind: u8, bytes: &[u8]| {
        let length = (bytes.len() as u16).to_be_bytes();
        [&[kind, 3, 3, length[0], length[1]], bytes].concat()
    };
    let mut seed = 1_u32;
    let mut dice = move |sides: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % sides
    };
    for round in 0..3_000 {
        let mut pair = Pair::new(1 << 20, 1 + dice(700) as usize);
        // Somewhere in what a client says first, or in place of it.
        pair.client_turn();
        if round % 3 == 0 {
            pair.pipe.to_server.borrow_mut().clear();
        }
        for _ in 0..1 + dice(4) {
            let bytes: Vec<u8> = (0..dice(60))
                .map(|at| if at < 4 { dice(3) } else { dice(256) } as u8)
                .collect();
            let garbage = record(20 + dice(4) as u8, &bytes);
            let mut queue = pair.pipe.to_server.borrow_mut();
            let place = dice(queue.len() as u32 + 1) as usize;
            let rest = queue.split_off(place);
            queue.extend(garbage);
            queue.extend(rest);
        }
        for _ in 0..100 {
            match pair.session.shake_hands(&pair.pipe) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => {
                    let _ = pair.session.write(&pair.pipe, b"anything");
                    let _ = pair.session.close(&pair.pipe);
                    let _ = pair.session.read(&pair.pipe, &mut [0; 100]);
                    break;
                }
                Ok(()) => {}
            }
        }
    }
}
