//! Claims about hubs, their sockets and their clocks together, with peers that are no sockets.

mod fake;
mod heartbeats;
mod order;
mod socket;
