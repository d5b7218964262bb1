//! actix-session over our own store: the state is on the server, the cookie holds a signed random key and nothing
//! else, so a cookie alone brings nobody back.
//!
//! Wrap only the routes that need an HTTP session (`/session`, `/ws`), each resource by itself: whatever is wrapped
//! asks the database whenever the cookie is one of ours, and answers 503 when the database fails. The page and the
//! health routes stay outside and work without it.

use std::{fmt::Write, time::Duration};

use actix_session::{
    SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession},
    storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError},
};
use actix_web::{
    HttpResponse,
    body::MessageBody,
    cookie::{Key, SameSite, time},
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::header,
    middleware::Next,
};
use anyhow::anyhow;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::{
    http_session_id::HttpSessionId,
    store::{HttpSessions, Lease, SigningKey, State, StoreError},
};

/// How long a browser keeps the cookie: the longest that browsers allow. When an HTTP session ends is decided by the
/// server alone, which can then prolong it without a `Set-Cookie`. One in a late answer could overwrite the cookie of
/// a renewed session, and sign its user out.
const COOKIE_AGE: time::Duration = time::Duration::days(400);
/// A request prolongs its HTTP session only by this much or more, so that most requests write nothing.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// A session that was made and never used ends after this time, so that names taken by the thousand do not fill the
/// disk. The first request that uses it prolongs it to its full life.
const UNUSED_TTL: Duration = Duration::from_secs(600);
/// Bytes of a session key before they are written as hexadecimal digits.
const KEY_BYTES: usize = 32;

/// How the cookie is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCookie {
    /// Only over TLS. Set it when the public URL is https.
    pub secure: bool,
    /// The path below which browsers send it, `/` for the whole host.
    pub path: String,
}

impl SessionCookie {
    /// The cookie's name. Where browsers would honour it, with the prefix that keeps neighbours on other subdomains
    /// from planting one (RFC 6265bis section 4.1.3.2).
    pub fn name(&self) -> &'static str {
        if self.secure && self.path == "/" {
            "__Host-tertulia"
        } else {
            "tertulia"
        }
    }
}

/// The middleware that gives a route its HTTP session. Build it once per worker, and clone it for each route.
pub fn session_middleware(
    store: HttpSessionStore,
    key: &SigningKey,
    cookie: &SessionCookie,
) -> SessionMiddleware<HttpSessionStore> {
    SessionMiddleware::builder(store, Key::from(key.expose()))
        .cookie_name(cookie.name().to_owned())
        .cookie_path(cookie.path.clone())
        .cookie_secure(cookie.secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        // State changes extend the life here, requests do in `load`: see `COOKIE_AGE`.
        .session_lifecycle(PersistentSession::default().session_ttl(COOKIE_AGE))
        .build()
}

/// Wraps a route *outside* of [`session_middleware`], with [`from_fn`](actix_web::middleware::from_fn): a store that
/// fails makes actix-session answer an empty 500; this makes it 503, *come again*.
///
/// # Errors
///
/// Those of the route.
pub async fn answer_503_without_store<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    next.call(request).await.map_err(|error| {
        // What actix-session makes of an error of `load`, `update_ttl` and `delete`, of `save`, and of `update`.
        let failed = error.as_error::<InternalError<anyhow::Error>>().is_some()
            || error.as_error::<InternalError<SaveError>>().is_some()
            || error.as_error::<InternalError<UpdateError>>().is_some();
        if failed { unavailable(&error) } else { error }
    })
}

fn unavailable(error: &actix_web::Error) -> actix_web::Error {
    tracing::warn!(%error, "HTTP session could not be kept");
    let answer = HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, "1"))
        .json(serde_json::json!({
            "code": "session-unavailable",
            "message": "your session could not be read or kept; try again in a moment",
        }));
    InternalError::from_response("HTTP session store failed", answer).into()
}

/// Where actix-session keeps the state of HTTP sessions.
#[derive(Clone)]
pub struct HttpSessionStore {
    sessions: HttpSessions,
    ttl: Option<Duration>,
    prolongs: bool,
}

impl HttpSessionStore {
    /// Sessions that end after `ttl` without a sign of life; `None` never ends them.
    pub fn new(sessions: HttpSessions, ttl: Option<Duration>) -> Self {
        let prolongs = true;
        Self {
            sessions,
            ttl,
            prolongs,
        }
    }

    /// Whether a request is a sign of life. It is, unless it is said otherwise.
    #[must_use]
    pub fn prolonging(self, prolongs: bool) -> Self {
        Self { prolongs, ..self }
    }

    fn lease(&self) -> Lease {
        Lease::new(Utc::now(), self.ttl)
    }

    /// Prolongs the session that a request has just used, if that is worth a write.
    fn prolong(&self, id: HttpSessionId, lease: Lease, expires_at: DateTime<Utc>) {
        let step = self.ttl.map_or(TOUCH_EVERY, |ttl| TOUCH_EVERY.min(ttl / 10));
        if (lease.until - expires_at).to_std().is_ok_and(|gained| gained >= step) {
            self.sessions.touch(id, lease);
        }
    }

    async fn insert(&self, state: State) -> anyhow::Result<SessionKey> {
        let (key, id) = new_key()?;
        let ttl = self.ttl.map_or(UNUSED_TTL, |ttl| ttl.min(UNUSED_TTL));
        self.sessions
            .save(id, &without_entry(state), Lease::new(Utc::now(), Some(ttl)))
            .await?;
        Ok(key)
    }
}

/// What actix-session hands over as `ttl` is `COOKIE_AGE`, and is not used: the life of the state is our own matter.
impl SessionStore for HttpSessionStore {
    /// The state with the id of its session in it ([`HttpSessionId::ENTRY`]); `None` for a key that is unknown,
    /// deleted or expired.
    async fn load(&self, key: &SessionKey) -> Result<Option<State>, LoadError> {
        let (id, lease) = (id_of(key), self.lease());
        let mut loaded = match self.sessions.load(id, lease.now).await {
            Ok(Some(loaded)) => loaded,
            Ok(None) => return Ok(None),
            Err(error @ StoreError::State(_)) => return Err(LoadError::Deserialization(error.into())),
            Err(error) => return Err(LoadError::Other(error.into())),
        };
        if self.prolongs {
            self.prolong(id, lease, loaded.expires_at);
        }
        // Values of a state are JSON texts: a string in quotes.
        loaded
            .state
            .insert(HttpSessionId::ENTRY.to_owned(), format!("\"{id}\""));
        Ok(Some(loaded.state))
    }

    async fn save(&self, state: State, _ttl: &time::Duration) -> Result<SessionKey, SaveError> {
        self.insert(state).await.map_err(SaveError::Other)
    }

    /// Keeps the key. A session that was logged out or expired since this request loaded it stays gone, and the
    /// request fails: to save the state under a new key, as actix-session's own stores do, would sign somebody in
    /// who has just signed out.
    async fn update(&self, key: SessionKey, state: State, _ttl: &time::Duration) -> Result<SessionKey, UpdateError> {
        match self
            .sessions
            .update(id_of(&key), &without_entry(state), self.lease())
            .await
        {
            Ok(true) => Ok(key),
            Ok(false) => Err(UpdateError::Other(anyhow!(
                "the HTTP session ended while the request was served"
            ))),
            Err(error) => Err(UpdateError::Other(error.into())),
        }
    }

    async fn update_ttl(&self, key: &SessionKey, _ttl: &time::Duration) -> anyhow::Result<()> {
        self.sessions.touch(id_of(key), self.lease());
        Ok(())
    }

    /// Deleting what is gone already is no error: two tabs may log out at once.
    async fn delete(&self, key: &SessionKey) -> anyhow::Result<()> {
        self.sessions.delete(id_of(key)).await?;
        Ok(())
    }
}

fn without_entry(mut state: State) -> State {
    state.remove(HttpSessionId::ENTRY);
    state
}

fn id_of(key: &SessionKey) -> HttpSessionId {
    digest(key.as_ref())
}

/// The id of the session that `key` opens.
pub(super) fn digest(key: &str) -> HttpSessionId {
    let digest: [u8; 32] = Sha256::digest(key).into();
    let (head, _) = digest.split_first_chunk().expect("a SHA-256 is longer than an id");
    HttpSessionId::from_digest(*head)
}

/// A key of 256 random bits, and the id that it makes.
fn new_key() -> anyhow::Result<(SessionKey, HttpSessionId)> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("the system gives no random numbers: {error}"))?;
    let mut digits = String::with_capacity(2 * KEY_BYTES);
    for byte in bytes {
        write!(digits, "{byte:02x}").expect("a string takes all that is written");
    }
    let id = digest(&digits);
    Ok((digits.try_into()?, id))
}

#[cfg(test)]
#[path = "session_store_tests.rs"]
mod tests;
