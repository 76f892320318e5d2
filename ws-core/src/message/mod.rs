//! Messages, and the values that go with them. In reading order: the [`message`](mod@message) that is sent, its [`text`],
//! its [`control_payload`], or its [`close`] with a [`close_code`] and a [`reason`]; the message that is received
//! ([`incoming`]); the types that callbacks take ([`payload`], and with their features `msgpack` and `cbor`) and send
//! ([`into_message`]); why a connection ended
//! ([`terminate`]); and texts from outside, made safe for a log line ([`escaped`]).

#[cfg(feature = "cbor")]
mod cbor;
mod close;
mod close_code;
mod control_payload;
mod escaped;
mod incoming;
mod into_message;
mod invalid_close;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod message;
#[cfg(feature = "msgpack")]
mod msgpack;
mod payload;
mod reason;
mod terminate;
mod text;

#[cfg(feature = "cbor")]
pub use self::cbor::Cbor;
pub use self::close::Close;
pub use self::close_code::CloseCode;
pub use self::control_payload::{ControlPayload, ControlPayloadTooLong};
pub(crate) use self::escaped::Escaped;
pub use self::incoming::{Incoming, IncomingBytes, IncomingText};
pub use self::into_message::IntoMessage;
pub use self::invalid_close::InvalidClose;
pub use self::message::Message;
#[cfg(feature = "msgpack")]
pub use self::msgpack::MsgPack;
pub use self::payload::{BadPayload, FromBinary, FromControl, FromMessage, FromText};
pub use self::reason::Reason;
pub use self::terminate::{BoxError, Failed, Panic, StopReason, Terminate};
pub use self::text::Text;
