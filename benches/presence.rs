//! What it costs that people come and go where 10,000 are.
//!
//! `cargo bench --bench presence`. The first three are presence alone; the others are turns of the registry, from its
//! mailbox to the hub's, with all that is encoded on the way.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Waker},
    time::{Duration, Instant},
};

use divan::{Bencher, black_box, counter::ItemsCount};
use tertulia::{
    Clocks,
    close_status::Ending,
    delivery::{Hub, HubHandle, Order, Posted},
    http_session_id::HttpSessionId,
    identity::Identity,
    ids::{Epoch, SessionId, UserId},
    name::Name,
    registry::{Registry, RegistryHandle, Rules, presence::Presence},
};
use tokio::{runtime::Runtime, sync::mpsc};

const PEOPLE: usize = 10_000;
const GRACE: Duration = Duration::from_secs(3);

fn main() {
    divan::main();
}

fn who(number: usize) -> Identity {
    Identity {
        user: UserId::from_bits(number as u64),
        name: Name::parse(&format!("Somebody {number}")).expect("letters and digits"),
        http_session: HttpSessionId::from_digest((number as u128).to_be_bytes()),
    }
}

fn session(number: usize) -> SessionId {
    SessionId::new(0, 0, number)
}

/// Everybody is here.
fn crowd(now: Instant) -> (Presence, Vec<Identity>) {
    let mut presence = Presence::new(GRACE, 0);
    let people: Vec<_> = (0..=PEOPLE).map(who).collect();
    for (number, who) in people.iter().take(PEOPLE).enumerate() {
        let joined = presence.join(session(number), who.user, &who.name, now);
        assert!(joined.is_ok_and(|change| change.is_some()));
    }
    (presence, people)
}

/// Somebody new comes, closes their only tab, and is gone after the grace.
#[divan::bench]
fn join_and_leave(bencher: Bencher) {
    let mut now = Instant::now();
    let (mut presence, people) = crowd(now);
    let Identity { user, name, .. } = &people[PEOPLE];
    bencher.bench_local(|| {
        let _ = black_box(presence.join(session(PEOPLE), *user, name, now));
        presence.leave(session(PEOPLE), *user, Ending::ClosedByPeer(None), now);
        now += GRACE;
        assert_eq!(presence.due(now).len(), 1);
    });
}

/// Somebody reloads the page: their socket goes and another one comes.
#[divan::bench]
fn reload(bencher: Bencher) {
    let now = Instant::now();
    let (mut presence, people) = crowd(now);
    let Identity { user, name, .. } = &people[0];
    bencher.bench_local(|| {
        presence.leave(session(0), *user, Ending::Lost, now);
        let _ = black_box(presence.join(session(0), *user, name, now));
    });
}

/// Somebody opens and closes a second tab.
#[divan::bench]
fn second_tab(bencher: Bencher) {
    let now = Instant::now();
    let (mut presence, people) = crowd(now);
    let Identity { user, name, .. } = &people[0];
    bencher.bench_local(|| {
        let _ = black_box(presence.join(session(PEOPLE), *user, name, now));
        presence.leave(session(PEOPLE), *user, Ending::ClosedByPeer(None), now);
    });
}

/// A registry whose only hub is this bench.
struct Room {
    registry: Pin<Box<dyn Future<Output = ()>>>,
    handle: RegistryHandle,
    hub: mpsc::UnboundedReceiver<Posted>,
    _hub_handle: HubHandle,
    runtime: Runtime,
}

impl Room {
    fn crowded() -> Self {
        let (registry, handle) = Registry::new(Rules::default(), Epoch::from_bits(1), Arc::default());
        let (_, hub_handle, hub) = Hub::new(0, Clocks::off(), Arc::default());
        let mut room = Self {
            registry: Box::pin(tokio::task::unconstrained(registry.run())),
            handle,
            hub,
            _hub_handle: hub_handle.clone(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .expect("a timer needs no more"),
        };
        room.handle.open(hub_handle);
        for number in 0..PEOPLE {
            room.handle.join(session(number), who(number), "", None);
        }
        room.turn();
        room
    }

    /// Bytes of what is posted to the hub.
    fn turn(&mut self) -> usize {
        let _timers = self.runtime.enter();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(self.registry.as_mut().poll(&mut cx).is_pending());
        let mut bytes = 0;
        while let Ok(posted) = self.hub.try_recv() {
            for order in posted.orders {
                if let Order::Broadcast { frame, .. } | Order::Unicast { frame, .. } = black_box(order) {
                    bytes += frame.len();
                }
            }
        }
        bytes
    }
}

/// A list for all who are here, after somebody has come or gone.
#[divan::bench]
fn list_after_a_change(bencher: Bencher) {
    let mut room = Room::crowded();
    let mut is_here = false;
    bencher.bench_local(|| {
        match is_here {
            true => room.handle.leave(session(PEOPLE), who(PEOPLE).user, Ending::Lost),
            false => room.handle.join(session(PEOPLE), who(PEOPLE), "", None),
        }
        is_here = !is_here;
        // Who has left is gone in the turn after it.
        room.turn();
        room.handle.list(session(0));
        assert!(room.turn() > PEOPLE * 40);
    });
}

/// A list for one who asks, while nothing changes.
#[divan::bench]
fn list_again(bencher: Bencher) {
    let mut room = Room::crowded();
    bencher.bench_local(|| {
        room.handle.list(session(0));
        assert!(room.turn() > PEOPLE * 40);
    });
}

/// So many come at once and are greeted, and all of them go again. All is told in the ticks in which it is due.
#[divan::bench(args = [1, 20, 200])]
fn come_and_go(bencher: Bencher, people: usize) {
    let mut room = Room::crowded();
    let newcomers: Vec<_> = (PEOPLE..PEOPLE + people)
        .map(|number| (session(number), who(number)))
        .collect();
    bencher.counter(ItemsCount::new(people)).bench_local(|| {
        for (session, who) in &newcomers {
            room.handle.join(*session, who.clone(), "", None);
        }
        black_box(room.turn());
        for (session, who) in &newcomers {
            room.handle.leave(*session, who.user, Ending::Lost);
        }
        black_box(room.turn());
    });
}
