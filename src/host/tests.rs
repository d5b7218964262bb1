use proptest::prelude::*;

use super::*;

fn rules(bound: &str, public: &[&str], allowed: &[&str]) -> HostRules {
    let public = public.iter().map(|text| Host::parse(text).unwrap());
    let allowed = allowed.iter().map(|text| AllowedHost::parse(text).unwrap()).collect();
    HostRules::new(bound.parse().unwrap(), public, allowed)
}

#[test]
fn names_are_admitted_as_the_settings_say() {
    let default = || rules("127.0.0.1", &[], &[]);
    let everywhere = || rules("0.0.0.0", &[], &[]);
    for (rules, header, admitted) in [
        (default(), "localhost:8080", true),
        (default(), "LOCALHOST:9000", true),
        (default(), "app.localhost", true),
        (default(), "127.0.0.1:8080", true),
        (default(), "127.9.9.9", true),
        (default(), "[::1]:8080", true),
        (default(), "192.168.1.5:8080", false),
        (default(), "rebind.evil.test:8080", false),
        (default(), "localhost.evil.test", false),
        (everywhere(), "192.168.1.5:8080", true),
        (everywhere(), "[fe80::1]:8080", true),
        (everywhere(), "rebind.evil.test", false),
        (rules("[::]".trim_matches(['[', ']']), &[], &[]), "10.0.0.1", true),
        (rules("192.168.1.5", &[], &[]), "192.168.1.5:8080", true),
        (rules("192.168.1.5", &[], &[]), "192.168.1.6:8080", false),
        (rules("127.0.0.1", &["chat.example.org"], &[]), "Chat.Example.org", true),
        (
            rules("127.0.0.1", &["chat.example.org"], &[]),
            "evil.chat.example.org",
            false,
        ),
        (rules("127.0.0.1", &[], &["*.example.org"]), "a.example.org:1", true),
        (rules("127.0.0.1", &[], &["*.example.org"]), "example.org", false),
        (rules("127.0.0.1", &[], &["*.example.org"]), "evilexample.org", false),
        (
            rules("127.0.0.1", &[], &["chat.example.org:443"]),
            "chat.example.org",
            true,
        ),
        (
            rules("127.0.0.1", &[], &["chat.example.org:8443"]),
            "chat.example.org:8443",
            true,
        ),
        (
            rules("127.0.0.1", &[], &["chat.example.org:8443"]),
            "chat.example.org",
            false,
        ),
        (rules("127.0.0.1", &[], &["*"]), "anything.test", true),
    ] {
        let verdict = rules.check(&[header]);
        assert_eq!(
            matches!(verdict, HostVerdict::Admitted(_)),
            admitted,
            "{header}: {verdict:?}"
        );
    }
}

#[test]
fn no_host_two_hosts_and_nonsense_are_told_apart() {
    let rules = rules("127.0.0.1", &[], &["*"]);
    assert_eq!(rules.check(&[]), HostVerdict::Missing);
    assert_eq!(rules.check(&[""]), HostVerdict::Missing);
    assert_eq!(rules.check(&["localhost", "localhost"]), HostVerdict::Several);
    assert_eq!(rules.check(&["a b"]), HostVerdict::Malformed { got: "a b".into() });
    assert_eq!(
        rules.check(&["me@localhost"]),
        HostVerdict::Malformed {
            got: "me@localhost".into()
        }
    );
}

#[test]
fn refusal_tells_what_would_admit() {
    let verdict = rules("127.0.0.1", &["chat.example.org"], &["*.test"]).check(&["Other.example.org:8080"]);
    let HostVerdict::Refused(refusal) = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(refusal.got, "other.example.org:8080");
    assert_eq!(
        refusal.wanted,
        ["localhost", "127.0.0.1", "[::1]", "chat.example.org", "*.test"]
    );
    assert_eq!(refusal.admit, "--allowed-host other.example.org");
}

#[test]
fn an_entry_that_is_none_says_what_was_meant() {
    for (text, error, meant) in [
        ("https://chat.example.org/app", "no scheme", Some("chat.example.org")),
        ("chat.example.org/", "no scheme", Some("chat.example.org")),
        ("a*.example.org", "whole labels", None),
        ("", "host name", None),
        ("chat.example.org:x", "a port", None),
    ] {
        let wrong = AllowedHost::parse(text).unwrap_err();
        assert!(wrong.to_string().contains(error), "{text}: {wrong}");
        assert_eq!(wrong.meant(), meant, "{text}");
    }
}

proptest! {
    #[test]
    fn what_a_refusal_says_would_admit_does(header in "[a-z][a-z0-9-]{0,9}[a-z]\\.[a-z]{2,6}(:[0-9]{1,4})?") {
        let rules = rules("127.0.0.1", &[], &[]);
        if let HostVerdict::Refused(refusal) = rules.check(&[&header]) {
            let entry = refusal.admit.strip_prefix("--allowed-host ").unwrap();
            let wider = HostRules { allowed: vec![AllowedHost::parse(entry).unwrap()], ..rules };
            prop_assert!(matches!(wider.check(&[&header]), HostVerdict::Admitted(_)));
        }
    }
}
