//! Where the lab's notes of a handshake lie: beside its request.

use std::rc::Rc;

use actix_web::{HttpMessage, HttpRequest};

use crate::lab::{Note, Notes};

/// The notes of a handshake that asked for the lab.
pub fn notes_of(request: &HttpRequest) -> Option<Rc<Notes>> {
    request.extensions().get::<Rc<Notes>>().cloned()
}

/// Notes down what was asked, here, if anybody wants to know.
#[track_caller]
pub fn note(request: &HttpRequest, make: impl FnOnce() -> Note) {
    // No closure may stand between the caller and the note, or the note would be said to be made here.
    let notes = notes_of(request);
    if let Some(notes) = notes {
        notes.asked(make());
    }
}
