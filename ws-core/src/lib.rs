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

// Layer 0
mod accept;
mod clock;
mod close;
mod compression;
mod error;
mod incoming;
mod into_message;
mod limits;
mod message;
mod panics;
mod pattern;
mod terminate;
// Layer 1
#[cfg(feature = "client")]
pub mod client;
mod protocol;
// Layer 2
mod handshake;
// Layer 3
mod hub;
mod shared;
// Layer 4
mod audience;
mod context;
mod handle;
mod handler;
mod payload;
mod reply;
mod request;
mod socket;
mod state;
mod timer;
mod upgrade;
mod url;
// Layer 5
mod connection;
pub mod service;
// Layer 6
mod app;
mod route;
// Layer 7
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod server;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod prelude;

pub use self::app::App;
pub use self::audience::{Audience, BroadcastFor};
pub use self::close::{Close, CloseCode, InvalidClose, Reason};
pub use self::compression::Compression;
pub use self::context::Context;
pub use self::error::{Error, Result, UrlError};
pub use self::handle::AppHandle;
pub use self::handler::{Handler, InfoFor};
pub use self::hub::presence::{PresenceEvent, Present};
pub use self::hub::{Hub, Reached};
pub use self::incoming::{Incoming, IncomingBytes, IncomingText};
pub use self::into_message::IntoMessage;
pub use self::limits::{InboxLimits, InboxOverflow, Limits, MailboxLimits, Origins, Overflow};
pub use self::message::{ControlPayload, ControlPayloadTooLong, Message, Text};
pub use self::payload::{BadPayload, FromBinary, FromControl, FromMessage, FromText};
pub use self::reply::{CallbackError, IntoReply, Reply};
pub use self::request::Params;
pub use self::route::Route;
pub use self::route::table::Routes;
pub use self::server::{Server, run};
pub use self::service::{IntoControl, Member, Service, ServiceHandle, ServiceInfo};
pub use self::shared::drain::Drained;
pub use self::shared::mailbox::{ConnectionId, Delivery};
pub use self::shared::state::Needs;
pub use self::shared::stats::Stats;
pub use self::socket::Socket;
pub use self::state::State;
pub use self::terminate::{BoxError, Failed, Panic, StopReason, Terminate};
pub use self::timer::Timer;
pub use self::upgrade::Upgrade;
pub use self::url::UrlParams;
pub use axum::Json;
pub use bytes::Bytes;
pub use ws_macros::{service, websocket};
