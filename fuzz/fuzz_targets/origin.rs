//! Origins and patterns from any text: nothing panics, normalising twice changes nothing, an origin admits itself.
//! The first line is the header, every further line an entry of the list.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tertulia::origin::{Origin, OriginPattern, OriginRules, Verdict};

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let patterns: Vec<_> = lines.filter_map(|line| OriginPattern::parse(line).ok()).collect();
    for pattern in &patterns {
        assert_eq!(OriginPattern::parse(&pattern.to_string()).as_ref(), Ok(pattern));
    }
    let listed = OriginRules {
        patterns,
        require_origin: false,
    };
    let _ = listed.check(&[header], &[]);

    if let Ok(origin) = Origin::parse(header) {
        assert_eq!(Origin::parse(&origin.to_string()).as_ref(), Ok(&origin));
        let own = [origin];
        assert!(matches!(
            OriginRules::default().check(&[header], &own),
            Verdict::Admitted(_)
        ));
    }
});
