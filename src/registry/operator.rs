//! What an operator asks of the registry: who is here, what their sockets look like, and that somebody goes.

use std::{borrow::Cow, time::Instant};

use tokio::sync::{mpsc, oneshot};

use super::{Registry, RegistryHandle, command};
use crate::{
    close_status::CloseStatus,
    delivery::{Frame, Seen},
    http_session_id::HttpSessionId,
    ids::{SessionId, UserId},
    message::{ErrorCode, ServerMessage},
    name::Name,
};

/// All of them are answered.
pub(super) enum Command {
    People {
        answer: oneshot::Sender<Vec<Person>>,
    },
    /// Each hub answers for itself.
    Survey {
        sessions: Vec<SessionId>,
        answer: mpsc::UnboundedSender<Vec<Seen>>,
    },
    Kick {
        user: UserId,
        message: String,
        answer: oneshot::Sender<Option<Kicked>>,
    },
}

/// Somebody who is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// What they are called.
    pub name: Name,
    /// Their live sockets; none within the grace.
    pub sockets: Vec<SessionId>,
}

/// What a kick came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kicked {
    /// How many sockets end.
    pub sockets: usize,
    /// To be deleted by whoever asked, so that the cookie brings nobody back.
    pub http_session: Option<HttpSessionId>,
}

impl RegistryHandle {
    /// Everybody who is here, in no order, as of one moment. Takes the registry some 50 ns for each.
    pub async fn people(&self) -> Vec<Person> {
        let (answer, answered) = oneshot::channel();
        self.give(command::Command::Operator(Command::People { answer }));
        answered.await.unwrap_or_default()
    }

    /// What the hubs see of these sockets; those that are gone are not in it.
    pub async fn survey(&self, sessions: Vec<SessionId>) -> Vec<Seen> {
        let (answer, mut answers) = mpsc::unbounded_channel();
        self.give(command::Command::Operator(Command::Survey { sessions, answer }));
        let mut seen = Vec::new();
        // It ends when each hub has answered, or is gone.
        while let Some(more) = answers.recv().await {
            seen.extend(more);
        }
        seen
    }

    /// Ends `user`: their sockets read `message` and close with 1008 `kicked`, others read that they dropped out, and
    /// no socket of theirs joins again. `None` if they are not here.
    pub async fn kick(&self, user: UserId, message: String) -> Option<Kicked> {
        let (answer, answered) = oneshot::channel();
        self.give(command::Command::Operator(Command::Kick { user, message, answer }));
        answered.await.ok()?
    }
}

impl Registry {
    /// Whoever asked may be gone; then nobody needs the answer.
    pub(super) fn obey(&mut self, command: Command, now: Instant) {
        match command {
            Command::People { answer } => {
                let seats = self.presence.seats();
                let people = seats.map(|(id, name, sockets)| Person {
                    id,
                    name: name.clone(),
                    sockets: sockets.to_vec(),
                });
                let _ = answer.send(people.collect());
            }
            Command::Survey { sessions, answer } => self.posts.survey(&sessions, &answer),
            Command::Kick { user, message, answer } => {
                let _ = answer.send(self.kick(user, &message, now));
            }
        }
    }

    fn kick(&mut self, user: UserId, message: &str, now: Instant) -> Option<Kicked> {
        self.presence.name_of(user)?;
        let http_session = self.http_sessions.get(&user).copied();
        let departed = self.presence.expel(user, now);
        let sockets = departed.sessions.len();
        let error = Frame::message(&ServerMessage::Error {
            code: ErrorCode::Kicked,
            message: Cow::Borrowed(message),
            reference: None,
        });
        self.dismiss(Some(user), departed, Some(error), &CloseStatus::KICKED, now);
        Some(Kicked { sockets, http_session })
    }
}
