//! The payload of pings and pongs. Payloads that cannot be sent cannot be built.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;

/// The payload of a ping or pong: at most 125 bytes (RFC 6455 5.5).
///
/// ```
/// use ws_core::ControlPayload;
///
/// assert_eq!(&*ControlPayload::new("are you there?").unwrap(), b"are you there?");
/// assert!(ControlPayload::new(vec![0; 126]).is_err());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ControlPayload(Bytes);

impl ControlPayload {
    /// The longest payload of a control frame, in bytes.
    pub const MAX: usize = 125;

    /// Creates a payload.
    ///
    /// # Errors
    /// Returns [`ControlPayloadTooLong`] if `payload` is longer than 125 bytes.
    pub fn new(payload: impl Into<Bytes>) -> Result<Self, ControlPayloadTooLong> {
        let payload = payload.into();
        if payload.len() > Self::MAX {
            return Err(ControlPayloadTooLong { len: payload.len() });
        }
        Ok(Self(payload))
    }

    /// Converts the payload into bytes without copying.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl Deref for ControlPayload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for ControlPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A ping or pong payload that is longer than 125 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlPayloadTooLong {
    /// The length of the payload in bytes.
    pub len: usize,
}

impl fmt::Display for ControlPayloadTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ping or pong payload of {} bytes, but at most 125 are allowed (RFC 6455 5.5)", self.len)
    }
}

impl std::error::Error for ControlPayloadTooLong {}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less"
    #[test]
    fn c7_control_payloads_over_125_bytes_cannot_be_built() {
        assert!(ControlPayload::new(vec![0; 125]).is_ok());
        assert_eq!(ControlPayload::new(vec![0; 126]), Err(ControlPayloadTooLong { len: 126 }));
    }
}
