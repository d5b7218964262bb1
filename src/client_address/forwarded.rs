//! Reading the two dialects of forwarded headers: `X-Forwarded-*`, and `Forwarded` (RFC 7239).

use std::{borrow::Cow, net::IpAddr};

use super::{Client, Hearsay, Scheme, Walk};

impl<'a> Hearsay<'a> {
    /// The addresses of `X-Forwarded-For`, the nearest first. `None` is one that cannot be read.
    pub(super) fn legacy_hops(self) -> impl Iterator<Item = Option<IpAddr>> {
        legacy_elements(self.x_forwarded_for).map(parse_node)
    }

    /// The addresses of `Forwarded`, the nearest first.
    pub(super) fn standard_hops(self) -> impl Iterator<Item = Option<IpAddr>> {
        standard_elements(self.forwarded).map(|element| parse_node(&parameter(element, "for")?))
    }

    /// The client of `walk`, with scheme and host by `X-Forwarded-Proto` and `X-Forwarded-Host`.
    pub(super) fn by_legacy(self, walk: Walk) -> Client {
        Client {
            address: walk.address,
            scheme: nearest_to(walk, legacy_elements(self.x_forwarded_proto)).and_then(Scheme::parse),
            host: nearest_to(walk, legacy_elements(self.x_forwarded_host)).map(str::to_owned),
        }
    }

    /// The client of `walk`, with scheme and host by the same element of `Forwarded`.
    pub(super) fn by_standard(self, walk: Walk) -> Client {
        let element = nearest_to(walk, standard_elements(self.forwarded));
        let said = |name| element.and_then(|element| parameter(element, name));
        Client {
            address: walk.address,
            scheme: said("proto").and_then(|proto| Scheme::parse(&proto)),
            host: said("host").map(Cow::into_owned).filter(|host| !host.is_empty()),
        }
    }
}

/// The element at the place of `walk`, counted from the right, or the leftmost: a proxy may overwrite a list to
/// which others append.
fn nearest_to<'a>(walk: Walk, elements: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    elements
        .take(walk.distance + 1)
        .last()
        .filter(|element| !element.is_empty())
}

/// The elements of an `X-Forwarded-…` list, from the right. It knows no quotes.
fn legacy_elements<'a>(headers: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    headers
        .iter()
        .rev()
        .flat_map(|header| header.rsplit(','))
        .map(str::trim)
}

/// The elements of a `Forwarded` list, from the right.
///
/// A header with an open quote is one element that says nothing: a client may leave a quote open to swallow what the
/// proxy appends to it.
fn standard_elements<'a>(headers: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    let readable = |header| split(header, ',').unwrap_or_else(|| vec![""]);
    headers
        .iter()
        .rev()
        .flat_map(move |header| readable(header).into_iter().rev())
        .map(str::trim)
}

/// The value of the parameter `name` in one element of `Forwarded`, without quotes.
fn parameter<'a>(element: &'a str, name: &str) -> Option<Cow<'a, str>> {
    split(element, ';')?.into_iter().find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| unquoted(value.trim()))
    })
}

/// Splits at `separator` outside of quoted strings (RFC 9110 section 5.6.4). `None` if a quote stays open.
fn split(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == separator && !quoted => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    (!quoted).then_some(parts)
}

/// The content of a quoted string, or the token itself.
fn unquoted(value: &str) -> Cow<'_, str> {
    let Some(content) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.into();
    };
    if !content.contains('\\') {
        return content.into();
    }
    let (mut plain, mut chars) = (String::with_capacity(content.len()), content.chars());
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain.into()
}

/// An address, perhaps with a port, IPv6 with or without brackets. `unknown` and `_names` are none (RFC 7239
/// section 6).
fn parse_node(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']')?.0.parse().ok();
    }
    let without_port = || {
        text.rsplit_once(':')
            .and_then(|(host, _)| host.parse().ok().filter(IpAddr::is_ipv4))
    };
    text.parse().ok().or_else(without_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hide_separators() {
        let parts = split(r#"a="x;\";y";b=2"#, ';');
        assert_eq!(parts, Some(vec![r#"a="x;\";y""#, "b=2"]));
        assert_eq!(split("a=\"x;b=2", ';'), None);
        assert_eq!(unquoted(r#""x;\";y""#), r#"x;";y"#);
    }

    #[test]
    fn nodes_are_addresses_with_or_without_a_port() {
        for (text, address) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("192.0.2.1:80", Some("192.0.2.1")),
            ("[2001:db8::1]:80", Some("2001:db8::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("unknown", None),
            ("_secret:80", None),
            ("", None),
        ] {
            assert_eq!(parse_node(text), address.map(|text| text.parse().unwrap()), "{text}");
        }
    }
}
