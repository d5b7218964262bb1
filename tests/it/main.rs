//! A real server on a real port, driven by clients that are not its own.

mod smoke;
