//! Delivery: how frames reach sockets. Knows no chat, no registry and no actix.
//!
//! A [`Hub`] lives on each worker thread and owns the [`Link`]s of the sockets there. The registry posts
//! [`Order`]s to it; the hub writes what it can at once and leaves the rest in the link's [`Outbox`], which the
//! socket's own task drains when the peer takes more. One sweeper per hub looks after the clocks: pings, silent
//! peers, and peers that take nothing.

#![forbid(unsafe_code)]

pub mod deflate;
pub mod frame;
mod hub;
mod link;
mod outbox;
mod survey;
mod sweeper;
mod taps;
mod turn;

#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr};

pub use frame::Frame;
pub use hub::{Hub, HubHandle, Order, Posted};
pub use link::Link;
pub use outbox::Outbox;
pub use survey::Seen;
pub use sweeper::{Clocks, sweep};
pub use taps::Taps;

/// What a hub asks of a socket, whatever carries it.
pub trait Transport: 'static {
    /// Hands `bytes` to the peer and says how many were taken, 1 or more. Never waits.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] when the peer takes nothing now: the socket's task then waits until it does.
    /// Anything else means that the socket is broken.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Pushes what was taken and has not reached the system, as where what is taken is encrypted first.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::WouldBlock`] while something still waits. Anything else means that the socket is broken.
    fn try_flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// The far end, if it has an address and is still there.
    fn remote_address(&self) -> Option<SocketAddr> {
        None
    }
}
