//! Support for the code that the macros generate. Do not use it by hand: it changes without notice.
//!
//! The size of infos (`measured`), and functions. The traits that the compiler may name are in the public module `macros`.
#![allow(missing_docs, reason = "seen only by what the macros write")]

mod measured;

pub use std::sync::Arc;

pub use axum::response::Response;
pub use http::request::Parts;
pub use inventory;

pub use self::measured::{Measured, NoHeapSize};
#[cfg(feature = "pages")]
pub use crate::browser::page_call::{PageAnswer, PageCall};
#[cfg(feature = "pages")]
pub use crate::browser::page_message::{LinkedMessage, PageFuture};
pub use crate::event::{Call, Problem};
pub use crate::handler::{ErrorKind, Fit};
pub use crate::macros::*;
pub use crate::route::options::RouteOptions;
pub use crate::shared::heartbeat::Heartbeat;
pub use crate::shared::panics::Named;

use crate::connection::Local;
use crate::handler::{AppHandle, Context, Handler};
use crate::hub::DeliveryCounts;
use crate::message::{BadPayload, BoxError, Close, Escaped};
use crate::service::{Control, Member, Service, log_error};
use crate::shared::log_limit::Line;

/// The names around the payload of an event of a page.
#[cfg(feature = "pages")]
pub const PAGE_ENVELOPE: crate::Envelope = crate::page::wire::ENVELOPE;

/// Sets the name of the running callback, as it is written in the program.
pub fn enter<H: Handler>(cx: &mut Context<H>, callback: &'static str) {
    cx.local.callback = callback;
}

/// Delivers a broadcast to every connection of `H`.
pub fn broadcast<H: Handler>(app: &AppHandle, mut info: impl FnMut() -> H::Info) -> DeliveryCounts {
    app.sockets::<H>().iter().map(|socket| socket.own_info(info())).collect()
}

/// Delivers a broadcast to every instance of service `S`.
pub fn broadcast_to_service<S: Service>(
    app: &AppHandle,
    mut broadcast: impl FnMut() -> S::Broadcast,
) -> DeliveryCounts {
    app.services::<S>().iter().map(|service| service.own_broadcast(broadcast())).collect()
}

/// Logs the error that `#[terminate]` returned.
pub fn ended<H: Handler>(cx: &mut Context<H>, error: Option<BoxError>) {
    if let Some(error) = error {
        report(std::any::type_name::<H>(), cx.local(), &error);
    }
}

fn report(handler: &'static str, local: &Local, error: &BoxError) {
    if !error.is::<Close>()
        && let Some(Line { suppressed }) =
            local.connection.shared.log_limit.admit("error", handler, local.callback)
    {
        tracing::error!(
            handler,
            connection = %local.connection.id,
            callback = local.callback,
            suppressed,
            "callback returned an error: {}",
            Escaped(error)
        );
    }
}

/// Converts the return value of a callback of service `S` that is about no member: an error is logged.
#[must_use]
pub fn control<S: Service>(callback: &'static str, returned: Result<Control, BoxError>) -> Control {
    log_error(std::any::type_name::<S>(), callback, returned)
}

/// Handles an error of `callback` that no `#[error]` receives: the member's connection closes.
#[must_use]
pub fn fail<S: Service>(member: &Member<S>, callback: &'static str, error: BoxError) -> Control {
    member.fail(callback, error)
}

/// Sends an error that becomes messages, or a close, to the member. Returns any other error.
#[must_use]
pub fn reply_to<S: Service>(member: &Member<S>, error: BoxError) -> Option<BoxError> {
    member.reply(error)
}

/// Closes the member's connection with 1007, because its callback cannot take the payload.
#[must_use]
pub fn refuse<S: Service>(member: &Member<S>, bad: &BadPayload) -> Control {
    member.refuse(bad);
    Control::Continue
}
