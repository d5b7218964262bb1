//! What of a header may be shown: never what opens something. Pure.

/// Stands for what is hidden.
const HIDDEN: &str = "••••";
/// Bytes of a value that are shown.
const MOST_BYTES: usize = 1024;
/// Headers that carry what opens something, beside those that say so by their name.
const SECRET: [&str; 4] = ["cookie", "set-cookie", "authorization", "proxy-authorization"];
/// Proxies and their friends call such headers by many names.
const SECRET_WORDS: [&str; 4] = ["token", "secret", "api-key", "password"];

/// The value of the header `name`, which is in lower case, as it may be shown: of a cookie only its name, of other
/// secrets nothing. What is no UTF-8 is replaced, what is long is cut.
pub fn shown(name: &str, value: &[u8]) -> String {
    let value = String::from_utf8_lossy(value);
    match name {
        "cookie" => value.split(';').map(cookie).collect::<Vec<_>>().join("; "),
        "set-cookie" => cookie(value.split(';').next().unwrap_or_default()),
        _ if is_secret(name) => HIDDEN.into(),
        _ if value.len() > MOST_BYTES => format!("{}…", &value[..value.floor_char_boundary(MOST_BYTES)]),
        _ => value.into_owned(),
    }
}

fn is_secret(name: &str) -> bool {
    SECRET.contains(&name) || SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// One cookie. Without a name, all of it may be the secret.
fn cookie(pair: &str) -> String {
    match pair.split_once('=') {
        Some((name, _)) => format!("{}={HIDDEN}", name.trim()),
        None => HIDDEN.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_something_is_hidden_and_its_name_stays() {
        let cases = [
            ("cookie", "tertulia=abc=; theme=dark", "tertulia=••••; theme=••••"),
            ("cookie", "abc", "••••"),
            ("cookie", "=abc", "=••••"),
            ("set-cookie", "tertulia=abc; HttpOnly; Path=/", "tertulia=••••"),
            ("authorization", "Bearer abc", "••••"),
            ("proxy-authorization", "Basic abc", "••••"),
            ("x-auth-token", "abc", "••••"),
            (
                "sec-websocket-key",
                "dGhlIHNhbXBsZSBub25jZQ==",
                "dGhlIHNhbXBsZSBub25jZQ==",
            ),
            ("host", "127.0.0.1:8080", "127.0.0.1:8080"),
        ];
        for (name, value, expected) in cases {
            assert_eq!(shown(name, value.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn long_values_are_cut_on_a_character_and_strange_ones_replaced() {
        let long = "é".repeat(MOST_BYTES);
        assert_eq!(
            shown("referer", long.as_bytes()),
            format!("{}…", "é".repeat(MOST_BYTES / 2))
        );
        assert_eq!(shown("referer", b"a\xffb"), "a\u{fffd}b");
    }
}
