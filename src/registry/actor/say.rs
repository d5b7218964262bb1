//! What is said: numbered, kept, acknowledged and told, in one step between everything else that happens in the room.

use std::{borrow::Cow, time::Instant};

use chrono::{DateTime, Utc};

use super::Registry;
use crate::{
    delivery::Frame,
    ids::SessionId,
    message::{ErrorCode, ServerMessage, User},
    registry::{backlog::Said, said_ids::Answer},
};

impl Registry {
    pub(super) fn say_all(&mut self, said: Vec<Said>, now: Instant) {
        for one in said {
            self.say(&one, now);
            self.posts.hold(one.credit);
        }
    }

    fn say(&mut self, said: &Said, now: Instant) {
        let Said { session, user, .. } = *said;
        // A socket that is on its way out may have said something after its log-out: nobody said it.
        let Some(name) = self.presence.name_of(user).cloned() else {
            return;
        };
        // Nobody speaks before they are told of, and everyone hears what they say themselves. Newcomers get this line
        // from the room and not from the history.
        self.tell_deltas(now);
        self.greet(now);
        self.signals.spoke(session, user);
        self.life.spoke(self.http_sessions.get(&user));
        let known = said
            .id
            .as_deref()
            .map_or(Answer::New, |id| self.said_ids.look_up(user, id, &said.text));
        match known {
            Answer::New => {}
            Answer::Same(number, at) => return self.acknowledge(session, said.id.as_deref(), number, at),
            Answer::Other => return self.refuse_other(said),
        }
        let (number, at) = (self.history.next(), Utc::now());
        let frame = Frame::message(&ServerMessage::Chat {
            id: number,
            user: User {
                id: user,
                name: Cow::Borrowed(name.as_str()),
            },
            text: Cow::Borrowed(&said.text),
            at,
        });
        self.history.keep(frame.clone(), now);
        if let Some(id) = &said.id {
            self.said_ids.remember(user, id.clone(), &said.text, number, at);
            self.acknowledge(session, Some(id), number, at);
        }
        self.posts.broadcast(&frame, Some(said.since));
    }

    fn acknowledge(&mut self, session: SessionId, id: Option<&str>, chat: u64, at: DateTime<Utc>) {
        let Some(id) = id.map(Cow::Borrowed) else { return };
        let ack = Frame::message(&ServerMessage::Ack { id, chat, at });
        self.posts.unicast(session, ack);
    }

    fn refuse_other(&mut self, said: &Said) {
        let reference = said.reference.as_deref().or(said.id.as_deref());
        let error = Frame::message(&ServerMessage::Error {
            code: ErrorCode::IdReused,
            message: Cow::Borrowed("you have said something else under this id; say it under a new one"),
            reference: reference.map(Cow::Borrowed),
        });
        self.posts.unicast(said.session, error);
    }
}
