//! Transports: ways to fill a handler and to drain an outbox. WebSocket is one.

pub mod websocket;
