//! The whole way from command line, environment and file to settings.

mod check_origin;
mod help;
mod wrong;

use std::io;

use super::*;

/// A run with `args` after the program's name, `vars` as environment, and `file` as the content of any file.
fn run(args: &[&str], vars: &[(&str, &str)], file: Option<&str>) -> Result<Command, Exit> {
    let args = ["tertulia"].iter().chain(args).map(OsString::from);
    let vars = |name: &str| {
        vars.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| OsString::from(value))
    };
    parse_with(args, vars, |_| {
        file.map(Into::into).ok_or_else(|| io::ErrorKind::NotFound.into())
    })
}

fn settings(args: &[&str], vars: &[(&str, &str)], file: Option<&str>) -> Settings {
    match run(args, vars, file) {
        Ok(Command::Serve(settings)) => settings,
        other => panic!("{args:?} {vars:?}: {other:?}"),
    }
}

fn error(args: &[&str], vars: &[(&str, &str)], file: Option<&str>) -> String {
    let exit = run(args, vars, file).expect_err("something is wrong");
    assert_eq!((exit.code, exit.stream), (2, Stream::Stderr), "{}", exit.text);
    exit.text
}

const SECONDS: fn(u64) -> Duration = Duration::from_secs;

#[test]
fn nothing_said_gives_the_defaults() {
    let read = settings(&[], &[], None);
    assert_eq!(read.given.len(), table::all().count());
    assert!(read.given.iter().all(|given| given.source == Source::Default));
    assert_eq!(
        Settings {
            given: Vec::new(),
            ..read
        },
        Settings::default()
    );
}

#[test]
fn flag_goes_before_environment_before_file_before_default() {
    let (name, file) = ("TERTULIA_PRESENCE_GRACE", Some("presence-grace = '3h'"));
    let config = ["--config", "tertulia.toml"];
    let flag = ["--presence-grace", "1h", "--config", "tertulia.toml"];
    for (args, vars, file, hours, source) in [
        (&flag[..], &[(name, "2h")][..], file, 1, Source::Flag),
        (&config, &[(name, "2h")], file, 2, Source::Environment),
        (&config, &[], file, 3, Source::File("tertulia.toml".into())),
        // An empty variable says nothing.
        (&config, &[(name, "")], file, 3, Source::File("tertulia.toml".into())),
        (
            &[],
            &[("TERTULIA_CONFIG", "tertulia.toml")],
            file,
            3,
            Source::File("tertulia.toml".into()),
        ),
    ] {
        let read = settings(args, vars, file);
        assert_eq!(read.presence_grace, SECONDS(hours * 3_600), "{args:?}");
        assert_eq!(read.given("presence-grace").unwrap().source, source, "{args:?}");
    }
    assert_eq!(settings(&[], &[], None).given("presence-grace").unwrap().values, ["3s"]);
}

#[test]
fn every_setting_takes_its_default_by_flag_variable_and_file() {
    for setting in table::all() {
        let (table::Preset::Value(text) | table::Preset::Derived(text)) = setting.default else {
            continue;
        };
        let plain = |read: Settings| Settings {
            given: Vec::new(),
            config: None,
            ..read
        };
        let flag = format!("--{}={text}", setting.name);
        assert_eq!(plain(settings(&[&flag], &[], None)), Settings::default(), "{flag}");
        let variable = table::variable(setting.name);
        assert_eq!(
            plain(settings(&[], &[(&variable, text)], None)),
            Settings::default(),
            "{variable}"
        );
        let file = format!("{} = '{text}'", setting.name);
        assert_eq!(
            plain(settings(&["--config", "x"], &[], Some(&file))),
            Settings::default(),
            "{file}"
        );
    }
}

#[test]
fn zero_switches_off() {
    let off = "--session-ttl=0 --heartbeat-interval=0 --heartbeat-timeout=0 --presence-grace=0 \
               --server-time-interval=0 --max-text=0 --outbox-bytes=0 --outbox-time=0 --max-sockets-per-user=0 \
               --max-sockets-per-address=0 --max-frames-per-second=0 --shutdown-timeout=0";
    let read = settings(&off.split_whitespace().collect::<Vec<_>>(), &[], None);
    let wanted = Settings {
        session_ttl: None,
        heartbeat_interval: None,
        heartbeat_timeout: None,
        presence_grace: Duration::ZERO,
        server_time_interval: None,
        max_text: None,
        outbox_bytes: None,
        outbox_time: None,
        max_sockets_per_user: None,
        max_sockets_per_address: None,
        max_frames_per_second: None,
        // These two follow.
        max_handshakes_per_second: None,
        max_bytes_per_second: None,
        shutdown_timeout: Duration::ZERO,
        given: read.given.clone(),
        ..Settings::default()
    };
    assert_eq!(read, wanted);
    assert_eq!(read.most_text_bytes(), Settings::MOST_TEXT_BYTES);
}

#[test]
fn limits_follow_from_others_unless_they_are_set() {
    let read = settings(
        &["--max-sockets-per-address", "5", "--max-frames-per-second", "2"],
        &[],
        None,
    );
    assert_eq!(read.max_handshakes_per_second.map(NonZeroU32::get), Some(1));
    assert_eq!(read.max_bytes_per_second.map(NonZeroUsize::get), Some(8_192));
    assert_eq!(read.given("max-bytes-per-second").unwrap().values, ["8192"]);
    let set = settings(&["--max-frames-per-second=0", "--max-bytes-per-second=1KiB"], &[], None);
    assert_eq!(set.max_bytes_per_second.map(NonZeroUsize::get), Some(1_024));
}

#[test]
fn lists_repeat_as_flags_and_stand_with_commas_in_the_environment() {
    let flags = settings(
        &[
            "--allowed-origin",
            "https://a.test",
            "--allowed-origin=https://*.b.test",
        ],
        &[],
        None,
    );
    let variable = settings(
        &[],
        &[("TERTULIA_ALLOWED_ORIGIN", "https://a.test, https://*.b.test,")],
        None,
    );
    let file = settings(
        &["--config=x"],
        &[],
        Some("allowed-origin = ['https://a.test', 'https://*.b.test']"),
    );
    assert_eq!(flags.allowed_origins.len(), 2);
    assert_eq!(flags.allowed_origins, variable.allowed_origins);
    assert_eq!(flags.allowed_origins, file.allowed_origins);
}

#[test]
fn switch_needs_no_value() {
    for (args, vars, on) in [
        (&["--require-origin"][..], &[][..], true),
        (&["--require-origin=true"], &[], true),
        (&["--require-origin=0"], &[("TERTULIA_REQUIRE_ORIGIN", "1")], false),
        (&[], &[("TERTULIA_REQUIRE_ORIGIN", "1")], true),
        (&[], &[], false),
    ] {
        assert_eq!(settings(args, vars, None).require_origin, on, "{args:?} {vars:?}");
    }
}

#[test]
fn data_directory_follows_the_xdg_convention() {
    for (vars, directory) in [
        (
            &[("XDG_DATA_HOME", "/data"), ("HOME", "/home/ada")][..],
            "/data/tertulia",
        ),
        (&[("HOME", "/home/ada")], "/home/ada/.local/share/tertulia"),
        (
            &[("XDG_DATA_HOME", "relative"), ("HOME", "/home/ada")],
            "/home/ada/.local/share/tertulia",
        ),
        (&[("XDG_DATA_HOME", ""), ("HOME", "")], "tertulia-data"),
        (&[], "tertulia-data"),
        (&[("HOME", "/home/ada"), ("TERTULIA_DATA_DIR", "here")], "here"),
    ] {
        assert_eq!(settings(&[], vars, None).data_dir, Path::new(directory), "{vars:?}");
    }
}

#[test]
fn variable_that_is_meant_as_a_setting_and_is_none_is_noticed() {
    let names = ["TERTULIA_MAX_TEXT", "TERTULIA_MAX_TXT", "HOME"].map(OsString::from);
    assert_eq!(super::unknown_variables(names), ["TERTULIA_MAX_TXT"]);
}

#[test]
fn lab_is_open_where_only_this_machine_can_come_in_unless_it_is_said() {
    let cases: [(&[&str], bool); 10] = [
        (&[], true),
        (&["--bind", "[::1]:0"], true),
        (&["--bind", "0.0.0.0:8080"], false),
        (&["--bind", "192.0.2.7:8080"], false),
        (&["--public-url", "https://chat.example.org"], false),
        (&["--allowed-host", "chat.example.org"], false),
        (&["--trusted-proxy", "127.0.0.1"], false),
        (&["--allowed-origin", "http://localhost:5173"], true),
        (&["--lab=false"], false),
        (&["--lab", "--bind", "0.0.0.0:8080"], true),
    ];
    for (flags, expected) in cases {
        let read = settings(flags, &[], None);
        assert_eq!(read.lab, expected, "{flags:?}");
        assert_eq!(read.given("lab").unwrap().values, [expected.to_string()], "{flags:?}");
    }
}
