//! Networks in CIDR notation.

use std::{fmt, net::IpAddr};

use thiserror::Error;

use super::LimitKey;

/// An address, or all that share its first bits: `192.0.2.7`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    /// How many leading bits are shared; at most 32 or 128.
    prefix: u32,
}

/// The bits that all IPv4 addresses share as IPv6 ones.
const MAPPED_BITS: u32 = 96;

/// Why a text is no network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// No address in front of the slash, or none at all.
    #[error("an IP address or a network such as 10.0.0.0/8 is wanted")]
    Address,
    /// More bits than the address has.
    #[error("the number after the slash is from 0 to {most}")]
    Prefix {
        /// 32 or 128.
        most: u32,
    },
    /// An address of one host with a prefix of many.
    #[error("bits are set behind the first {prefix}")]
    HostBits {
        /// The bits that the network has.
        prefix: u32,
        /// The network of that prefix.
        meant: String,
    },
}

impl Network {
    /// Reads an address or a network. An address alone is a network of one.
    ///
    /// # Errors
    ///
    /// [`NetworkError::HostBits`] for `10.0.0.1/8`, which might mean the one or the other.
    pub fn parse(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(ip, prefix)| (ip, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError::Address)?;
        let most = bits_of(address);
        let Some(prefix) = prefix else {
            let address = address.to_canonical();
            return Ok(Self {
                address,
                prefix: bits_of(address),
            });
        };
        let prefix = prefix
            .parse()
            .ok()
            .filter(|prefix| *prefix <= most)
            .ok_or(NetworkError::Prefix { most })?;
        let network = Self {
            address: masked(address, prefix),
            prefix,
        };
        if network.address != address {
            return Err(NetworkError::HostBits {
                prefix,
                meant: network.to_string(),
            });
        }
        Ok(network.canonical())
    }

    /// A network of IPv4 addresses that is written as one of IPv6, `::ffff:192.0.2.0/120`, as what it is: clients are
    /// looked up by their IPv4 address.
    fn canonical(self) -> Self {
        match (self.address, self.prefix.checked_sub(MAPPED_BITS)) {
            (IpAddr::V6(address), Some(prefix)) => address.to_ipv4_mapped().map_or(self, |address| Self {
                address: address.into(),
                prefix,
            }),
            _ => self,
        }
    }

    /// The network of `address`: the address itself, or of an IPv6 one the first `ipv6_prefix` bits, at most 128.
    pub(super) fn of(address: IpAddr, ipv6_prefix: u32) -> Self {
        let prefix = if address.is_ipv4() { 32 } else { ipv6_prefix };
        Self {
            address: masked(address, prefix),
            prefix,
        }
    }

    /// The least network around it that is made of whole clients, as the limits count them: no IPv6 network is
    /// narrower than a /64.
    #[must_use]
    pub fn of_whole_clients(self) -> Self {
        match self.address.is_ipv6() && self.prefix > 64 {
            true => Self::of(self.address, 64),
            false => self,
        }
    }

    /// Whether `client` belongs to it. Meant for networks [of whole clients](Self::of_whole_clients).
    pub fn has(&self, client: LimitKey) -> bool {
        self.contains(client.address())
    }

    /// Whether `address` belongs to it. Expects IPv4 as IPv4, not mapped into IPv6.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.prefix) == self.address
    }
}

impl NetworkError {
    /// What was probably meant, for a hint.
    pub fn meant(&self) -> Option<&str> {
        match self {
            Self::HostBits { meant, .. } => Some(meant),
            Self::Address | Self::Prefix { .. } => None,
        }
    }
}

fn bits_of(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// `address` with only its first `prefix` bits.
fn masked(address: IpAddr, prefix: u32) -> IpAddr {
    // A shift by the whole width, as prefix 0 asks for, is an overflow: that mask is 0.
    match address {
        IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() & u32::MAX.checked_shl(32 - prefix).unwrap_or(0)).into()),
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() & u128::MAX.checked_shl(128 - prefix).unwrap_or(0)).into()),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == bits_of(self.address) {
            return write!(f, "{}", self.address);
        }
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_what_shares_their_bits() {
        for (network, address, contained) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("::ffff:192.0.2.7", "192.0.2.7", true),
            ("::ffff:192.0.2.0/120", "192.0.2.200", true),
            ("::ffff:192.0.2.0/120", "192.0.3.1", false),
            ("::ffff:0:0/96", "8.8.8.8", true),
            ("::ffff:0:0/96", "::1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe80::1", false),
        ] {
            let address = address.parse().unwrap();
            assert_eq!(
                Network::parse(network).unwrap().contains(address),
                contained,
                "{network} {address}"
            );
        }
    }

    #[test]
    fn clients_are_whole() {
        for (network, whole) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.0/25", "192.0.2.0/25"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("2001:db8::7", "2001:db8::/64"),
            ("2001:db8:0:1::/96", "2001:db8:0:1::/64"),
            ("2001:db8::/48", "2001:db8::/48"),
        ] {
            let network = Network::parse(network).unwrap().of_whole_clients();
            assert_eq!(network.to_string(), whole);
        }
        for address in ["192.0.2.7", "::1", "2001:db8:0:1::7", "0.0.0.0", "ffff::1"] {
            let key = LimitKey::new(address.parse().unwrap());
            assert!(key.network().contains(address.parse().unwrap()) && key.network().has(key));
            assert_eq!(key.network(), key.network().of_whole_clients());
            assert_eq!(key.network().to_string(), key.to_string());
        }
    }

    #[test]
    fn what_is_no_network_says_why() {
        assert_eq!(Network::parse("proxy.test"), Err(NetworkError::Address));
        assert_eq!(Network::parse("10.0.0.0/33"), Err(NetworkError::Prefix { most: 32 }));
        assert_eq!(Network::parse("::/x"), Err(NetworkError::Prefix { most: 128 }));
        assert_eq!(Network::parse("10.0.0.1/8").unwrap_err().meant(), Some("10.0.0.0/8"));
    }
}
