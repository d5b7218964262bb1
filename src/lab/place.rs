//! Where in the source something happened.

use std::panic::Location;

use serde::Serialize;

/// A line of this program's source. Travels as `"where":"src/registry/actor.rs","line":157`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// From `src/` on.
    #[serde(rename = "where")]
    pub file: &'static str,
    /// From 1 on.
    pub line: u32,
}

impl Place {
    /// The line that calls, or that calls the function marked `#[track_caller]` which calls.
    #[track_caller]
    pub fn here() -> Self {
        let caller = Location::caller();
        Self {
            file: within_source(caller.file()),
            line: caller.line(),
        }
    }
}

/// The compiler knows a file as it was handed to it: `src/…` from the package's folder, a whole path from elsewhere.
fn within_source(file: &'static str) -> &'static str {
    file.rfind("/src/").map_or(file, |at| &file[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_this_file_and_this_line() {
        let (place, line) = (Place::here(), line!());
        assert_eq!((place.file, place.line), ("src/lab/place.rs", line));
    }

    #[test]
    fn whole_paths_are_cut_to_the_source() {
        assert_eq!(within_source("/opt/src/tertulia/src/lab/place.rs"), "src/lab/place.rs");
        assert_eq!(within_source("src/lab/place.rs"), "src/lab/place.rs");
    }
}
