//! Who is behind an HTTP session. The interceptors put it into a session's attributes; the registry seats it.

#![forbid(unsafe_code)]

use crate::{http_session_id::HttpSessionId, ids::UserId, name::Name};

/// A user, and the HTTP session that they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Public, and random.
    pub user: UserId,
    /// What everybody sees.
    pub name: Name,
    /// Names the HTTP session, and opens nothing.
    pub http_session: HttpSessionId,
}
