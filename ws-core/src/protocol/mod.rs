//! The WebSocket protocol as a state machine (RFC 6455, RFC 7692). Received bytes go in and events come out; messages
//! go in and bytes come out. It has no socket, clock or runtime, so tests and the fuzzer can drive it with bytes alone.
//! In reading order: the [`protocol`](mod@protocol) with the close handshake, then the receiving half ([`decoder`], the
//! [`partial`] message that it gathers or delivers in [`part`]s, [`text`], [`header`], [`mod@close`] frames, [`mask`],
//! [`input`], [`error`]), then the sending half ([`encoder`], the [`write_queue`], [`prepared`] messages), the
//! [`buffers`] of both, and permessage-deflate ([`deflate`]). Tests and the fuzzer compare the receiving half with
//! tungstenite (`oracle`).

mod close;
mod compression;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod protocol;

mod decoder;
mod error;
mod header;
mod input;
mod mask;
mod part;
mod partial;
mod text;

mod encoder;
mod prepared;
mod write_queue;

mod buffers;
pub(crate) mod deflate;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod oracle;
#[cfg(test)]
mod tests;

pub use self::compression::Compression;
pub(crate) use self::decoder::FrameLimits;
pub(crate) use self::error::ProtocolError;
pub(crate) use self::input::Input;
pub(crate) use self::part::{Part, Streams};
pub(crate) use self::prepared::PreparedMessage;
pub(crate) use self::protocol::{Event, Protocol};
pub(crate) use self::write_queue::{SLICES, WriteQueue};
