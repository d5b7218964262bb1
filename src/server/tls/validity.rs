//! From when until when a certificate holds (RFC 5280 section 4.1.2.5): all that we read of one ourselves, since rustls
//! does not tell.

use chrono::{DateTime, NaiveDateTime, Utc};

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Begin and end of the certificate in `der`; `None` where it cannot be read.
pub(super) fn validity(der: &[u8]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let mut certificate = within(&mut &*der, SEQUENCE)?;
    let mut body = within(&mut certificate, SEQUENCE)?;
    if body.first() == Some(&VERSION) {
        element(&mut body)?;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        element(&mut body)?;
    }
    let mut validity = within(&mut body, SEQUENCE)?;
    Some((time(element(&mut validity)?)?, time(element(&mut validity)?)?))
}

/// Takes the next element: its tag and what is in it.
fn element<'a>(input: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let [tag, length, rest @ ..] = *input else {
        return None;
    };
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        // So many bytes of length follow.
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    *input = rest;
    Some((*tag, content))
}

fn within<'a>(input: &mut &'a [u8], wanted: u8) -> Option<&'a [u8]> {
    element(input)
        .filter(|(tag, _)| *tag == wanted)
        .map(|(_, content)| content)
}

fn time((tag, text): (u8, &[u8])) -> Option<DateTime<Utc>> {
    let text = std::str::from_utf8(text).ok()?;
    let text = match tag {
        GENERALIZED_TIME => text.to_owned(),
        // Two digits of the year: from 50 on they are of the last century.
        UTC_TIME => format!("{}{text}", if text < "50" { "20" } else { "19" }),
        _ => return None,
    };
    let time = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn written(begin: (i32, u8, u8), end: (i32, u8, u8)) -> Vec<u8> {
        let mut params = rcgen::CertificateParams::new(["chat.example.org".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(begin.0, begin.1, begin.2);
        params.not_after = rcgen::date_time_ymd(end.0, end.1, end.2);
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_ways_to_write_a_year_are_read() {
        let read = validity(&written((2024, 2, 29), (2049, 12, 31)));
        assert_eq!(read, Some((at("2024-02-29T00:00:00Z"), at("2049-12-31T00:00:00Z"))));
        let read = validity(&written((1975, 1, 1), (4096, 1, 1)));
        assert_eq!(read, Some((at("1975-01-01T00:00:00Z"), at("4096-01-01T00:00:00Z"))));
    }

    #[test]
    fn what_is_cut_or_long_is_not_read_beyond_its_end() {
        let whole = written((2024, 1, 1), (2025, 1, 1));
        for end in 0..whole.len() {
            let _ = validity(&whole[..end]);
        }
        assert_eq!(validity(&whole[..100]), None);
        assert_eq!(validity(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30]), None);
        assert_eq!(validity(&[0x30, 0x80]), None);
    }
}
