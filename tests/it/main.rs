//! A real server on a real port, driven by clients that are not its own.

mod peer;
mod program;

mod broadcast;
mod heartbeat;
mod presence;
