//! Every setting once: its name, default, both help texts, and how its text becomes a field of [`Settings`]. The
//! flag, the environment variable and the key of the file are all made of the name, so they cannot drift apart.

mod access;
mod history;
mod limits;
mod presence;
mod server;
pub(super) mod tls;

use super::{Settings, values::Read};

/// A setting.
pub(super) struct Setting {
    /// In kebab-case: the flag without its dashes, and the key of the file.
    pub name: &'static str,
    /// What stands for the value in help.
    pub value: &'static str,
    pub kind: Kind,
    pub default: Preset,
    /// One line of [`help`](super::help), without the default.
    pub short: &'static str,
    /// What it is, its unit, when to change it. One line of source per paragraph; help wraps them.
    pub long: &'static str,
    /// Reads a text into its field. Called once for each value.
    pub set: fn(&mut Settings, &str) -> Read<()>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One value.
    One,
    /// Any number of values: a flag that repeats, a list with commas in the environment, an array in the file.
    Many,
    /// True or false; the flag alone means true.
    Switch,
    /// The name of the file itself, which the file cannot give.
    ConfigFile,
}

/// What holds where nothing is said.
pub(super) enum Preset {
    /// This text, read like any other.
    Value(&'static str),
    /// Follows from another setting: this, as long as that one has its default.
    Derived(&'static str),
    /// Found out at start; what help says of it.
    Found(&'static str),
    /// Nothing; what help says of it.
    Nothing(&'static str),
}

impl Setting {
    /// The default as help has it.
    pub fn default_text(&self) -> &'static str {
        match self.default {
            Preset::Value(text) | Preset::Derived(text) | Preset::Found(text) | Preset::Nothing(text) => text,
        }
    }
}

/// Settings under one heading of help.
pub(super) struct Group {
    pub heading: &'static str,
    pub settings: &'static [Setting],
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        heading: "Server",
        settings: server::SETTINGS,
    },
    Group {
        heading: "TLS of its own",
        settings: tls::SETTINGS,
    },
    Group {
        heading: "Who may enter",
        settings: access::SETTINGS,
    },
    Group {
        heading: "Presence and heartbeat",
        settings: presence::SETTINGS,
    },
    Group {
        heading: "What was said before",
        settings: history::SETTINGS,
    },
    Group {
        heading: "Limits (0 switches one off)",
        settings: limits::SETTINGS,
    },
];

/// All settings, in the order of help.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    GROUPS.iter().flat_map(|group| group.settings)
}

/// The environment variable of the setting `name`: `TERTULIA_HEARTBEAT_INTERVAL`.
pub(super) fn variable(name: &str) -> String {
    format!("TERTULIA_{}", name.to_uppercase().replace('-', "_"))
}

/// Puts what was read into its field.
fn put<T>(field: &mut T, value: Read<T>) -> Read<()> {
    *field = value?;
    Ok(())
}

/// Puts what was read behind what is there.
fn push<T>(list: &mut Vec<T>, value: Read<T>) -> Read<()> {
    list.push(value?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let mut names: Vec<_> = all().map(|setting| setting.name).collect();
        let total = names.len();
        assert!(
            names
                .iter()
                .all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), total);
    }

    #[test]
    fn defaults_in_help_are_the_defaults_in_code() {
        let mut read = Settings::default();
        for setting in all() {
            if let Preset::Value(text) | Preset::Derived(text) = setting.default {
                (setting.set)(&mut read, text).unwrap_or_else(|_| panic!("default of {}", setting.name));
            }
        }
        assert_eq!(read, Settings::default());
    }
}
