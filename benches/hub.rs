//! What a turn of the hub costs, all but the kernel: the peers take everything at once.
//!
//! `cargo bench --bench hub`. A turn of many frames is one write to each receiver, as a turn of one is.

use std::{
    future::Future,
    io,
    pin::Pin,
    rc::Rc,
    sync::{Arc, Weak},
    task::{Context, Waker},
};

use divan::{Bencher, black_box, counter::ItemsCount};
use tertulia::{
    Clocks,
    counters::Counters,
    delivery::{Frame, Hub, HubHandle, Link, Order, Posted, Transport},
};

const RECEIVERS: [usize; 3] = [1, 100, 10_000];
const TEXT_BYTES: usize = 128;

fn main() {
    divan::main();
}

/// Takes everything.
struct Taker;

impl Transport for Taker {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }
}

struct Room {
    hub: Pin<Box<dyn Future<Output = ()>>>,
    handle: HubHandle,
    _sockets: Vec<Rc<Link<Taker>>>,
}

impl Room {
    fn open(receivers: usize) -> Self {
        Self::open_with(receivers, 0)
    }

    /// The first `packers` have agreed on permessage-deflate.
    fn open_with(receivers: usize, packers: usize) -> Self {
        let (hub, handle, mailbox) = Hub::new(0, Clocks::off(), Arc::<Counters>::default());
        let sockets: Vec<_> = (0..receivers).map(|_| hub.open(Taker)).collect();
        sockets.iter().take(packers).for_each(|link| hub.pack_for(&**link));
        let mut room = Self {
            hub: Box::pin(hub.run(mailbox)),
            handle,
            _sockets: sockets,
        };
        let admit = |link: &Rc<Link<Taker>>| Order::Admit {
            session: link.id(),
            gets_signals: false,
        };
        let orders = room._sockets.iter().map(admit).collect();
        room.turn(orders);
        room
    }

    /// Has the orders carried out, whenever the hub lets others run meanwhile.
    fn turn(&mut self, orders: Vec<Order>) {
        let held = Arc::new(());
        let done: Weak<()> = Arc::downgrade(&held);
        self.handle.post(Posted {
            orders,
            held: Some(held),
        });
        let mut cx = Context::from_waker(Waker::noop());
        while done.strong_count() > 0 {
            assert!(self.hub.as_mut().poll(&mut cx).is_pending());
        }
    }
}

/// The same frames to everybody. Counted in deliveries.
#[divan::bench(args = RECEIVERS, consts = [1, 64])]
fn broadcast<const FRAMES: usize>(bencher: Bencher, receivers: usize) {
    let mut room = Room::open(receivers);
    let frame = Frame::text(&"x".repeat(TEXT_BYTES));
    bencher.counter(ItemsCount::new(receivers * FRAMES)).bench_local(|| {
        let order = |_| Order::Broadcast {
            frame: frame.clone(),
            since: None,
        };
        room.turn((0..FRAMES).map(order).collect());
    });
}

/// The same with permessage-deflate, agreed on by everybody or by half of them. Frames are packed anew in each turn.
#[divan::bench(args = RECEIVERS, consts = [1, 2])]
fn broadcast_packed<const PART: usize>(bencher: Bencher, receivers: usize) {
    let mut room = Room::open_with(receivers, receivers.div_ceil(PART));
    let frame = Frame::text(&"stays mainly in the plain. ".repeat(TEXT_BYTES / 27 + 1)[..TEXT_BYTES]);
    bencher.counter(ItemsCount::new(receivers)).bench_local(|| {
        room.turn(vec![Order::Broadcast {
            frame: frame.clone().packed_once(),
            since: None,
        }]);
    });
}

/// A frame to everybody, and to each of ten another one alone: their answers, or errors.
#[divan::bench(args = [100, 10_000])]
fn broadcast_with_ten_answers(bencher: Bencher, receivers: usize) {
    let mut room = Room::open(receivers);
    let frame = Frame::text(&"x".repeat(TEXT_BYTES));
    let answered: Vec<_> = room._sockets.iter().take(10).map(|link| link.id()).collect();
    bencher.counter(ItemsCount::new(receivers + 10)).bench_local(|| {
        let answer = |&session| Order::Unicast {
            session,
            frame: frame.clone(),
        };
        let everybody = Order::Broadcast {
            frame: frame.clone(),
            since: None,
        };
        room.turn(answered.iter().map(answer).chain([everybody]).collect());
    });
}
