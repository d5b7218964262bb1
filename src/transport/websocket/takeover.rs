//! How a socket leaves actix's dispatcher, which would keep two buffers of 8 KiB for it as long as it lives.
//!
//! Whoever runs the upgrade leaves the socket in a place of this thread ([`hand_over`]) and lets actix's whole
//! connection future end. The service here had boxed that future: in the same poll it finds the socket, frees the
//! box, and gives the socket to its successor. For actix the connection is over then, unless there are so many that it
//! must go on counting them: see `capacity`.

use std::{
    cell::Cell,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_service::{Service, ServiceFactory};
use bytes::BytesMut;
use tokio::{net::TcpStream, sync::oneshot};

use super::{
    capacity::{Capacity, Held},
    wire::Wire,
};

/// What becomes of a socket after its handshake. Gets the socket, the bytes that came with the handshake, and its
/// place among the connections that are held.
pub type Successor = Box<dyn FnOnce(Wire, BytesMut, Held)>;

struct HandedOver {
    socket: Wire,
    early: BytesMut,
    successor: Successor,
}

thread_local! {
    static HANDED_OVER: Cell<Option<HandedOver>> = const { Cell::new(None) };
}

/// Leaves a socket for the outer service, which looks here after every poll of a connection.
pub(super) fn hand_over(socket: Wire, early: BytesMut, successor: Successor) {
    HANDED_OVER.set(Some(HandedOver {
        socket,
        early,
        successor,
    }));
}

/// Put into the extensions of a request that may be upgraded. An endpoint that answers 101 leaves in it what is to
/// become of the socket; a request without a ticket cannot leave the dispatcher.
#[derive(Default)]
pub struct Ticket {
    successor: Cell<Option<Successor>>,
}

impl Ticket {
    /// Says what is to become of the socket once 101 is written.
    pub fn fill(&self, successor: Successor) {
        self.successor.set(Some(successor));
    }

    pub(super) fn redeem(&self) -> Option<Successor> {
        self.successor.take()
    }
}

/// Wraps an HTTP service so that its sockets can leave it, and counts them. See the module.
pub struct TakeOver<F> {
    pub http: F,
    pub capacity: Capacity,
}

impl<F> ServiceFactory<TcpStream> for TakeOver<F>
where
    F: ServiceFactory<TcpStream, Config = (), Response = ()>,
    F::Future: 'static,
{
    type Response = ();
    type Error = F::Error;
    type Config = ();
    type Service = TakeOverService<F::Service>;
    type InitError = F::InitError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Service, F::InitError>>>>;

    fn new_service(&self, config: ()) -> Self::Future {
        let (http, capacity) = (self.http.new_service(config), self.capacity.clone());
        Box::pin(async {
            Ok(TakeOverService {
                http: http.await?,
                capacity,
            })
        })
    }
}

pub struct TakeOverService<S> {
    http: S,
    capacity: Capacity,
}

impl<S: Service<TcpStream, Response = ()>> Service<TcpStream> for TakeOverService<S> {
    type Response = ();
    type Error = S::Error;
    type Future = Http<S::Future>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.http.poll_ready(cx)
    }

    fn call(&self, socket: TcpStream) -> Self::Future {
        Http {
            phase: Phase::Http(Box::pin(self.http.call(socket)), self.capacity.enter()),
        }
    }
}

/// A TCP connection as long as actix counts it.
pub struct Http<F> {
    phase: Phase<F>,
}

enum Phase<F> {
    /// It speaks HTTP, in actix's hands.
    Http(Pin<Box<F>>, Held),
    /// It has left them, but stays on the books until its end.
    Listed(oneshot::Receiver<()>),
    /// It is over for actix.
    Over,
}

impl<F, E> Future for Http<F>
where
    F: Future<Output = Result<(), E>>,
{
    type Output = Result<(), E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Phase::Http(http, _) = &mut self.phase {
            let polled = http.as_mut().poll(cx);
            let Some(handed_over) = HANDED_OVER.take() else {
                return polled;
            };
            if let Phase::Http(http, mut held) = std::mem::replace(&mut self.phase, Phase::Over) {
                // Its buffers are gone before the session begins.
                drop(http);
                if let Some(end) = held.leave_http() {
                    self.phase = Phase::Listed(end);
                }
                (handed_over.successor)(handed_over.socket, handed_over.early, held);
            }
        }
        if let Phase::Listed(end) = &mut self.phase {
            // It is dropped at the end, which is no error.
            let _ = ready!(Pin::new(end).poll(cx));
        }
        Poll::Ready(Ok(()))
    }
}
