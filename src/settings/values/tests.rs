use proptest::prelude::*;

use super::*;

#[test]
fn durations_are_read() {
    for (text, milliseconds) in [
        ("0", Some(0)),
        ("0s", Some(0)),
        ("20s", Some(20_000)),
        ("500ms", Some(500)),
        ("5m", Some(300_000)),
        ("1h30m", Some(5_400_000)),
        ("7d", Some(604_800_000)),
        ("1d1h1m1s1ms", Some(90_061_001)),
        ("20", None),
        ("", None),
        ("s", None),
        ("abc", None),
        ("-1s", None),
        ("+1s", None),
        ("1.5h", None),
        ("20 s", None),
        ("30m1h", None),
        ("1s1s", None),
        ("1h30", None),
        ("20S", None),
        ("99999999999999999999s", None),
        ("18446744073709551615d", None),
    ] {
        assert_eq!(parse_time(text), milliseconds.map(Duration::from_millis), "{text}");
    }
    assert_eq!(time("3651d").unwrap_err().what, "at most 3650d is wanted");
}

#[test]
fn short_durations_are_refused_but_zero_is_off() {
    let least = Duration::from_millis(10);
    assert_eq!(time_or_off("0", least), Ok(None));
    assert_eq!(time_or_off("10ms", least), Ok(Some(least)));
    assert_eq!(
        time_or_off("9ms", least).unwrap_err().what,
        "at least 10ms is wanted; 0 switches it off"
    );
}

#[test]
fn sizes_are_read() {
    for (text, bytes) in [
        ("0", Some(0)),
        ("4096", Some(4096)),
        ("64KiB", Some(65_536)),
        ("64 kib", Some(65_536)),
        ("1MiB", Some(1_048_576)),
        ("1MB", Some(1_000_000)),
        ("2GiB", Some(2_147_483_648)),
        ("7B", Some(7)),
        ("64K", None),
        ("", None),
        ("KiB", None),
        ("1.5MiB", None),
        ("-1", None),
        ("99999999999999GiB", None),
    ] {
        assert_eq!(parse_size(text), bytes, "{text}");
    }
    assert_eq!(
        size_or_off("64k").unwrap_err().hint.as_deref(),
        Some("did you mean `64KiB`?")
    );
}

#[test]
fn counts_and_switches_are_read() {
    assert_eq!(count_or_off("0"), Ok(None));
    assert_eq!(count_or_off("32"), Ok(NonZeroU32::new(32)));
    for text in ["", "-1", "+1", "1e3", "4294967296", "ten"] {
        assert!(count_or_off(text).is_err(), "{text}");
    }
    assert_eq!((yes_or_no("true"), yes_or_no("0")), (Ok(true), Ok(false)));
    assert!(yes_or_no("yes").is_err());
}

#[test]
fn addresses_without_a_part_get_a_hint() {
    for (text, meant) in [
        ("localhost:9000", Some("127.0.0.1:9000")),
        ("9000", Some("127.0.0.1:9000")),
        (":9000", Some("127.0.0.1:9000")),
        ("0.0.0.0", Some("0.0.0.0:8080")),
        ("::1", Some("[::1]:8080")),
        ("example.org:80", None),
        ("127.0.0.1:99999", None),
    ] {
        let hint = socket_address(text).unwrap_err().hint;
        assert_eq!(hint, meant.map(|meant| format!("did you mean `{meant}`?")), "{text}");
    }
}

#[test]
fn log_filters_are_checked() {
    for text in [
        "info",
        "WARN",
        "off",
        "warn,tertulia=debug",
        "tertulia::registry=trace,error",
        "actix_web",
    ] {
        assert!(log_filter(text).is_ok(), "{text}");
    }
    assert_eq!(
        log_filter("inof").unwrap_err().hint.as_deref(),
        Some("did you mean `info`?")
    );
    for text in ["loud", "tertulia=loud", "a=b=c", "", "info,,warn"] {
        assert!(log_filter(text).is_err(), "{text}");
    }
    assert_eq!(
        log_filter(" warn , tertulia=debug").as_deref(),
        Ok("warn,tertulia=debug")
    );
    // Made tracing-subscriber panic.
    assert!(log_filter(" A\u{1ee3b}=").is_ok());
}

proptest! {
    #[test]
    fn a_shown_duration_reads_as_itself(milliseconds in 0_u64..10_000_000_000) {
        let time = Duration::from_millis(milliseconds);
        prop_assert_eq!(parse_time(&show_time(time)), Some(time));
    }

    #[test]
    fn no_value_panics(text in "\\PC{0,20}") {
        let _ = (time(&text), size_or_off(&text), count_or_off(&text), socket_address(&text), network(&text));
        let _ = (public_url(&text), allowed_host(&text), log_filter(&text));
    }
}
