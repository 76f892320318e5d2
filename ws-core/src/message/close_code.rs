//! The code of a close frame. Codes that cannot be sent cannot be built.

use std::fmt;

use super::invalid_close::InvalidClose;

/// A status code of a close frame (RFC 6455 7.4): 1000–1003, 1007–1014 or 3000–4999. Codes from 4000 are for private
/// use.
///
/// Other codes cannot be sent: 1004–1006 and 1015 are reserved, and the rest is undefined.
///
/// ```
/// use ws_core::CloseCode;
///
/// const KICKED: CloseCode = CloseCode::from_static(4001);
/// assert_eq!(u16::from(KICKED), 4001);
/// assert!(CloseCode::new(1006).is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the connection has served its purpose.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the endpoint goes away. The server shuts down, the user leaves the page, or the client was idle for too
    /// long.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: protocol error.
    pub const PROTOCOL: Self = Self(1002);
    /// 1003: the endpoint does not accept this type of data.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: the data does not match the type of its message, such as text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: a policy was violated. Use it if no other code fits.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message is too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1010: the client expected the server to negotiate an extension.
    pub const EXTENSION: Self = Self(1010);
    /// 1011: the server met an unexpected condition.
    pub const INTERNAL: Self = Self(1011);
    /// 1012: the server restarts.
    pub const RESTART: Self = Self(1012);
    /// 1013: the server, or this connection, is overloaded. Try again later.
    pub const TRY_AGAIN: Self = Self(1013);
    /// 1014: a gateway received an invalid response from its upstream server.
    pub const BAD_GATEWAY: Self = Self(1014);
    /// 3000: the client is not authorized, or its credentials have expired. Registered with IANA, like HTTP's 401.
    pub const UNAUTHORIZED: Self = Self(3000);

    /// Creates a close code.
    ///
    /// # Errors
    /// Returns [`InvalidClose::Code`] unless `code` is in 1000–1003, 1007–1014 or 3000–4999.
    pub const fn new(code: u16) -> Result<Self, InvalidClose> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(Self(code)),
            _ => Err(InvalidClose::Code(code)),
        }
    }

    /// Creates a close code from a literal. In a `const`, an invalid code does not compile.
    ///
    /// # Panics
    /// Panics unless `code` is in 1000–1003, 1007–1014 or 3000–4999.
    #[must_use]
    pub const fn from_static(code: u16) -> Self {
        match Self::new(code) {
            Ok(code) => code,
            Err(_) => panic!("invalid close code: it must be in 1000-1003, 1007-1014 or 3000-4999"),
        }
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl TryFrom<u16> for CloseCode {
    type Error = InvalidClose;

    fn try_from(code: u16) -> Result<Self, InvalidClose> {
        Self::new(code)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloseCode({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6455 7.4.1: "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame by an
    // endpoint."
    // RFC 6455 7.4.1: "1006 is a reserved value and MUST NOT be set as a status code in a Close control frame by an
    // endpoint."
    // RFC 6455 7.4.1: "1015 is a reserved value and MUST NOT be set as a status code in a Close control frame by an
    // endpoint."
    #[test]
    fn c7_only_codes_that_may_be_sent_can_be_built() {
        for code in 0..=u16::MAX {
            let may = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
            assert_eq!(CloseCode::new(code).is_ok(), may, "{code}");
        }
    }
}
