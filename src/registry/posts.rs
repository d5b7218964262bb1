//! What one turn of the registry has for each hub, posted together at the turn's end.

use std::{any::Any, sync::Arc, time::Instant};

use tokio::sync::mpsc;

use super::backlog::Credit;
use crate::{
    close_status::CloseStatus,
    delivery::{Frame, HubHandle, Order, Posted, Seen},
    ids::SessionId,
};

/// The hubs, by number, and the orders of this turn.
#[derive(Default)]
pub(super) struct Posts {
    hubs: Vec<Option<Hub>>,
    /// Whether what is for everyone is packed once for all hubs.
    packs_once: bool,
    credits: Vec<Credit>,
}

struct Hub {
    handle: HubHandle,
    orders: Vec<Order>,
}

impl Posts {
    pub fn new(packs_once: bool) -> Self {
        Self {
            packs_once,
            ..Self::default()
        }
    }

    pub fn open(&mut self, handle: HubHandle) {
        let id = handle.id();
        if self.hubs.len() <= id {
            self.hubs.resize_with(id + 1, || None);
        }
        self.hubs[id] = Some(Hub {
            handle,
            orders: Vec::new(),
        });
    }

    pub fn broadcast(&mut self, frame: &Frame, since: Option<Instant>) {
        let frame = match self.packs_once {
            true => frame.clone().packed_once(),
            false => frame.clone(),
        };
        self.all(|| Order::Broadcast {
            frame: frame.clone(),
            since,
        });
    }

    pub fn signal(&mut self, frame: &Frame) {
        self.all(|| Order::Signal { frame: frame.clone() });
    }

    pub fn close_all(&mut self, status: &CloseStatus) {
        self.all(|| Order::CloseAll { status: status.clone() });
    }

    fn all(&mut self, order: impl Fn() -> Order) {
        for hub in self.hubs.iter_mut().flatten() {
            hub.orders.push(order());
        }
    }

    pub fn unicast(&mut self, session: SessionId, frame: Frame) {
        self.one(session, Order::Unicast { session, frame });
    }

    pub fn admit(&mut self, session: SessionId, gets_signals: bool) {
        self.one(session, Order::Admit { session, gets_signals });
    }

    pub fn close(&mut self, session: SessionId, status: CloseStatus) {
        self.one(session, Order::Close { session, status });
    }

    /// Asks each hub about those of `sessions` that live there.
    pub fn survey(&mut self, sessions: &[SessionId], answer: &mpsc::UnboundedSender<Vec<Seen>>) {
        for hub in self.hubs.iter_mut().flatten() {
            let id = hub.handle.id();
            let sessions: Vec<_> = sessions.iter().copied().filter(|session| session.hub() == id).collect();
            if !sessions.is_empty() {
                let answer = answer.clone();
                hub.orders.push(Order::Survey { sessions, answer });
            }
        }
    }

    fn one(&mut self, session: SessionId, order: Order) {
        // A hub that is gone took its sockets with it.
        if let Some(Some(hub)) = self.hubs.get_mut(session.hub()) {
            hub.orders.push(order);
        }
    }

    /// Keeps the place of a text in the backlog until all hubs have written it.
    pub fn hold(&mut self, credit: Credit) {
        self.credits.push(credit);
    }

    /// Posts what there is.
    pub fn send(&mut self) {
        let held: Option<Arc<dyn Any + Send + Sync>> = match self.credits.is_empty() {
            true => None,
            false => Some(Arc::new(std::mem::take(&mut self.credits))),
        };
        for entry in &mut self.hubs {
            let Some(hub) = entry else { continue };
            if hub.orders.is_empty() {
                continue;
            }
            let orders = std::mem::take(&mut hub.orders);
            if !hub.handle.post(Posted {
                orders,
                held: held.clone(),
            }) {
                *entry = None;
            }
        }
    }
}
