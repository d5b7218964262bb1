//! Origins: which page speaks, and whether it may.
//!
//! Owns reading, normalising and comparing origins; takes header texts and plain data, gives a verdict. It knows no
//! request: `interceptor/origin.rs` brings the headers and turns a refusal into 403 and a log line.

#![forbid(unsafe_code)]

mod pattern;
mod rules;

use std::fmt;

use thiserror::Error;

use crate::authority::{Authority, AuthorityError, Host};

pub use pattern::OriginPattern;
pub use rules::{OriginRules, Refusal, Verdict, Why};

/// Scheme, host and port of a page (RFC 6454 section 4), normalised: case, default port, IPv6, one trailing slash,
/// international names as punycode.
///
/// Written back, it is what a browser sends in `Origin`: `https://chat.example.org`, `http://localhost:8080`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: Box<str>,
    host: Host,
    /// The default port of the scheme is filled in. `None` only for schemes that have no default.
    port: Option<u16>,
}

/// Why a text is no origin, or no pattern of origins.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OriginError {
    /// It goes on behind the port.
    #[error("an origin has scheme, host and port, but no path")]
    Path {
        /// The origin in it.
        meant: Option<String>,
    },
    /// It has no `://`.
    #[error("an origin starts with its scheme, such as https://")]
    NoScheme {
        /// The same with a likely scheme.
        meant: Option<String>,
    },
    /// It is the address of a socket.
    #[error("the origin of a page starts with http:// or https://, not with ws:// or wss://")]
    SocketScheme {
        /// The origin of a page that opens it.
        meant: Option<String>,
    },
    /// A `*` where none can stand.
    #[error("`*` stands for whole labels before a domain (https://*.example.org), for a port (:*), or alone")]
    Wildcard,
    /// Host or port are wrong.
    #[error("{0}")]
    Authority(AuthorityError),
}

impl OriginError {
    /// What was probably meant, for a hint.
    pub fn meant(&self) -> Option<&str> {
        match self {
            Self::Path { meant } | Self::NoScheme { meant } | Self::SocketScheme { meant } => meant.as_deref(),
            Self::Wildcard | Self::Authority(_) => None,
        }
    }
}

impl From<AuthorityError> for OriginError {
    fn from(error: AuthorityError) -> Self {
        match error {
            AuthorityError::Wildcard => Self::Wildcard,
            other => Self::Authority(other),
        }
    }
}

impl Origin {
    /// Reads `scheme://host[:port]`, with at most one slash after it.
    ///
    /// # Errors
    ///
    /// [`OriginError`] says what is wrong and, where it can, what was meant. `null` is no origin.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let parts = Parts::split(text, |meant| Self::parse(meant).map(|origin| origin.to_string()))?;
        Self::from_parts(&parts.scheme, parts.authority)
    }

    /// The origin of a page that came from `authority` (a `Host` header's value) by `scheme`.
    ///
    /// # Errors
    ///
    /// [`OriginError::Authority`] if `authority` is no `host[:port]`.
    pub fn from_parts(scheme: &str, authority: &str) -> Result<Self, OriginError> {
        Ok(Self::new(scheme, Authority::parse(authority)?))
    }

    /// The same from what was read before.
    pub fn new(scheme: &str, Authority { host, port }: Authority) -> Self {
        let scheme = scheme.to_ascii_lowercase().into_boxed_str();
        Self {
            port: port.or_else(|| default_port(&scheme)),
            host,
            scheme,
        }
    }

    /// Lower case, without `://`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// A name or an address.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// `None` only for schemes that have no default port, when none was written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Came by TLS: cookies for it are `Secure`.
    pub fn is_https(&self) -> bool {
        &*self.scheme == "https"
    }

    /// `host`, with its port unless that is the scheme's own: what a browser puts into `Host`.
    pub fn authority(&self) -> Authority {
        let port = self.port.filter(|port| Some(*port) != default_port(&self.scheme));
        Authority {
            host: self.host.clone(),
            port,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority())
    }
}

/// A text cut at `://`, checked for all that an origin must not have.
struct Parts<'a> {
    /// Lower case.
    scheme: String,
    authority: &'a str,
}

impl<'a> Parts<'a> {
    /// `correct` reads a corrected text and writes it in its normal form; it makes the hints.
    fn split(text: &'a str, correct: impl Fn(&str) -> Result<String, OriginError>) -> Result<Self, OriginError> {
        let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) else {
            let guess = guess_scheme(text);
            return Err(OriginError::NoScheme {
                meant: guess.and_then(|guess| correct(&guess).ok()),
            });
        };
        let scheme = scheme.to_ascii_lowercase();
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if !matches!(path, "" | "/") {
            return Err(OriginError::Path {
                meant: correct(&format!("{scheme}://{authority}")).ok(),
            });
        }
        if let Some(page) = page_scheme(&scheme) {
            return Err(OriginError::SocketScheme {
                meant: correct(&format!("{page}://{authority}")).ok(),
            });
        }
        Ok(Self { scheme, authority })
    }
}

/// RFC 3986 section 3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// The scheme of the page that opens a socket by `scheme`: no page comes from `ws://`.
fn page_scheme(scheme: &str) -> Option<&'static str> {
    match scheme {
        "ws" => Some("http"),
        "wss" => Some("https"),
        _ => None,
    }
}

/// A full form of what was typed without a scheme. Plain HTTP is common on loopback only.
fn guess_scheme(text: &str) -> Option<String> {
    let end = text.find(['/', '?', '#']).unwrap_or(text.len());
    let authority = &text[..end];
    let host = Authority::parse(authority.strip_suffix(":*").unwrap_or(authority)).ok();
    let scheme = if host.is_some_and(|authority| authority.host.is_loopback()) {
        "http"
    } else {
        "https"
    };
    (!authority.contains("//")).then(|| format!("{scheme}://{authority}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn origins_are_normalised() {
        for (written, read) in [
            ("HTTPS://Chat.Example.ORG", "https://chat.example.org"),
            ("https://chat.example.org:443", "https://chat.example.org"),
            ("http://chat.example.org:80/", "http://chat.example.org"),
            ("https://chat.example.org:80", "https://chat.example.org:80"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[0:0::1]:80", "http://[::1]"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://BÜCHER.example:443/", "https://xn--bcher-kva.example"),
            (
                "chrome-extension://abcdefghijklmnop",
                "chrome-extension://abcdefghijklmnop",
            ),
            ("tauri://localhost", "tauri://localhost"),
        ] {
            assert_eq!(Origin::parse(written).unwrap().to_string(), read, "{written}");
        }
    }

    #[test]
    fn an_error_says_what_was_meant() {
        for (text, error, meant) in [
            (
                "https://chat.example.org/app",
                "no path",
                Some("https://chat.example.org"),
            ),
            (
                "https://chat.example.org//",
                "no path",
                Some("https://chat.example.org"),
            ),
            (
                "https://chat.example.org?a=b",
                "no path",
                Some("https://chat.example.org"),
            ),
            ("https:///", "host name", None),
            (
                "chat.example.org",
                "starts with its scheme",
                Some("https://chat.example.org"),
            ),
            (
                "localhost:5173/",
                "starts with its scheme",
                Some("http://localhost:5173"),
            ),
            ("//chat.example.org", "starts with its scheme", None),
            ("wss://chat.example.org/ws", "no path", None),
            (
                "wss://chat.example.org",
                "not with ws://",
                Some("https://chat.example.org"),
            ),
            ("https://me@chat.example.org", "user name", None),
            ("https://::1", "brackets", None),
            ("https://chat.example.org:http", "a port is a number", None),
            ("https://chat.*.org", "host name", None),
            ("null", "starts with its scheme", Some("https://null")),
            ("", "starts with its scheme", None),
        ] {
            let wrong = Origin::parse(text).unwrap_err();
            assert!(wrong.to_string().contains(error), "{text}: {wrong}");
            assert_eq!(wrong.meant(), meant, "{text}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "(https?|HTTP|tauri)://[a-zA-Zäß0-9._\\[\\]:-]{1,24}(:[0-9]{1,5})?/?") {
            if let Ok(origin) = Origin::parse(&text) {
                prop_assert_eq!(Origin::parse(&origin.to_string()), Ok(origin));
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = Origin::parse(&text);
            let _ = OriginPattern::parse(&text);
        }
    }
}
