//! The help texts, made of the table. They do not depend on the terminal, so a test can hold them to a snapshot.

use super::table::{self, GROUPS, Preset, Setting};

/// Columns of every help text.
pub(super) const WIDTH: usize = 79;
/// Where the descriptions of the short help begin.
const COLUMN: usize = 39;
/// How far the descriptions of the long help are indented.
const INDENT: usize = 10;

const CHECK_ORIGIN: &str = "check-origin [OPTIONS] URL";
const CHECK_ORIGIN_LONG: &str = "Say whether pages of the origin of URL may connect under these settings, and why. \
                                 Exit code 0: admitted, 1: refused, 2: wrong usage.";
const HEALTH: &str = "health [OPTIONS] [URL]";
const HEALTH_LONG: &str = "Ask the server that these settings describe, or the one at URL, whether it is well. Exit \
                           code 0: it is, 1: it is not, 2: wrong usage.";
const COMPLETIONS: &str = "completions SHELL";
const COMPLETIONS_LONG: &str = "Print a script by which bash, zsh, fish, elvish or powershell completes this command \
                                line.";
pub(super) const SOURCES: &str = "A flag goes before its environment variable, that before the file of --config, that before \
                       the default. A variable that is empty counts as not set. Lists stand with commas in a \
                       variable. Durations are written as 500ms, 20s, 5m, 1h30m or 7d, sizes as 4096, 64KiB or 1MB.";

/// What is no setting, and its long text.
pub(super) const OTHER: [(&str, &str); 6] = [
    (CHECK_ORIGIN, CHECK_ORIGIN_LONG),
    (HEALTH, HEALTH_LONG),
    (COMPLETIONS, COMPLETIONS_LONG),
    ("man", "Print the man page, for `man -l -`."),
    ("-h, --help", "Print this; -h prints one line for each setting."),
    ("-V, --version", "Print the version."),
];

/// For `-h`: a line for each setting.
pub(super) fn short() -> String {
    let mut help = String::new();
    for group in GROUPS {
        help += &format!("{}:\n", group.heading);
        for setting in group.settings {
            let default = match setting.default {
                // That a list is empty until something is put in goes without saying.
                Preset::Nothing(_) => String::new(),
                _ => format!(" [default: {}]", setting.default_text()),
            };
            help += &line(&usage(setting), &format!("{}{default}", setting.short));
        }
        help += "\n";
    }
    help += "Other:\n";
    help += &line(CHECK_ORIGIN, "Say whether an origin may connect");
    help += &line(HEALTH, "Ask a server whether it is well");
    help += &line(COMPLETIONS, "Print completions for a shell");
    help += &line("man", "Print the man page");
    help += &line("-h, --help", "Print this; with --help more of it");
    help += &line("-V, --version", "Print the version");
    help += "\nEach flag has an environment variable: --max-text is TERTULIA_MAX_TEXT.";
    help
}

/// For `--help`: all that is to be said.
pub(super) fn long() -> String {
    let mut help = String::new();
    for group in GROUPS {
        help += &format!("{}:\n", group.heading);
        for setting in group.settings {
            help += &format!("  {}\n", usage(setting));
            for paragraph in setting.long.lines() {
                help += &format!("{}\n", wrapped(paragraph, INDENT));
            }
            help += &wrapped(&format!("[default: {}]", setting.default_text()), INDENT);
            help += &format!(
                "{}\n",
                wrapped(&format!("[env: {}]", table::variable(setting.name)), INDENT)
            );
        }
    }
    help += "Other:\n";
    for (name, about) in OTHER {
        help += &format!("  {name}\n{}\n", wrapped(about, INDENT));
    }
    help += &wrapped(SOURCES, 0);
    help.trim_end().into()
}

/// `--bind <ADDRESS>`
pub(super) fn usage(setting: &Setting) -> String {
    match setting.kind {
        table::Kind::Switch => format!("--{}[=<{}>]", setting.name, setting.value),
        _ => format!("--{} <{}>", setting.name, setting.value),
    }
}

/// A line of the short help.
fn line(name: &str, about: &str) -> String {
    format!("  {name:<width$}{about}\n", width = COLUMN - 2)
}

/// One paragraph in lines of at most [`WIDTH`] columns, each indented and ended.
fn wrapped(text: &str, indent: usize) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + line.len() + 1 + word.len() > WIDTH {
            lines += &format!("{:indent$}{line}\n", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    lines + &format!("{:indent$}{line}\n", "")
}
