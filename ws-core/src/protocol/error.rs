//! Violations of the protocol and of its limits.

use super::deflate::Corrupt;
use crate::message::Terminate;
use std::fmt;

/// The reason for failing a connection. The messages before the failure are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProtocolError {
    /// A frame or its message exceeds a limit (RFC 6455 10.4).
    TooBig(usize),
    /// A message has more frames than the limit allows.
    TooManyFragments(usize),
    // RFC 6455 5.1: "The server MUST close the connection upon receiving a frame that is not masked."
    Unmasked,
    // RFC 6455 5.2: "If a nonzero value is received and none of the negotiated extensions defines the meaning of such a
    // nonzero value, the receiving endpoint MUST _Fail the WebSocket Connection_."
    ReservedBit,
    // RFC 6455 5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail the WebSocket Connection_."
    ReservedOpcode(u8),
    /// Cowboy checks this too. Most servers do not, but no client depends on that.
    // RFC 6455 5.2: "Note that in all cases, the minimal number of bytes MUST be used to encode the length"
    LengthNotMinimal,
    /// A length of 2^63 bytes or more (RFC 6455 5.2).
    LengthTopBit,
    // RFC 6455 5.5: "All control frames MUST have a payload length of 125 bytes or less and MUST NOT be fragmented."
    ControlTooLong,
    ControlFragmented,
    /// A continuation frame outside of a fragmented message (RFC 6455 5.4).
    NothingToContinue,
    /// A text or binary frame inside a fragmented message.
    // RFC 6455 5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message unless
    // an extension has been negotiated that can interpret the interleaving."
    MessageNotFinished,
    // RFC 6455 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer (in network
    // byte order) representing a status code"
    CloseTooShort,
    /// A code that is reserved, or for reporting only (RFC 6455 7.4).
    CloseCode(u16),
    /// A close reason that is not UTF-8 (RFC 6455 5.5.1).
    CloseReason,
    // RFC 6455 8.1: "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in
    // fact, a valid UTF-8 stream, that endpoint MUST _Fail the WebSocket Connection_."
    InvalidUtf8,
    /// RFC 7692 names no close code. The server uses 1007, like Node's ws: the frames are valid, but their payload is
    /// not.
    CorruptDeflate,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooBig(value) => write!(f, "message larger than {value} bytes"),
            Self::TooManyFragments(value) => write!(f, "message with more than {value} fragments"),
            Self::Unmasked => f.write_str("unmasked frame"),
            Self::ReservedBit => f.write_str("reserved bit set"),
            Self::ReservedOpcode(value) => write!(f, "reserved opcode {value}"),
            Self::LengthNotMinimal => f.write_str("frame length not minimally encoded"),
            Self::LengthTopBit => f.write_str("frame length with its top bit set"),
            Self::ControlTooLong => f.write_str("control frame longer than 125 bytes"),
            Self::ControlFragmented => f.write_str("fragmented control frame"),
            Self::NothingToContinue => f.write_str("unexpected continuation frame"),
            Self::MessageNotFinished => f.write_str("new message within a fragmented message"),
            Self::CloseTooShort => f.write_str("close frame with a one-byte payload"),
            Self::CloseCode(value) => write!(f, "invalid close code {value}"),
            Self::CloseReason => f.write_str("close reason is not valid UTF-8"),
            Self::InvalidUtf8 => f.write_str("text is not valid UTF-8"),
            Self::CorruptDeflate => f.write_str("invalid compressed data"),
        }
    }
}

impl std::error::Error for ProtocolError {}

impl From<Corrupt> for ProtocolError {
    fn from(_: Corrupt) -> Self {
        Self::CorruptDeflate
    }
}

impl From<ProtocolError> for Terminate {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::TooBig(limit) => Self::BadSize { limit },
            ProtocolError::TooManyFragments(_) => Self::Policy(error.to_string()),
            ProtocolError::CloseReason | ProtocolError::InvalidUtf8 | ProtocolError::CorruptDeflate => {
                Self::BadEncoding(error.to_string())
            }
            ProtocolError::Unmasked
            | ProtocolError::ReservedBit
            | ProtocolError::ReservedOpcode(_)
            | ProtocolError::LengthNotMinimal
            | ProtocolError::LengthTopBit
            | ProtocolError::ControlTooLong
            | ProtocolError::ControlFragmented
            | ProtocolError::NothingToContinue
            | ProtocolError::MessageNotFinished
            | ProtocolError::CloseTooShort
            | ProtocolError::CloseCode(_) => Self::BadFrame(error.to_string()),
        }
    }
}
