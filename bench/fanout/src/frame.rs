//! WebSocket framing (RFC 6455, section 5), parsed in place.

pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const BINARY: u8 = 0x2;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xA;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub fin: bool,
    pub opcode: u8,
    pub mask: Option<[u8; 4]>,
    pub header_len: usize,
    pub payload_len: usize,
}

impl Header {
    pub fn frame_len(&self) -> usize {
        self.header_len + self.payload_len
    }
}

/// Reads the frame header at the start of `buf`; `None` means that more bytes are needed.
#[inline]
pub fn parse_header(buf: &[u8]) -> Option<Header> {
    let (&first, &second) = (buf.first()?, buf.get(1)?);
    let (payload_len, mut header_len) = match second & 0x7F {
        126 => (u16::from_be_bytes(buf.get(2..4)?.try_into().ok()?) as usize, 4),
        127 => (u64::from_be_bytes(buf.get(2..10)?.try_into().ok()?) as usize, 10),
        short => (short as usize, 2),
    };
    let mask = if second & 0x80 != 0 {
        let key: [u8; 4] = buf.get(header_len..header_len + 4)?.try_into().ok()?;
        header_len += 4;
        Some(key)
    } else {
        None
    };
    Some(Header {
        fin: first & 0x80 != 0,
        opcode: first & 0x0F,
        mask,
        header_len,
        payload_len,
    })
}

/// Appends one unfragmented frame to `out`, masked when `mask` is given.
pub fn append(out: &mut Vec<u8>, opcode: u8, payload: &[u8], mask: Option<[u8; 4]>) {
    let mask_bit = if mask.is_some() { 0x80 } else { 0 };
    out.push(0x80 | opcode);
    match payload.len() {
        len @ 0..=125 => out.push(mask_bit | len as u8),
        len @ 126..=0xFFFF => {
            out.push(mask_bit | 126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(mask_bit | 127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    if let Some(key) = mask {
        out.extend_from_slice(&key);
    }
    let payload_start = out.len();
    out.extend_from_slice(payload);
    if let Some(key) = mask {
        apply_mask(&mut out[payload_start..], key);
    }
}

/// Masks or unmasks `payload` in place.
pub fn apply_mask(payload: &mut [u8], key: [u8; 4]) {
    for (byte, k) in payload.iter_mut().zip(key.iter().cycle()) {
        *byte ^= k;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_every_length_class() {
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let payload: Vec<u8> = (0..len).map(|i| i as u8).collect();
                let mut bytes = Vec::new();
                append(&mut bytes, TEXT, &payload, mask);
                let header = parse_header(&bytes).unwrap();
                assert_eq!((header.fin, header.opcode, header.mask), (true, TEXT, mask));
                assert_eq!(header.frame_len(), bytes.len());
                if let Some(key) = mask {
                    apply_mask(&mut bytes[header.header_len..], key);
                }
                assert_eq!(&bytes[header.header_len..], payload);
            }
        }
    }

    #[test]
    fn asks_for_more_bytes_on_any_cut_header() {
        let mut bytes = Vec::new();
        append(&mut bytes, BINARY, &[7; 300], Some([9; 4]));
        for cut in 0..8 {
            assert_eq!(parse_header(&bytes[..cut]), None);
        }
        assert!(parse_header(&bytes[..8]).is_some());
    }
}
