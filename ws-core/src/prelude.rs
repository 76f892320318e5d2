//! The items that most handlers and services use: `use ws_core::prelude::*;`
//!
//! The markers of callbacks (`#[text]`, `#[info]`, …) need no import: the macros remove them. The prelude exports most
//! of them only so that the compiler can report one that is outside of a `#[websocket] impl`.

pub use axum::Json;
pub use bytes::Bytes;
#[doc(hidden)]
pub use ws_macros::{
    binary, broadcast, close, handle, incoming, init, join, message, open, outgoing, ping, pong, rejoin,
    terminate, text, timeout,
};
pub use ws_macros::{service, websocket};

pub use crate::app::App;
#[cfg(feature = "pages")]
pub use crate::browser::BrowserSession;
pub use crate::connection::{Expiring, MessageStream, Timer};
pub use crate::handler::{AppHandle, Context, IntoReply, Reply, Socket, State, Upgrade};
pub use crate::hub::{Hub, PresenceDiff, PresenceEvent, Present};
#[cfg(feature = "cbor")]
pub use crate::message::Cbor;
#[cfg(feature = "msgpack")]
pub use crate::message::MsgPack;
pub use crate::message::{Close, CloseCode, Incoming, Message, Reason, Terminate, Text};
#[cfg(feature = "pages")]
pub use crate::page::{PageSession, Pages};
pub use crate::service::{Control, Member, MemberExpiring, ServiceContext, ServiceHandle, ServiceKey};
