//! A client that leaves in the midst of an answer: actix's dispatcher reads the end of the stream and tells nobody, until
//! a write fails. An answer that may wait for long wants to know at once.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use actix_web::HttpRequest;

/// Whether the client of a connection has closed its half, as the answers on that connection see it.
#[derive(Clone, Default)]
pub struct Departure(Rc<State>);

#[derive(Default)]
struct State {
    has_left: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Departure {
    /// That of the connection on which this request came; of one that is not ours, nothing is known.
    pub fn of(request: &HttpRequest) -> Self {
        request.conn_data::<Self>().cloned().unwrap_or_default()
    }

    /// Ready when the client has left. The last who asked is woken.
    pub fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        if self.0.has_left.get() {
            return Poll::Ready(());
        }
        *self.0.waiting.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }

    /// The end of the stream was read.
    pub(super) fn happen(&self) {
        self.0.has_left.set(true);
        if let Some(waiting) = self.0.waiting.take() {
            waiting.wake();
        }
    }
}
