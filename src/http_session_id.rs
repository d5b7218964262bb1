//! Which HTTP session: a name for it that opens nothing.

#![forbid(unsafe_code)]

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An HTTP session, named by the first 16 bytes of the SHA-256 of its key.
///
/// The key itself lives in the cookie only. It is random with 256 bits, so its digest tells nothing about it, and the
/// digest is all that the database, the attributes of a socket and the logs ever see. When the key is renewed, the
/// id changes with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HttpSessionId([u8; Self::BYTES]);

impl HttpSessionId {
    /// Bytes of an id.
    pub const BYTES: usize = 16;

    /// The entry of an HTTP session's state under which every request finds the id of its own HTTP session.
    ///
    /// actix-session shows a handler the state, never the key. So the store writes this entry whenever it loads a
    /// state and takes it out whenever it saves one: `session.get::<HttpSessionId>(HttpSessionId::ENTRY)`.
    pub const ENTRY: &str = "http-session-id";

    /// The id that these bytes of a digest make.
    pub fn from_digest(digest: [u8; Self::BYTES]) -> Self {
        Self(digest)
    }

    /// The bytes of the id.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for HttpSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for HttpSessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpSessionId({self})")
    }
}

impl Serialize for HttpSessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HttpSessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let bits = u128::from_str_radix(&digits, 16).map_err(D::Error::custom)?;
        Ok(Self(bits.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_travels_as_thirty_two_hexadecimal_digits() {
        let id = HttpSessionId::from_digest(*b"\x00\x01yet another!!\xff");
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json.len(), 34);
        assert_eq!(serde_json::from_str::<HttpSessionId>(&json).unwrap(), id);
    }
}
