//! The body of a close frame: nothing, or a code in two bytes and a reason in UTF-8 (RFC 6455, 5.5.1 and 7.4).

use super::{ProtocolError, text};
use crate::close_status::CloseStatus;

/// What `body`, which is all of it, says.
pub(super) fn whole(body: &[u8]) -> Result<Option<CloseStatus>, ProtocolError> {
    match *body {
        [] => Ok(None),
        [_] => Err(ProtocolError::HalfCloseCode),
        [high, low, ref reason @ ..] => {
            let code = u16::from_be_bytes([high, low]);
            // The code first: it comes first.
            let status = CloseStatus::new(code, "").map_err(|_| ProtocolError::CloseCode)?;
            Ok(Some(status.with_reason(text::whole(reason)?.to_owned())))
        }
    }
}

/// Judges `body` as the beginning of one: half a code may already be wrong, a cut character is not wrong yet.
pub(super) fn check_beginning(body: &[u8]) -> Result<(), ProtocolError> {
    let (may_travel, reason) = match *body {
        [] => return Ok(()),
        [high] => (
            (0..=u8::MAX).any(|low| CloseStatus::may_travel(u16::from_be_bytes([high, low]))),
            &[][..],
        ),
        [high, low, ref reason @ ..] => (CloseStatus::may_travel(u16::from_be_bytes([high, low])), reason),
    };
    if may_travel {
        text::check_beginning(reason)
    } else {
        Err(ProtocolError::CloseCode)
    }
}
