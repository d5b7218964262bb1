//! The sockets of a worker thread once they are out of HTTP: one epoll of their own for all of them, inside tokio's,
//! and one task that drives them.
//!
//! A task and a registration with tokio are 256 bytes each, most of what an idle socket would cost; a seat here is 48,
//! and its waker 48. Readiness is edge-triggered: a life is polled when something happened to its socket or when its
//! waker was called, and it goes on until it would block.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    os::fd::AsRawFd,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use mio::{Events, Interest, Token, event::Event, unix::SourceFd};
use tokio::io::unix::{AsyncFd, AsyncFdReadyMutGuard};

use super::{capacity::Held, stream::Stirred};
use crate::slots::Slots;

/// What the kernel is asked to tell of at once.
const EVENTS: usize = 256;
/// How often it is asked before the thread's other tasks have their turn: mostly once for what happened, and once to
/// hear that there is no more.
const ROUNDS: usize = 2;

/// What is done with a socket, step by step.
pub(super) trait Drive {
    /// Something happened to the socket.
    fn stir(&self, what: Stirred);

    /// Goes on until the socket would block, or for a good while; ready at its very end.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
}

/// See the module.
pub(super) struct Reactor {
    registry: mio::Registry,
    seats: RefCell<Slots<Seat>>,
    woken: Arc<Woken>,
}

struct Seat {
    /// Taken out while it is driven.
    life: Option<Pin<Box<dyn Drive>>>,
    bell: Arc<Bell>,
    _held: Held,
}

/// Wakes one seat, from any thread.
struct Bell {
    seat: u32,
    has_rung: AtomicBool,
    woken: Arc<Woken>,
}

/// Seats whose bells have rung, and the task that looks after them.
#[derive(Default)]
struct Woken {
    seats: Mutex<Vec<u32>>,
    task: Mutex<Option<Waker>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.has_rung.swap(true, Ordering::AcqRel) {
            self.woken.add(self.seat);
        }
    }
}

impl Woken {
    fn add(&self, seat: u32) {
        // Lists of numbers are whole at any moment, so a poisoned lock does not matter.
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        seats.push(seat);
        if seats.len() == 1
            && let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner)
        {
            task.wake_by_ref();
        }
    }

    /// Moves them to `seats`, which is empty.
    fn take(&self, seats: &mut Vec<u32>) {
        std::mem::swap(seats, &mut self.seats.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn set_task(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if !task.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *task = Some(waker.clone());
        }
    }
}

impl Reactor {
    /// A reactor without sockets, and the task that drives them, to be spawned on the same thread.
    ///
    /// # Errors
    ///
    /// The system gives us no epoll.
    pub(super) fn new() -> io::Result<(Rc<Self>, impl Future<Output = ()>)> {
        let poll = mio::Poll::new()?;
        let reactor = Rc::new(Self {
            registry: poll.registry().try_clone()?,
            seats: RefCell::default(),
            woken: Arc::default(),
        });
        Ok((reactor.clone(), reactor.run(watch(poll)?)))
    }

    /// Takes a socket over. What `begin` makes of it is driven from here on, to its end.
    ///
    /// # Errors
    ///
    /// The system cannot watch the socket; its life is dropped.
    pub(super) fn seat<S: AsRawFd, D: Drive + 'static>(
        &self,
        socket: S,
        held: Held,
        begin: impl FnOnce(S) -> D,
    ) -> io::Result<()> {
        let descriptor = socket.as_raw_fd();
        let life = Box::pin(begin(socket));
        let mut seats = self.seats.borrow_mut();
        let seat = seats.vacant();
        let both = Interest::READABLE | Interest::WRITABLE;
        self.registry.register(&mut SourceFd(&descriptor), Token(seat), both)?;
        let bell = Arc::new(Bell {
            seat: seat as u32,
            has_rung: AtomicBool::new(false),
            woken: self.woken.clone(),
        });
        seats.insert(Seat {
            life: Some(life),
            bell: bell.clone(),
            _held: held,
        });
        bell.wake();
        Ok(())
    }

    async fn run(self: Rc<Self>, mut poll: AsyncFd<mio::Poll>) {
        let _end = End(self.clone());
        let mut events = Events::with_capacity(EVENTS);
        let mut seats = Vec::new();
        poll_fn(|cx| -> Poll<()> {
            self.woken.set_task(cx.waker());
            self.woken.take(&mut seats);
            for seat in seats.drain(..) {
                self.drive(seat as usize, None);
            }
            for _ in 0..ROUNDS {
                let Poll::Ready(ready) = poll.poll_read_ready_mut(cx) else {
                    return Poll::Pending;
                };
                take_events(ready, &mut events);
                for event in &events {
                    self.drive(event.token().0, Some(stirred(event)));
                }
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Drives the life in `seat`, if it is still there. A panic ends this life and no other, as it would a task.
    fn drive(&self, seat: usize, what: Option<Stirred>) {
        let taken = self.seats.borrow_mut().get_mut(seat).and_then(|seat| {
            let life = seat.life.take()?;
            Some((life, seat.bell.clone()))
        });
        let Some((mut life, bell)) = taken else {
            return;
        };
        bell.has_rung.store(false, Ordering::Release);
        if let Some(what) = what {
            life.stir(what);
        }
        let waker = Waker::from(bell);
        // Whatever the panic left half done is dropped with the life, within the panic.
        let driven = catch_unwind(AssertUnwindSafe(move || {
            let polled = life.as_mut().poll(&mut Context::from_waker(&waker));
            polled.is_pending().then_some(life)
        }));
        let mut seats = self.seats.borrow_mut();
        match driven {
            Ok(Some(life)) => {
                if let Some(seat) = seats.get_mut(seat) {
                    seat.life = Some(life);
                }
            }
            Ok(None) | Err(_) => drop(seats.remove(seat)),
        }
    }
}

fn stirred(event: &Event) -> Stirred {
    let is_closed = event.is_read_closed() || event.is_error();
    Stirred {
        can_read: event.is_readable() || is_closed,
        can_write: event.is_writable() || event.is_write_closed() || event.is_error(),
        is_closed,
    }
}

/// Puts the inner epoll into tokio's, as something to be read from.
fn watch(poll: mio::Poll) -> io::Result<AsyncFd<mio::Poll>> {
    #[expect(unsafe_code, reason = "the proof stands beside it")]
    // SAFETY: the descriptor must stay open, and the same, as long as the `AsyncFd` lives. A `mio::Poll` owns its epoll
    // descriptor and closes it only when it is dropped; it has no method that would replace it, and the `AsyncFd` owns
    // the `Poll`.
    unsafe { AsyncFd::register_with_interest(poll, tokio::io::Interest::READABLE) }.map_err(io::Error::from)
}

/// Asks the inner epoll for what happened.
fn take_events(ready: io::Result<AsyncFdReadyMutGuard<'_, mio::Poll>>, events: &mut Events) {
    events.clear();
    // Both fail only with the runtime's end, or by a signal: then there is another look.
    let Ok(mut ready) = ready else { return };
    if ready.get_inner_mut().poll(events, Some(Duration::ZERO)).is_ok() && events.iter().count() < EVENTS {
        ready.clear_ready();
    }
}

/// The end of the driving task: no life goes on without it.
struct End(Rc<Reactor>);

impl Drop for End {
    fn drop(&mut self) {
        let seats = std::mem::take(&mut *self.0.seats.borrow_mut());
        drop(seats);
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, io::Read, io::Write, os::unix::net::UnixStream, thread};

    use super::*;
    use crate::transport::websocket::Capacity;

    /// What lives have seen, and how many have ended.
    #[derive(Clone, Default)]
    struct Witness {
        read: Rc<RefCell<String>>,
        polls: Rc<Cell<usize>>,
        ended: Rc<Cell<usize>>,
    }

    /// Reads all there is. Panics at `!`, and lets another thread wake it at `?`.
    struct Reader {
        socket: UnixStream,
        witness: Witness,
    }

    impl Drive for Reader {
        fn stir(&self, _: Stirred) {}

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            self.witness.polls.set(self.witness.polls.get() + 1);
            loop {
                let mut byte = [0];
                match self.socket.read(&mut byte) {
                    Ok(0) => return Poll::Ready(()),
                    Ok(_) => self.witness.read.borrow_mut().push(byte[0].into()),
                    Err(_) => return Poll::Pending,
                }
                match byte[0] {
                    b'!' => panic!("as asked"),
                    b'?' => {
                        let waker = cx.waker().clone();
                        drop(thread::spawn(move || waker.wake()));
                    }
                    _ => {}
                }
            }
        }
    }

    impl Drop for Reader {
        fn drop(&mut self) {
            self.witness.ended.set(self.witness.ended.get() + 1);
        }
    }

    fn sit(reactor: &Reactor, witness: &Witness) -> UnixStream {
        let (peer, socket) = UnixStream::pair().unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut held = Capacity::default().enter();
        assert!(held.leave_http().is_none());
        let begin = |socket| Reader {
            socket,
            witness: witness.clone(),
        };
        reactor.seat(socket, held, begin).unwrap();
        peer
    }

    async fn until(is_so: impl Fn() -> bool) {
        let seen = async {
            while !is_so() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), seen)
            .await
            .expect("waited in vain");
    }

    fn run(test: impl AsyncFnOnce(Rc<Reactor>, tokio::task::JoinHandle<()>)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let (reactor, driver) = Reactor::new().unwrap();
            test(reactor, tokio::task::spawn_local(driver)).await;
        });
    }

    #[test]
    fn lives_go_on_whenever_something_stirs_until_their_end() {
        run(async |reactor, _driver| {
            let witness = Witness::default();
            let mut peers: Vec<_> = (0..600).map(|_| sit(&reactor, &witness)).collect();
            for round in 1..=3 {
                for peer in &mut peers {
                    peer.write_all(b"a").unwrap();
                }
                until(|| witness.read.borrow().len() == 600 * round).await;
            }
            drop(peers);
            until(|| witness.ended.get() == 600).await;
            assert_eq!(reactor.seats.borrow().end(), 0);
        });
    }

    #[test]
    fn a_panic_ends_the_life_in_which_it_happens() {
        run(async |reactor, _driver| {
            let witness = Witness::default();
            let [mut good, mut bad] = [sit(&reactor, &witness), sit(&reactor, &witness)];
            bad.write_all(b"!").unwrap();
            until(|| witness.ended.get() == 1).await;
            good.write_all(b"still here").unwrap();
            until(|| witness.read.borrow().ends_with("still here")).await;
            assert_eq!(bad.read(&mut [0]).unwrap(), 0, "its socket is closed");
        });
    }

    #[test]
    fn a_waker_works_from_any_thread() {
        run(async |reactor, _driver| {
            let witness = Witness::default();
            let mut peer = sit(&reactor, &witness);
            until(|| witness.polls.get() > 0).await;
            peer.write_all(b"?").unwrap();
            until(|| !witness.read.borrow().is_empty()).await;
            let polls = witness.polls.get();
            until(|| witness.polls.get() > polls).await;
        });
    }

    #[test]
    fn no_life_outlives_the_task_that_drives_it() {
        run(async |reactor, driver| {
            let witness = Witness::default();
            let _peers = [sit(&reactor, &witness), sit(&reactor, &witness)];
            until(|| witness.polls.get() >= 2).await;
            driver.abort();
            until(|| witness.ended.get() == 2).await;
        });
    }
}
