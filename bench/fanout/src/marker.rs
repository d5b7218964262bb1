//! The unique marker inside each broadcast: `fanout` + run id + sequence number, all
//! alphanumeric, so that it survives JSON encoding and any wrapping by the server.

use memchr::memmem::Finder;

const PREFIX_LEN: usize = 10;
/// Length of one marker in bytes.
pub const LEN: usize = PREFIX_LEN + 12;

pub struct Marker {
    prefix: String,
    finder: Finder<'static>,
}

impl Marker {
    pub fn new(run_id: u16) -> Self {
        let prefix = format!("fanout{run_id:04x}");
        let finder = Finder::new(prefix.as_bytes()).into_owned();
        Self { prefix, finder }
    }

    /// Writes the body of broadcast `seq`: the marker, padded to `size` bytes.
    pub fn write_body(&self, seq: u64, size: usize, out: &mut Vec<u8>) {
        use std::io::Write;
        let start = out.len();
        write!(out, "{}{seq:012x}", self.prefix).expect("writing to a Vec cannot fail");
        out.resize(start + size.max(LEN), b'x');
    }

    /// Calls `found` with the sequence number of every marker in `payload`.
    #[inline]
    pub fn find_all(&self, payload: &[u8], mut found: impl FnMut(u64)) {
        let mut at = 0;
        while let Some(hit) = self.finder.find(&payload[at..]) {
            let digits = at + hit + PREFIX_LEN;
            let Some(seq) = payload.get(digits..digits + 12).and_then(parse_hex) else {
                return;
            };
            found(seq);
            at = digits + 12;
        }
    }
}

fn parse_hex(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, &digit| {
        Some(value << 4 | (digit as char).to_digit(16)? as u64)
    })
}

/// Finds markers in a byte stream that is cut into frames anywhere: first those that began
/// in the previous frame, then those inside this one.
pub fn search_across_frames(tail: &mut Vec<u8>, payload: &[u8], marker: &Marker, found: &mut impl FnMut(u64)) {
    let overlap = LEN - 1;
    if !tail.is_empty() {
        tail.extend_from_slice(&payload[..payload.len().min(overlap)]);
        marker.find_all(tail, &mut *found);
        tail.clear();
    }
    marker.find_all(payload, found);
    if !payload.ends_with(b"\r\n") {
        tail.extend_from_slice(&payload[payload.len().saturating_sub(overlap)..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_marker_of_this_run_only() {
        let (mine, other) = (Marker::new(0xBEEF), Marker::new(1));
        let mut text = b"{\"text\":\"".to_vec();
        mine.write_body(5, 40, &mut text);
        other.write_body(6, 0, &mut text);
        mine.write_body(0xABCDEF, 0, &mut text);
        text.extend_from_slice(b"\"} fanoutbeef12");
        let mut seen = Vec::new();
        mine.find_all(&text, |seq| seen.push(seq));
        assert_eq!(seen, [5, 0xABCDEF]);
    }

    #[test]
    fn a_marker_cut_anywhere_is_found_once() {
        let marker = Marker::new(3);
        let mut text = Vec::new();
        for seq in 0..3 {
            text.extend_from_slice(b"MSG fanout 1 30\r\n");
            marker.write_body(seq, 30, &mut text);
            text.extend_from_slice(b"\r\n");
        }
        for cut in 0..=text.len() {
            let (mut tail, mut seen) = (Vec::new(), Vec::new());
            let (first, second) = text.split_at(cut);
            search_across_frames(&mut tail, first, &marker, &mut |seq| seen.push(seq));
            search_across_frames(&mut tail, second, &marker, &mut |seq| seen.push(seq));
            assert_eq!(seen, [0, 1, 2], "cut at {cut}");
        }
    }
}
