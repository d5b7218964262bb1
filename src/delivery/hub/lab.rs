//! What the lab asks of a hub.

use std::time::Duration;

use super::Hub;
use crate::delivery::{Link, Taps};

impl Hub {
    /// How long it takes until a socket is given up that shows no more life; `None` if it never is.
    pub fn evicts_in(&self, link: &Link) -> Option<Duration> {
        self.clocks.evicts_in(&link.vitals(), self.tick.get())
    }

    /// Who is told of which socket.
    pub fn taps(&self) -> &Taps {
        &self.taps
    }
}
