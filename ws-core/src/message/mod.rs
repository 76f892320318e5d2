//! Messages, and the values that go with them. In reading order: the [`message`](mod@message) that is sent; the message
//! that is received ([`incoming`]); the types that callbacks take ([`payload`]) and send ([`into_message`]); [`close`]
//! codes; and why a connection ended ([`terminate`]).

mod close;
mod escaped;
mod incoming;
mod into_message;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod message;
mod payload;
mod terminate;

pub use self::close::{Close, CloseCode, InvalidClose, Reason};
pub(crate) use self::escaped::Escaped;
pub use self::incoming::{Incoming, IncomingBytes, IncomingText};
pub use self::into_message::IntoMessage;
pub use self::message::{ControlPayload, ControlPayloadTooLong, Message, Text};
pub use self::payload::{BadPayload, FromBinary, FromControl, FromMessage, FromText};
pub use self::terminate::{BoxError, Failed, Panic, StopReason, Terminate};
