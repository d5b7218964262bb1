//! What a program does with its sockets: the handler and its moments, Spring's, in Rust spelling.
//!
//! The connection's own task calls them, one after the other, on the thread where the socket lives. A handler is
//! shared by all sessions of its path on that thread; what belongs to one session goes into its attributes.

#![forbid(unsafe_code)]

mod chat;
mod session;

use std::{error::Error, fmt, future::Future, pin::Pin};

pub use chat::ChatHandler;
pub use session::Session;

use crate::close_status::{CloseStatus, Ending};

/// The moments in a WebSocket session's life.
///
/// Every session gets `after_connection_established` first and `after_connection_closed` last, each exactly once,
/// also when the first one fails, the socket breaks, or the server stops. In between come the messages, in the
/// order in which the peer sent them.
///
/// The moments never wait: they take what came and say what is to go out, and [`Session::send_text`] and its kin queue
/// it. Work that takes long belongs into a task of its own, which answers through a clone of the session.
///
/// An `Err` ends the session: with the close status that it carries, or with 1011 if it carries none, and then it is
/// logged once. So does not a handler need a `try` around everything.
///
/// ```
/// use tertulia::{CloseStatus, HandlerError, Session, WebSocketHandler};
///
/// /// Says everything back.
/// struct Echo;
///
/// impl WebSocketHandler for Echo {
///     fn handle_text_message(&self, session: &Session, text: &str) -> Result<(), HandlerError> {
///         session.send_text(text);
///         Ok(())
///     }
/// }
/// ```
pub trait WebSocketHandler: 'static {
    /// The sub-protocols that this handler speaks, best first (RFC 6455 section 1.9). The first one that the client
    /// offers too is chosen; [`Session::sub_protocol`] says which. A client that offers none, or only others, is
    /// served without one.
    fn sub_protocols(&self) -> &[&'static str] {
        &[]
    }

    /// The handshake is done, and messages may flow.
    fn after_connection_established(&self, session: &Session) -> Result<(), HandlerError> {
        let _ = session;
        Ok(())
    }

    /// A whole text message came, valid UTF-8, however many fragments it travelled in.
    fn handle_text_message(&self, session: &Session, text: &str) -> Result<(), HandlerError>;

    /// A whole binary message came. A handler that takes only text leaves this alone: the peer is told 1003.
    fn handle_binary_message(&self, session: &Session, data: &[u8]) -> Result<(), HandlerError> {
        let _ = (session, data);
        Err(CloseStatus::NOT_ACCEPTABLE.into())
    }

    /// All that had come from this socket is handled for now. What was gathered from several messages goes on together
    /// from here, at less cost than each alone.
    fn handle_pause(&self) {}

    /// The peer sent more per second than it may; 1008 follows. The chance to say so in the handler's own words.
    fn handle_too_fast(&self, session: &Session) {
        let _ = session;
    }

    /// The socket broke, or the peer broke the protocol. `after_connection_closed` follows.
    fn handle_transport_error(&self, session: &Session, error: &(dyn Error + 'static)) {
        let _ = (session, error);
    }

    /// The session is over, and this is how it ended. Sending has no effect any more.
    fn after_connection_closed(&self, session: &Session, ending: &Ending) {
        let _ = (session, ending);
    }

    /// Whether the handler can take more now: `Some` is awaited before more is read from any socket, which holds
    /// the peers back by TCP's own means. Looked at before each read, so it should be quick.
    fn not_ready(&self) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        None
    }
}

/// Why a handler ends a session.
#[derive(Debug)]
pub enum HandlerError {
    /// In good order: the peer is told this status.
    Close(CloseStatus),
    /// It failed: the peer is told 1011, the log gets the error.
    Failed(Box<dyn Error>),
}

impl From<CloseStatus> for HandlerError {
    fn from(status: CloseStatus) -> Self {
        Self::Close(status)
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close(status) => write!(f, "the handler closed the session with {}", status.code()),
            Self::Failed(_) => f.write_str("the handler failed"),
        }
    }
}

impl Error for HandlerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Close(_) => None,
            Self::Failed(error) => Some(error.as_ref()),
        }
    }
}
