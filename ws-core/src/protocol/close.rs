//! The payload of a close frame (RFC 6455 5.5.1), in both directions.

use super::error::ProtocolError;
use super::header::CONTROL;
use super::text;
use crate::message::{Close, CloseCode, Reason};

/// Parses a payload, which is empty or has a code and a reason.
pub(super) fn read(payload: &[u8]) -> Result<Option<Close>, ProtocolError> {
    match payload {
        [] => Ok(None),
        [_] => Err(ProtocolError::CloseTooShort),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            let code = CloseCode::new(code).map_err(|_| ProtocolError::CloseCode(code))?;
            let reason = text::check(reason).map_err(|_| ProtocolError::CloseReason)?;
            Ok(Some(Close::new(code, Reason::truncated(reason))))
        }
    }
}

/// Writes a payload to `out`, and returns the part that it takes.
pub(super) fn write<'o>(close: Option<&Close>, out: &'o mut [u8; CONTROL]) -> &'o [u8] {
    // RFC 6455 5.5.1: "The Close frame MAY contain a body"
    let Some(close) = close else { return &[] };
    let reason = close.reason().as_bytes();
    out[..2].copy_from_slice(&u16::from(close.code()).to_be_bytes());
    out[2..2 + reason.len()].copy_from_slice(reason);
    &out[..2 + reason.len()]
}
