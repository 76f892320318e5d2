//! Drives a handler over a stream: one task owns both, so that no lock is held across an await, nothing is split, and no
//! send is cancelled half-way. In reading order: the [`session`], the part of a handler or a service; the
//! [`run`] loop of a handler and the [`storage`] of its callbacks' futures; the [`driver`], the connection's event loop; its
//! [`io`]; its [`deadlines`]; the [`guard`] that makes sure of `terminate`; and the close frame of each [`ending`].

mod deadlines;
pub(crate) mod driver;
mod ending;
pub(crate) mod guard;
pub(crate) mod io;
pub(crate) mod run;
pub(crate) mod session;
mod storage;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join;
use hyper::upgrade::{OnUpgrade, Upgraded};
use tokio::time::timeout;

use self::driver::Driver;
use self::guard::Guard;
use self::io::Stream;
use crate::limits::Limits;
use crate::panics;
use crate::protocol::deflate::Settled;
use crate::terminate::Terminate;

/// How long the 101 may take to go out.
const UPGRADE: Duration = Duration::from_secs(10);

/// A connection from the moment that hyper hands over the stream; it is a task of its own. What is needed for its ending
/// alone is boxed then, so that no connection carries it while it lives; and a block, unlike an `async fn`, has its
/// arguments but once.
#[expect(clippy::manual_async_fn, reason = "1,272 bytes a connection in place of 3,256")]
pub(crate) fn run(
    mut guard: Guard,
    upgrading: OnUpgrade,
    limits: Limits,
    settled: Option<Settled>,
) -> impl Future<Output = ()> + Send {
    async move {
        // Held to the very end, when the stream is closed and `terminate` has run.
        let _open = guard.take_open();
        // A client that does not even read the 101 holds nothing for long.
        let Ok(Ok(upgraded)) = timeout(UPGRADE, upgrading).await else {
            return Box::pin(guard.finish(Terminate::Abandoned)).await;
        };
        guard.upgraded();
        let mut driver = driver(upgraded, &limits, settled, &mut guard);
        let conversation = guard.session().run(&mut driver);
        let reason = match AssertUnwindSafe(conversation).catch_unwind().await {
            Ok(Err(reason)) => reason,
            Err(payload) => Terminate::Panic(panics::caught(guard.session().context().callback, payload)),
        };
        let (close, orderly) = (ending::close_frame(&reason), ending::is_orderly(&reason));
        // A client that is slow to close does not hold back `terminate`, nor the other way round.
        Box::pin(join(driver.close(close, orderly), guard.finish(reason))).await;
    }
}

fn driver(upgraded: Upgraded, limits: &Limits, settled: Option<Settled>, guard: &mut Guard) -> Driver {
    let (stream, early) = Stream::of(upgraded);
    Driver::new(stream, &early, limits, settled, guard.mailbox())
}
