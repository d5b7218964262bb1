//! The settings as they are in force, for an operator to read.

use serde::Serialize;

use super::{
    Settings,
    source::{Given, Source},
    table::{self, Setting},
};

/// One setting: what it is, and where that came from. None is a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// Without dashes: `heartbeat-interval`.
    pub name: &'static str,
    /// Under which heading of `--help` it stands.
    pub group: &'static str,
    /// As they were written; none for a default of nothing.
    pub values: Vec<String>,
    /// `flag`, `environment`, `file`, `socket` or `default`.
    pub source: &'static str,
    /// The same so that it can be found: `max-text in tertulia.toml, line 3`.
    pub place: String,
    /// What holds where nobody says anything, as `--help` has it.
    pub default: &'static str,
    /// The short line of help.
    pub help: &'static str,
}

impl Settings {
    /// All settings in the order of `--help`. Those that were not made by [`parse`](super::parse) are not among them,
    /// since nobody knows how they were given.
    pub fn described(&self) -> Vec<Described> {
        let all = table::GROUPS
            .iter()
            .flat_map(|group| group.settings.iter().map(move |setting| (group, setting)));
        all.filter_map(|(group, setting)| {
            let given = self.given(setting.name)?;
            Some(Described {
                name: setting.name,
                group: group.heading,
                values: given.values.clone(),
                source: word(&given.source),
                place: place(setting, given),
                default: setting.default_text(),
                help: setting.short,
            })
        })
        .collect()
    }
}

fn word(source: &Source) -> &'static str {
    match source {
        Source::Flag => "flag",
        Source::Environment => "environment",
        Source::File(_) => "file",
        Source::Socket => "socket",
        Source::Default => "default",
    }
}

fn place(setting: &Setting, given: &Given) -> String {
    let place = given.source.call(setting.name);
    match given.line {
        Some(line) => format!("{place}, line {line}"),
        None => place,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::{Command, parse_with};

    #[test]
    fn every_setting_tells_where_it_came_from() {
        let args = ["tertulia", "--config", "t.toml", "--workers", "3"].map(Into::into);
        let env = |name: &str| (name == "TERTULIA_LOG").then(|| "warn".into());
        let read = |_: &Path| Ok("\n# a comment\nmax-text = '128KiB'\nallowed-host = ['a.test', 'b.test']\n".into());
        let Ok(Command::Serve(settings)) = parse_with(args, env, read) else {
            panic!("these settings are right");
        };
        let described = settings.described();
        assert_eq!(described.len(), table::all().count());
        for (name, values, source, place) in [
            ("workers", &["3"][..], "flag", "--workers"),
            ("log", &["warn"], "environment", "TERTULIA_LOG"),
            ("max-text", &["128KiB"], "file", "max-text in t.toml, line 3"),
            (
                "allowed-host",
                &["a.test", "b.test"],
                "file",
                "allowed-host in t.toml, line 4",
            ),
            ("bind", &["127.0.0.1:8080"], "default", "--bind"),
            ("allowed-origin", &[], "default", "--allowed-origin"),
        ] {
            let one = described.iter().find(|one| one.name == name).unwrap();
            assert_eq!((one.source, &*one.place), (source, place));
            assert_eq!(one.values, values);
            assert!(!one.help.is_empty() && !one.default.is_empty());
        }
    }
}
