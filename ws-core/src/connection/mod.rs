//! A connection. One task owns its stream, its protocol state and its handler: no lock is held across an await, the
//! stream is not split, and no send is cancelled halfway.
//!
//! In reading order: the [`connection`](mod@connection) as other tasks see it, with its [`mailbox`] ([`entries`],
//! [`mail`], [`replay`], [`lost`], [`batch`], [`delivery`]), [`commands`], [`subscriptions`] and [`request`]; the part
//! of its own task ([`local`], [`timers`], [`outbox`], the [`message_stream`] of a callback); the [`session`], which is
//! a handler or a member of a service; the [`driver`], which is the connection's event loop, which passes messages to the
//! page session `beside`; its [`io`], its [`deadlines`] and the [`alarms`] that they set, its [`rate`] limit and the
//! [`lease`] of its client's credentials; the [`guard`], which guarantees that `terminate` runs; the close frame of each
//! [`ending`]; and the [`registry`] of open connections.

mod alarms;
mod batch;
#[cfg(feature = "pages")]
mod beside;
mod commands;
#[expect(clippy::module_inception, reason = "one type, one file")]
mod connection;
mod deadlines;
mod delivery;
mod driver;
mod ending;
mod entries;
mod guard;
mod io;
mod lease;
mod local;
mod lost;
mod mail;
mod mailbox;
mod message_stream;
mod outbox;
mod rate;
mod registry;
mod replay;
mod request;
mod session;
mod subscriptions;
mod task;
#[cfg(test)]
mod tests;
mod timers;
mod work;
mod yielding;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::thread;
use std::time::Duration;

#[cfg(feature = "http2")]
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::{Either, join, select};
use hyper::upgrade::{OnUpgrade, Upgraded};
use tokio::time::timeout;

#[cfg(feature = "pages")]
pub(crate) use self::beside::Beside;
pub(crate) use self::commands::Command;
pub(crate) use self::connection::Connection;
pub use self::connection::ConnectionId;
pub use self::delivery::Delivery;
pub(crate) use self::driver::{Driver, Event};
pub(crate) use self::ending::lets_callback_finish;
pub(crate) use self::guard::{Guard, RouteFacts};
#[cfg(feature = "http2")]
pub(crate) use self::io::Multiplexed;
use self::io::Stream;
pub(crate) use self::io::{InUse, Lent, Phase, Progress, ReadBuffer, Socket, Timed, Unread};
pub(crate) use self::lease::Notice;
pub use self::lease::{Expiring, Expiry, IntoExpiry};
pub(crate) use self::local::Local;
pub(crate) use self::lost::Lost;
pub(crate) use self::mail::{Info, InfoBatch, Infos, Mail, Published};
pub(crate) use self::mailbox::Rejected;
pub use self::message_stream::{IncompleteMessage, MessageStream};
pub(crate) use self::outbox::{End, Outbox};
pub(crate) use self::registry::{Registry, shrink_after_burst};
pub use self::request::Params;
pub(crate) use self::request::Request;
pub(crate) use self::session::{EventLoop, Running, Session};
pub(crate) use self::subscriptions::Joined;
pub use self::task::Task;
pub use self::timers::Timer;
pub(crate) use self::timers::{TIMERS, Timers};
use crate::message::Terminate;
use crate::protocol::deflate::Negotiated;
use crate::shared::admission::Answering;
use crate::shared::limits::SharedLimits;
use crate::shared::load::Placed;
use crate::shared::panics;

/// The time limit for sending the 101 response.
const UPGRADE: Duration = Duration::from_secs(10);

/// The stream that hyper hands over once the 101 response is written.
pub(crate) struct Upgrading {
    pub(crate) on_upgrade: OnUpgrade,
    /// Known on a server of ours.
    pub(crate) answering: Option<Answering>,
    /// The stream of an HTTP/2 connection of ours that carries the WebSocket.
    #[cfg(feature = "http2")]
    pub(crate) multiplexed: Option<Multiplexed>,
}

/// Waits for the upgrade, unless the response is plain HTTP.
async fn unless_plain(on_upgrade: OnUpgrade, answering: Option<Answering>) -> Option<Upgraded> {
    let Some(answering) = answering else { return on_upgrade.await.ok() };
    match select(on_upgrade, pin!(answering.plainly())).await {
        Either::Left((upgraded, _)) => upgraded.ok(),
        Either::Right(_) => None,
    }
}

/// Runs a connection in a task, from the moment that hyper hands over the stream. The futures that only the beginning and
/// the end of a connection need are boxed, so that live connections do not carry them.
pub(crate) fn spawn(
    mut guard: Guard,
    upgrading: Upgrading,
    limits: SharedLimits,
    negotiated: Option<Negotiated>,
) {
    if guard.session().keeps_driver() {
        tokio::spawn(run_without_driver(guard, upgrading, limits, negotiated));
    } else {
        tokio::spawn(run(guard, upgrading, limits, negotiated));
    }
}

/// Runs a connection whose driver the task keeps.
fn run(
    guard: Guard,
    upgrading: Upgrading,
    limits: SharedLimits,
    negotiated: Option<Negotiated>,
) -> impl Future<Output = ()> + Send {
    let beginning = Box::pin(begin(guard, upgrading, limits, negotiated));
    async move {
        let Some(mut begun) = beginning.await else { return };
        let running = begun.guard.session().run(Some(&mut begun.driver));
        let ended = AssertUnwindSafe(running).catch_unwind().await;
        Box::pin(begun.end(ended)).await;
    }
}

/// Runs a connection whose driver the session keeps, so the task is smaller.
fn run_without_driver(
    guard: Guard,
    upgrading: Upgrading,
    limits: SharedLimits,
    negotiated: Option<Negotiated>,
) -> impl Future<Output = ()> + Send {
    let beginning =
        Box::pin(async move { begin(guard, upgrading, limits, negotiated).await.map(Kept::from) });
    async move {
        let Some(mut kept) = beginning.await else { return };
        let ended = AssertUnwindSafe(kept.session().run(None)).catch_unwind().await;
        Box::pin(async move {
            if let Some(begun) = kept.into_begun() {
                begun.end(ended).await;
            }
        })
        .await;
    }
}

/// A connection whose upgrade is complete. Its parts are dropped in this order.
struct Begun {
    driver: Driver,
    guard: Guard,
    _placed: Option<Placed>,
}

impl Begun {
    /// Closes the stream, and ends the session.
    async fn end(mut self, ended: thread::Result<Result<Infallible, Terminate>>) {
        let Self { driver, guard, _placed: _ } = &mut self;
        let reason = match ended {
            // A callback usually fails because the rest of its message does not come: the end is the reason for that.
            Ok(Err(reason)) if lets_callback_finish(&reason) && !driver.cut_message() => {
                guard.session().failure().unwrap_or(reason)
            }
            Ok(Err(reason)) => reason,
            Err(payload) => Terminate::Panic(panics::caught(guard.session().local().callback, payload)),
        };
        let (close, orderly) = (ending::close_frame(&reason), ending::is_orderly(&reason));
        // Concurrently: a client that is slow to close does not delay `terminate`, and `terminate` does not delay the
        // close.
        join(driver.close(close, orderly), guard.finish(reason)).await;
    }
}

/// A connection whose upgrade is complete, and whose session keeps the driver. Like [`Begun`], it drops the driver first.
struct Kept {
    guard: Option<Guard>,
    placed: Option<Placed>,
}

impl Kept {
    fn session(&mut self) -> &mut dyn Session {
        self.guard.as_mut().expect("it is there until the end").session()
    }

    fn into_begun(mut self) -> Option<Begun> {
        let driver = self.session().release()?;
        Some(Begun { driver, guard: self.guard.take()?, _placed: self.placed.take() })
    }
}

impl From<Begun> for Kept {
    fn from(begun: Begun) -> Self {
        let Begun { driver, mut guard, _placed: placed } = begun;
        drop(guard.session().adopt(driver));
        Self { guard: Some(guard), placed }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(guard) = &mut self.guard {
            drop(guard.session().release());
        }
    }
}

/// Completes the upgrade. Otherwise the session is over.
async fn begin(
    mut guard: Guard,
    upgrading: Upgrading,
    limits: SharedLimits,
    negotiated: Option<Negotiated>,
) -> Option<Begun> {
    #[cfg(feature = "http2")]
    let multiplexed = upgrading.multiplexed;
    // The response is usually sent by now.
    let Upgrading { mut on_upgrade, answering, .. } = upgrading;
    let upgraded = match (&mut on_upgrade).now_or_never() {
        Some(upgraded) => upgraded.ok(),
        // A client that does not read the 101 response must not keep the connection open.
        None => timeout(UPGRADE, unless_plain(on_upgrade, answering)).await.ok().flatten(),
    };
    let Some(upgraded) = upgraded else {
        guard.finish(Terminate::Abandoned).await;
        return None;
    };
    guard.upgraded();
    #[cfg(feature = "http2")]
    let (stream, early, placed) = match multiplexed {
        Some(multiplexed) => (multiplexed.stream(upgraded), Bytes::new(), None),
        None => Stream::of(upgraded),
    };
    #[cfg(not(feature = "http2"))]
    let (stream, early, placed) = Stream::of(upgraded);
    stream.set_send_buffer(limits.send_buffer);
    let driver = Driver::new(stream, &early, &limits, negotiated, guard.connection());
    Some(Begun { driver, guard, _placed: placed })
}
