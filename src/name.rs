//! What a person is called, and which names look alike.
//!
//! Owns the rules of a name: parsed once at the edge, carried as a type afterwards. Whether a name is free is the
//! registry's question; it compares the keys that are made here. Pure.

#![forbid(unsafe_code)]

mod look_alike;

use std::{fmt, sync::Arc};

use thiserror::Error;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

pub use look_alike::{LookAlike, is_invisible};

/// A name: NFC, trimmed, 1 to 32 characters as people count them, at most 128 bytes, with something to see. Cheap to
/// clone.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(Arc<str>);

/// Why a text is no name. The sentences are for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameError {
    /// Nothing, or white space.
    #[error("the name is empty; type at least one character")]
    Empty,
    /// Only characters that leave no ink.
    #[error("the name has nothing to see in it; add a letter")]
    Invisible,
    /// More than [`Name::MOST_CHARACTERS`].
    #[error("the name is longer than {} characters; choose a shorter one", Name::MOST_CHARACTERS)]
    TooManyCharacters,
    /// More than [`Name::MOST_BYTES`].
    #[error("the name takes more than {} bytes; use fewer emoji or accents", Name::MOST_BYTES)]
    TooManyBytes,
    /// A control character, or a separator that breaks the line.
    #[error("the name has a line break, a tab or another control character; leave it out")]
    Control,
    /// A character of Bidi_Control.
    #[error("the name has a character that turns the direction of text; leave it out")]
    Direction,
    /// More than [`Name::MOST_MARKS`] in a row.
    #[error("the name has more than {} accents on one letter; leave some out", Name::MOST_MARKS)]
    StackedMarks,
}

impl Name {
    /// Grapheme clusters: what a reader takes for one character (UAX 29).
    pub const MOST_CHARACTERS: usize = 32;
    /// UTF-8. One cluster may be long without end, so clusters alone bound nothing.
    pub const MOST_BYTES: usize = 128;
    /// Marks in a row, so that no name paints over its neighbours' lines (UTS 39 section 5.4).
    pub const MOST_MARKS: usize = 4;

    /// Reads a name as it was typed: trims it and puts it into NFC.
    ///
    /// # Errors
    ///
    /// [`NameError`] says what to do about it.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        let typed = typed.trim();
        // Before any work: NFC never shrinks a text to less than a third of its bytes (UAX 15).
        if typed.len() > 3 * Self::MOST_BYTES {
            let characters = typed.graphemes(true).take(Self::MOST_CHARACTERS + 1).count();
            return Err(Self::too_long(characters));
        }
        let name: String = typed.nfc().collect();
        Self::check_characters(&name)?;
        let characters = name.graphemes(true).count();
        if characters > Self::MOST_CHARACTERS || name.len() > Self::MOST_BYTES {
            return Err(Self::too_long(characters));
        }
        Ok(Self(name.into()))
    }

    fn too_long(characters: usize) -> NameError {
        match characters > Self::MOST_CHARACTERS {
            true => NameError::TooManyCharacters,
            false => NameError::TooManyBytes,
        }
    }

    fn check_characters(name: &str) -> Result<(), NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        if name.chars().any(is_control) {
            return Err(NameError::Control);
        }
        if name.chars().any(turns_direction) {
            return Err(NameError::Direction);
        }
        if name
            .chars()
            .all(|c| look_alike::is_invisible(c) || is_combining_mark(c))
        {
            return Err(NameError::Invisible);
        }
        let mut marks = 0;
        for c in name.nfd() {
            marks = if is_combining_mark(c) { marks + 1 } else { 0 };
            if marks > Self::MOST_MARKS {
                return Err(NameError::StackedMarks);
            }
        }
        Ok(())
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The keys of everything that this name could be taken for. Two names that share a key look alike: who is online
    /// under one of them holds both of its keys, and a name with a key that somebody holds is refused.
    pub fn look_alikes(&self) -> [LookAlike; 2] {
        LookAlike::of(self)
    }

    /// Whether one could be taken for the other.
    pub fn looks_like(&self, other: &Self) -> bool {
        let theirs = other.look_alikes();
        self.look_alikes().iter().any(|key| theirs.contains(key))
    }
}

/// Control characters, the separators that break a line without being one, and the sign for what could not be read.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffd}')
}

/// Bidi_Control (UAX 9 section 2): marks, embeddings, overrides, isolates. A name that has one could turn the text
/// after it.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({:?})", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FAMILY: &str = "👩‍👩‍👧‍👦";

    #[test]
    fn names_are_trimmed_and_composed() {
        for (typed, name) in [
            ("Ada", "Ada"),
            ("  Ada \u{a0}\t\n", "Ada"),
            ("Ada Lovelace", "Ada Lovelace"),
            ("Ame\u{301}lie", "Amélie"),
            ("李雷", "李雷"),
            ("नमस्ते", "नमस्ते"),
            ("می‌خواهم", "می‌خواهم"),
            (FAMILY, FAMILY),
            ("❤\u{fe0f}", "❤\u{fe0f}"),
            ("<b>Ada</b>", "<b>Ada</b>"),
            ("x", "x"),
        ] {
            assert_eq!(
                Name::parse(typed).map(|name| name.to_string()).as_deref(),
                Ok(name),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_is_no_name_says_why() {
        for (typed, error) in [
            ("", NameError::Empty),
            (" \t\u{3000}", NameError::Empty),
            ("\u{200b}\u{200d}\u{fe0f}", NameError::Invisible),
            ("\u{3164}", NameError::Invisible),
            ("\u{2800}", NameError::Invisible),
            ("\u{ad}\u{301}", NameError::Invisible),
            ("A\nda", NameError::Control),
            ("A\u{0}da", NameError::Control),
            ("A\u{85}da", NameError::Control),
            ("A\u{2028}da", NameError::Control),
            ("A\u{202e}da", NameError::Direction),
            ("\u{2066}Ada\u{2069}", NameError::Direction),
            ("Ada\u{200f}", NameError::Direction),
            ("A\u{301}\u{302}\u{303}\u{304}\u{305}", NameError::StackedMarks),
        ] {
            assert_eq!(Name::parse(typed), Err(error), "{typed:?}");
        }
    }

    #[test]
    fn length_is_counted_in_characters_as_people_see_them() {
        assert!(Name::parse(&"é".repeat(32)).is_ok());
        assert!(Name::parse(&"e\u{301}".repeat(32)).is_ok());
        assert!(Name::parse(&"李".repeat(32)).is_ok());
        assert_eq!(Name::parse(&"x".repeat(33)), Err(NameError::TooManyCharacters));
        assert_eq!(Name::parse(&"x".repeat(99_999)), Err(NameError::TooManyCharacters));
        assert!(Name::parse(&FAMILY.repeat(5)).is_ok());
        assert_eq!(Name::parse(&FAMILY.repeat(6)), Err(NameError::TooManyBytes));
        assert_eq!(Name::parse(&FAMILY.repeat(20)), Err(NameError::TooManyBytes));
    }

    proptest! {
        #[test]
        fn a_name_is_its_own_name(typed in "\\PC{0,40}") {
            if let Ok(name) = Name::parse(&typed) {
                prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
                prop_assert!(name.as_str().len() <= Name::MOST_BYTES);
                prop_assert!((1..=Name::MOST_CHARACTERS).contains(&name.as_str().graphemes(true).count()));
            }
        }

        #[test]
        fn no_text_panics(typed: String) {
            let _ = Name::parse(&typed);
        }
    }
}
