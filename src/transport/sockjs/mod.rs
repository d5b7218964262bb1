//! SockJS 0.3.3: the same sessions for browsers and networks without WebSocket. In the order of a session's life: a
//! request comes to the `service`, which asks the interceptors and opens a `life` on this thread; the book of `sessions`
//! tells every other thread where it is. What goes out leaves through a `pipe`, whose far end is the `body` of whichever
//! answer is open, in that answer's `format`. Over a WebSocket the same frames travel in a `packed` stream.
//!
//! <https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html>

#![forbid(unsafe_code)]

mod answers;
mod body;
mod config;
#[doc(hidden)] // For the fuzzer, like `requests`.
pub mod format;
pub mod framing;
mod life;
mod packed;
mod pipe;
#[doc(hidden)]
pub mod requests;
mod service;
mod sessions;

pub use config::SockJs;
pub use service::Service;
