//! A real server on a real port, driven by clients that are not its own.

mod app;
mod peer;
mod raw;

mod close;
mod echo;
mod handshake;
mod origin;
mod protocol;
mod protocol_doc;
mod walls;
