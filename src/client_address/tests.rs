use proptest::prelude::*;

use super::*;

fn proxies() -> TrustedProxies {
    TrustedProxies(
        ["10.0.0.0/8", "fd00::/8"]
            .map(|text| Network::parse(text).unwrap())
            .to_vec(),
    )
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn address_is_the_first_from_the_right_that_is_not_trusted() {
    for (peer, header, client) in [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1, nonsense, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("fd00::1", "198.51.100.1", "198.51.100.1"),
    ] {
        let hearsay = Hearsay {
            x_forwarded_for: &[header],
            ..Hearsay::default()
        };
        assert_eq!(
            proxies().client(ip(peer), hearsay).address,
            ip(client),
            "{peer}: {header}"
        );
    }
}

#[test]
fn several_headers_are_one_list() {
    let hearsay = Hearsay {
        x_forwarded_for: &["1.1.1.1", "198.51.100.1", "10.0.0.2"],
        ..Hearsay::default()
    };
    assert_eq!(proxies().client(ip("10.0.0.1"), hearsay).address, ip("198.51.100.1"));
}

#[test]
fn standard_header_says_all_three() {
    for (header, address, scheme, host) in [
        (
            "for=198.51.100.1;proto=https;host=chat.test",
            "198.51.100.1",
            Some(Scheme::Https),
            Some("chat.test"),
        ),
        (
            "for=1.1.1.1;proto=http, For=\"[2001:db8::7]:1\";Host=\"a:1\"",
            "2001:db8::7",
            None,
            Some("a:1"),
        ),
        (
            "for=198.51.100.1;proto=https, for=10.0.0.2;proto=http",
            "198.51.100.1",
            Some(Scheme::Https),
            None,
        ),
        ("for=_hidden;proto=https", "10.0.0.1", Some(Scheme::Https), None),
        (
            "host=\"a,b;for=9.9.9.9\";for=198.51.100.1",
            "198.51.100.1",
            None,
            Some("a,b;for=9.9.9.9"),
        ),
    ] {
        let hearsay = Hearsay {
            forwarded: &[header],
            ..Hearsay::default()
        };
        let wanted = Client {
            address: ip(address),
            scheme,
            host: host.map(Into::into),
        };
        assert_eq!(proxies().client(ip("10.0.0.1"), hearsay), wanted, "{header}");
    }
}

#[test]
fn scheme_and_host_come_from_the_hop_that_saw_the_client() {
    let hearsay = Hearsay {
        x_forwarded_for: &["198.51.100.1, 10.0.0.2"],
        x_forwarded_proto: &["wss, http"],
        x_forwarded_host: &["chat.example.org"],
        ..Hearsay::default()
    };
    let client = proxies().client(ip("10.0.0.1"), hearsay);
    assert_eq!(
        (client.scheme, client.host.as_deref()),
        (Some(Scheme::Https), Some("chat.example.org"))
    );
}

#[test]
fn headers_that_disagree_do_not_count() {
    let hearsay = Hearsay {
        x_forwarded_for: &["198.51.100.1"],
        forwarded: &["for=9.9.9.9;host=evil.test"],
        x_forwarded_host: &["chat.example.org"],
        ..Hearsay::default()
    };
    let direct = Client {
        address: ip("10.0.0.1"),
        scheme: None,
        host: None,
    };
    assert_eq!(proxies().client(ip("10.0.0.1"), hearsay), direct);
}

#[test]
fn limits_count_ipv6_by_network() {
    let key = |text| LimitKey::new(ip(text));
    assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1:2:3"));
    assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
    assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
    assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    assert_eq!(key("2001:db8::1").to_string(), "2001:db8::/64");
}

proptest! {
    #[test]
    fn a_strangers_headers_change_nothing(lists in proptest::collection::vec("\\PC{0,30}", 0..3)) {
        let lists: Vec<&str> = lists.iter().map(String::as_str).collect();
        let hearsay = Hearsay {
            x_forwarded_for: &lists,
            x_forwarded_proto: &lists,
            x_forwarded_host: &lists,
            forwarded: &lists,
        };
        let stranger = ip("203.0.113.9");
        let direct = Client { address: stranger, scheme: None, host: None };
        prop_assert_eq!(proxies().client(stranger, hearsay), direct);
        // And from a proxy they are read without a panic.
        let _ = proxies().client(ip("10.0.0.1"), hearsay);
    }

    #[test]
    fn what_the_client_sent_never_beats_what_the_proxy_saw(forged in "[0-9., \"=;a-z:\\\\\\[\\]]{0,40}") {
        let header = format!("{forged}, 198.51.100.1");
        let hearsay = Hearsay { x_forwarded_for: &[&header], ..Hearsay::default() };
        prop_assert_eq!(proxies().client(ip("10.0.0.1"), hearsay).address, ip("198.51.100.1"));

        // In the standard header an open quote spoils the whole: then the proxy itself is all that is known.
        let header = format!("for={forged}, for=\"[2001:db8::7]\"");
        let hearsay = Hearsay { forwarded: &[&header], ..Hearsay::default() };
        let seen = proxies().client(ip("10.0.0.1"), hearsay).address;
        prop_assert!(seen == ip("2001:db8::7") || seen == ip("10.0.0.1"), "{}", seen);
    }
}
