//! Who the client is when proxies stand between: its address, and the scheme and host that it sees.
//!
//! Forwarded headers are words of whoever sent them. They count only when the peer is a trusted proxy, and are read
//! from the right, the end that the nearest proxy wrote: past trusted hops, up to the first address that is not one
//! of them. What stands further left is a stranger's word. Pure: texts in, plain data out.

#![forbid(unsafe_code)]

mod forwarded;
mod network;

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use serde::{Serialize, Serializer};

pub use network::{Network, NetworkError};

/// The proxies whose headers count: `--trusted-proxy`. The default trusts none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<Network>);

/// What a request says of its way. Every slice has the values of that header in the order in which they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hearsay<'a> {
    /// One address, or a list of them; each proxy adds one on the right.
    pub x_forwarded_for: &'a [&'a str],
    /// `http` or `https`, as the client came.
    pub x_forwarded_proto: &'a [&'a str],
    /// The `Host` that the client sent.
    pub x_forwarded_host: &'a [&'a str],
    /// RFC 7239.
    pub forwarded: &'a [&'a str],
}

/// How the page came, and by it the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain.
    Http,
    /// By TLS.
    Https,
}

/// The client, as far as trusted parties vouch for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// An IPv4 address that came mapped into IPv6 is given as IPv4.
    pub address: IpAddr,
    /// `None`: no trusted proxy says. What the connection itself says is its reader's affair.
    pub scheme: Option<Scheme>,
    /// The `Host` that the client sent, unchecked. `None`: no trusted proxy says, the request's own holds.
    pub host: Option<String>,
}

/// What limits per address count by. An IPv6 customer gets a whole /64, so that is one client (RFC 6177).
///
/// The upper half of an IPv6 address, or an IPv4 address behind 32 ones: there the upper halves of multicast addresses
/// would be, and no client has such a one. 8 bytes, since every socket keeps its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LimitKey(u64);

impl TrustedProxies {
    /// Whether `address` is a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    /// Who the client is, where `peer` is the far end of the TCP connection.
    ///
    /// `X-Forwarded-For` and `Forwarded` must agree where both are there: a proxy that writes the one often passes
    /// the other on as the client sent it, and nothing tells which. If they differ, neither counts.
    pub fn client(&self, peer: IpAddr, hearsay: Hearsay<'_>) -> Client {
        let peer = peer.to_canonical();
        let direct = Client {
            address: peer,
            scheme: None,
            host: None,
        };
        if !self.contains(peer) {
            return direct;
        }
        let legacy = (!hearsay.x_forwarded_for.is_empty()).then(|| self.walk(peer, hearsay.legacy_hops()));
        let standard = (!hearsay.forwarded.is_empty()).then(|| self.walk(peer, hearsay.standard_hops()));
        match (legacy, standard) {
            (Some(legacy), Some(standard)) if legacy.address != standard.address => direct,
            (None, Some(standard)) => hearsay.by_standard(standard),
            (Some(walk), _) => hearsay.by_legacy(walk),
            (None, None) => hearsay.by_legacy(Walk {
                address: peer,
                distance: 0,
            }),
        }
    }

    /// Follows `hops`, the nearest first, to the first that is not trusted. What cannot be read ends the walk: the
    /// last that was read is then all that is known.
    fn walk(&self, peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>) -> Walk {
        let mut walk = Walk {
            address: peer,
            distance: 0,
        };
        for (distance, hop) in hops.enumerate() {
            let Some(address) = hop.map(|ip| ip.to_canonical()) else {
                break;
            };
            walk = Walk { address, distance };
            if !self.contains(address) {
                break;
            }
        }
        walk
    }
}

/// Where a walk came to.
#[derive(Clone, Copy)]
struct Walk {
    address: IpAddr,
    /// Its place in the list, counted from the right.
    distance: usize,
}

impl Scheme {
    /// As it stands in an origin.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Some proxies name the scheme of the socket instead of the page's.
    fn parse(text: &str) -> Option<Self> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        if is("https") || is("wss") {
            Some(Self::Https)
        } else if is("http") || is("ws") {
            Some(Self::Http)
        } else {
            None
        }
    }
}

impl LimitKey {
    /// The key of `address`: itself, or its /64.
    pub fn new(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(ip) => Self((ip.to_bits() >> 64) as u64),
            IpAddr::V4(ip) => Self(Self::IPV4 | u64::from(ip.to_bits())),
        }
    }

    /// Of a client without an address.
    pub const UNKNOWN: Self = Self(Self::IPV4);
    /// What stands before an IPv4 address.
    const IPV4: u64 = !0 << 32;

    /// The address, or the first of its /64.
    fn address(self) -> IpAddr {
        if self.0 & Self::IPV4 == Self::IPV4 {
            Ipv4Addr::from_bits(self.0 as u32).into()
        } else {
            Ipv6Addr::from_bits(u128::from(self.0) << 64).into()
        }
    }

    /// All addresses that have this key.
    pub fn network(self) -> Network {
        Network::of(self.address(), 64)
    }
}

impl Client {
    /// What limits per address count this client by.
    pub fn limit_key(&self) -> LimitKey {
        LimitKey::new(self.address)
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address() {
            IpAddr::V4(ip) => write!(f, "{ip}"),
            IpAddr::V6(ip) => write!(f, "{ip}/64"),
        }
    }
}

impl Serialize for LimitKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LimitKey({self})")
    }
}

#[cfg(test)]
mod tests;
