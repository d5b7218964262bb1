//! The answer to a handshake, or any request, that is refused.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use serde_json::json;

/// An HTTP status, a code for programs and a sentence for people:
/// `{"code":"no-session","message":"take a name first: POST /session"}`.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    headers: Vec<(header::HeaderName, &'static str)>,
}

impl Refusal {
    /// A refusal without further headers.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            headers: Vec::new(),
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// One of a fixed set of words, so that it can name a metric.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// A sentence for people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponseBuilder::new(self.status);
        for (name, value) in &self.headers {
            answer.insert_header((name.clone(), *value));
        }
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        answer.json(json!({ "code": self.code, "message": self.message }))
    }
}
