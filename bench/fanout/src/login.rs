//! The HTTP request that opens a session before the upgrade, and its answer (RFC 9112).

use crate::handshake::{head_len, header};

const SHOWN_BODY: usize = 200;

pub struct Login {
    pub method: String,
    pub path: String,
    /// `{i}` in the body and the path stands for the connection's number.
    pub body: String,
    pub content_type: String,
    /// How many connections, counted in the order of opening, share one session.
    pub share: usize,
}

impl Login {
    pub fn request(&self, host: &str, headers: &[String], index: usize) -> Vec<u8> {
        let number = index.to_string();
        let body = self.body.replace("{i}", &number);
        let mut request = format!(
            "{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive\r\n",
            self.method,
            self.path.replace("{i}", &number)
        );
        if !body.is_empty() {
            request += &format!("Content-Type: {}\r\n", self.content_type);
        }
        if !body.is_empty() || self.method != "GET" {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        for header in headers {
            request += &format!("{}\r\n", header.replace("{i}", &number));
        }
        (request + "\r\n" + &body).into_bytes()
    }
}

/// A whole answer to a log-in request.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// What to send as `Cookie`.
    pub cookies: String,
    pub keep_alive: bool,
    /// Bytes that the answer took.
    pub len: usize,
}

/// Reads the answer at the start of `bytes`; `Ok(None)` means that more bytes are needed.
/// `ended`: no more will come. An answer without success is an error that quotes it.
pub fn parse_answer(bytes: &[u8], ended: bool) -> Result<Option<Answer>, String> {
    let Some(head_len) = head_len(bytes) else {
        return Ok(None);
    };
    let (head, rest) = (String::from_utf8_lossy(&bytes[..head_len]), &bytes[head_len..]);
    let status_line = head.lines().next().unwrap_or_default();
    let status: u16 = status_line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| format!("log-in: not an HTTP answer: {status_line}"))?;
    if (100..200).contains(&status) {
        let answer = parse_answer(rest, ended)?;
        return Ok(answer.map(|answer| Answer {
            len: head_len + answer.len,
            ..answer
        }));
    }
    let mut keep_alive = status_line.starts_with("HTTP/1.1") && !has_token(&head, "connection", "close");
    let whole_body = if status == 204 || status == 304 {
        Some((Vec::new(), 0))
    } else if has_token(&head, "transfer-encoding", "chunked") {
        chunked_body(rest)?
    } else if let Some(length) = header(&head, "content-length") {
        let length: usize = length
            .parse()
            .map_err(|_| format!("log-in: Content-Length: {length}"))?;
        rest.get(..length).map(|body| (body.to_vec(), length))
    } else {
        keep_alive = false;
        ended.then(|| (rest.to_vec(), rest.len()))
    };
    let succeeded = (200..300).contains(&status);
    let (body, body_len) = match whole_body {
        Some(whole) => whole,
        None if ended && !succeeded => (rest.to_vec(), rest.len()),
        None => return Ok(None),
    };
    if !succeeded {
        let shown = String::from_utf8_lossy(&body[..body.len().min(SHOWN_BODY)]);
        return Err(format!("log-in: the server answered: {status_line}: {shown}"));
    }
    Ok(Some(Answer {
        cookies: cookies(&head),
        keep_alive,
        len: head_len + body_len,
    }))
}

fn has_token(head: &str, name: &str, token: &str) -> bool {
    header(head, name).is_some_and(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
}

/// The content of a chunked body and the bytes that it took; `Ok(None)` if it has not ended.
fn chunked_body(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut body, mut at) = (Vec::new(), 0);
    let line_end = |from: usize| memchr::memmem::find(&bytes[from..], b"\r\n").map(|len| from + len);
    loop {
        let Some(end) = line_end(at) else {
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&bytes[at..end]);
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u32::from_str_radix(size, 16).map_err(|_| format!("log-in: chunk size {line}"))? as usize;
        at = end + 2;
        if size == 0 {
            break;
        }
        let Some(chunk) = bytes.get(at..at + size + 2) else {
            return Ok(None);
        };
        body.extend_from_slice(&chunk[..size]);
        at += size + 2;
    }
    // Trailers, if any, end with an empty line.
    loop {
        let Some(end) = line_end(at) else {
            return Ok(None);
        };
        let was_empty = end == at;
        at = end + 2;
        if was_empty {
            return Ok(Some((body, at)));
        }
    }
}

/// All cookies that an answer sets, as a `Cookie` value; the last of one name counts.
fn cookies(head: &str) -> String {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for line in head.lines().skip(1) {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let pair = value.split(';').next().unwrap_or_default().split_once('=');
        if let Some((name, value)) = pair.filter(|_| key.trim().eq_ignore_ascii_case("set-cookie")) {
            pairs.retain(|(earlier, _)| *earlier != name.trim());
            pairs.push((name.trim(), value.trim()));
        }
    }
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses `text`, and checks that every shorter part of it asks for more.
    fn whole(text: &str) -> Answer {
        for cut in 0..text.len() {
            assert_eq!(parse_answer(&text.as_bytes()[..cut], false), Ok(None), "cut at {cut}");
        }
        let answer = parse_answer(text.as_bytes(), false).unwrap().unwrap();
        assert_eq!(answer.len, text.len());
        answer
    }

    #[test]
    fn every_kind_of_body_is_read_to_its_end() {
        let length = whole("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nSet-Cookie: id=a=b; Path=/\r\n\r\nhello");
        assert_eq!((length.cookies.as_str(), length.keep_alive), ("id=a=b", true));
        let chunked = whole(
            "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nConnection: Close\r\n\r\n\
             5;x=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n",
        );
        assert!(!chunked.keep_alive);
        assert!(whole("HTTP/1.1 204 No Content\r\n\r\n").keep_alive);
        assert!(whole("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").keep_alive);
    }

    #[test]
    fn a_body_without_length_lasts_until_the_end() {
        let text = b"HTTP/1.1 200 OK\r\nSet-Cookie: s=1\r\n\r\nhello";
        assert_eq!(parse_answer(text, false), Ok(None));
        let answer = parse_answer(text, true).unwrap().unwrap();
        assert_eq!((answer.cookies.as_str(), answer.keep_alive), ("s=1", false));
    }

    #[test]
    fn all_cookies_are_collected_and_the_last_of_a_name_counts() {
        let head = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; HttpOnly\r\nset-cookie: b=2\r\nSET-COOKIE: a=3\r\n\r\n";
        assert_eq!(cookies(head), "b=2; a=3");
    }

    #[test]
    fn a_refusal_is_quoted() {
        let text = format!(
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 300\r\n\r\n{}",
            "x".repeat(300)
        );
        let reason = parse_answer(text.as_bytes(), false).unwrap_err();
        assert_eq!(
            reason,
            format!(
                "log-in: the server answered: HTTP/1.1 403 Forbidden: {}",
                "x".repeat(200)
            )
        );
        assert!(parse_answer(b"HTTP/1.1 302 Found\r\nContent-Length: 9\r\n\r\ncut", true).is_err());
        assert!(parse_answer(b"SSH-2.0-x\r\n\r\n", false).is_err());
    }

    #[test]
    fn request_names_the_connection() {
        let login = Login {
            method: "POST".into(),
            path: "/session".into(),
            body: r#"{"name":"u{i}"}"#.into(),
            content_type: "application/json".into(),
            share: 1,
        };
        let request = String::from_utf8(login.request("h:80", &["Origin: http://h".into()], 12)).unwrap();
        assert!(request.starts_with("POST /session HTTP/1.1\r\nHost: h:80\r\n"));
        assert!(request.ends_with("Content-Length: 14\r\nOrigin: http://h\r\n\r\n{\"name\":\"u12\"}"));
    }
}
