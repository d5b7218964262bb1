//! Commands of the lab: each makes something real happen to the very socket that asks for it.

use std::{borrow::Cow, time::Duration};

use super::ChatHandler;
use crate::{
    delivery::Frame,
    handler::Session,
    lab::{Event, Tap},
    message::{ErrorCode, LabCommand},
};

/// Bytes that are fed at once.
const MOST_FED_BYTES: usize = 4096;

impl ChatHandler {
    /// Carries out `command`, for a socket that was opened for the lab.
    pub(super) fn experiment(&self, session: &Session, command: &LabCommand<'_>, reference: Option<Cow<'_, str>>) {
        let is_done = session.tap().is_some_and(|tap| match command {
            LabCommand::Watch { after } => {
                let (registry, socket) = (self.registry.clone(), session.id());
                // By way of the registry, so that it comes behind the greeting.
                let outlet = move |line: &str| registry.answer(socket, Frame::text(line));
                tap.watch(after.unwrap_or(0), Box::new(outlet))
            }
            LabCommand::Unwatch => {
                tap.unwatch();
                true
            }
            LabCommand::Vanish => {
                tap.report(about("vanish", None, None));
                session.vanish();
                true
            }
            LabCommand::Deafen => {
                tap.report(about("deafen", session.evicts_in(), None));
                session.deafen();
                true
            }
            LabCommand::Feed { bytes } => {
                self.feed(session, &tap, bytes, reference.clone());
                true
            }
        });
        if !is_done {
            let message = "this server has no lab, or this socket was not opened with ?lab=1";
            self.refuse(session, ErrorCode::LabOff, message, reference);
        }
    }

    fn feed(&self, session: &Session, tap: &Tap, digits: &str, reference: Option<Cow<'_, str>>) {
        let Some(bytes) = from_hex(digits) else {
            let message = "bytes are given in hexadecimal, two digits each, and at most 4096 of them";
            return self.refuse(session, ErrorCode::BadBytes, message, reference);
        };
        let count = bytes.len();
        match tap.feed(bytes) {
            true => tap.report(about("feed", None, Some(count))),
            false => {
                let message = "this socket is a session of SockJS, which has no decoder to feed";
                self.refuse(session, ErrorCode::LabOff, message, reference);
            }
        }
    }
}

fn about(r#do: &'static str, evicts_in: Option<Duration>, bytes: Option<usize>) -> Event {
    let evicts_in = evicts_in.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    Event::Command { r#do, evicts_in, bytes }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) || digits.len() > 2 * MOST_FED_BYTES {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_pairs_of_hexadecimal_digits_and_not_too_many() {
        assert_eq!(from_hex("c185"), Some(vec![0xC1, 0x85]));
        assert_eq!(from_hex("Ff00"), Some(vec![0xFF, 0]));
        for wrong in ["", "c", "c1 8", "+1", "zz", "é0"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
        assert!(from_hex(&"00".repeat(MOST_FED_BYTES)).is_some());
        assert_eq!(from_hex(&"00".repeat(MOST_FED_BYTES + 1)), None);
    }
}
