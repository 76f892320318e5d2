//! A WebSocket server framework. Put `#[websocket("/path")]` on a struct, and its methods become that route's event
//! handlers.
//!
//! Limits, timeouts, heartbeats, backpressure, origin checks and graceful shutdown are on by default.
//!
//! This program serves `ws://127.0.0.1:8080/echo`:
//!
//! ```no_run
//! use ws_core::prelude::*;
//!
//! /// Echoes text messages.
//! #[websocket("/echo")]
//! #[derive(Default)]
//! struct Echo;
//!
//! #[websocket]
//! impl Echo {
//!     #[text]
//!     fn echo(&mut self, text: &str) -> &str {
//!         text
//!     }
//! }
//!
//! fn main() -> ws_core::Result {
//!     ws_core::run("127.0.0.1:8080")
//! }
//! ```
//!
//! # A tour
//!
//! - **Handlers.** [`websocket`] turns a struct into a handler: there is one value of it for each connection. Its
//!   callbacks take the payload of a message ([`FromText`], [`FromBinary`]) and a [`Context`], and return replies
//!   ([`IntoReply`]). The optional `#[init]` callback creates the handler during the handshake. It takes axum
//!   extractors, the app's [`State`] and the [`Upgrade`], and may reject the request with any HTTP response. An
//!   `#[error]` callback turns errors and bad payloads into messages, and `#[message]` callbacks receive typed events in
//!   JSON. Without
//!   the macro, implement [`Handler`].
//! - **Services.** [`macro@service`] turns a struct into an actor: one value for all connections of its route, which are
//!   its [`Member`]s. See [`mod@service`].
//! - **Messages from elsewhere.** A [`Socket`] sends to one connection from any task or thread: a message to the
//!   client, or an *info*, a value for the handler's `#[info]` callback. [`AppHandle`] finds sockets and services, and
//!   broadcasts a typed value to all connections of a handler. The [`Hub`] publishes to the subscribers of a topic, and
//!   lists the identities (the users, for example) that are [`Present`] there.
//! - **Serving.** A path in the attribute registers its route at link time. [`run`] serves all registered routes, on a
//!   runtime for each core. [`App::serve`] and [`App::bind`] use your runtime. They listen at an address or on your own
//!   listener ([`Listen`]). [`App::into_router`] mounts the routes in an axum app. [`App`] also takes state, limits and
//!   routes that you mount by hand ([`Route`]).
//! - **Pages.** With the feature `pages`, `App::pages` gives each page of a browser a session that outlives its
//!   connections. `#[message]` functions receive the page's events, and the server sends to a page, a browser or a user.
//! - **TLS.** With the feature `tls`, `App::tls` serves `https` and `wss`; see the module `tls`.
//! - **HTTP/2.** With the feature `http2`, `App::http2` carries many WebSockets over one connection (RFC 8441).
//! - **Endings.** `#[terminate]` runs once when a connection has ended, with the reason, a [`Terminate`]. [`Stats`]
//!   counts endings, traffic and the connections that a limit ended or rejected.
//! - **Clients and tests.** `ws_core::client`, with the feature `client`, connects to any WebSocket server. `ws_core::testing` tests your handlers in
//!   memory, with the feature `testing`.
//!
//! The [prelude] has the types that a handler's file needs. The book, in the repository's `book` folder, explains each
//! part in a chapter.
//!
//! # Features
//!
//! | feature | default | enables |
//! |---|---|---|
//! | `client` | no | `ws_core::client`, the Rust client |
//! | `client-tls` | no | `wss://` for the client, with rustls |
//! | `msgpack` | no | `MsgPack<T>`, payloads and replies in MessagePack |
//! | `cbor` | no | `Cbor<T>`, payloads and replies in CBOR (RFC 8949) |
//! | `compression` | no | permessage-deflate (RFC 7692), which is still off until you set `compress` on a route or an app |
//! | `pages` | no | `App::pages`: page sessions, browser sessions, and `#[message]` functions |
//! | `tls` | no | `App::tls` and the module `tls`: the server speaks `https` and `wss`, with rustls |
//! | `http2` | no | `App::http2`: WebSockets and requests over HTTP/2 (RFC 8441) |
//! | `testing` | no | `ws_core::testing`, the testing kit; enable it in `[dev-dependencies]` |

// The layers, the lowest first: each imports only from layers that come earlier in this list. `scripts/layers` checks
// that.

mod message;

mod error;

mod event;

mod protocol;

mod handshake;

#[cfg(feature = "client")]
pub mod client;

mod shared;

#[cfg(feature = "tls")]
pub mod tls;

mod connection;

mod hub;

#[cfg(feature = "pages")]
mod page;

mod handler;

pub mod service;

mod route;

#[cfg(feature = "pages")]
mod browser;

mod app;

mod server;

pub mod macros;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
pub mod prelude;

pub use axum::Json;
pub use bytes::Bytes;
#[cfg(feature = "pages")]
pub use ws_macros::message;
pub use ws_macros::{service, websocket};

pub use self::app::{App, IntoListen, Listen, TaskResult};
#[cfg(feature = "pages")]
pub use self::browser::BrowserSession;
pub use self::connection::{
    ConnectionId, Delivery, Expiring, Expiry, IncompleteMessage, IntoExpiry, MessageStream, Params, Task,
    Timer,
};
pub use self::error::{Error, Result, UrlError};
pub use self::event::{
    Envelope, Event, EventAnswer, EventError, EventId, EventInfo, EventPayload, NoAnswer, WithEnvelope,
};
pub use self::handler::{
    AppHandle, BroadcastFor, BroadcastTarget, CallbackError, Context, ErrorFor, ErrorReply, ExtractorState,
    Handler, HeapSize, InfoFor, IntoReply, ReceivedError, Reply, Socket, SpawnResult, State, Upgrade,
    UrlParams,
};
pub use self::handshake::origins::{IntoOrigins, Origins};
#[cfg(feature = "pages")]
pub use self::handshake::session::SessionId;
pub use self::hub::{
    DeliveryCounts, History, Hub, InvalidPosition, LeftTopic, NotRecovered, Position, PresenceDiff,
    PresenceEvent, Present, Recovery, Stamp, TopicError,
};
#[cfg(feature = "cbor")]
pub use self::message::Cbor;
#[cfg(feature = "msgpack")]
pub use self::message::MsgPack;
pub use self::message::{
    BadPayload, BoxError, Close, CloseCode, ControlPayload, ControlPayloadTooLong, Failed, FromBinary,
    FromControl, FromMessage, FromText, Incoming, IncomingBytes, IncomingText, IntoMessage, InvalidClose,
    Message, Panic, Reason, StopReason, Terminate, Text,
};
#[cfg(feature = "pages")]
pub use self::page::{PageGroup, PageId, PageSession, Pages, Qos};
pub use self::protocol::Compression;
pub use self::route::{Route, RouteRequest, Routes};
pub use self::server::{Server, run};
pub use self::service::{
    InboxOverflow, IntoControl, Member, MemberExpiring, Service, ServiceContext, ServiceHandle, ServiceInfo,
    ServiceKey, ServiceResult,
};
pub use self::shared::drain::Drained;
#[cfg(feature = "http2")]
pub use self::shared::http2::Http2;
pub use self::shared::limits::Overflow;
pub use self::shared::rate_limit::{Exceeded, RateLimit};
pub use self::shared::states::Needs;
pub use self::shared::stats::Stats;
