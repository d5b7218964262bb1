//! Keys under which names that could be taken for each other meet.

use unicode_normalization::UnicodeNormalization;
use unicode_security::skeleton;

use super::Name;

/// A key that names with the same look share. 64 bits, the same on every run and machine.
///
/// It is a hash of a *skeleton* (UTS 39 section 4): every character replaced by the plainest one it can be taken for.
/// A name has two, since look and case go different ways: Cyrillic `В` looks like Latin `B`, but its small form `в`
/// does not look like `b`. The first key is of the name as drawn, the second of its small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LookAlike(u64);

impl LookAlike {
    pub(super) fn of(name: &Name) -> [Self; 2] {
        // Compatibility forms first (`Ａｄａ`), then without what nobody sees (`A\u{200b}da`). Spaces go too: between
        // two names they are a poor difference.
        let seen: String = name.as_str().nfkc().filter(|c| !is_invisible(*c)).collect();
        let drawn: String = skeleton(&seen).collect();
        let small: String = skeleton(&fold(&seen)).collect();
        // Skeletons may hold capitals again (`0` becomes `O`), hence a second folding.
        [Self(hash(b'd', &fold(&drawn))), Self(hash(b's', &fold(&small)))]
    }
}

/// Case folding by way of capitals, so that `ß`, `ẞ` and `ss`, or `ς` and `σ`, become one.
fn fold(text: &str) -> String {
    let small = text.to_lowercase().to_uppercase().to_lowercase();
    small.replace('ς', "σ")
}

/// FNV-1a over 64 bits. The keys are no secret and guard no table, so a plain hash with a fixed start is enough: who
/// found a second name for a key would win no more than by typing the first.
fn hash(kind: u8, text: &str) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    text.bytes().fold(step(START, kind), step)
}

/// Leaves no ink on the screen: white space, Default_Ignorable_Code_Point (Unicode 17, DerivedCoreProperties.txt),
/// the empty Braille pattern, annotation marks and blank glyphs.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{13441}'..='\u{13442}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn names_that_look_alike_share_a_key() {
        for (one, other) in [
            ("Ada", "ADA"),
            ("Ada", "Аda"),
            ("Ada", "Ada\u{200b}"),
            ("Ada", "A\u{ad}d\u{2060}a"),
            ("Ada", "Ａｄａ"),
            ("Ada", "𝐀𝐝𝐚"),
            ("Ada L", "AdaL"),
            ("Ada L", "Ada\u{a0} L"),
            ("Alice", "AIice"),
            ("alice", "a1ice"),
            ("Bob", "B0b"),
            ("Bob", "Вob"),
            ("bob", "Воb"),
            ("Max", "Мах"),
            ("Vera", "νera"),
            ("Straße", "STRASSE"),
            ("Νίκος", "ΝΊΚΟΣ"),
            ("ВОВ", "вов"),
            ("Morna", "Моrna"),
            ("Amélie", "AMÉLIE"),
        ] {
            assert!(name(one).looks_like(&name(other)), "{one} {other}");
        }
    }

    #[test]
    fn names_that_differ_share_none() {
        for (one, other) in [
            ("Ada", "Adam"),
            ("Ada", "Eda"),
            ("Ana", "Ava"),
            ("Bob", "Rob"),
            ("李雷", "韩梅梅"),
            ("Amélie", "Amelie"),
            ("Иван", "Ивана"),
            ("🦀", "🐳"),
            ("Ada 1", "Ada 2"),
        ] {
            assert!(!name(one).looks_like(&name(other)), "{one} {other}");
        }
    }

    #[test]
    fn keys_are_the_same_on_every_run() {
        // The published test vector of FNV-1a for `foobar`.
        assert_eq!(hash(b'f', "oobar"), 0x8594_4171_f739_67e8);
    }

    proptest! {
        #[test]
        fn case_and_invisible_characters_make_no_difference(text in "[a-zA-Zа-яА-Я0-9 ]{1,20}", at in 0_usize..20) {
            prop_assume!(Name::parse(&text).is_ok());
            let capitals = Name::parse(&text.to_uppercase()).unwrap();
            prop_assert!(name(&text).looks_like(&capitals));
            let mut chars: Vec<char> = text.chars().collect();
            chars.insert(at.min(chars.len()), '\u{200b}');
            let stuffed: String = chars.into_iter().collect();
            prop_assert_eq!(name(&text).look_alikes(), name(&stuffed).look_alikes());
        }

        #[test]
        fn every_name_looks_like_itself(text in "\\PC{1,32}") {
            if let Ok(name) = Name::parse(&text) {
                prop_assert!(name.looks_like(&name.clone()));
            }
        }
    }
}
