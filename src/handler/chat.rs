//! The chat: what a socket says goes to the registry, in one of two dialects.

use std::{borrow::Cow, cell::RefCell, future::Future, pin::Pin, time::Instant};

use chrono::Utc;

mod lab;

use super::{HandlerError, Session, WebSocketHandler};
use crate::{
    close_status::{CloseStatus, Ending},
    delivery::Frame,
    identity::Identity,
    message::{ClientCommand, ErrorCode, ServerMessage, TERTULIA_V1, is_id, reference_of},
    name::is_invisible,
    registry::{RegistryHandle, Said},
};

/// Bytes of the JSON reader's explanation, which quotes what it did not understand.
const MOST_OF_AN_ERROR: usize = 200;

/// The handler of the chat's sockets. Who speaks is the [`Identity`] in the session's attributes, never the frame.
pub struct ChatHandler {
    registry: RegistryHandle,
    /// Bytes of one text.
    max_text_bytes: usize,
    /// What was said since the last pause. It goes to the registry in one command, so that what came in one read
    /// leaves in one write.
    said: RefCell<Vec<Said>>,
}

impl ChatHandler {
    /// Says what its sockets say to `registry`, in texts of at most `max_text_bytes`.
    pub fn new(registry: RegistryHandle, max_text_bytes: usize) -> Self {
        Self {
            registry,
            max_text_bytes,
            said: RefCell::default(),
        }
    }

    fn say(
        &self,
        session: &Session,
        text: &str,
        id: Option<Cow<'_, str>>,
        reference: Option<Cow<'_, str>>,
    ) -> Result<(), HandlerError> {
        let named = reference.clone().filter(|_| id.is_some());
        let reference = reference.or_else(|| id.clone());
        if id.as_deref().is_some_and(|id| !is_id(id)) {
            let message = "an id has 1 to 64 letters, digits, hyphens or underscores";
            self.refuse(session, ErrorCode::BadId, message, reference);
            return Ok(());
        }
        if text.bytes().any(is_control) {
            let message = "this has control characters that nobody could read; leave them out";
            self.refuse(session, ErrorCode::ControlCharacter, message, reference);
            return Ok(());
        }
        if text.chars().all(is_invisible) {
            let message = "there is nothing to read in this; say something";
            self.refuse(session, ErrorCode::EmptyText, message, reference);
            return Ok(());
        }
        if text.len() > self.max_text_bytes {
            let message = format!(
                "this is longer than {} bytes; say it in several parts",
                self.max_text_bytes
            );
            self.refuse(session, ErrorCode::TextTooLong, &message, reference);
            return Ok(());
        }
        let (user, now) = (identity(session)?.user, Instant::now());
        let backlog = self.registry.backlog();
        let said = backlog.said(session.id(), user, id.as_deref(), named.as_deref(), text, now);
        self.said.borrow_mut().push(said);
        Ok(())
    }

    fn carry_out(&self, session: &Session, command: &str) -> Result<(), HandlerError> {
        match ClientCommand::read(command) {
            Ok(ClientCommand::Say { text, id, reference }) => self.say(session, &text, id, reference),
            Ok(ClientCommand::History { before, limit }) => {
                self.handle_pause();
                self.registry.history(session.id(), before.get(), limit.get());
                Ok(())
            }
            Ok(ClientCommand::Typing) => {
                self.registry.typing(identity(session)?.user);
                Ok(())
            }
            Ok(ClientCommand::Away { away }) => {
                self.handle_pause();
                self.registry.away(session.id(), identity(session)?.user, away);
                Ok(())
            }
            Ok(ClientCommand::Lab(lab)) => {
                self.handle_pause();
                self.experiment(session, &lab, reference_of(command));
                Ok(())
            }
            Ok(ClientCommand::UserList) => {
                self.handle_pause();
                self.registry.list(session.id());
                Ok(())
            }
            Ok(ClientCommand::ServerTime) => {
                self.answer(session, &ServerMessage::ServerTime { at: Utc::now() });
                Ok(())
            }
            Err(error) => {
                let mut error = error.to_string();
                error.truncate(error.floor_char_boundary(MOST_OF_AN_ERROR));
                let message = format!("not a command of {TERTULIA_V1}: {error}");
                self.refuse(session, ErrorCode::UnknownCommand, &message, reference_of(command));
                Ok(())
            }
        }
    }

    /// Answers one socket, by way of the registry: so the answer comes after `auth`, and after what was said before.
    fn answer(&self, session: &Session, message: &ServerMessage<'_>) {
        self.handle_pause();
        self.registry.answer(session.id(), Frame::message(message));
    }

    fn refuse(&self, session: &Session, code: ErrorCode, message: &str, reference: Option<Cow<'_, str>>) {
        self.answer(session, &error(code, message, reference));
    }
}

impl WebSocketHandler for ChatHandler {
    fn sub_protocols(&self) -> &[&'static str] {
        &[TERTULIA_V1]
    }

    fn after_connection_established(&self, session: &Session) -> Result<(), HandlerError> {
        let who = identity(session)?.clone();
        let resume = session.attributes().get().copied();
        self.registry
            .join(session.id(), who, session.sub_protocol().unwrap_or(""), resume);
        Ok(())
    }

    fn handle_text_message(&self, session: &Session, text: &str) -> Result<(), HandlerError> {
        match session.sub_protocol() {
            Some(_) => self.carry_out(session, text),
            None => self.say(session, text, None, None),
        }
    }

    fn handle_binary_message(&self, _: &Session, _: &[u8]) -> Result<(), HandlerError> {
        Err(CloseStatus::TEXT_ONLY.into())
    }

    fn handle_pause(&self) {
        let said = std::mem::take(&mut *self.said.borrow_mut());
        if !said.is_empty() {
            self.registry.say(said);
        }
    }

    fn handle_too_fast(&self, session: &Session) {
        let message = "you are sending faster than this server allows; wait a little";
        // Straight to the socket: the close frame does not wait for the registry.
        session.send(&Frame::message(&error(ErrorCode::TooFast, message, None)));
    }

    fn after_connection_closed(&self, session: &Session, ending: &Ending) {
        if let Some(who) = session.attributes().get::<Identity>() {
            self.registry.leave(session.id(), who.user, ending.clone());
        }
    }

    fn not_ready(&self) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        let backlog = self.registry.backlog();
        if !backlog.is_full() {
            return None;
        }
        let backlog = backlog.clone();
        Some(Box::pin(async move { backlog.room().await }))
    }
}

/// C0 controls but for tab and line ends, and DEL. JSON makes six bytes of each, and no screen makes anything of them.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn identity(session: &Session) -> Result<&Identity, HandlerError> {
    let missing = || HandlerError::Failed("no identity: an interceptor before the chat must leave one".into());
    session.attributes().get().ok_or_else(missing)
}

fn error<'a>(code: ErrorCode, message: &'a str, reference: Option<Cow<'a, str>>) -> ServerMessage<'a> {
    ServerMessage::Error {
        code,
        message: Cow::Borrowed(message),
        reference,
    }
}
