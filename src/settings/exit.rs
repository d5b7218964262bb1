//! How the program ends before it serves: a text, where it goes, and the code.

use std::{fmt, process::ExitCode};

use super::{source::Source, values::Wanted};
use crate::authority::shown;

/// Nothing to serve: help was asked for, an origin was judged, or a setting is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Ends in a line break.
    pub text: String,
    /// Where the text goes.
    pub stream: Stream,
    /// 0 done; 1 `check-origin` refuses, or `health` finds nothing good; 2 wrong usage.
    pub code: u8,
}

/// Data goes to standard output, all else to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output: what was asked for.
    Stdout,
    /// Standard error: what is wrong.
    Stderr,
}

impl Exit {
    /// The code for a wrong flag, value or file.
    pub const WRONG_USAGE: u8 = 2;

    pub(super) fn answer(text: String, code: u8) -> Self {
        Self {
            text,
            stream: Stream::Stdout,
            code,
        }
    }

    /// What `health` says of a server that is well.
    pub fn healthy(url: impl fmt::Display) -> Self {
        Self::answer(format!("well: {url}\n"), 0)
    }

    /// What `health` says of one that is not, and why.
    pub fn unhealthy(url: impl fmt::Display, why: impl fmt::Display) -> Self {
        Self::answer(format!("not well: {url}: {why}\n"), 1)
    }

    /// `error: …`, and after a blank line `hint: …`.
    pub(super) fn wrong(what: impl fmt::Display, hint: Option<&str>) -> Self {
        let hint = hint.map(|hint| format!("\nhint: {hint}\n")).unwrap_or_default();
        Self {
            text: format!("error: {what}\n{hint}"),
            stream: Stream::Stderr,
            code: Self::WRONG_USAGE,
        }
    }

    /// A wrong value: the setting as its source calls it, the value, what is wanted.
    pub(super) fn wrong_value(source: &Source, name: &str, value: &str, wanted: &Wanted) -> Self {
        let what = format_args!("{} \"{}\": {}", source.call(name), shown(value), wanted.what).to_string();
        Self::wrong(what, wanted.hint.as_deref())
    }

    /// Prints the text and gives the code. A closed pipe is no reason to fail.
    pub fn print(&self) -> ExitCode {
        use std::io::Write;
        let _ = match self.stream {
            Stream::Stdout => std::io::stdout().write_all(self.text.as_bytes()),
            Stream::Stderr => std::io::stderr().write_all(self.text.as_bytes()),
        };
        ExitCode::from(self.code)
    }
}
