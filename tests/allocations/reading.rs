//! From a socket to the handler, on the worker's thread.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
};

use actix_web::App;
use tertulia::{
    AllowedOrigins, Clocks, HandlerError, HandlerMapping, HubNumbers, Session, WebSocketHandler, Worker, serve,
};

use crate::unsafe_counter::allocations;

const SOCKETS: usize = 500;
/// The thread's queue of tasks may grow now and then, when more sockets than ever before have something at once.
const MOST_GROWTH: usize = 8;
/// A text of a client, masked with zeros.
const FRAME: &[u8] = b"\x81\x85\0\0\0\0hello";
const HANDSHAKE: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// What the worker's thread had allocated at each message. Has room for a round, so that it allocates nothing itself.
#[derive(Clone)]
struct Tally(Arc<(Mutex<Vec<usize>>, Condvar)>);

impl Tally {
    /// What was noted, as soon as every socket has noted something.
    fn round(&self) -> Vec<usize> {
        let (tally, noted) = &*self.0;
        let mut tally = noted
            .wait_while(tally.lock().unwrap(), |tally| tally.len() < SOCKETS)
            .unwrap();
        std::mem::replace(&mut *tally, Vec::with_capacity(SOCKETS))
    }
}

impl WebSocketHandler for Tally {
    fn handle_text_message(&self, _: &Session, text: &str) -> Result<(), HandlerError> {
        assert_eq!(text, "hello");
        let (tally, noted) = &*self.0;
        tally.lock().unwrap().push(allocations());
        noted.notify_all();
        Ok(())
    }
}

/// Serves until the test's process ends.
fn start(tally: Tally) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        actix_rt::System::new().block_on(async {
            let hubs = HubNumbers::default();
            let builder = actix_server::Server::build().workers(1).disable_signals();
            let server = serve(builder, "tally", listener, move || {
                let (worker, _) = Worker::start(&hubs, Clocks::off(), Default::default());
                let mapping = HandlerMapping::new(tally.clone(), "/").allowed_origins(AllowedOrigins::any());
                App::new().configure(mapping.register(&worker))
            });
            server.unwrap().run().await.unwrap();
        });
    });
    address
}

fn open(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(HANDSHAKE.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    stream
}

#[test]
fn reading_a_text_allocates_nothing_for_a_socket() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let tally = Tally(Arc::new((Vec::with_capacity(SOCKETS).into(), Condvar::new())));
    let address = start(tally.clone());
    let mut sockets: Vec<_> = (0..SOCKETS).map(|_| open(address)).collect();
    // In the first round each socket still settles down.
    for round in 0..4 {
        for socket in &mut sockets {
            socket.write_all(FRAME).unwrap();
        }
        let tally = tally.round();
        let count = tally[SOCKETS - 1] - tally[0];
        println!("{count} allocations for {SOCKETS} sockets");
        assert!(round == 0 || count <= MOST_GROWTH, "{count} in round {round}");
    }
}
