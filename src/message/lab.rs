//! What a client asks of the lab. `docs/lab.md` explains.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// `{"type":"lab","do":"watch"}` and its kin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum LabCommand<'a> {
    /// Tell what happens to this user's sockets.
    Watch {
        /// The number of the last event that is known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        after: Option<u64>,
    },
    /// Tell no more.
    Unwatch,
    /// Reset this connection.
    Vanish,
    /// Take nothing that comes for a sign of life.
    Deafen,
    /// Decode these bytes as if they had come from the wire.
    Feed {
        /// In hexadecimal.
        #[serde(borrow)]
        bytes: Cow<'a, str>,
    },
}
