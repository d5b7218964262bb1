//! One user who is here. Small, because there is one for everybody: 32 bytes, plus the name's text.

use super::waiting::Ticket;
use crate::{ids::SessionId, name::Name};

#[derive(Debug)]
pub(super) struct Seat {
    pub(super) name: Name,
    pub(super) sockets: Sockets,
}

/// The live sockets of one user. Nearly everybody has one, which needs no allocation of its own.
///
/// Searching is linear in the sockets of this one user, and `max_sockets_per_user` bounds those.
#[derive(Debug)]
pub(super) enum Sockets {
    /// None is left. The ticket is that of the departure that waits for the grace to pass.
    Gone(Ticket),
    One(SessionId),
    #[expect(clippy::box_collection, reason = "one word instead of three, in every seat")]
    Many(Box<Vec<SessionId>>),
}

impl Sockets {
    pub(super) fn as_slice(&self) -> &[SessionId] {
        match self {
            Self::Gone(_) => &[],
            Self::One(session) => std::slice::from_ref(session),
            Self::Many(sessions) => sessions,
        }
    }

    /// Adds `session`, which must not be here yet.
    pub(super) fn add(&mut self, session: SessionId) {
        debug_assert!(!self.as_slice().contains(&session), "the caller has looked");
        match self {
            Self::Gone(_) => *self = Self::One(session),
            Self::One(first) => *self = Self::Many(Box::new(vec![*first, session])),
            Self::Many(sessions) => sessions.push(session),
        }
    }

    /// Takes `session` away and says what that came to. When the last one goes, the caller puts [`Self::Gone`].
    pub(super) fn remove(&mut self, session: SessionId) -> Removed {
        match self {
            Self::One(last) if *last == session => return Removed::Last,
            Self::Many(sessions) => {
                if let Some(place) = sessions.iter().position(|&other| other == session) {
                    sessions.swap_remove(place);
                    if let [last] = sessions[..] {
                        *self = Self::One(last);
                    }
                    return Removed::OneOfMany;
                }
            }
            Self::Gone(_) | Self::One(_) => {}
        }
        Removed::NotHere
    }
}

/// What taking a socket away came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    NotHere,
    OneOfMany,
    Last,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_small() {
        assert!(size_of::<Seat>() <= 32);
    }

    #[test]
    fn sockets_come_and_go_in_any_order() {
        let [first, second, third] = [0, 1, 2].map(|slot| SessionId::new(0, 0, slot));
        let mut sockets = Sockets::One(first);
        sockets.add(second);
        sockets.add(third);
        assert_eq!(sockets.as_slice(), [first, second, third]);
        assert_eq!(sockets.remove(first), Removed::OneOfMany);
        assert_eq!(sockets.remove(first), Removed::NotHere);
        assert_eq!(sockets.remove(third), Removed::OneOfMany);
        assert!(matches!(sockets, Sockets::One(left) if left == second));
        assert_eq!(sockets.remove(third), Removed::NotHere);
        assert_eq!(sockets.remove(second), Removed::Last);
    }
}
