//! The mask over a client's payload (RFC 6455, 5.3): each byte is xored with one of four, in turn.

/// How much is unmasked at a stroke: long enough that the compiler uses the widest registers there are.
const STRIDE_BYTES: usize = 64;

/// Takes `mask` off `bytes`, in place. `mask[0]` lies over `bytes[0]`.
///
/// For a payload in pieces, turn the mask by the length of each piece: `mask.rotate_left(piece.len() % 4)`.
pub fn unmask(bytes: &mut [u8], mask: [u8; 4]) {
    let (strides, rest) = bytes.as_chunks_mut::<STRIDE_BYTES>();
    for stride in strides {
        for word in stride.as_chunks_mut::<4>().0 {
            *word = xor(*word, mask);
        }
    }
    let (words, tail) = rest.as_chunks_mut::<4>();
    for word in words {
        *word = xor(*word, mask);
    }
    for (byte, over) in tail.iter_mut().zip(mask) {
        *byte ^= over;
    }
}

fn xor(word: [u8; 4], mask: [u8; 4]) -> [u8; 4] {
    (u32::from_ne_bytes(word) ^ u32::from_ne_bytes(mask)).to_ne_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmasking_is_xor_with_the_mask_in_turn_at_any_length_and_cut() {
        let mask = [0x01, 0x20, 0x40, 0x80];
        for length in 0..200 {
            let masked = (0..length).map(|place| place as u8).collect::<Vec<_>>();
            let expected = masked
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, over)| byte ^ over)
                .collect::<Vec<_>>();
            for cut in 0..=length {
                let (mut bytes, mut turned) = (masked.clone(), mask);
                turned.rotate_left(cut % 4);
                unmask(&mut bytes[..cut], mask);
                unmask(&mut bytes[cut..], turned);
                assert_eq!(bytes, expected, "{length} bytes cut at {cut}");
            }
        }
    }
}
