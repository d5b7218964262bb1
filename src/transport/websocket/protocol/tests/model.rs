//! The standard as plainly as it can be put: it has all bytes, looks at one whole frame after the other, and copies.

use super::*;
use crate::transport::websocket::protocol::inflate;

/// What `bytes` say. The error of a frame that is not whole is not seen: `None` may be an error yet.
/// `inflates`: permessage-deflate was agreed on.
pub(super) fn decode(bytes: &[u8], rules: &Rules, inflates: bool) -> Verdict {
    let mut verdict = Verdict::default();
    let mut message: Option<(u8, Vec<u8>, usize)> = None;
    let mut rest = bytes;
    while let Some((first, second, length, head_bytes)) = read_head(rest) {
        let held = message
            .as_ref()
            .map(|(kind, held, fragments)| (*kind, held.len(), *fragments));
        if let Some(error) = judge_head(first, second, length, head_bytes, held, rules, inflates) {
            verdict.error = Some(error);
            break;
        }
        let Some(payload) = usize::try_from(length)
            .ok()
            .and_then(|length| rest[head_bytes..].get(..length))
        else {
            break;
        };
        let payload = unmasked(payload, &rest[head_bytes - 4..head_bytes]);
        rest = &rest[head_bytes + payload.len()..];
        match deliver(first, payload, &mut message, rules) {
            Ok(None) => {}
            Ok(Some(said)) => {
                verdict.said.push(said);
                if matches!(verdict.said.last(), Some(Said::Close(_))) {
                    break;
                }
            }
            Err(error) => {
                verdict.error = Some(error);
                break;
            }
        }
    }
    verdict
}

/// First byte, second byte, length and size of a head that is whole; a head without a mask has none to wait for.
fn read_head(bytes: &[u8]) -> Option<(u8, u8, u64, usize)> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    let width = match second & 0x7F {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let extended = bytes
        .get(2..2 + width)?
        .iter()
        .fold(0, |length, &byte| length << 8 | u64::from(byte));
    let length = if width == 0 { u64::from(second & 0x7F) } else { extended };
    bytes.get(..2 + width + 4)?;
    Some((first, second, length, 2 + width + 4))
}

fn judge_head(
    first: u8,
    second: u8,
    length: u64,
    head_bytes: usize,
    held: Option<(u8, usize, usize)>,
    rules: &Rules,
    inflates: bool,
) -> Option<ProtocolError> {
    let opcode = first & 0x0F;
    let is_control = opcode >= 8;
    let (kind, held_bytes, fragments) = held.unwrap_or((first, 0, 0));
    let may_be_packed = inflates && (opcode == TEXT || opcode == BINARY);
    let most_bytes = match kind & PACKED {
        0 => rules.max_message_bytes,
        _ => rules.max_message_bytes + rules.max_message_bytes / 8 + 64,
    };
    let total = u128::from(length) + held_bytes as u128;
    let checks = [
        (
            first & 0x30 != 0 || first & PACKED != 0 && !may_be_packed,
            ProtocolError::ReservedBit,
        ),
        (![0, 1, 2, 8, 9, 10].contains(&opcode), ProtocolError::ReservedOpcode),
        (
            opcode == CONTINUATION && held.is_none(),
            ProtocolError::OrphanContinuation,
        ),
        (
            opcode == CONTINUATION && rules.max_fragments > 0 && fragments == rules.max_fragments,
            ProtocolError::TooManyFragments,
        ),
        (
            (opcode == TEXT || opcode == BINARY) && held.is_some(),
            ProtocolError::NestedMessage,
        ),
        (is_control && first & FIN == 0, ProtocolError::FragmentedControl),
        (second & MASKED == 0, ProtocolError::Unmasked),
        (is_control && second & 0x7F > 125, ProtocolError::LongControl),
        (opcode == CLOSE && length == 1, ProtocolError::HalfCloseCode),
        (length >> 63 != 0, ProtocolError::LengthTopBit),
        (
            head_bytes == 8 && length < 126 || head_bytes == 14 && length < 0x1_0000,
            ProtocolError::LengthNotMinimal,
        ),
        (
            !is_control && rules.max_message_bytes > 0 && total > most_bytes as u128,
            ProtocolError::MessageTooBig,
        ),
    ];
    checks
        .into_iter()
        .find(|(is_broken, _)| *is_broken)
        .map(|(_, error)| error)
}

fn unmasked(payload: &[u8], mask: &[u8]) -> Vec<u8> {
    payload
        .iter()
        .enumerate()
        .map(|(place, byte)| byte ^ mask[place % 4])
        .collect()
}

/// What the frame completes. Text is judged as far as it has come, fragment by fragment.
fn deliver(
    first: u8,
    payload: Vec<u8>,
    message: &mut Option<(u8, Vec<u8>, usize)>,
    rules: &Rules,
) -> Result<Option<Said>, ProtocolError> {
    match first & 0x0F {
        PING => return Ok(Some(Said::Ping(payload))),
        PONG => return Ok(Some(Said::Pong(payload))),
        CLOSE if payload.is_empty() => return Ok(Some(Said::Close(None))),
        CLOSE => {
            let code = u16::from_be_bytes([payload[0], payload[1]]);
            let status = CloseStatus::new(code, "").map_err(|_| ProtocolError::CloseCode)?;
            let reason = String::from_utf8(payload[2..].to_vec()).map_err(|_| ProtocolError::Utf8)?;
            return Ok(Some(Said::Close(Some(status.with_reason(reason)))));
        }
        _ => {}
    }
    let (kind, bytes, fragments) = message.get_or_insert((first & (PACKED | 0x0F), Vec::new(), 0));
    bytes.extend(payload);
    *fragments += 1;
    let (is_text, is_packed) = (*kind & 0x0F == TEXT, *kind & PACKED != 0);
    let is_whole = first & FIN != 0;
    if is_packed && is_whole {
        let most_bytes = match rules.max_message_bytes {
            0 => usize::MAX,
            most => most,
        };
        *bytes = inflate::inflate(bytes, most_bytes)?;
    } else if is_packed {
        return Ok(None);
    }
    match std::str::from_utf8(bytes) {
        Err(error) if is_text && (is_whole || error.error_len().is_some()) => return Err(ProtocolError::Utf8),
        _ if !is_whole => return Ok(None),
        _ => {}
    }
    let bytes = std::mem::take(bytes);
    *message = None;
    Ok(Some(if is_text {
        Said::Text(String::from_utf8(bytes).expect("just judged"))
    } else {
        Said::Binary(bytes)
    }))
}
