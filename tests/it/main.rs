//! A real server on a real port, driven by clients that are not its own.

mod app;
mod peer;
mod program;
mod raw;

mod binary;
mod broadcast;
mod churn;
mod close;
<<<<<<< HEAD
mod descriptors;
=======
mod echo;
>>>>>>> ita
mod handshake;
mod heartbeat;
mod limits;
mod origin;
mod presence;
mod protocol;
<<<<<<< HEAD
mod secrets;
mod sessions;
mod slow_reader;
=======
mod protocol_doc;
mod walls;
>>>>>>> ita
