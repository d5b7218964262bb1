//! Help is a snapshot.

use std::{env, fs};

use super::*;

/// Compares with the file of that name; `UPDATE_SNAPSHOTS=1` writes it anew.
fn assert_snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        wanted == text,
        "{} differs; look, then set UPDATE_SNAPSHOTS=1. Now:\n{text}",
        path.display()
    );
}

#[test]
fn help_is_as_it_was_and_fits_eighty_columns() {
    for (args, name) in [
        (&["-h"][..], "help-short.txt"),
        (&["--help"], "help.txt"),
        (&["check-origin", "--help"], "help-check-origin.txt"),
    ] {
        let exit = run(args, &[], None).expect_err("help");
        assert_eq!((exit.code, exit.stream), (0, Stream::Stdout));
        for line in exit.text.lines() {
            assert!(line.chars().count() < 80, "{name}: {line}");
        }
        assert_snapshot(name, &exit.text);
    }
}

#[test]
fn help_tells_flag_variable_and_default_of_every_setting() {
    let help = run(&["--help"], &[], None).expect_err("help").text;
    for setting in table::all() {
        for part in [
            format!("--{}", setting.name),
            format!("[env: {}]", table::variable(setting.name)),
        ] {
            assert!(help.contains(&part), "{part}");
        }
    }
    assert_eq!(help.matches("[default: ").count(), table::all().count());
}
