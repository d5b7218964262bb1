//! The interceptor that ties a socket to the HTTP session of its cookie, and with it to a user.

use std::{future::Future, pin::Pin};

use actix_session::{Session as HttpSession, SessionExt};
use actix_web::{HttpRequest, http::StatusCode};
use serde::{Deserialize, Serialize};

use super::{
    HandshakeInterceptor, Refusal,
    notes::{note, notes_of},
};
use crate::{
    attributes::Attributes,
    http_session_id::HttpSessionId,
    identity::Identity,
    ids::UserId,
    lab::{Note, Verdict},
    name::Name,
};

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
        let identity = identity_of(&request.get_session());
        note(request, || seen(identity.as_ref()));
        let admitted = match identity {
            Some(identity) => {
                if let Some(notes) = notes_of(request) {
                    notes.belongs_to(identity.user);
                }
                attributes.insert(identity);
                Ok(())
            }
            None => Err(no_session()),
        };
        Box::pin(std::future::ready(admitted))
    }
}

/// Whose the HTTP session is. What it is called, and what opens it, is nobody's business.
fn seen(identity: Option<&Identity>) -> Note {
    Note {
        name: "http-session",
        verdict: identity.map_or(Verdict::Refused, |_| Verdict::Admitted),
        got: identity.map(|identity| identity.name.as_str().to_owned()),
        wanted: vec!["an HTTP session with a name".into()],
        rule: identity.map(|identity| identity.user.to_string()),
        ..Note::default()
    }
}

/// 401: take a name first.
pub fn no_session() -> Refusal {
    let message = "you have no name here yet; take one with POST /session and send its cookie";
    Refusal::new(StatusCode::UNAUTHORIZED, "no-session", message)
}
