//! What the handshake agrees on beside the protocol itself: permessage-deflate (RFC 7692, 7.1), or nothing. Pure.
//!
//! We answer one thing to whoever offers something that allows it: no context takeover on either side, so that a
//! message is packed once for all who get it, and a window of 4 KiB for what we send. An offer that we cannot keep to,
//! or that is spoiled, is declined, and the handshake goes on without it.

use crate::delivery::deflate::WINDOW_BITS;

/// The name of the extension.
const NAME: &str = "permessage-deflate";

/// The answer to an offer that was accepted: `Sec-WebSocket-Extensions`. `client_max_window_bits` is not in it: a
/// thread needs one window to inflate whatever all its sockets send, and that has room for any.
pub const AGREED: &str =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12";

/// Whether one of the offers can be accepted. `headers` are the values of `Sec-WebSocket-Extensions`, in their order;
/// one that is not a list of extensions (RFC 6455, 9.1) offers nothing.
pub fn is_deflate_offered<'a>(headers: impl Iterator<Item = &'a str>) -> bool {
    headers.filter_map(offers).flatten().any(|offer| is_acceptable(&offer))
}

/// An extension with its parameters, in their order.
struct Offer<'a> {
    name: &'a str,
    parameters: Vec<(&'a str, Option<String>)>,
}

/// Whether the offer has no parameter that we do not know, or twice, or with a value that it cannot have, and does not
/// ask for less than our window (RFC 7692, 7.1).
fn is_acceptable(offer: &Offer<'_>) -> bool {
    let is_repeated = |name: &str, before: usize| offer.parameters[..before].iter().any(|(other, _)| *other == name);
    offer.name.eq_ignore_ascii_case(NAME)
        && offer
            .parameters
            .iter()
            .enumerate()
            .all(|(place, (name, value))| !is_repeated(name, place) && is_possible(name, value.as_deref()))
}

fn is_possible(name: &str, value: Option<&str>) -> bool {
    match name {
        "server_no_context_takeover" | "client_no_context_takeover" => value.is_none(),
        "server_max_window_bits" => value.and_then(window_bits).is_some_and(|bits| bits >= WINDOW_BITS),
        "client_max_window_bits" => value.is_none_or(|value| window_bits(value).is_some()),
        _ => false,
    }
}

/// From 8 to 15, in decimal without a leading zero.
fn window_bits(value: &str) -> Option<u8> {
    let bits = value.parse().ok()?;
    let is_plain = value.bytes().all(|byte| byte.is_ascii_digit()) && !value.starts_with('0');
    (is_plain && (8..=15).contains(&bits)).then_some(bits)
}

/// The extensions in one header, unless it is no list of them.
fn offers(header: &str) -> Option<Vec<Offer<'_>>> {
    let (mut rest, mut offers) = (header, Vec::new());
    loop {
        rest = trimmed(rest);
        // An element of a list may be empty (RFC 9110, 5.6.1.2).
        if !rest.is_empty() && !rest.starts_with(',') {
            let name = token(&mut rest)?;
            let mut parameters = Vec::new();
            while let Some(behind) = trimmed(rest).strip_prefix(';') {
                rest = trimmed(behind);
                let name = token(&mut rest)?;
                let value = match trimmed(rest).strip_prefix('=') {
                    None => None,
                    Some(behind) => {
                        rest = trimmed(behind);
                        Some(value(&mut rest)?)
                    }
                };
                parameters.push((name, value));
            }
            offers.push(Offer { name, parameters });
        }
        match trimmed(rest).strip_prefix(',') {
            Some(behind) => rest = behind,
            None => return trimmed(rest).is_empty().then_some(offers),
        }
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// Takes a token from the front (RFC 9110, 5.6.2).
fn token<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let end = rest.find(|c| !is_token(c)).unwrap_or(rest.len());
    let (token, behind) = rest.split_at(end);
    *rest = behind;
    (!token.is_empty()).then_some(token)
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// Takes a token from the front, or one between quotes, in which a backslash may stand before any character: what is
/// left without both must be a token too (RFC 6455, 9.1).
fn value(rest: &mut &str) -> Option<String> {
    let Some(quoted) = rest.strip_prefix('"') else {
        return token(rest).map(str::to_owned);
    };
    let (mut value, mut characters) = (String::new(), quoted.char_indices());
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => {
                *rest = &quoted[place + 1..];
                return (!value.is_empty() && value.chars().all(is_token)).then_some(value);
            }
            '\\' => value.push(characters.next()?.1),
            character => value.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_accepted(header: &str) -> bool {
        is_deflate_offered([header].into_iter())
    }

    #[test]
    fn our_answer_is_an_offer_that_we_would_accept() {
        assert!(is_accepted(AGREED));
        assert!(AGREED.ends_with(&format!("server_max_window_bits={WINDOW_BITS}")));
    }

    #[test]
    fn offers_that_allow_our_answer_are_accepted() {
        for header in [
            "permessage-deflate",
            "PerMessage-Deflate",
            // Chromium, Firefox, `ws`, Python's websockets.
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12",
            "permessage-deflate;server_no_context_takeover ;\tclient_no_context_takeover",
            "permessage-deflate; client_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=\"15\"",
            r#"permessage-deflate; server_max_window_bits="\1\5""#,
            "permessage-deflate; server_max_window_bits = 13",
            "x-webkit-deflate-frame, permessage-deflate",
            "bbf-usp-protocol; quoted=\"a\", permessage-deflate",
            ", ,permessage-deflate, ",
            // The first is declined, the second is not.
            "permessage-deflate; server_max_window_bits=9, permessage-deflate",
        ] {
            assert!(is_accepted(header), "{header}");
        }
    }

    #[test]
    fn offers_that_do_not_are_declined() {
        for header in [
            "",
            "permessage-bzip2",
            "permessage-deflates",
            "permessage-deflate; unknown",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=12",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; SERVER_NO_CONTEXT_TAKEOVER",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=11",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=012",
            "permessage-deflate; server_max_window_bits=+12",
            "permessage-deflate; server_max_window_bits=268",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=\"\"",
            "permessage-deflate; client_max_window_bits=",
            // No list of extensions.
            "permessage-deflate;",
            "permessage-deflate; =12",
            "permessage-deflate client_max_window_bits",
            "permessage-deflate; client_max_window_bits=\"12",
            "permessage-deflate; client_max_window_bits=\"1 2\"",
            "permessage-deflate; client_max_window_bits=\"12\\",
            "permessage-deflate, a b",
            "a=\"permessage-deflate\"",
            "permessage-deflate; é",
        ] {
            assert!(!is_accepted(header), "{header}");
        }
    }

    #[test]
    fn offers_may_come_in_several_headers_and_a_spoiled_one_spoils_no_other() {
        let headers = ["permessage-deflate; \"", "x", "permessage-deflate"];
        assert!(is_deflate_offered(headers.into_iter()));
        assert!(!is_deflate_offered(headers[..2].iter().copied()));
        assert!(!is_deflate_offered(std::iter::empty()));
    }

    proptest! {
        #[test]
        fn no_header_is_too_much(header in any::<String>()) {
            is_accepted(&header);
        }

        #[test]
        fn nearly_an_offer_is_judged(parts in proptest::collection::vec(proptest::sample::select(vec![
            "permessage-deflate", ";", ",", "=", "\"", "\\", " ", "12", "client_max_window_bits", "server_max_window_bits",
        ]), 0..12)) {
            is_accepted(&parts.concat());
        }
    }
}
