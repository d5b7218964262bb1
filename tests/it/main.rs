//! A real server on a real port, driven by clients that are not its own.

mod app;
mod base_path;
mod peer;
mod program;
mod raw;
mod recovery;

mod admin;
mod binary;
mod broadcast;
mod churn;
mod close;
mod deflate;
mod descriptors;
mod echo;
mod handshake;
mod heartbeat;
mod lab;
mod limits;
mod order;
mod origin;
mod page;
mod presence;
mod protocol;
mod protocol_doc;
mod secrets;
mod service;
mod sessions;
mod slow_reader;
mod sockjs;
mod spoiled;
mod stalled;
mod tls;
mod walls;
