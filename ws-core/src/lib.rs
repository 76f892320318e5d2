//! Annotate a struct, and it is a routed WebSocket handler; everything that keeps it alive in production comes with it.
//!
//! ```no_run
//! use ws_core::prelude::*;
//!
//! /// Says what it heard.
//! #[websocket("/echo")]
//! #[derive(Default)]
//! struct Echo;
//!
//! #[websocket]
//! impl Echo {
//!     #[text]
//!     fn said(&mut self, text: &str) -> String {
//!         format!("You said: {text}")
//!     }
//! }
//!
//! fn main() -> ws_core::Result {
//!     ws_core::run("127.0.0.1:8080")
//! }
//! ```
//!
//! In layers, each importing only from those below it:
//!
//! | | |
//! |---|---|
//! | 7 server | [`run`], [`App::serve`], [`Server`] |
//! | 6 app, route | [`App`], [`Route`], [`Routes`], [`assert_routes!`] |
//! | 5 connection, service | drives a handler over a socket; [`mod@service`]: [`Service`], [`Member`], [`ServiceHandle`] |
//! | 4 handler | [`websocket`], [`Handler`], [`Context`], [`Upgrade`], [`Reply`], [`Socket`], [`AppHandle`] |
//! | 3 shared, hub | mailboxes, what an app's connections share, [`Stats`], [`Hub`] |
//! | 2 handshake | what a request has to say, extensions, origins, proxies |
//! | 1 client, protocol | [`mod@client`]: the Rust client; frames, UTF-8, the close handshake, compression, without I/O |
//! | 0 | [`Message`], [`Incoming`], [`IntoMessage`], [`Close`], [`Terminate`], [`Limits`], [`Compression`], [`Error`] |

mod error;
mod message;

mod protocol;

mod handshake;

#[cfg(feature = "client")]
pub mod client;

mod shared;

mod connection;

mod hub;

mod handler;

pub mod service;

mod route;

mod app;

mod server;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod prelude;

pub use axum::Json;
pub use bytes::Bytes;
pub use ws_macros::{service, websocket};

pub use self::app::App;
pub use self::connection::{ConnectionId, Delivery, Params, Timer};
pub use self::error::{Error, Result, UrlError};
pub use self::handler::{
    AppHandle, BroadcastFor, BroadcastTarget, CallbackError, Context, Handler, InfoFor, IntoReply, Reply,
    Socket, State, Upgrade, UrlParams,
};
pub use self::handshake::origin::Origins;
pub use self::hub::{DeliveryCounts, Hub, PresenceEvent, Present, TopicError};
pub use self::message::{
    BadPayload, BoxError, Close, CloseCode, ControlPayload, ControlPayloadTooLong, Failed, FromBinary,
    FromControl, FromMessage, FromText, Incoming, IncomingBytes, IncomingText, IntoMessage, InvalidClose,
    Message, Panic, Reason, StopReason, Terminate, Text,
};
pub use self::protocol::Compression;
pub use self::route::{Route, Routes};
pub use self::server::{Server, run};
pub use self::service::{InboxOverflow, IntoControl, Member, Service, ServiceHandle, ServiceInfo};
pub use self::shared::drain::Drained;
pub use self::shared::limits::Overflow;
pub use self::shared::states::Needs;
pub use self::shared::stats::Stats;
