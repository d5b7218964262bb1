//! Nothing lost, nothing doubled: what `docs/protocol.md` promises to those who come back.

mod edges;
mod rows;
mod storm;
