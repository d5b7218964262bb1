//! What `--allowed-origin` takes: one origin, or a pattern of them.

use std::fmt;

use crate::authority::{HostPattern, parse_port, split_port};

use super::{Origin, OriginError, Parts, default_port};

/// A pattern that origins match.
///
/// | written | matches |
/// | --- | --- |
/// | `https://chat.example.org` | that origin; no port means the scheme's default port |
/// | `https://*.example.org` | one or more whole labels before the domain, not the bare domain |
/// | `http://localhost:*` | any port |
/// | `*` | every origin except `null` |
/// | `null` | pages without an origin: sandboxed frames, local files |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OriginPattern {
    /// Every origin but `null`.
    Any,
    /// Said apart from [`Self::Any`]: any page can put itself into a sandbox and become `null`.
    Null,
    /// Those of a scheme, host and port.
    Like(Like),
}

/// A scheme, hosts and ports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Like {
    scheme: Box<str>,
    host: HostPattern,
    port: Port,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Port {
    Any,
    Exact(Option<u16>),
}

impl OriginPattern {
    /// Reads one entry of the list.
    ///
    /// # Errors
    ///
    /// [`OriginError`] says what is wrong and, where it can, what was meant.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        match text {
            "*" => return Ok(Self::Any),
            "null" => return Ok(Self::Null),
            _ => {}
        }
        let parts = Parts::split(text, |meant| Self::parse(meant).map(|pattern| pattern.to_string()))?;
        let (host, port) = split_port(parts.authority)?;
        let port = match port {
            Some("*") => Port::Any,
            Some(port) => Port::Exact(Some(parse_port(port)?)),
            None => Port::Exact(default_port(&parts.scheme)),
        };
        Ok(Self::Like(Like {
            scheme: parts.scheme.into(),
            host: HostPattern::parse(host)?,
            port,
        }))
    }

    /// Whether a page of `origin` is meant. Never true for [`Self::Null`]: `null` is no [`Origin`].
    pub fn matches(&self, origin: &Origin) -> bool {
        match self {
            Self::Any => true,
            Self::Null => false,
            Self::Like(like) => like.matches(origin),
        }
    }
}

impl Like {
    fn matches(&self, origin: &Origin) -> bool {
        let port = match self.port {
            Port::Any => true,
            Port::Exact(port) => port == origin.port(),
        };
        *self.scheme == *origin.scheme() && port && self.host.matches(origin.host())
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Null => f.write_str("null"),
            Self::Like(Like { scheme, host, port }) => {
                write!(f, "{scheme}://{host}")?;
                match port {
                    Port::Any => f.write_str(":*"),
                    Port::Exact(Some(port)) if Some(*port) != default_port(scheme) => write!(f, ":{port}"),
                    Port::Exact(_) => Ok(()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, origin: &str) -> bool {
        OriginPattern::parse(pattern)
            .unwrap()
            .matches(&Origin::parse(origin).unwrap())
    }

    #[test]
    fn patterns_match_what_the_table_says() {
        for (pattern, origin, wanted) in [
            ("https://chat.example.org", "https://chat.example.org", true),
            ("https://CHAT.example.org:443/", "https://chat.example.org", true),
            ("https://chat.example.org", "http://chat.example.org", false),
            ("https://chat.example.org", "https://chat.example.org:8443", false),
            ("https://chat.example.org", "https://example.org", false),
            ("https://*.example.org", "https://a.example.org", true),
            ("https://*.example.org", "https://a.b.example.org", true),
            ("https://*.example.org", "https://example.org", false),
            ("https://*.example.org", "https://evilexample.org", false),
            ("https://*.example.org", "https://example.org.evil.test", false),
            ("https://*.example.org", "https://a.example.org.", false),
            ("https://*.example.org", "http://a.example.org", false),
            ("https://*.example.org", "https://a.example.org:8443", false),
            ("https://*.example.org:*", "https://a.example.org:8443", true),
            ("https://*.bücher.example", "https://a.xn--bcher-kva.example", true),
            ("http://localhost:*", "http://localhost", true),
            ("http://localhost:*", "http://localhost:5173", true),
            ("http://localhost:*", "https://localhost:5173", false),
            ("http://[::1]:*", "http://[0:0::1]:8080", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("*", "https://anything.test:1", true),
            ("null", "https://null", false),
        ] {
            assert_eq!(matches(pattern, origin), wanted, "{pattern} and {origin}");
        }
    }

    #[test]
    fn a_pattern_that_is_none_says_what_was_meant() {
        for (text, error, meant) in [
            ("https://*.example.org/app", "no path", Some("https://*.example.org")),
            ("*.example.org", "starts with its scheme", Some("https://*.example.org")),
            ("localhost:*", "starts with its scheme", Some("http://localhost:*")),
            ("https://*", "whole labels", None),
            ("https://a*.example.org", "whole labels", None),
            ("https://*.*.example.org", "whole labels", None),
            ("https://*.127.0.0.1", "whole labels", None),
            ("https://*..example.org", "whole labels", None),
            ("https://a.org,https://b.org", "no path", None),
            ("https://a.org:8*", "a port is a number", None),
        ] {
            let wrong = OriginPattern::parse(text).unwrap_err();
            assert!(wrong.to_string().contains(error), "{text}: {wrong}");
            assert_eq!(wrong.meant(), meant, "{text}");
        }
    }

    #[test]
    fn patterns_write_themselves_back() {
        for text in [
            "*",
            "null",
            "https://*.example.org:*",
            "http://localhost:8080",
            "https://a.org",
        ] {
            assert_eq!(OriginPattern::parse(text).unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn an_origin_matches_itself_as_a_pattern(host in "[a-z][a-z0-9]{0,8}(\\.[a-z]{2,5}){0,2}", port: u16) {
            let text = format!("https://{host}:{port}");
            prop_assert!(matches(&text, &text));
        }

        #[test]
        fn a_wildcard_wants_a_dot_before_its_domain(front in "[a-z0-9-]{0,8}[a-z0-9]", label in "[a-z][a-z0-9]{0,8}") {
            let glued = Origin::parse(&format!("https://{front}example.org"));
            let wildcard = OriginPattern::parse("https://*.example.org").unwrap();
            prop_assert!(glued.is_err() || !wildcard.matches(&glued.unwrap()));
            let below = format!("https://{label}.example.org");
            prop_assert!(wildcard.matches(&Origin::parse(&below).unwrap()));
            let elsewhere = format!("{below}.{label}");
            prop_assert!(!wildcard.matches(&Origin::parse(&elsewhere).unwrap()));
        }
    }
}
