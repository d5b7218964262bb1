//! Parts shared by the `fanout` load generator and the `floor` server.

pub mod client;
pub mod connection;
pub mod context;
pub mod frame;
pub mod handshake;
pub mod histogram;
pub mod limits;
pub mod login;
pub mod logins;
pub mod marker;
pub mod peer;
pub mod procstat;
pub mod tally;
