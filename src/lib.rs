//! tertulia: a web chat in one binary, and the WebSocket server it stands on.
//!
//! A server begins with a handler, what it does with its sockets, and a mapping, where it is and who may come:
//!
//! ```no_run
//! use std::net::TcpListener;
//!
//! use actix_web::App;
//! use tertulia::{AllowedOrigins, Clocks, HandlerError, HandlerMapping, HubNumbers, Session, WebSocketHandler, Worker};
//!
//! struct Echo;
//!
//! impl WebSocketHandler for Echo {
//!     fn handle_text_message(&self, session: &Session, text: &str) -> Result<(), HandlerError> {
//!         session.send_text(text);
//!         Ok(())
//!     }
//! }
//!
//! #[actix_web::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:9001")?;
//!     let hubs = HubNumbers::default(); // each worker thread has a hub, which writes to the sockets there
//!     let server = tertulia::serve(actix_server::Server::build(), "echo", listener, move || {
//!         let (worker, _) = Worker::start(&hubs, Clocks::off(), Default::default()); // no pings, no limits
//!         let mapping = HandlerMapping::new(Echo, "/echo").allowed_origins(AllowedOrigins::same());
//!         App::new().configure(mapping.register(&worker))
//!     })?;
//!     server.run().await
//! }
//! ```
//!
//! [`serve`] stands for `actix_web::HttpServer`, from whose dispatcher a socket could not leave. In the order in which a
//! message travels:
//!
//! 1. [`server`] listens, serves the page and the HTTP session, and puts everything below together.
//! 2. [`interceptor`] looks at a handshake before it happens: origin, limits, HTTP session. What it learns goes into
//!    the [`attributes`].
//! 3. [`transport`] answers 101, takes the socket out of actix's dispatcher, decodes strictly what comes, and owns the
//!    socket until its end.
//! 4. [`handler`] is what a program does with its sockets: Spring's moments, in Rust spelling. The chat is one.
//! 5. [`registry`] is the one task that owns who is here, numbers what is said, and encodes it once.
//! 6. [`delivery`] writes it: a hub per worker thread, an outbox per peer that lags, one sweeper for all clocks.
//!
//! Beside them stand small rooms without I/O: [`origin`], [`host`], [`base_path`], [`client_address`], [`name`], [`quota`],
//! [`bans`], [`refusals`], [`heartbeat`], and the leaves [`message`], [`close_status`], [`ids`], [`identity`],
//! [`resume`], [`slots`],
//! [`session_activity`], [`shrink`]. `store` keeps what outlives a restart, [`settings`] is what the operator said.
//!
//! What is left out: WebSocket extensions but permessage-deflate, and HTTP/2's way to a WebSocket.

// Two places allow it, with a proof: `transport/websocket/reactor.rs` and `server/memory.rs`. All other rooms forbid it.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod attributes;
pub mod authority;
pub mod bans;
pub mod base_path;
pub mod client_address;
pub mod close_status;
pub mod counters;
pub mod delivery;
pub mod handler;
pub mod heartbeat;
pub mod host;
pub mod http_session_id;
pub mod identity;
pub mod ids;
pub mod interceptor;
pub mod lab;
pub mod message;
pub mod name;
pub mod origin;
pub mod quota;
pub mod refusals;
pub mod registry;
pub mod resume;
pub mod server;
pub mod session_activity;
pub mod settings;
pub mod shrink;
pub mod slots;
pub mod store;
pub mod transport;

pub use crate::{
    close_status::{CloseStatus, Ending},
    delivery::Clocks,
    handler::{HandlerError, Session, WebSocketHandler},
    interceptor::{AllowedOrigins, HandshakeInterceptor, Refusal},
    transport::{
        mapping::HandlerMapping,
        sockjs::SockJs,
        visit::Limits,
        websocket::{Capacity, Compression, HubNumbers, Rules, Worker, serve, serve_tls, serve_within},
    },
};
