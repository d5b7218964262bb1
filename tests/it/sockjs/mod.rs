//! SockJS: the protocol itself, against services made of the library alone, and the chat by way of it.

mod attack;
mod chat;
mod client;
mod endings;
mod limits;
mod operator;
mod polling;
mod protocol;
mod scripts;
mod security;
mod services;
mod streaming;
mod tab;
mod websocket;
