//! The WebSocket transport, in the order of a socket's life: the handshake is checked (`handshake`, `extensions`), the
//! endpoint asks the interceptors and answers 101 (`endpoint`), the socket leaves actix's dispatcher (`takeover`), and the
//! thread's `reactor` drives its `connection`, which reads, calls the handler, and writes until the end. `tls` may lie
//! beneath all of it.

mod capacity;
mod connection;
mod departure;
mod endpoint;
mod extensions;
mod farewell;
mod handshake;
mod patience;
pub mod protocol;
mod reactor;
mod scratch;
mod serve;
mod spoiled;
mod stream;
mod takeover;
mod tls;
mod upgrade;
mod wire;

pub use capacity::Capacity;
pub use departure::Departure;
pub use endpoint::{Compression, Dialect, Endpoint, Plain, restarting};
pub use protocol::Rules;
pub use serve::{HubNumbers, Worker, serve, serve_tls, serve_within};
pub use spoiled::Spoiled;
pub use stream::{Stirred, Stream};
