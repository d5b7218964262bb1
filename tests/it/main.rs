//! A real server on a real port, driven by clients that are not its own.

mod peer;
mod program;

mod binary;
mod broadcast;
mod churn;
mod descriptors;
mod heartbeat;
mod limits;
mod presence;
mod secrets;
mod sessions;
mod slow_reader;
