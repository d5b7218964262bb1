//! What the registry tells the lab, of users of whom somebody keeps a journal. All others cost one look at an atomic.

use std::{collections::HashMap, time::Instant};

use serde_json::value::{RawValue, to_raw_value};

use crate::{
    close_status::Ending,
    ids::{SessionId, UserId},
    lab::{Event, Lab},
    message::ServerMessage,
};

#[derive(Default)]
pub(super) struct Reports {
    lab: Lab,
    /// Changes that everybody is about to be told of.
    untold: Vec<(UserId, Box<RawValue>)>,
    /// Since when somebody has no socket, within the grace.
    gone: HashMap<UserId, Instant>,
}

impl Reports {
    pub fn new(lab: Lab) -> Self {
        Self { lab, ..Self::default() }
    }

    /// Whether anybody keeps a journal.
    pub fn are_wanted(&self) -> bool {
        self.lab.is_followed()
    }

    /// `session` is the one of so many that came last; with the `first`, the user came.
    #[track_caller]
    pub fn joined(&mut self, session: SessionId, user: UserId, sockets: usize, first: bool, now: Instant) {
        if let Some(left) = self.gone.remove(&user) {
            let after = millis(left, now);
            self.lab.report(user, Some(session), || Event::Returned { after });
        }
        self.lab
            .report(user, Some(session), || Event::Joined { sockets, first });
    }

    /// `session` is gone, and the user with the last one, from `gone_at` on.
    #[track_caller]
    pub fn left(
        &mut self,
        session: SessionId,
        user: UserId,
        ending: &Ending,
        sockets: usize,
        gone_at: Option<Instant>,
        now: Instant,
    ) {
        let event = match gone_at {
            Some(gone_at) => Event::grace(millis(now, gone_at), ending),
            None => Event::left(sockets, ending),
        };
        if gone_at.is_some() && self.lab.follows(user) {
            self.gone.insert(user, now);
        }
        self.lab.report(user, Some(session), || event);
    }

    /// `message` about `user` is told to everybody soon.
    pub fn tell(&mut self, user: UserId, message: &ServerMessage<'_>) {
        if !self.lab.follows(user) {
            return;
        }
        if !matches!(message, ServerMessage::Online { .. }) {
            self.gone.remove(&user);
        }
        // What the room gets is the same value, encoded by the same code.
        self.untold.extend(to_raw_value(message).map(|frame| (user, frame)));
    }

    /// All that was to be told went to so many sockets.
    #[track_caller]
    pub fn told(&mut self, sockets: usize) {
        for (user, frame) in std::mem::take(&mut self.untold) {
            self.lab.report(user, None, || Event::Told { sockets, frame });
        }
    }

    /// Something else happened.
    #[track_caller]
    pub fn report(&self, session: SessionId, user: UserId, event: Event) {
        self.lab.report(user, Some(session), || event);
    }
}

fn millis(from: Instant, until: Instant) -> u64 {
    u64::try_from(until.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}
