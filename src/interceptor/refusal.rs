//! The answer to a handshake, or any request, that is refused.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{StatusCode, header},
};
use serde_json::json;

use crate::refusals::Compared;

/// An HTTP status, a code for programs and a sentence for people:
/// `{"code":"no-session","message":"take a name first: POST /session"}`.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    headers: Vec<(header::HeaderName, &'static str)>,
    /// For the operator. The client is not told.
    compared: Option<Box<Compared>>,
}

impl Refusal {
    /// A refusal without further headers.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            headers: Vec::new(),
            compared: None,
        }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: header::HeaderName, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same with what was compared with what, for the operator's eyes.
    #[must_use]
    pub fn with_comparison(mut self, compared: Compared) -> Self {
        self.compared = Some(Box::new(compared));
        self
    }

    /// What was compared with what. Where nobody said, the sentence for people is all that is known.
    pub fn compared(&self) -> Compared {
        self.compared.as_deref().cloned().unwrap_or_else(|| Compared {
            got: self.message.as_ref().to_owned(),
            ..Compared::default()
        })
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
        // Whoever keeps the list of refusals finds it there, in whatever room it was made.
        answer.extensions_mut().insert(self.clone());
        answer.json(json!({ "code": self.code, "message": self.message }))
    }
}
