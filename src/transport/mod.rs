//! Transports: ways to fill a handler and to drain an outbox. WebSocket is one, SockJS' requests over plain HTTP are
//! others; a [`visit`] is what their sessions have in common, and a [`mapping`] puts a handler where they find it.

pub mod mapping;
pub mod sockjs;
pub mod visit;
pub mod websocket;
