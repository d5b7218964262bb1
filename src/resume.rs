//! What a client that comes back says it holds. A leaf.

#![forbid(unsafe_code)]

use crate::ids::Epoch;

/// All lines up to `after` of `epoch`; 0 is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The run of the server that numbered them.
    pub epoch: Epoch,
    /// The number of the last line that it holds.
    pub after: u64,
}
