//! Who shares which session, and who waits for one that is being opened.

use crate::login::Login;
use std::time::Instant;

/// The session that the connections of one group share.
pub enum Session {
    /// With the connections that wait for it.
    Pending(Vec<usize>),
    Open(String),
    Failed,
}

/// The log-in and its results.
pub struct Logins {
    pub login: Login,
    sessions: Vec<Session>,
    pub succeeded: usize,
    pub first_request: Option<Instant>,
    pub last_answer: Option<Instant>,
}

impl Logins {
    pub fn new(login: Login) -> Self {
        Self {
            login,
            sessions: Vec::new(),
            succeeded: 0,
            first_request: None,
            last_answer: None,
        }
    }

    /// Seconds from the first request to the last answer.
    pub fn seconds(&self) -> f64 {
        let span = self
            .first_request
            .zip(self.last_answer)
            .map(|(first, last)| last - first);
        span.unwrap_or_default().as_secs_f64()
    }

    pub fn session(&mut self, index: usize) -> &mut Session {
        let group = index / self.login.share;
        while self.sessions.len() <= group {
            self.sessions.push(Session::Pending(Vec::new()));
        }
        &mut self.sessions[group]
    }

    /// Ends the waiting for the session that connection `index` opens; returns who waited.
    pub fn settle(&mut self, index: usize, session: Session) -> Vec<usize> {
        let leads = index.is_multiple_of(self.login.share);
        let current = self.session(index);
        match current {
            Session::Pending(_) if leads => match std::mem::replace(current, session) {
                Session::Pending(waiting) => waiting,
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}
