//! What was typed: flags and the sub-command, as texts. Made of the table, so it knows no setting by name.

use std::{collections::HashMap, ffi::OsString};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use super::{
    exit::{Exit, Stream},
    help,
    table::{self, Kind, Setting},
};

pub(super) const CHECK_ORIGIN: &str = "check-origin";
const URL: &str = "URL";

/// The command line, unread.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// By name of the setting, those that were typed.
    pub values: HashMap<&'static str, Vec<OsString>>,
    /// The URL of `check-origin`.
    pub check_origin: Option<String>,
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
    if let Some((CHECK_ORIGIN, inner)) = matches.subcommand() {
        gather(&mut typed.values, inner);
        typed.check_origin = inner.get_one::<String>(URL).cloned();
    }
    Ok(typed)
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
    let url = Arg::new(URL)
        .required(true)
        .help("An origin such as https://chat.example.org, or null");
    // The same flags, so that one can prefix a command line that works by `check-origin`; told once, in the main help.
    let check_origin = Command::new(CHECK_ORIGIN)
        .override_usage("tertulia check-origin [OPTIONS] URL")
        .about("Say whether pages of an origin may connect, and why")
        .after_help(
            "Takes every setting that `tertulia --help` lists.\n\
                     Exit code 0: admitted, 1: refused, 2: wrong usage.",
        )
        .arg(url)
        .args(table::all().map(|setting| arg(setting).hide(true)))
        .term_width(help::WIDTH);
    Command::new("tertulia")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .override_usage("tertulia [OPTIONS]\n       tertulia check-origin [OPTIONS] URL")
        .help_template("{about}\n\n{usage-heading} {usage}{after-help}")
        .after_help(help::short())
        .after_long_help(help::long())
        .disable_help_subcommand(true)
        .args(table::all().map(arg))
        .subcommand(check_origin)
        .term_width(help::WIDTH)
}

fn arg(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.name)
        .long(setting.name)
        .value_name(setting.value)
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
