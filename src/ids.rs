//! Ids, each a type of its own, so that one can never be passed for another.
//!
//! All of them are public: they appear in frames and logs and open nothing. What opens something, the key of an
//! HTTP session, is not here and never leaves the cookie.

#![forbid(unsafe_code)]

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A person in the chat: one HTTP session with a name. Random, so that it tells nothing; 16 hexadecimal digits on
/// the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(u64);

impl UserId {
    /// An id from random bits; the caller brings the bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// A WebSocket session: one live socket. It says where the socket lives, and is never used again for another.
///
/// From the top: 8 bits of hub, 32 bits of generation, 24 bits of slot. A slot is used again by a later socket, but
/// under another generation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u64);

impl SessionId {
    /// The most hubs (worker threads) that ids can name.
    pub const MAX_HUBS: usize = 1 << 8;
    /// The most sockets that one hub can hold at once.
    pub const MAX_SLOTS: usize = 1 << 24;

    /// The id of the `generation`-th socket of hub `hub`, which lives in `slot` there.
    ///
    /// # Panics
    ///
    /// If `slot` is not below [`Self::MAX_SLOTS`].
    pub const fn new(hub: u8, generation: u32, slot: usize) -> Self {
        assert!(slot < Self::MAX_SLOTS, "a hub refuses more sockets than ids can name");
        Self((hub as u64) << 56 | (generation as u64) << 24 | slot as u64)
    }

    /// The number of the hub on whose thread the socket lives.
    pub fn hub(self) -> usize {
        (self.0 >> 56) as usize
    }

    /// How many sockets the hub had before.
    pub fn generation(self) -> u32 {
        (self.0 >> 24) as u32
    }

    /// The socket's place within its hub.
    pub fn slot(self) -> usize {
        (self.0 & (Self::MAX_SLOTS as u64 - 1)) as usize
    }
}

/// One run of the server. Numbers of messages and versions of presence count within an epoch, and start anew in the
/// next.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(u64);

impl Epoch {
    /// An epoch from random bits; the caller brings the bits.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// Hexadecimal on the wire and in logs: 64 bits do not fit the numbers of JavaScript.
macro_rules! hexadecimal {
    ($($id:ty),+) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:016x}", self.0)
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($id))
            }
        }

        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let digits = String::deserialize(deserializer)?;
                if digits.len() != 16 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(D::Error::custom("16 hexadecimal digits are wanted"));
                }
                let bits = u64::from_str_radix(&digits, 16).map_err(D::Error::custom)?;
                Ok(Self(bits))
            }
        }
    )+};
}
hexadecimal!(UserId, SessionId, Epoch);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_id_gives_back_what_it_was_made_of() {
        for (hub, generation, slot) in [(0, 0, 0), (255, u32::MAX, SessionId::MAX_SLOTS - 1), (3, 7, 42)] {
            let id = SessionId::new(hub, generation, slot);
            assert_eq!((id.hub(), id.generation(), id.slot()), (hub.into(), generation, slot));
        }
    }

    #[test]
    fn ids_travel_as_sixteen_hexadecimal_digits() {
        let id = UserId::from_bits(0xbeef);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, r#""000000000000beef""#);
        assert_eq!(serde_json::from_str::<UserId>(&json).unwrap(), id);
    }
}
