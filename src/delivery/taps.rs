//! What a hub tells the lab of those of its sockets that asked for it. All others are told apart by one flag of their
//! link.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant},
};

use super::{Clocks, Link, Transport};
use crate::{
    heartbeat::Verdict,
    ids::SessionId,
    lab::{Event, Tap},
};

/// The taps of one hub, by socket.
#[derive(Default)]
pub struct Taps(RefCell<HashMap<SessionId, Rc<Tap>>>);

impl Taps {
    /// From here on, what happens to this socket is told.
    pub fn add<T: Transport + ?Sized>(&self, link: &Link<T>, tap: Tap) {
        link.set_tapped();
        self.0.borrow_mut().insert(link.id(), Rc::new(tap));
    }

    pub(super) fn remove<T: Transport + ?Sized>(&self, link: &Link<T>) {
        if link.is_tapped() {
            let mut taps = self.0.borrow_mut();
            taps.remove(&link.id());
            if taps.is_empty() {
                *taps = HashMap::new();
            }
        }
    }

    /// The tap of this socket, if it has one.
    pub fn of<T: Transport + ?Sized>(&self, link: &Link<T>) -> Option<Rc<Tap>> {
        match link.is_tapped() {
            true => self.0.borrow().get(&link.id()).cloned(),
            false => None,
        }
    }

    /// What waits for this socket may have changed.
    #[track_caller]
    pub(super) fn queued<T: Transport + ?Sized>(&self, link: &Link<T>) {
        if let Some(tap) = self.of(link) {
            tap.queued(link.queued_bytes(), Instant::now());
        }
    }

    /// The sweeper looked at it in `tick`, and this came out.
    #[track_caller]
    pub(super) fn looked(&self, link: &Link, verdict: Verdict, clocks: &Clocks, tick: u32) {
        let Some(tap) = self.of(link) else {
            return;
        };
        let (name, next) = match verdict {
            Verdict::Alive { look_again } => ("alive", Some(look_again)),
            Verdict::Ping { look_again } => ("ping", Some(look_again)),
            Verdict::Dead => ("dead", None),
        };
        let vitals = link.vitals();
        let silent = millis(clocks.lasting(vitals.silence(tick)));
        tap.report(Event::Look {
            verdict: name,
            silent,
            next: next.map(|next| millis(clocks.lasting(next.wrapping_sub(tick)))),
            evicts_in: clocks.evicts_in(&vitals, tick).map(millis),
        });
        match verdict {
            Verdict::Ping { .. } => tap.pinged(silent, Instant::now()),
            Verdict::Dead => tap.report(evicted("heartbeat-timeout", silent, link)),
            Verdict::Alive { .. } => {}
        }
    }

    /// It is evicted since it takes too little.
    #[track_caller]
    pub(super) fn is_too_slow<T: Transport + ?Sized>(&self, link: &Link<T>, clocks: &Clocks, tick: u32) {
        if let Some(tap) = self.of(link)
            && !link.is_ending()
        {
            let silent = millis(clocks.lasting(link.vitals().silence(tick)));
            tap.report(evicted("slow-consumer", silent, link));
        }
    }
}

fn evicted<T: Transport + ?Sized>(why: &'static str, silent: u64, link: &Link<T>) -> Event {
    Event::Evicted {
        why,
        silent,
        queued: link.queued_bytes(),
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
