//! The interceptor that ties a socket to the HTTP session of its cookie, and with it to a user.

use std::{future::Future, pin::Pin};

use actix_session::{Session as HttpSession, SessionExt};
use actix_web::{HttpRequest, http::StatusCode};
use serde::{Deserialize, Serialize};

use super::{HandshakeInterceptor, Refusal};
use crate::{attributes::Attributes, http_session_id::HttpSessionId, identity::Identity, ids::UserId, name::Name};

/// The entry of an HTTP session's state that says whose it is.
const USER: &str = "user";

#[derive(Serialize, Deserialize)]
struct Entry {
    id: UserId,
    name: String,
}

/// Who is behind an HTTP session: `None` before a name was taken.
pub fn identity_of(session: &HttpSession) -> Option<Identity> {
    // A state that cannot be read is one that nobody signed in with.
    let entry: Entry = session.get(USER).ok()??;
    let http_session = session.get(HttpSessionId::ENTRY).ok()??;
    Some(Identity {
        user: entry.id,
        name: Name::parse(&entry.name).ok()?,
        http_session,
    })
}

/// Signs `user` in: the HTTP session is theirs, under a new id, so that one that was planted is worth nothing.
///
/// # Errors
///
/// If the state cannot be written as JSON.
pub fn sign_in(session: &HttpSession, user: UserId, name: &Name) -> Result<(), actix_session::SessionInsertError> {
    session.insert(
        USER,
        Entry {
            id: user,
            name: name.as_str().to_owned(),
        },
    )?;
    session.renew();
    Ok(())
}

/// Admits handshakes whose HTTP session has a user, and leaves the [`Identity`] in the attributes. The key of the
/// session is not among them.
#[derive(Clone, Copy, Default)]
pub struct HttpSessionInterceptor;

impl HandshakeInterceptor for HttpSessionInterceptor {
    fn before_handshake<'a>(
        &'a self,
        request: &'a HttpRequest,
        attributes: &'a mut Attributes,
    ) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + 'a>> {
        let admitted = match identity_of(&request.get_session()) {
            Some(identity) => {
                attributes.insert(identity);
                Ok(())
            }
            None => Err(no_session()),
        };
        Box::pin(std::future::ready(admitted))
    }
}

/// 401: take a name first.
pub fn no_session() -> Refusal {
    let message = "you have no name here yet; take one with POST /session and send its cookie";
    Refusal::new(StatusCode::UNAUTHORIZED, "no-session", message)
}
