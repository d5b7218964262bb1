//! Whatever a hub is asked for, and whatever its peers take meanwhile: each of them reads a beginning of what the
//! orders say, frame by frame and in their order, and all of it unless its session ended.
//!
//! The model keeps for each socket the frames that it should read. A script posts orders, lets the hub and the tasks
//! of the sockets run by turns, makes peers take some bytes, break, or leave. The tasks here do what a connection does,
//! and run only when they were woken.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::{Arc, Weak},
    task::Poll,
    time::Duration,
};

use proptest::{collection::vec, prelude::*};

use super::{
    fake::FakePeer,
    socket::{LEAST_PACKED_BYTES, Socket},
};
use crate::{
    close_status::{CloseStatus, Ending},
    counters::Counters,
    delivery::{Clocks, Frame, Hub, HubHandle, Order, Posted},
};

const OUTBOX_BYTES: usize = 2_000;
/// With more that lag, the hub would wait for them.
const MOST_SLOW: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Open {
        is_slow: bool,
        /// It has agreed on permessage-deflate.
        is_packed: bool,
    },
    Post(Vec<Posting>),
    /// The hub's task runs until it waits.
    Turn,
    /// The tasks of the sockets run, as far as they were woken.
    Tasks,
    /// A slow peer takes so many bytes more.
    Take(usize, usize),
    /// The task of the socket sends something by itself.
    Send(usize, usize),
    Ping(usize),
    Break(usize),
    /// The peer has said goodbye.
    Leave(usize),
}

/// Sockets are counted from the first that opened, round and round.
#[derive(Clone, Debug)]
enum Posting {
    Broadcast(usize),
    Unicast(usize, usize),
    Admit(usize),
    Close(usize),
    CloseAll,
}

struct Scene {
    hub: Rc<Hub>,
    handle: HubHandle,
    run: Pin<Box<dyn Future<Output = ()>>>,
    sockets: Vec<Socket>,
    /// Alive as long as a batch is not carried out.
    held: Vec<Weak<()>>,
    last: usize,
}

impl Scene {
    fn new() -> Self {
        let clocks = Clocks::new(Duration::ZERO, Duration::ZERO, Some(OUTBOX_BYTES), Duration::ZERO);
        let (hub, handle, mailbox) = Hub::new(0, clocks, Arc::<Counters>::default());
        hub.pack_from(LEAST_PACKED_BYTES);
        let run = Box::pin(tokio::task::unconstrained(hub.clone().run(mailbox)));
        Self {
            hub,
            handle,
            run,
            sockets: Vec::new(),
            held: Vec::new(),
            last: 0,
        }
    }

    fn socket(&mut self, number: usize) -> Option<&mut Socket> {
        let count = self.sockets.len();
        (count > 0).then(|| &mut self.sockets[number % count])
    }

    /// A text that no other frame has.
    fn text(&mut self, kind: &str, bytes: usize) -> Frame {
        self.last += 1;
        Frame::text(&format!("{kind}{} {}", self.last, "x".repeat(bytes))).packed_once()
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Open { is_slow, is_packed } => self.open(is_slow, is_packed),
            Step::Post(postings) => self.post(postings),
            Step::Turn => {
                self.turn().await;
            }
            Step::Tasks => self.run_tasks(),
            Step::Take(number, bytes) => {
                if let Some(socket) = self.socket(number) {
                    socket.take(bytes);
                }
            }
            Step::Send(number, bytes) => {
                let (frame, hub) = (self.text("own ", bytes), self.hub.clone());
                if let Some(socket) = self.socket(number) {
                    hub.send(&*socket.link, &frame);
                    // After the end it has no effect.
                    socket.own.extend(socket.ended.is_none().then_some(frame));
                }
            }
            Step::Ping(number) => {
                let (frame, hub) = (self.text("", 0), self.hub.clone());
                if let Some(socket) = self.socket(number) {
                    hub.pong(&socket.link, &frame.bytes()[2..]);
                    let pong = Frame::pong(&frame.bytes()[2..]);
                    socket.pongs.extend(socket.ended.is_none().then_some(pong));
                }
            }
            Step::Break(number) => {
                if let Some(socket) = self.socket(number) {
                    socket.peer.break_off();
                    // Whoever reads finds out.
                    socket.wake();
                }
            }
            Step::Leave(number) => {
                let hub = self.hub.clone();
                if let Some(socket) = self.socket(number)
                    && socket.ended.is_none()
                {
                    socket.bury(&hub, Ending::ClosedByPeer(None));
                }
            }
        }
        self.check_evictions();
    }

    fn open(&mut self, is_slow: bool, is_packed: bool) {
        let slow = self
            .sockets
            .iter()
            .filter(|socket| socket.is_slow && socket.ended.is_none());
        let is_slow = is_slow && slow.count() < MOST_SLOW;
        let peer = FakePeer::with_room(if is_slow { 0 } else { usize::MAX });
        let link = self.hub.open(peer.clone());
        if is_packed {
            self.hub.pack_for(&*link);
        }
        self.sockets.push(Socket::new(peer, link, is_slow, is_packed));
    }

    fn post(&mut self, postings: Vec<Posting>) {
        let orders = postings.into_iter().filter_map(|posting| self.order(posting)).collect();
        let held = Arc::new(());
        self.held.push(Arc::downgrade(&held));
        assert!(self.handle.post(Posted {
            orders,
            held: Some(held)
        }));
    }

    fn order(&mut self, posting: Posting) -> Option<Order> {
        match posting {
            Posting::Broadcast(bytes) => {
                let frame = self.text("all ", bytes);
                for socket in self.sockets.iter_mut().filter(|socket| socket.is_admitted) {
                    socket.expected.push(frame.clone());
                }
                Some(Order::Broadcast { frame, since: None })
            }
            Posting::Unicast(number, bytes) => {
                let frame = self.text("one ", bytes);
                let socket = self.socket(number)?;
                socket.expected.push(frame.clone());
                let session = socket.link.id();
                Some(Order::Unicast { session, frame })
            }
            Posting::Admit(number) => {
                let socket = self.socket(number)?;
                let session = socket.link.id();
                (!std::mem::replace(&mut socket.is_admitted, true)).then_some(Order::Admit {
                    session,
                    gets_signals: false,
                })
            }
            Posting::Close(number) => Some(Order::Close {
                session: self.socket(number)?.link.id(),
                status: CloseStatus::SESSION_ENDED,
            }),
            Posting::CloseAll => Some(Order::CloseAll {
                status: CloseStatus::SERVER_RESTARTING,
            }),
        }
    }

    /// Lets the hub run until it waits; true if all that was posted is carried out.
    async fn turn(&mut self) -> bool {
        let run = &mut self.run;
        let is_waiting = poll_fn(|cx| Poll::Ready(run.as_mut().poll(cx).is_pending())).await;
        assert!(is_waiting, "the hub has ended");
        self.held.retain(|held| held.strong_count() > 0);
        let is_settled = self.held.is_empty();
        for socket in &mut self.sockets {
            if is_settled && socket.ended.is_none() {
                socket.settled = socket.expected.len();
            }
        }
        is_settled
    }

    /// Who is to be evicted has just let too much wait.
    fn check_evictions(&mut self) {
        for socket in &mut self.sockets {
            if !socket.is_doomed && socket.link.ending() == Some(Ending::SlowConsumer) {
                socket.is_doomed = true;
                assert!(socket.link.queued_bytes() > OUTBOX_BYTES, "evicted without a reason");
            }
        }
    }

    /// Runs the tasks that were woken.
    fn run_tasks(&mut self) {
        for socket in &mut self.sockets {
            socket.run_if_woken(&self.hub);
        }
    }

    /// Everyone takes everything, and all comes to rest.
    async fn settle(&mut self) {
        for socket in &mut self.sockets {
            socket.take(usize::MAX);
        }
        loop {
            self.run_tasks();
            if self.turn().await {
                break;
            }
            tokio::task::yield_now().await;
        }
        self.run_tasks();
    }
}

fn bytes() -> impl Strategy<Value = usize> {
    prop_oneof![30 => 0..600_usize, 1 => Just(140_000)]
}

fn posting() -> impl Strategy<Value = Posting> {
    prop_oneof![
        300 => bytes().prop_map(Posting::Broadcast),
        120 => (0..12_usize, bytes()).prop_map(|(number, bytes)| Posting::Unicast(number, bytes)),
        200 => (0..12_usize).prop_map(Posting::Admit),
        6 => (0..12_usize).prop_map(Posting::Close),
        1 => Just(Posting::CloseAll),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<(bool, bool)>().prop_map(|(is_slow, is_packed)| Step::Open { is_slow, is_packed }),
        8 => vec(posting(), 1..6).prop_map(Step::Post),
        8 => Just(Step::Turn),
        8 => Just(Step::Tasks),
        8 => (0..12_usize, 0..1_500_usize).prop_map(|(number, bytes)| Step::Take(number, bytes)),
        2 => (0..12_usize, 0..200_usize).prop_map(|(number, bytes)| Step::Send(number, bytes)),
        2 => (0..12_usize).prop_map(Step::Ping),
        1 => (0..12_usize).prop_map(Step::Break),
        1 => (0..12_usize).prop_map(Step::Leave),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_peer_reads_what_the_orders_say_and_in_their_order(steps in vec(step(), 1..200)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut scene = Scene::new();
            for step in steps {
                scene.step(step).await;
            }
            scene.settle().await;
            scene.sockets.iter().for_each(Socket::check);
        });
    }
}

#[tokio::test]
async fn what_is_said_before_all_are_closed_reaches_all() {
    const SOCKETS: usize = 600;
    let mut scene = Scene::new();
    for _ in 0..SOCKETS {
        scene.open(false, false);
    }
    scene.run_tasks();
    scene.post((0..SOCKETS).map(Posting::Admit).collect());
    scene.turn().await;
    scene.post(vec![Posting::Broadcast(10), Posting::CloseAll]);
    while !scene.turn().await {
        scene.run_tasks();
    }
    for socket in &scene.sockets {
        assert!(socket.peer.take_wire().starts_with(socket.expected[0].bytes()));
    }
}
