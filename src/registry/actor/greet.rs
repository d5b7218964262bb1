//! What the registry tells those who come in, or come back.

use std::{borrow::Cow, time::Instant};

use chrono::Utc;

use super::{Newcomer, Registry};
use crate::{
    delivery::Frame,
    message::{GapReason, ServerMessage, User},
    registry::history::Missed,
    resume::Resume,
};

impl Registry {
    /// What everyone gets goes to the newcomers of this turn from here on, right after the lists and lines that it
    /// continues.
    pub(super) fn greet(&mut self, now: Instant) {
        if self.newcomers.is_empty() {
            return;
        }
        let (list, since) = self.roster.greeting(self.presence.users(), now);
        let time = Frame::message(&ServerMessage::ServerTime { at: Utc::now() });
        for newcomer in std::mem::take(&mut self.newcomers) {
            let session = newcomer.session;
            let common = [
                Some(self.auth(&newcomer)),
                Some(list.clone()),
                since.clone(),
                Some(time.clone()),
            ];
            for frame in common.into_iter().flatten() {
                self.posts.unicast(session, frame);
            }
            if newcomer.has_commands() {
                self.recall(&newcomer);
            }
            self.posts.admit(session, newcomer.has_commands());
        }
    }

    fn auth(&self, newcomer: &Newcomer) -> Frame {
        let who = &newcomer.who;
        Frame::message(&ServerMessage::Auth {
            user: User {
                id: who.user,
                name: Cow::Borrowed(who.name.as_str()),
            },
            socket: newcomer.session,
            protocol: Cow::Borrowed(newcomer.protocol),
            heartbeat: self.rules.heartbeat,
            limits: self.rules.limits,
            epoch: self.epoch,
        })
    }

    /// What was said before: all that a client missed, or what there is of it, or the last lines.
    fn recall(&mut self, newcomer: &Newcomer) {
        let (from, gap) = match newcomer.resume {
            None => (self.history.recent(), None),
            Some(Resume { epoch, .. }) if epoch != self.epoch => {
                (self.history.recent(), Some((GapReason::Restarted, None)))
            }
            Some(Resume { after, .. }) => match self.history.since(after) {
                Missed::From(from) => (from, None),
                Missed::TooOld { missing, from } => (from, Some((GapReason::TooOld, Some(missing)))),
                Missed::Unknown => (self.history.recent(), Some((GapReason::Unknown, None))),
            },
        };
        if let Some((reason, missing)) = gap {
            let gap = Frame::message(&ServerMessage::Gap { reason, missing });
            self.posts.unicast(newcomer.session, gap);
        }
        let lines = self.history.from(from);
        self.posts.unicast(newcomer.session, lines);
        if let Some(away) = self.signals.greeting() {
            self.posts.unicast(newcomer.session, away);
        }
    }
}
