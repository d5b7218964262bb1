//! The verdict: may a page of this origin open a socket?

use crate::authority::shown;

use super::{Origin, OriginPattern};

/// Who may enter, by origin. The default admits the server's own pages, and programs that are no browsers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OriginRules {
    /// What is admitted besides the server's own origins: `--allowed-origin`.
    pub patterns: Vec<OriginPattern>,
    /// Refuse requests without an `Origin` header: `--require-origin`.
    pub require_origin: bool,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// Let it pass.
    Admitted(Why<'a>),
    /// Answer 403.
    Refused(Refusal),
    /// More than one `Origin` header: answer 400. Which of them counts would be a guess.
    Several,
}

/// Why an origin is admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why<'a> {
    /// No `Origin` header: not a browser, so no page that a stranger wrote.
    NoOrigin,
    /// The page came from this server.
    Own,
    /// This entry of the list matches.
    Listed(&'a OriginPattern),
}

/// What was compared with what, for the operator's log. Texts of the peer are escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The origin as it came; empty if none did.
    pub got: String,
    /// What it was compared with: the own origins, then the list.
    pub wanted: Vec<String>,
    /// The setting that would admit it: `--allowed-origin http://localhost:5173`. `None` where nothing would, since
    /// the text is no origin.
    pub admit: Option<String>,
}

impl OriginRules {
    /// Whether every page of the world is admitted.
    pub fn admits_any(&self) -> bool {
        self.patterns.contains(&OriginPattern::Any)
    }

    /// Judges a request by the values of its `Origin` headers. `own` are the origins of the server's own page: that
    /// of this request (its scheme and `Host`), and the public URLs.
    pub fn check(&self, headers: &[&str], own: &[Origin]) -> Verdict<'_> {
        let header = match headers {
            [] => return self.check_absence(own),
            [header] => *header,
            _ => return Verdict::Several,
        };
        if header == "null" {
            return match self.patterns.iter().find(|pattern| **pattern == OriginPattern::Null) {
                Some(pattern) => Verdict::Admitted(Why::Listed(pattern)),
                None => self.refuse(header, own, Some("--allowed-origin null".into())),
            };
        }
        let Ok(origin) = Origin::parse(header) else {
            // Not even `*` admits it: no browser sends such a thing.
            return self.refuse(header, own, None);
        };
        if own.contains(&origin) {
            return Verdict::Admitted(Why::Own);
        }
        match self.patterns.iter().find(|pattern| pattern.matches(&origin)) {
            Some(pattern) => Verdict::Admitted(Why::Listed(pattern)),
            None => self.refuse(header, own, Some(remedy(&origin, own))),
        }
    }

    fn check_absence(&self, own: &[Origin]) -> Verdict<'_> {
        match self.require_origin {
            true => self.refuse("", own, Some("--require-origin=false".into())),
            false => Verdict::Admitted(Why::NoOrigin),
        }
    }

    fn refuse(&self, got: &str, own: &[Origin], admit: Option<String>) -> Verdict<'_> {
        let listed = self.patterns.iter().map(ToString::to_string);
        let wanted = own.iter().map(ToString::to_string).chain(listed).collect();
        Verdict::Refused(Refusal {
            got: shown(got),
            wanted,
            admit,
        })
    }
}

/// The setting that admits `origin`. The same name by https instead of http is a proxy that ends TLS: there the
/// public URL is what is missing, and it mends host and cookies too.
fn remedy(origin: &Origin, own: &[Origin]) -> String {
    let behind_tls = |own: &Origin| !own.is_https() && own.authority() == origin.authority();
    let setting = if origin.is_https() && own.iter().any(behind_tls) {
        "public-url"
    } else {
        "allowed-origin"
    };
    format!("--{setting} {origin}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(patterns: &[&str]) -> OriginRules {
        let patterns = patterns
            .iter()
            .map(|text| OriginPattern::parse(text).unwrap())
            .collect();
        OriginRules {
            patterns,
            require_origin: false,
        }
    }

    fn own() -> Vec<Origin> {
        vec![
            Origin::parse("http://localhost:8080").unwrap(),
            Origin::parse("http://chat.example.org").unwrap(),
        ]
    }

    #[test]
    fn own_page_is_admitted_however_it_is_written() {
        for header in [
            "http://localhost:8080",
            "HTTP://LOCALHOST:8080/",
            "http://chat.example.org:80",
        ] {
            assert_eq!(
                rules(&[]).check(&[header], &own()),
                Verdict::Admitted(Why::Own),
                "{header}"
            );
        }
    }

    #[test]
    fn listed_origin_is_admitted_by_its_entry() {
        let rules = rules(&["https://a.test", "http://localhost:*"]);
        let verdict = rules.check(&["http://localhost:5173"], &own());
        assert_eq!(verdict, Verdict::Admitted(Why::Listed(&rules.patterns[1])));
    }

    #[test]
    fn refusal_tells_what_was_compared_and_what_would_admit() {
        for (header, admit) in [
            ("http://localhost:5173", Some("--allowed-origin http://localhost:5173")),
            (
                "https://chat.example.org/",
                Some("--public-url https://chat.example.org"),
            ),
            (
                "https://evilexample.org",
                Some("--allowed-origin https://evilexample.org"),
            ),
            ("null", Some("--allowed-origin null")),
            ("http://a.test http://b.test", None),
            ("http://localhost:8080, http://localhost:8080", None),
            ("", None),
            ("\u{fffd}", None),
        ] {
            let rules = rules(&["https://*.example.net"]);
            let Verdict::Refused(refusal) = rules.check(&[header], &own()) else {
                panic!("{header} was admitted")
            };
            assert_eq!(refusal.got, header);
            assert_eq!(
                refusal.wanted,
                [
                    "http://localhost:8080",
                    "http://chat.example.org",
                    "https://*.example.net"
                ]
            );
            assert_eq!(refusal.admit.as_deref(), admit, "{header}");
        }
    }

    #[test]
    fn star_admits_every_origin_but_null_and_nonsense() {
        let rules = rules(&["*"]);
        assert!(matches!(
            rules.check(&["https://anything.test"], &[]),
            Verdict::Admitted(_)
        ));
        assert!(matches!(rules.check(&["null"], &[]), Verdict::Refused(_)));
        assert!(matches!(rules.check(&["nonsense"], &[]), Verdict::Refused(_)));
    }

    #[test]
    fn null_is_admitted_where_listed() {
        let rules = rules(&["null"]);
        assert!(matches!(
            rules.check(&["null"], &[]),
            Verdict::Admitted(Why::Listed(OriginPattern::Null))
        ));
        assert!(matches!(rules.check(&["https://null"], &[]), Verdict::Refused(_)));
    }

    #[test]
    fn no_origin_is_admitted_unless_one_is_required() {
        let mut rules = rules(&["*"]);
        assert_eq!(rules.check(&[], &own()), Verdict::Admitted(Why::NoOrigin));
        rules.require_origin = true;
        assert!(matches!(rules.check(&[], &own()), Verdict::Refused(_)));
    }

    #[test]
    fn two_headers_are_neither_admitted_nor_refused() {
        assert_eq!(
            rules(&["*"]).check(&["http://localhost:8080", "http://localhost:8080"], &own()),
            Verdict::Several
        );
    }
}
