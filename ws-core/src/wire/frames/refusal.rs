//! How what a client sends comes to an end: its close frame, or what may not be passed on.

use crate::close::Close;
use crate::terminate::Terminate;

/// Nothing more comes out of the stream; as the error inside an [`io::Error`](std::io::Error), it passes the codec.
#[derive(Debug, thiserror::Error)]
pub(crate) enum End {
    /// A close frame, with a code or without one.
    #[error("a close frame")]
    Closed(Option<Close>),
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why a frame is refused; what came before it was passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// It, or its message, is over the limit (C17).
    #[error("a message of more than {0} bytes")]
    TooBig(usize),
    /// Its message comes in more frames than the limit.
    #[error("a message in more than {0} fragments")]
    Fragments(usize),
    /// RFC 6455 5.1: a client masks all its frames.
    #[error("a frame without a mask")]
    Unmasked,
    /// RFC 6455 5.2: no extension that was agreed on gives the bit a meaning, or not on such a frame (RFC 7692 6.1).
    #[error("a frame with a reserved bit")]
    ReservedBit,
    /// RFC 6455 5.2: 3 to 7 and 11 to 15 mean nothing yet.
    #[error("a frame with the reserved opcode {0}")]
    Opcode(u8),
    /// RFC 6455 5.2: the minimal number of bytes must be used, and the highest bit must not. As in Cowboy; many others
    /// let it pass, so nobody can need it.
    #[error("a frame whose length is not written in the fewest bytes")]
    Length,
    /// RFC 6455 5.5.
    #[error("a control frame of more than 125 bytes")]
    LongControl,
    /// RFC 6455 5.5.
    #[error("a control frame in fragments")]
    FragmentedControl,
    /// RFC 6455 5.4.
    #[error("a continuation of no message")]
    NothingToContinue,
    /// RFC 6455 5.4.
    #[error("a new message before the last one was whole")]
    NotContinued,
    /// RFC 6455 5.5.1: the code takes two.
    #[error("a close frame of one byte")]
    ShortClose,
    /// RFC 6455 7.4: one that is reserved, or for reporting alone.
    #[error("a close frame with the code {0}, which may not be sent")]
    CloseCode(u16),
    /// RFC 6455 5.5.1.
    #[error("a close reason that is not UTF-8")]
    CloseReason,
    /// RFC 7692 names no code. 1007, as ws for Node answers: the frames are sound, their payload is not what it says.
    #[error("a compressed message that cannot be inflated")]
    Corrupt,
}

impl From<Refusal> for Terminate {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooBig(limit) => Self::BadSize { limit },
            Refusal::Fragments(_) => Self::Policy(refusal.to_string()),
            Refusal::CloseReason | Refusal::Corrupt => Self::BadEncoding(refusal.to_string()),
            Refusal::Unmasked
            | Refusal::ReservedBit
            | Refusal::Opcode(_)
            | Refusal::Length
            | Refusal::LongControl
            | Refusal::FragmentedControl
            | Refusal::NothingToContinue
            | Refusal::NotContinued
            | Refusal::ShortClose
            | Refusal::CloseCode(_) => Self::BadFrame(refusal.to_string()),
        }
    }
}
