//! What was written: the TOML file of `--config`, as texts.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use toml::{Table, Value, de::DeTable};

use super::{
    exit::Exit,
    source::Source,
    table::{self, Kind, Setting},
    values::{self, Wanted},
};

/// A file, its values unread.
#[derive(Debug)]
pub(super) struct File {
    pub path: PathBuf,
    /// By name of the setting, those that are in it.
    pub values: HashMap<&'static str, Vec<String>>,
    /// On which line each of them begins, counted from 1.
    pub lines: HashMap<&'static str, usize>,
}

/// Takes the content of the file at `path` apart.
///
/// # Errors
///
/// An [`Exit`] for what is no TOML, for unknown keys, and for values of a wrong kind.
pub(super) fn parse(path: &Path, content: &str) -> Result<File, Exit> {
    let table: Table = content.parse().map_err(|error| no_toml(path, content, &error))?;
    let source = Source::File(path.into());
    let written = lines(content);
    let mut lines = HashMap::new();
    let mut values = HashMap::new();
    for (key, value) in &table {
        let known = table::all().find(|setting| setting.name == key && setting.kind != Kind::ConfigFile);
        let setting = known.ok_or_else(|| unknown(&source, key))?;
        let texts = texts(setting, value).map_err(|wanted| {
            // The text of a string, else the value as TOML writes it.
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Exit::wrong_value(&source, key, &text, &wanted)
        })?;
        values.insert(setting.name, texts);
        lines.extend(written.get(key.as_str()).map(|line| (setting.name, *line)));
    }
    Ok(File {
        path: path.into(),
        values,
        lines,
    })
}

/// The lines of the keys. Empty for what is no TOML.
fn lines(content: &str) -> HashMap<String, usize> {
    let Ok(table) = DeTable::parse(content) else {
        return HashMap::new();
    };
    let keys = table.get_ref().keys();
    keys.map(|key| (key.get_ref().to_string(), line_of(content, key.span().start)))
        .collect()
}

fn line_of(content: &str, place: usize) -> usize {
    content.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

fn texts(setting: &Setting, value: &Value) -> Result<Vec<String>, Wanted> {
    match (setting.kind, value) {
        (Kind::Many, Value::Array(items)) => items.iter().map(text).collect(),
        (_, value) => Ok(vec![text(value)?]),
    }
}

/// Numbers and switches become the text that a flag would have had.
fn text(value: &Value) -> Result<String, Wanted> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Integer(number) => Ok(number.to_string()),
        Value::Boolean(is) => Ok(is.to_string()),
        _ => Err(Wanted::new("a string, a whole number, or true or false is wanted")),
    }
}

fn unknown(source: &Source, key: &str) -> Exit {
    if table::all().any(|setting| setting.name == key) {
        return Exit::wrong(
            format_args!("{}: a file cannot name the file to read", source.call(key)),
            None,
        );
    }
    let names = table::all()
        .filter(|setting| setting.kind != Kind::ConfigFile)
        .map(|setting| setting.name);
    let meant = values::nearest(&key.replace('_', "-"), names).map(|name| format!("did you mean `{name}`?"));
    let hint = meant.as_deref().unwrap_or("`tertulia --help` lists all settings");
    Exit::wrong(format_args!("{}: no such setting", source.call(key)), Some(hint))
}

fn no_toml(path: &Path, content: &str, error: &toml::de::Error) -> Exit {
    let line = line_of(content, error.span().map_or(0, |span| span.start));
    let what = error.message().lines().collect::<Vec<_>>().join(", ");
    Exit::wrong(format_args!("{}, line {line}: {what}", path.display()), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &str) -> Result<File, String> {
        parse(Path::new("tertulia.toml"), content).map_err(|exit| exit.text)
    }

    #[test]
    fn numbers_strings_switches_and_arrays_become_texts() {
        let content = "
            bind = '127.0.0.1:0'
            max-text = 4096
            heartbeat-interval = '20s'
            require-origin = true
            allowed-origin = ['https://a.test', 'https://b.test']
            allowed-host = 'a.test'
        ";
        let file = read(content).unwrap();
        assert_eq!((file.lines["bind"], file.lines["allowed-host"]), (2, 7));
        let values = file.values;
        for (name, texts) in [
            ("bind", &["127.0.0.1:0"][..]),
            ("max-text", &["4096"]),
            ("heartbeat-interval", &["20s"]),
            ("require-origin", &["true"]),
            ("allowed-origin", &["https://a.test", "https://b.test"]),
            ("allowed-host", &["a.test"]),
        ] {
            assert_eq!(values[name], texts, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_one_line_with_the_file() {
        for (content, error) in [
            ("bind = ", "error: tertulia.toml, line 1: "),
            ("\n\nbind : 1", "error: tertulia.toml, line 3: "),
            ("bind = '1'\nbind = '2'", "error: tertulia.toml, line 2: duplicate key"),
            (
                "heartbeat-intervall = '1s'",
                "error: heartbeat-intervall in tertulia.toml: no such setting\n\n\
              hint: did you mean `heartbeat-interval`?\n",
            ),
            (
                "max_text = 1",
                "error: max_text in tertulia.toml: no such setting\n\nhint: did you mean `max-text`?\n",
            ),
            (
                "[xyz]",
                "error: xyz in tertulia.toml: no such setting\n\nhint: `tertulia --help` lists all settings\n",
            ),
            (
                "config = 'x'",
                "error: config in tertulia.toml: a file cannot name the file to read\n",
            ),
            (
                "bind = ['a']",
                "error: bind in tertulia.toml \"[\"a\"]\": a string, a whole number, or true or false",
            ),
            (
                "max-text = 1.5",
                "error: max-text in tertulia.toml \"1.5\": a string, a whole number, or true or false",
            ),
            (
                "allowed-origin = [[]]",
                "error: allowed-origin in tertulia.toml \"[[]]\": a string, a whole number,",
            ),
        ] {
            let told = read(content).unwrap_err();
            assert!(told.starts_with(error), "{content}: {told}");
            assert_eq!(
                told.lines().next().map(str::len),
                Some(told.find('\n').unwrap_or(0)),
                "{told}"
            );
        }
    }
}
