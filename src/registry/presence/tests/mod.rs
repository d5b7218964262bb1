//! Claims about presence, one a test, told with two people; any order of events is in `properties`, against `model`.

mod model;
mod names;
mod properties;
mod sockets;

use super::*;

const GRACE: Duration = Duration::from_secs(3);
const MOMENT: Duration = Duration::from_millis(1);

const ADA: u64 = 1;
const BOB: u64 = 2;

fn user(number: u64) -> UserId {
    UserId::from_bits(number)
}

fn tab(slot: usize) -> SessionId {
    SessionId::new(0, 0, slot)
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("the names of these tests are good")
}

fn own_name(number: u64) -> Name {
    name(["nobody", "Ada", "Bob"][number as usize])
}

fn presence() -> (Presence, Instant) {
    (Presence::new(GRACE, 0), Instant::now())
}

fn change(kind: Kind, number: u64, version: u64) -> Change {
    Change {
        kind,
        user: user(number),
        name: own_name(number),
        version,
    }
}

impl Presence {
    /// Joins somebody under their own name.
    fn enter(&mut self, number: u64, slot: usize, now: Instant) -> Result<Option<Change>, Refused> {
        self.join(tab(slot), user(number), &own_name(number), now)
    }

    /// Claims a name for somebody who is nobody else until now.
    fn book(&mut self, number: u64, text: &str, now: Instant) -> Result<(), Refused> {
        self.claim(user(number), &name(text), None, now).map(drop)
    }

    fn close(&mut self, number: u64, slot: usize, now: Instant) -> Option<Instant> {
        self.leave(tab(slot), user(number), Ending::ClosedByPeer(None), now)
    }

    fn lose(&mut self, number: u64, slot: usize, now: Instant) -> Option<Instant> {
        self.leave(tab(slot), user(number), Ending::Lost, now)
    }
}
