//! Hosts: which names this server answers to.
//!
//! A page of a stranger can make its own DNS name lead to this machine (DNS rebinding) and then speaks from *its*
//! origin, which the origin check takes for the server's own. The `Host` header gives it away: it carries the
//! stranger's name. So names are admitted by a list. Pure: texts in, a verdict out.

#![forbid(unsafe_code)]

use std::{fmt, net::IpAddr};

use thiserror::Error;

use crate::authority::{Authority, AuthorityError, Host, HostPattern, parse_port, shown, split_port};

/// An entry of `--allowed-host`: `chat.example.org`, `chat.example.org:8080`, `*.example.org`, or `*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AllowedHost {
    /// Every name. Rebinding is then stopped by nobody but a proxy in front.
    Any,
    /// A host or the names below a domain, on one port or on all.
    Like {
        /// Which hosts.
        host: HostPattern,
        /// `None` admits every port.
        port: Option<u16>,
    },
}

/// Why a text is no entry of `--allowed-host`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AllowedHostError {
    /// It has a scheme or a path.
    #[error("a host has a name and perhaps a port, but no scheme and no path")]
    Url {
        /// The host in it.
        meant: Option<String>,
    },
    /// It is no host, or its port is none.
    #[error("{0}")]
    Authority(#[from] AuthorityError),
}

/// The names that this server answers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRules {
    /// The address it listens on, unless that is "every address".
    bound: Option<IpAddr>,
    /// Hosts of the public URLs.
    public: Vec<Host>,
    allowed: Vec<AllowedHost>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostVerdict {
    /// The header as it was read.
    Admitted(Authority),
    /// Answer 421: this is the wrong server for that name (RFC 9110 section 15.5.20).
    Refused(HostRefusal),
    /// Answer 400 (RFC 9112 section 3.2), as for the next two.
    Missing,
    /// More than one header.
    Several,
    /// No `host[:port]`; the text is escaped and cut.
    Malformed {
        /// What came.
        got: String,
    },
}

/// What was compared with what, for the operator's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRefusal {
    /// The host as it came, escaped and cut.
    pub got: String,
    /// The names that are admitted.
    pub wanted: Vec<String>,
    /// The setting that would admit it: `--allowed-host chat.example.org`.
    pub admit: String,
}

impl AllowedHost {
    /// Reads one entry of the list.
    ///
    /// # Errors
    ///
    /// [`AllowedHostError`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, AllowedHostError> {
        if text == "*" {
            return Ok(Self::Any);
        }
        if text.contains('/') {
            let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
            let authority = rest.split('/').next().unwrap_or_default();
            return Err(AllowedHostError::Url {
                meant: Self::parse(authority).ok().map(|host| host.to_string()),
            });
        }
        let (host, port) = split_port(text)?;
        // `:*` is how origins say "any port"; here it goes without saying, and is understood.
        let port = port.filter(|port| *port != "*").map(parse_port).transpose()?;
        Ok(Self::Like {
            host: HostPattern::parse(host)?,
            port,
        })
    }

    fn matches(&self, header: &Authority) -> bool {
        match self {
            Self::Any => true,
            Self::Like { host, port } => host.matches(&header.host) && port.is_none_or(|port| goes_to(header, port)),
        }
    }
}

/// A header without a port is on the default port, of which scheme the request does not say.
fn goes_to(header: &Authority, port: u16) -> bool {
    header.port.map_or(matches!(port, 80 | 443), |got| got == port)
}

impl HostRules {
    /// `bound` is the address that the server listens on, `public` the hosts of its public URLs.
    pub fn new(bound: IpAddr, public: impl IntoIterator<Item = Host>, allowed: Vec<AllowedHost>) -> Self {
        let bound = Some(bound.to_canonical()).filter(|ip| !ip.is_unspecified());
        Self {
            bound,
            public: public.into_iter().collect(),
            allowed,
        }
    }

    /// Judges a request by the values of its `Host` headers. In HTTP/2 the value of `:authority` stands for them.
    pub fn check(&self, headers: &[&str]) -> HostVerdict {
        let header = match headers {
            [] | [""] => return HostVerdict::Missing,
            [header] => *header,
            _ => return HostVerdict::Several,
        };
        match Authority::parse(header) {
            Err(_) => HostVerdict::Malformed { got: shown(header) },
            Ok(authority) if self.admits(&authority) => HostVerdict::Admitted(authority),
            Ok(authority) => HostVerdict::Refused(self.refuse(&authority)),
        }
    }

    /// Whether this server answers to `authority`.
    pub fn admits(&self, authority: &Authority) -> bool {
        let host = &authority.host;
        host.is_loopback()
            || self.admits_address(host)
            || self.public.contains(host)
            || self.allowed.iter().any(|entry| entry.matches(authority))
    }

    /// Address literals. Who listens on every address cannot list them, and need not: a page that rebinds its name
    /// carries that name, never an address.
    fn admits_address(&self, host: &Host) -> bool {
        match (host, self.bound) {
            (Host::Ip(_), None) => true,
            (Host::Ip(ip), Some(bound)) => ip.to_canonical() == bound,
            (Host::Domain(_), _) => false,
        }
    }

    /// The names that are answered to.
    pub fn wanted(&self) -> Vec<String> {
        let bound = self.bound.filter(|ip| !ip.is_loopback());
        let bound = bound.map_or_else(
            || self.bound.is_none().then(|| "any IP address".to_owned()),
            |ip| Some(Host::Ip(ip).to_string()),
        );
        ["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()]
            .into_iter()
            .chain(bound)
            .chain(self.public.iter().map(ToString::to_string))
            .chain(self.allowed.iter().map(ToString::to_string))
            .collect()
    }

    fn refuse(&self, authority: &Authority) -> HostRefusal {
        let admit = format!("--allowed-host {}", authority.host);
        HostRefusal {
            got: shown(&authority.to_string()),
            wanted: self.wanted(),
            admit,
        }
    }
}

impl AllowedHostError {
    /// What was probably meant, for a hint.
    pub fn meant(&self) -> Option<&str> {
        match self {
            Self::Url { meant } => meant.as_deref(),
            Self::Authority(_) => None,
        }
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Like { host, port: None } => write!(f, "{host}"),
            Self::Like { host, port: Some(port) } => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests;
