//! What makes a request an opening handshake (RFC 6455 section 4.2.1), checked to the letter, with a sentence for
//! every way in which a client or a proxy may have spoiled it.

use actix_web::http::{
    Method, StatusCode, Version,
    header::{self, HeaderMap},
};

use super::extensions;
use crate::{
    interceptor::Refusal,
    lab::{Note, Verdict},
};

/// The code of all refusals here.
pub const SPOILED: &str = "bad-handshake";
/// The one version of the protocol (RFC 6455 section 4.1).
const VERSION: &str = "13";
/// The refusal of a handshake with a body, whichever way its length is said.
pub const BODY: &str = "this connection cannot become a WebSocket: a handshake has no body";

/// Checks that this is an opening handshake.
///
/// # Errors
///
/// 426 for another version, for none of HTTP/1.1's or for a body, 405 for another method, 400 for anything else that is missing.
pub fn check(method: &Method, http: Version, headers: &HeaderMap) -> Result<(), Refusal> {
    if method != Method::GET {
        return Err(
            refuse(StatusCode::METHOD_NOT_ALLOWED, "a WebSocket handshake is a GET request")
                .with_header(header::ALLOW, "GET"),
        );
    }
    if http != Version::HTTP_11 {
        return Err(upgrade_required(
            "a WebSocket handshake needs HTTP/1.1; behind nginx, set `proxy_http_version 1.1;`",
        ));
    }
    if only(headers, &header::CONTENT_LENGTH).is_some_and(|length| length != "0") {
        // actix takes what follows for the upgraded stream, so a body would be read as frames.
        return Err(upgrade_required(BODY));
    }
    if !has_token(headers, &header::UPGRADE, "websocket") {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "the header `Upgrade: websocket` is missing; a proxy in between must pass it on: \
             behind nginx, set `proxy_set_header Upgrade $http_upgrade;`",
        )
        .with_header(header::UPGRADE, "websocket"));
    }
    if !has_token(headers, &header::CONNECTION, "upgrade") {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "the header `Connection: Upgrade` is missing; a proxy in between must pass it on: \
             behind nginx, set `proxy_set_header Connection \"upgrade\";`",
        ));
    }
    match only(headers, &header::SEC_WEBSOCKET_VERSION) {
        Some(VERSION) => {}
        Some(_) => return Err(upgrade_required("the header `Sec-WebSocket-Version` must be 13")),
        None => {
            return Err(refuse(
                StatusCode::BAD_REQUEST,
                "the header `Sec-WebSocket-Version: 13` is missing, or is there more than once",
            ));
        }
    }
    if !only(headers, &header::SEC_WEBSOCKET_KEY).is_some_and(is_key) {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "the header `Sec-WebSocket-Key` must be there once, with 16 bytes in base64",
        ));
    }
    Ok(())
}

/// What [`check`] looked at, for the lab.
pub fn note(method: &Method, http: Version, is_good: bool) -> Note {
    const WANTED: [&str; 6] = [
        "GET",
        "HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: 16 bytes",
    ];
    Note {
        name: "form",
        verdict: if is_good { Verdict::Admitted } else { Verdict::Refused },
        got: Some(format!("{method} {http:?}")),
        wanted: WANTED.map(str::to_owned).into(),
        rule: is_good.then(|| "RFC 6455, 4.2.1".into()),
        ..Note::default()
    }
}

/// The best of `ours` that the client offers too (section 4.2.2).
pub fn sub_protocol(headers: &HeaderMap, ours: &[&'static str]) -> Option<&'static str> {
    ours.iter()
        .copied()
        .find(|name| tokens(headers, &header::SEC_WEBSOCKET_PROTOCOL).any(|offered| offered == *name))
}

/// Whether the client offers permessage-deflate in a way that we can agree to.
pub fn offers_deflate(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(&header::SEC_WEBSOCKET_EXTENSIONS);
    extensions::is_deflate_offered(offers.filter_map(|value| value.to_str().ok()))
}

/// 426, naming what is spoken here.
pub fn upgrade_required(message: &'static str) -> Refusal {
    refuse(StatusCode::UPGRADE_REQUIRED, message)
        .with_header(header::UPGRADE, "websocket")
        .with_header(header::SEC_WEBSOCKET_VERSION, VERSION)
}

fn refuse(status: StatusCode, message: &'static str) -> Refusal {
    Refusal::new(status, SPOILED, message)
}

fn tokens<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

/// Whether a list of tokens has this one, in whatever case.
pub fn has_token(headers: &HeaderMap, name: &header::HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|found| found.eq_ignore_ascii_case(token))
}

/// The value of a header that must stand once.
fn only<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then(|| first.trim())
}

/// Whether this is 16 bytes in base64: 22 digits, the last of which has four bits to spare, and two of padding.
fn is_key(key: &str) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    match key.as_bytes().split_at_checked(22) {
        Some((digits, b"==")) => digits.iter().all(is_digit) && matches!(digits[21], b'A' | b'Q' | b'g' | b'w'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(changes: &[(&'static str, Option<&'static str>)]) -> HeaderMap {
        let good = [
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let mut map = HeaderMap::new();
        for (name, value) in good {
            map.insert(name.parse().unwrap(), value.parse().unwrap());
        }
        for (name, value) in changes {
            let name: header::HeaderName = name.parse().unwrap();
            map.remove(&name);
            if let Some(value) = value {
                map.append(name, value.parse().unwrap());
            }
        }
        map
    }

    #[test]
    fn each_spoiled_header_is_named() {
        let cases = [
            ("upgrade", None, 400),
            ("upgrade", Some("h2c"), 400),
            ("connection", None, 400),
            ("connection", Some("close"), 400),
            ("sec-websocket-version", None, 400),
            ("sec-websocket-version", Some("8"), 426),
            ("sec-websocket-version", Some("13, 8"), 426),
            ("sec-websocket-key", None, 400),
            ("sec-websocket-key", Some("dGhlIHNhbXBsZQ=="), 400),
            ("sec-websocket-key", Some("dGhlIHNhbXBsZSBub25jZR=="), 400),
            ("sec-websocket-key", Some("!GhlIHNhbXBsZSBub25jZQ=="), 400),
        ];
        for (name, value, status) in cases {
            let refusal = check(&Method::GET, Version::HTTP_11, &headers(&[(name, value)])).unwrap_err();
            assert_eq!(refusal.status().as_u16(), status, "{name}: {value:?}");
            assert!(refusal.message().to_lowercase().contains(name), "{}", refusal.message());
        }
    }

    #[test]
    fn good_handshake_passes_and_other_methods_and_versions_do_not() {
        assert!(check(&Method::GET, Version::HTTP_11, &headers(&[])).is_ok());
        let status = |method, version| check(&method, version, &headers(&[])).unwrap_err().status().as_u16();
        assert_eq!(status(Method::POST, Version::HTTP_11), 405);
        assert_eq!(status(Method::GET, Version::HTTP_10), 426);
    }

    #[test]
    fn body_of_no_bytes_is_no_body() {
        let check = |length| {
            check(
                &Method::GET,
                Version::HTTP_11,
                &headers(&[("content-length", Some(length))]),
            )
        };
        assert!(check("0").is_ok());
        assert_eq!(check("5").unwrap_err().status().as_u16(), 426);
    }

    #[test]
    fn sub_protocol_is_ours_and_offered() {
        let offered = headers(&[("sec-websocket-protocol", Some("graphql-ws, tertulia.v1"))]);
        assert_eq!(sub_protocol(&offered, &["tertulia.v1"]), Some("tertulia.v1"));
        assert_eq!(sub_protocol(&offered, &["tertulia.v2"]), None);
        assert_eq!(sub_protocol(&headers(&[]), &["tertulia.v1"]), None);
    }
}
