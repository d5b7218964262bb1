//! From the registry, or from a post to the hub, to the sockets.

use std::{
    future::{Future, poll_fn},
    io::{self, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use crate::unsafe_counter::allocations;
use tertulia::{
    Clocks,
    counters::Counters,
    delivery::{Frame, Hub, HubHandle, Link, Order, Posted, Transport},
    http_session_id::HttpSessionId,
    identity::Identity,
    ids::{Epoch, UserId},
    name::Name,
    registry::{Registry, RegistryHandle, Rules},
};

/// Of so many turns that with the fewest allocations counts: in others the queues between tasks took memory for some
/// turns at once.
const TURNS: usize = 64;
const FEW: usize = 10;
const MANY: usize = 1_000;

type Task = Pin<Box<dyn Future<Output = ()>>>;

/// A real socket that never blocks.
struct Tcp(TcpStream);

impl Transport for Tcp {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        (&self.0).write(bytes)
    }
}

/// A hub whose sockets are real, and their peers, who read nothing: the kernel has room for all that they are sent.
struct Room {
    hub: Task,
    handle: HubHandle,
    sockets: Vec<Rc<Link<Tcp>>>,
    _peers: Vec<TcpStream>,
}

impl Room {
    fn open(sockets: usize) -> Self {
        rlimit::increase_nofile_limit(u64::MAX).unwrap();
        let clocks = Clocks::new(Duration::ZERO, Duration::ZERO, Some(1 << 20), Duration::ZERO);
        let (hub, handle, mailbox) = Hub::new(0, clocks, Arc::<Counters>::default());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut room = Self {
            hub: Box::pin(tokio::task::unconstrained(hub.clone().run(mailbox))),
            handle,
            sockets: Vec::new(),
            _peers: Vec::new(),
        };
        for _ in 0..sockets {
            let peer = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = listener.accept().unwrap();
            stream.set_nonblocking(true).unwrap();
            room.sockets.push(hub.open(Tcp(stream)));
            room._peers.push(peer);
        }
        room
    }

    async fn admit_all(&mut self) {
        let admit = |link: &Rc<Link<Tcp>>| Order::Admit {
            session: link.id(),
            gets_signals: false,
        };
        self.post(self.sockets.iter().map(admit).collect());
        step(&mut self.hub).await;
    }

    fn post(&self, orders: Vec<Order>) {
        assert!(self.handle.post(Posted { orders, held: None }));
    }

    fn all_have_taken_all(&self) -> bool {
        self.sockets
            .iter()
            .all(|link| link.queued_bytes() == 0 && !link.is_ending())
    }
}

/// Runs a task until it waits.
async fn step(task: &mut Task) {
    let is_waiting = poll_fn(|cx| Poll::Ready(task.as_mut().poll(cx).is_pending())).await;
    assert!(is_waiting, "the task has ended");
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// The allocations of a turn that writes so many frames to so many sockets.
async fn broadcast(sockets: usize, frames: usize) -> usize {
    let mut room = Room::open(sockets);
    room.admit_all().await;
    let frame = Frame::text("hello, everybody");
    let mut fewest = usize::MAX;
    for _ in 0..TURNS {
        let before = allocations();
        let order = |_| Order::Broadcast {
            frame: frame.clone(),
            since: Some(Instant::now()),
        };
        room.post((0..frames).map(order).collect());
        step(&mut room.hub).await;
        fewest = fewest.min(allocations() - before);
    }
    assert!(room.all_have_taken_all());
    fewest
}

#[test]
fn turn_of_a_hub_allocates_nothing_for_a_receiver() {
    for frames in [1, 64] {
        let [few, many] = [FEW, MANY].map(|sockets| block_on(broadcast(sockets, frames)));
        println!("{many} allocations in a turn of {frames} frames");
        assert_eq!(few, many, "for {FEW} and for {MANY}, {frames} frames");
    }
}

struct Chat {
    registry: Task,
    handle: RegistryHandle,
    room: Room,
}

impl Chat {
    /// All sockets are one person's.
    async fn open(sockets: usize) -> Self {
        let (registry, handle) = Registry::new(Rules::default(), Epoch::from_bits(1), Arc::default());
        let mut chat = Self {
            registry: Box::pin(tokio::task::unconstrained(registry.run())),
            handle,
            room: Room::open(sockets),
        };
        chat.handle.open(chat.room.handle.clone());
        for link in &chat.room.sockets {
            chat.handle.join(link.id(), ada(), "", None);
        }
        chat.turn().await;
        chat
    }

    async fn turn(&mut self) {
        step(&mut self.registry).await;
        step(&mut self.room.hub).await;
    }
}

fn ada() -> Identity {
    Identity {
        user: UserId::from_bits(1),
        name: Name::parse("Ada").unwrap(),
        http_session: HttpSessionId::from_digest([0; HttpSessionId::BYTES]),
    }
}

/// The allocations of a turn that says so much to so many sockets.
async fn say(sockets: usize, texts: usize) -> usize {
    let mut chat = Chat::open(sockets).await;
    let mut fewest = usize::MAX;
    for _ in 0..TURNS {
        let before = allocations();
        let sender = chat.room.sockets[0].id();
        let said = |_| {
            chat.handle
                .backlog()
                .said(sender, ada().user, None, None, "hello, everybody", Instant::now())
        };
        chat.handle.say((0..texts).map(said).collect());
        chat.turn().await;
        fewest = fewest.min(allocations() - before);
    }
    assert!(chat.room.all_have_taken_all());
    assert_eq!(chat.handle.backlog().bytes(), 0);
    fewest
}

#[test]
fn what_is_said_allocates_nothing_for_a_receiver() {
    for texts in [1, 16] {
        let [few, many] = [FEW, MANY].map(|sockets| block_on(say(sockets, texts)));
        println!("{many} allocations in a turn of {texts} texts");
        assert_eq!(few, many, "for {FEW} and for {MANY}, {texts} texts");
    }
}
