//! Where a setting's value came from.

use std::path::PathBuf;

use super::table;

/// In order of precedence: the first that has a value wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The command line.
    Flag,
    /// A variable `TERTULIA_…`.
    Environment,
    /// The file that `--config` names, as it was named.
    File(PathBuf),
    /// The socket that a service manager handed over; of `bind` only.
    Socket,
    /// Nobody said anything.
    Default,
}

/// A setting as it was given, for the operator's eyes. No setting is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Without dashes: `heartbeat-interval`.
    pub name: &'static str,
    /// Who gave it.
    pub source: Source,
    /// The line of the file, counted from 1, where a file gave it.
    pub line: Option<usize>,
    /// As it was written; several for settings that repeat, none for a default of nothing.
    pub values: Vec<String>,
}

impl Source {
    /// What the setting `name` is called there: `--bind`, `TERTULIA_BIND`, `bind in tertulia.toml`.
    pub fn call(&self, name: &str) -> String {
        match self {
            Self::Flag | Self::Default => format!("--{name}"),
            Self::Environment => table::variable(name),
            Self::Socket => "LISTEN_FDS".into(),
            Self::File(path) => format!("{name} in {}", path.display()),
        }
    }
}
