//! What is wrong is told in one line, with code 2.

use super::*;

#[test]
fn wrong_value_is_one_line_in_the_words_of_its_source() {
    let wanted = "a duration such as 20s, 500ms or 5m is wanted; 0 switches it off\n";
    assert_eq!(
        error(&["--heartbeat-interval", "abc"], &[], None),
        format!("error: --heartbeat-interval \"abc\": {wanted}")
    );
    assert_eq!(
        error(&[], &[("TERTULIA_HEARTBEAT_INTERVAL", "abc")], None),
        format!("error: TERTULIA_HEARTBEAT_INTERVAL \"abc\": {wanted}")
    );
    assert_eq!(
        error(&["--config", "tertulia.toml"], &[], Some("heartbeat-interval = 'abc'")),
        format!("error: heartbeat-interval in tertulia.toml \"abc\": {wanted}")
    );
}

#[test]
fn hints_stand_after_a_blank_line() {
    assert_eq!(
        error(&["--allowed-origin", "https://chat.example.org/app"], &[], None),
        "error: --allowed-origin \"https://chat.example.org/app\": an origin has scheme, host and port, but no path\n\
         \nhint: did you mean `https://chat.example.org`?\n"
    );
}

#[test]
fn base_path_that_lacks_its_slash_is_completed_in_a_hint() {
    let text = error(&["--base-path", "chat/"], &[], None);
    assert!(text.ends_with("\n\nhint: did you mean `/chat`?\n"), "{text}");
    let text = error(&["--base-path", "/a b"], &[], None);
    assert!(!text.contains("hint"), "{text}");
    let slash = settings(&["--base-path", "/chat/"], &[], None).base_path;
    assert_eq!(slash, settings(&[], &[("TERTULIA_BASE_PATH", "/chat")], None).base_path);
}

#[test]
fn who_comes_back_is_never_sent_more_than_their_outbox_bears() {
    let told = "at most half of --outbox-bytes (1048576) is wanted; 0 keeps nothing\n\
                \nhint: all of it may be sent to one who comes back\n";
    assert_eq!(
        error(&["--history-bytes", "513KiB"], &[], None),
        format!("error: --history-bytes \"513KiB\": {told}")
    );
    let bytes = |args: &[&str]| settings(args, &[], None).history_bytes.map(NonZeroUsize::get);
    assert_eq!(bytes(&["--history-bytes", "512KiB"]), Some(512 << 10));
    assert_eq!(
        bytes(&["--history-bytes", "2MiB", "--outbox-bytes", "0"]),
        Some(2 << 20)
    );
    // The default gives way.
    assert_eq!(bytes(&["--outbox-bytes", "100KiB"]), Some(50 << 10));
    assert_eq!(bytes(&["--history-bytes", "0"]), None);
}

#[test]
fn what_is_out_of_bounds_is_refused() {
    for (args, told) in [
        ("--bind=8080", "--bind \"8080\": an IP address and a port"),
        ("--workers=0", "--workers \"0\": a number from 1 to 255 is wanted"),
        ("--workers=256", "--workers \"256\": a number from 1 to 255 is wanted"),
        ("--max-text=2GiB", "--max-text \"2GiB\": at most 1GiB is wanted"),
        ("--max-text -1", "--max-text \"-1\": a size such as"),
        (
            "--heartbeat-interval=1ms",
            "--heartbeat-interval \"1ms\": at least 10ms is wanted; 0 switches it off",
        ),
        (
            "--session-ttl=4000d",
            "--session-ttl \"4000d\": at most 3650d is wanted; 0 switches it off",
        ),
        (
            "--max-sockets-per-user=many",
            "--max-sockets-per-user \"many\": a whole number",
        ),
        (
            "--trusted-proxy=proxy",
            "--trusted-proxy \"proxy\": an IP address or a network",
        ),
        (
            "--allowed-host=https://a.test",
            "--allowed-host \"https://a.test\": a host has a name",
        ),
        (
            "--public-url=https://a.test/chat",
            "--public-url \"https://a.test/chat\": a URL such as",
        ),
        (
            "--base-path=chat",
            "--base-path \"chat\": a path such as /chat is wanted",
        ),
        ("--base-path=//", "--base-path \"//\": a path such as /chat is wanted"),
        ("--base-path=/chat/..", "--base-path \"/chat/..\": a path such as"),
        ("--base-path=", "--base-path \"\": a path such as"),
        (
            "--public-url=ftp://a.test",
            "--public-url \"ftp://a.test\": a URL such as",
        ),
        (
            "--session-activity=ping",
            "--session-activity \"ping\": pings, texts or handshakes is wanted",
        ),
        (
            "--require-origin=maybe",
            "--require-origin \"maybe\": true or false is wanted",
        ),
        ("--log=loud", "--log \"loud\": a log filter such as"),
        ("--data-dir=", "--data-dir \"\": a directory is wanted"),
        (
            "--config=none.toml",
            "--config \"none.toml\": a TOML file is wanted; this cannot be read: ",
        ),
        (
            "--bind=127.0.0.1:9 --metrics-bind=127.0.0.1:9",
            "--metrics-bind \"127.0.0.1:9\": another address",
        ),
        (
            "--heartbeat-timeout=20s",
            "--heartbeat-timeout \"20s\": longer than --heartbeat-interval (20s) is wanted",
        ),
        (
            "--heartbeat-interval=1m",
            "--heartbeat-interval \"1m\": shorter than --heartbeat-timeout (45s) is wanted",
        ),
    ] {
        let text = error(&args.split(' ').collect::<Vec<_>>(), &[], None);
        assert!(text.starts_with(&format!("error: {told}")), "{args}: {text}");
        assert_eq!(
            text.split("\n\n").next().map(|line| line.trim_end().lines().count()),
            Some(1),
            "{text}"
        );
    }
}

#[test]
fn unknown_flags_and_missing_values_are_wrong_usage() {
    for (args, told) in [
        (&["--bindd"][..], "unexpected argument '--bindd'"),
        (&["--bind"], "a value is required for '--bind <ADDRESS>'"),
        (&["serve"], "serve"),
        (&["check-origin"], "<URL>"),
        (&["check-origin", "https://a.test", "--nope"], "--nope"),
    ] {
        let text = error(args, &[], None);
        assert!(text.starts_with("error: ") && text.contains(told), "{args:?}: {text}");
    }
}
