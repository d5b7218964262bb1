//! What of a socket keeps its HTTP session alive. A leaf.

#![forbid(unsafe_code)]

use std::{fmt, str::FromStr};

/// What prolongs an HTTP session besides the requests of its page. Each counts what the later ones count, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionActivity {
    /// Answered pings: whoever is online stays.
    #[default]
    Pings,
    /// What people say and type: whoever only reads for too long is logged out.
    Texts,
    /// That a socket opens, and no more.
    Handshakes,
}

impl SessionActivity {
    const ALL: [Self; 3] = [Self::Pings, Self::Texts, Self::Handshakes];

    /// As it is written in a setting.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pings => "pings",
            Self::Texts => "texts",
            Self::Handshakes => "handshakes",
        }
    }
}

impl fmt::Display for SessionActivity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// It is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pings, texts or handshakes is wanted")]
pub struct UnknownActivity;

impl FromStr for SessionActivity {
    type Err = UnknownActivity;

    fn from_str(text: &str) -> Result<Self, UnknownActivity> {
        let found = Self::ALL.into_iter().find(|activity| activity.as_str() == text);
        found.ok_or(UnknownActivity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for activity in SessionActivity::ALL {
            assert_eq!(activity.to_string().parse(), Ok(activity));
        }
        for text in ["", "Pings", "ping", "pings "] {
            assert_eq!(text.parse::<SessionActivity>(), Err(UnknownActivity), "{text:?}");
        }
    }
}
