//! The handler and the arguments of its callbacks. In reading order: the [`handler`](mod@handler) trait and its infos
//! ([`info_for`], [`heap_size`]); the [`upgrade`] of `#[init]`, the [`context`] of the other callbacks, and their
//! [`reply`] ([`into_reply`]) and errors ([`received_error`], [`error_reply`], also those of events, [`answering`]);
//! handles for the rest of the program ([`socket`], [`app_handle`]); [`broadcast`]s, [`url_params`] and the
//! [`extractor_state`]; and the [`session`], which runs a handler on a connection: [`at_once`] if its callbacks are
//! never pending, otherwise [`pooled`], in [`coroutines`] that connections share
//! ([`handoff`]).

mod answering;
mod app_handle;
mod at_once;
mod broadcast;
mod context;
mod coroutines;
mod error_reply;
mod extractor_state;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod handler;
mod handoff;
mod heap_size;
mod info_for;
mod into_reply;
mod pooled;
mod received_error;
mod reply;
pub(crate) mod session;
mod socket;
mod spawn_result;
pub(crate) mod upgrade;
mod url_params;

pub use axum::extract::State;

pub use self::app_handle::AppHandle;
pub(crate) use self::app_handle::AppInner;
pub use self::broadcast::{BroadcastFor, BroadcastTarget};
pub use self::context::Context;
pub use self::error_reply::ErrorReply;
pub use self::extractor_state::ExtractorState;
pub use self::handler::Handler;
pub use self::heap_size::HeapSize;
pub use self::info_for::InfoFor;
pub use self::into_reply::{CallbackError, IntoReply};
pub use self::received_error::{ErrorFor, ErrorKind, Fit, OfAnyType, OfType, ReceivedError};
pub use self::reply::Reply;
pub use self::socket::Socket;
pub use self::spawn_result::{Delivered, SpawnResult};
pub use self::upgrade::Upgrade;
pub use self::url_params::UrlParams;
