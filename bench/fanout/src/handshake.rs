//! The HTTP upgrade, seen from both ends (RFC 6455, section 4).

use base64::{Engine, engine::general_purpose::STANDARD};
use sha1::{Digest, Sha1};

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The nonce that connection number `index` sends as `Sec-WebSocket-Key`.
pub fn client_key(index: usize) -> String {
    let mut nonce = [0x5A; 16];
    nonce[..8].copy_from_slice(&(index as u64).to_be_bytes());
    STANDARD.encode(nonce)
}

/// The `Sec-WebSocket-Accept` value that answers `key`.
pub fn accept_value(key: &str) -> String {
    STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize())
}

/// Length of the HTTP head at the start of `bytes`, its blank line included.
pub fn head_len(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, b"\r\n\r\n").map(|at| at + 4)
}

/// The value of header `name` in an HTTP head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Checks a server's answer to the upgrade request of connection `index`, which offered
/// `subprotocol` (one, or several with commas).
pub fn check_response(head: &[u8], index: usize, subprotocol: Option<&str>) -> Result<(), String> {
    let head = String::from_utf8_lossy(head);
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("101") {
        return Err(format!("the server answered: {status}"));
    }
    if header(&head, "sec-websocket-accept") != Some(&accept_value(&client_key(index))) {
        return Err("wrong Sec-WebSocket-Accept".into());
    }
    if let Some(offered) = subprotocol {
        let chosen = header(&head, "sec-websocket-protocol");
        if !offered.split(',').any(|name| Some(name.trim()) == chosen) {
            return Err(format!(
                "subprotocol {offered} offered, {} chosen",
                chosen.unwrap_or("none")
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_matches_the_rfc_example() {
        assert_eq!(accept_value("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    #[test]
    fn response_is_checked() {
        let good = format!(
            "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {}\r\n\r\n",
            accept_value(&client_key(7))
        );
        assert!(check_response(good.as_bytes(), 7, None).is_ok());
        assert!(check_response(good.as_bytes(), 8, None).is_err());
        assert!(check_response(b"HTTP/1.1 403 Forbidden\r\n\r\n", 7, None).is_err());
        assert!(check_response(good.as_bytes(), 7, Some("chat")).is_err());
        let named = good.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
        assert!(check_response(named.as_bytes(), 7, Some("chat.v2, chat")).is_ok());
        assert!(check_response(named.as_bytes(), 7, Some("chat.v2")).is_err());
    }
}
