//! A host and perhaps a port, as they stand in a `Host` header, in an origin and in settings.
//!
//! Owns how hosts are normalised and compared; knows neither who may enter nor where the text came from. Names are
//! lower case and punycode, addresses in their shortest form, as the URL standard has it (WHATWG URL, section 3.5).

#![forbid(unsafe_code)]

use std::{fmt, net::IpAddr};

use thiserror::Error;

/// A host, normalised: two that are written differently but mean the same are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name: lower case, international labels in punycode.
    Domain(Box<str>),
    /// An address literal.
    Ip(IpAddr),
}

/// `host` or `host:port`, without knowing what the scheme's default port is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Authority {
    /// A name or an address.
    pub host: Host,
    /// `None` where none was written.
    pub port: Option<u16>,
}

/// One host, or all names below a domain.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum HostPattern {
    /// This one.
    Exact(Host),
    /// `*.example.org`: one or more whole labels before the domain, never the domain itself.
    Below(Box<str>),
}

/// Why a text is no `host[:port]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthorityError {
    /// `user@host`.
    #[error("a user name or password has no place here")]
    UserInfo,
    /// `::1` without brackets.
    #[error("an IPv6 address stands in brackets, such as [::1]")]
    BareIpv6,
    /// Neither a name nor an address.
    #[error("a host name or an IP address is wanted")]
    Host,
    /// Not a number of 16 bits.
    #[error("a port is a number from 0 to 65535")]
    Port,
    /// A `*` elsewhere than in front of a domain.
    #[error("`*` stands for whole labels in front of a domain, such as *.example.org")]
    Wildcard,
}

impl Host {
    /// Reads a name, an IPv4 address, or an IPv6 address in brackets.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Host`] for anything else, percent-escapes included: no browser sends them.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let extra = if text.starts_with('[') { "-_.[]:" } else { "-_." };
        let fits = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || extra.contains(c);
        if !text.chars().all(fits) {
            return Err(AuthorityError::Host);
        }
        match url::Host::parse(text).map_err(|_| AuthorityError::Host)? {
            url::Host::Domain(name) => Ok(Self::Domain(name.into())),
            url::Host::Ipv4(ip) => Ok(Self::Ip(ip.into())),
            url::Host::Ipv6(ip) => Ok(Self::Ip(ip.into())),
        }
    }

    /// `localhost`, a name below it (RFC 6761 section 6.3), or a loopback address. Nobody else's DNS can make
    /// these names lead here.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Domain(name) => &**name == "localhost" || name.ends_with(".localhost"),
            Self::Ip(ip) => ip.to_canonical().is_loopback(),
        }
    }
}

impl Authority {
    /// Reads `host` or `host:port`. An empty port counts as none (RFC 3986 section 3.2.3).
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let (host, port) = split_port(text)?;
        Ok(Self {
            host: Host::parse(host)?,
            port: port.map(parse_port).transpose()?,
        })
    }
}

impl HostPattern {
    /// Reads a host, or a domain behind `*.`.
    ///
    /// # Errors
    ///
    /// [`AuthorityError`] names the part that is wrong; a `*` anywhere else, or before an address, is
    /// [`AuthorityError::Wildcard`].
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let Some(domain) = text.strip_prefix("*.") else {
            let plain = !text.contains('*');
            return if plain {
                Host::parse(text).map(Self::Exact)
            } else {
                Err(AuthorityError::Wildcard)
            };
        };
        match Host::parse(domain) {
            Ok(Host::Domain(domain)) if !domain.starts_with('.') => Ok(Self::Below(domain)),
            _ => Err(AuthorityError::Wildcard),
        }
    }

    /// Whether `host` is meant.
    pub fn matches(&self, host: &Host) -> bool {
        match (self, host) {
            (Self::Exact(wanted), _) => wanted == host,
            (Self::Below(domain), Host::Domain(name)) => {
                // The dot makes the labels whole: `evilexample.org` ends in `example.org` but is not below it.
                name.strip_suffix(&**domain)
                    .and_then(|front| front.strip_suffix('.'))
                    .is_some_and(|labels| !labels.is_empty())
            }
            (Self::Below(_), Host::Ip(_)) => false,
        }
    }
}

/// Cuts `host:port` at the colon that is not part of an IPv6 address. No port, or an empty one, is `None`.
pub(crate) fn split_port(text: &str) -> Result<(&str, Option<&str>), AuthorityError> {
    if text.contains('@') {
        return Err(AuthorityError::UserInfo);
    }
    let end = if text.starts_with('[') {
        text.find(']').ok_or(AuthorityError::Host)? + 1
    } else {
        0
    };
    let colon = text[end..].find(':').map(|at| end + at);
    let (host, port) = colon.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])));
    if port.is_some_and(|port| port.contains(':')) {
        return Err(AuthorityError::BareIpv6);
    }
    Ok((host, port.filter(|port| !port.is_empty())))
}

/// Digits only: `u16::from_str` would take a plus sign.
pub(crate) fn parse_port(text: &str) -> Result<u16, AuthorityError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(AuthorityError::Port)
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(ip)) => write!(f, "{ip}"),
            // Not by `Ipv6Addr`'s own hand: it writes a mapped address with dots, the URL standard does not.
            Self::Ip(IpAddr::V6(ip)) => write!(f, "{}", url::Host::<&str>::Ipv6(*ip)),
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => write!(f, "{host}"),
            Self::Below(domain) => write!(f, "*.{domain}"),
        }
    }
}

/// A foreign text as it may stand in a log line: no control characters, and not longer than a line.
pub(crate) fn shown(text: &str) -> String {
    const MOST_CHARS: usize = 200;
    let mut shown: String = text.chars().take(MOST_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST_CHARS).is_some() {
        shown.push('…');
    }
    // Quotes need no escape here: whoever prints the line quotes the whole.
    shown.replace("\\\"", "\"").replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_normalised() {
        for (written, read) in [
            ("EXAMPLE.org", "example.org"),
            ("example.org:08080", "example.org:8080"),
            ("example.org:", "example.org"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("127.1:80", "127.0.0.1:80"),
            ("[0:0:0:0:0:0:0:1]:80", "[::1]:80"),
            ("[::FFFF:127.0.0.1]", "[::ffff:7f00:1]"),
        ] {
            let authority = Authority::parse(written).unwrap();
            assert_eq!(authority.to_string(), read, "{written}");
            assert_eq!(Authority::parse(read).unwrap(), authority, "{written}");
        }
    }

    #[test]
    fn what_is_no_authority_says_which_part_is_wrong() {
        for (text, error) in [
            ("", AuthorityError::Host),
            (":80", AuthorityError::Host),
            ("a b", AuthorityError::Host),
            ("a,b", AuthorityError::Host),
            ("a%2eb", AuthorityError::Host),
            ("[::1", AuthorityError::Host),
            ("[::1]x:80", AuthorityError::Host),
            ("::1", AuthorityError::BareIpv6),
            ("me@example.org", AuthorityError::UserInfo),
            ("example.org:80x", AuthorityError::Port),
            ("example.org:+80", AuthorityError::Port),
            ("example.org:65536", AuthorityError::Port),
        ] {
            assert_eq!(Authority::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn loopback_names_are_known() {
        for (text, loopback) in [
            ("localhost", true),
            ("chat.LOCALHOST", true),
            ("127.9.9.9", true),
            ("[::1]", true),
            ("[::ffff:127.0.0.1]", true),
            ("notlocalhost", false),
            ("localhost.example.org", false),
            ("10.0.0.1", false),
        ] {
            assert_eq!(Host::parse(text).unwrap().is_loopback(), loopback, "{text}");
        }
    }

    #[test]
    fn shown_text_is_one_short_line() {
        assert_eq!(shown("a\r\nb\u{1b}[31m\"c\""), "a\\r\\nb\\u{1b}[31m\"c\"");
        assert!(shown(&"x".repeat(9_999)).chars().count() < 210);
    }
}
