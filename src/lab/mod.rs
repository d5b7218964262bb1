//! The lab: what the server tells a user of their own sockets, for people who want to see how it works.
//!
//! Rooms above report what they do by a [`Lab`] or, of one socket, by its [`Tap`]; what was asked before a socket was
//! there is gathered in [`Notes`]. All of it is written into the [`journal`] of the user and handed to whoever watches.
//! It decides nothing, knows no text that anybody said, and reaches no socket: a watcher brings the way to itself.
//! `docs/lab.md` shows every frame.
//!
//! Where nobody watches, a report is one look at an atomic; sockets outside of the lab have no tap and not even that.

#![forbid(unsafe_code)]

mod book;
mod event;
mod handle;
pub mod journal;
pub mod mask;
mod notes;
mod place;
mod tap;

pub use book::{Outlet, REFUSALS_AT_ONCE, USERS};
pub use event::{Event, Figures, Handshake, Head, Note, Verdict};
pub use handle::Lab;
pub use notes::Notes;
pub use place::Place;
pub use tap::Tap;
