//! What was typed: flags and the sub-command, as texts. Made of the table, so it knows hardly a setting by name.

use std::{collections::HashMap, ffi::OsString};

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use clap_complete::Shell;

use super::{
    exit::{Exit, Stream},
    help,
    table::{self, Kind, Setting},
};

pub(super) const CHECK_ORIGIN: &str = "check-origin";
pub(in crate::settings) const HEALTH: &str = "health";
const COMPLETIONS: &str = "completions";
const MAN: &str = "man";
const URL: &str = "URL";
const SHELL: &str = "SHELL";

/// How the program is called, a line for each way.
const USAGE: &str = "tertulia [OPTIONS]
       tertulia check-origin [OPTIONS] URL
       tertulia health [OPTIONS] [URL]
       tertulia completions SHELL
       tertulia man";

/// The command line, unread.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// By name of the setting, those that were typed.
    pub values: HashMap<&'static str, Vec<OsString>>,
    /// What is to be done with them.
    pub task: Task,
}

/// The sub-command.
#[derive(Debug, Default)]
pub(super) enum Task {
    #[default]
    Serve,
    /// `check-origin URL`.
    CheckOrigin(String),
    /// `health`, perhaps with a URL.
    Health(Option<String>),
    /// `completions SHELL`.
    Completions(Shell),
    /// `man`.
    Man,
}

/// Takes the command line apart.
///
/// # Errors
///
/// An [`Exit`] for help and version, for unknown flags, and for flags without their value.
pub(super) fn read(args: impl IntoIterator<Item = OsString>) -> Result<Typed, Exit> {
    let matches = command().try_get_matches_from(args).map_err(|error| exit(&error))?;
    let mut typed = Typed::default();
    gather(&mut typed.values, &matches);
    if let Some((name, inner)) = matches.subcommand() {
        typed.task = task(name, inner);
        if matches!(typed.task, Task::CheckOrigin(_) | Task::Health(_)) {
            gather(&mut typed.values, inner);
        }
    }
    Ok(typed)
}

fn task(name: &str, inner: &ArgMatches) -> Task {
    let url = || inner.get_one::<String>(URL).cloned();
    match name {
        CHECK_ORIGIN => Task::CheckOrigin(url().unwrap_or_default()),
        HEALTH => Task::Health(url()),
        COMPLETIONS => inner
            .get_one(SHELL)
            .map_or(Task::Serve, |shell| Task::Completions(*shell)),
        _ => Task::Man,
    }
}

/// Adds what `matches` has. Of settings with one value, the later one (that of the sub-command) wins.
fn gather(values: &mut HashMap<&'static str, Vec<OsString>>, matches: &ArgMatches) {
    for setting in table::all() {
        let Some(typed) = matches.get_many::<OsString>(setting.name) else {
            continue;
        };
        let all = values.entry(setting.name).or_default();
        if setting.kind != Kind::Many {
            all.clear();
        }
        all.extend(typed.cloned());
    }
}

pub(super) fn command() -> Command {
    Command::new("tertulia")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .override_usage(USAGE)
        .help_template("{about}\n\n{usage-heading} {usage}{after-help}")
        .after_help(help::short())
        .after_long_help(help::long())
        .disable_help_subcommand(true)
        .args(table::all().map(arg))
        .subcommands([check_origin(), health(), completions(), man()])
        .term_width(help::WIDTH)
}

/// The flags of the main command, so that one can prefix a command line that works by the name of another; told once,
/// in the main help.
fn same_flags() -> impl Iterator<Item = Arg> {
    table::all().map(|setting| arg(setting).hide(true))
}

fn check_origin() -> Command {
    let url = Arg::new(URL)
        .required(true)
        .help("An origin such as https://chat.example.org, or null");
    Command::new(CHECK_ORIGIN)
        .override_usage("tertulia check-origin [OPTIONS] URL")
        .about("Say whether pages of an origin may connect, and why")
        .after_help(
            "Takes every setting that `tertulia --help` lists.\n\
                     Exit code 0: admitted, 1: refused, 2: wrong usage.",
        )
        .arg(url)
        .args(same_flags())
        .term_width(help::WIDTH)
}

fn health() -> Command {
    let url = Arg::new(URL).help("Ask this address instead of the one that the settings come to");
    Command::new(HEALTH)
        .override_usage("tertulia health [OPTIONS] [URL]")
        .about("Ask a server that runs whether it is well")
        .after_help(
            "Takes every setting that `tertulia --help` lists, and asks /healthz where a\n\
                     server with these settings listens. A URL without a path means its /healthz.\n\
                     Exit code 0: it is well, 1: it is not, 2: wrong usage.",
        )
        .arg(url)
        .args(same_flags())
        .term_width(help::WIDTH)
}

fn completions() -> Command {
    let shell = Arg::new(SHELL)
        .required(true)
        .value_parser(value_parser!(Shell))
        .help("The shell to complete for");
    Command::new(COMPLETIONS)
        .about("Print a script by which a shell completes this command line")
        .arg(shell)
        .term_width(help::WIDTH)
}

fn man() -> Command {
    Command::new(MAN)
        .about("Print the man page, for `man -l -`")
        .term_width(help::WIDTH)
}

fn arg(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
        // Our help has a template of its own; this is what shells show beside a flag.
        .help(setting.short)
        .value_hint(hint(setting))
        .value_parser(value_parser!(OsString))
        // `--max-text -5` is a wrong value, and is told as such.
        .allow_negative_numbers(true);
    match setting.kind {
        Kind::Many => arg.action(ArgAction::Append),
        Kind::Switch => arg
            .overrides_with(setting.name)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        // A later one wins, so that a script can prefix a command line with its own defaults.
        Kind::One | Kind::ConfigFile => arg.overrides_with(setting.name),
    }
}

/// What a shell may propose as a value. Those of most settings it cannot know, and should not take for files.
fn hint(setting: &Setting) -> ValueHint {
    match setting.value {
        "FILE" => ValueHint::FilePath,
        "DIRECTORY" => ValueHint::DirPath,
        "URL" => ValueHint::Url,
        _ => ValueHint::Other,
    }
}

/// The script for `shell`.
pub(super) fn completion_script(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "tertulia", &mut script);
    Exit::answer(String::from_utf8_lossy(&script).into_owned(), 0)
}

fn exit(error: &clap::Error) -> Exit {
    let stream = if error.use_stderr() {
        Stream::Stderr
    } else {
        Stream::Stdout
    };
    let code = if error.use_stderr() { Exit::WRONG_USAGE } else { 0 };
    Exit {
        text: error.render().to_string(),
        stream,
        code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_is_consistent() {
        command().debug_assert();
    }
}
