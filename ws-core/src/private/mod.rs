//! Support for the code that the macros generate. Do not use it by hand: it changes without notice.
//!
//! In reading order: creating a handler (`init`) or a service (`service_init`), with the arguments that come from the
//! request (`extract`) and the states that they need (`probe`); the size of infos (`measured`); the return value of
//! `#[join]` (`joined`); the messages that an `#[incoming]` takes (`incoming`); the arguments of the other callbacks
//! (`arguments`); and the errors that `#[error]` receives (`errors`) and the events of `#[message]` (`events`).
#![allow(missing_docs, reason = "seen only by what the macros write")]

mod arguments;
mod errors;
mod events;
mod extract;
mod incoming;
mod init;
mod joined;
mod measured;
mod probe;
mod service_init;

pub use std::sync::Arc;

pub use axum::response::Response;
pub use http::request::Parts;
pub use inventory;

pub use self::arguments::{CloseArgument, MemberArgument, TerminateArgument, UpgradeArgument};
pub use self::errors::{ErrorArgument, NoClose, choose_error};
pub use self::events::{
    Answer, AnswerTo, BadPayloadsOf, Call, DefaultEnvelope, Events, EventsOf, NotReceived, Problem, Returned,
    ReturnsKept, ReturnsSent, ReturnsValue, answer_problem, events,
};
pub use self::extract::{Extractor, JoinExtractor, ask, extract};
pub use self::incoming::*;
pub use self::init::{ByDefault, IntoInit, by_default};
pub use self::joined::{
    IntoRejoin, IsNoResult, IsResult, Joined, KeptWhole, Rejection, WrittenResult, joined,
};
pub use self::measured::{Measured, NoHeapSize};
pub use self::probe::{FromHandle, FromOwn, FromState, Probe, sources};
pub use self::service_init::{FromApp, IntoService, StartedByDefault, from_app, started_by_default};
pub use crate::handler::{ErrorKind, Fit};
pub use crate::route::linked::Linked;
pub use crate::route::options::RouteOptions;
pub use crate::shared::heartbeat::Heartbeat;
pub use crate::shared::panics::Named;

use crate::connection::{End, Local};
use crate::handler::{AppHandle, Context, Handler, IntoReply, Reply};
use crate::hub::DeliveryCounts;
use crate::message::{BadPayload, BoxError, Escaped};
use crate::service::{Control, Member, Service, log_error};
use crate::shared::log_limit::Line;

/// Sets the name of the running callback, as it is written in the program.
pub fn enter<H: Handler>(cx: &mut Context<H>, callback: &'static str) {
    cx.local().callback = callback;
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

/// Handles the return value of `#[terminate]`: an error is logged. Messages are dropped, because the connection has
/// ended.
pub fn ended<H: Handler>(cx: &mut Context<H>, returned: impl IntoReply) {
    let mut reply = Reply::new();
    returned.into_reply(&mut reply);
    report(std::any::type_name::<H>(), cx.local(), &mut reply);
}

fn report(handler: &'static str, local: &Local, reply: &mut Reply) {
    if let Some(End::Failed(error)) = reply.outbox().take_end()
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
