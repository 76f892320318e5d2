//! What a handler's file needs: `use ws_core::prelude::*;`
//!
//! The markers of callbacks (`#[text]`, `#[info]`, …) are not in it: the macro takes them away, so that nothing of the
//! same name is hidden.

pub use bytes::Bytes;

pub use crate::app::App;
pub use crate::close::{Close, CloseCode, Reason};
pub use crate::context::Context;
pub use crate::handle::AppHandle;
pub use crate::hub::Hub;
pub use crate::hub::presence::{PresenceEvent, Present};
pub use crate::incoming::Incoming;
pub use crate::message::{Message, Text};
pub use crate::reply::{IntoReply, Reply};
pub use crate::service::{Control, Member, ServiceHandle};
pub use crate::socket::Socket;
pub use crate::state::State;
pub use crate::terminate::Terminate;
pub use crate::timer::Timer;
pub use crate::upgrade::Upgrade;
pub use axum::Json;
pub use ws_macros::{service, websocket};
