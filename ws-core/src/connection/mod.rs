//! Drives a handler over a socket: one task owns both, so that no lock is held across a wait, nothing is split, and no
//! send is cancelled half-way. In reading order: the session, which is the handler's own part, one call of a callback,
//! the line that everything waits on, its turns between callbacks, its deadlines, the guard that makes sure of
//! `terminate`, and how it ends.

pub(crate) mod call;
mod deadlines;
mod ending;
pub(crate) mod guard;
pub(crate) mod line;
pub(crate) mod session;
mod turn;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join;
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use self::guard::Guard;
use self::line::Line;
use crate::limits::Limits;
use crate::panics;
use crate::terminate::Terminate;
use crate::wire::deflate::Settled;
use crate::wire::messages::Messages;
use crate::wire::transport::Transport;

/// How long the 101 may take to go out.
const UPGRADE: Duration = Duration::from_secs(10);

/// A connection from the moment that hyper hands over the stream; it is a task of its own.
pub(crate) async fn run(mut guard: Guard, upgrading: OnUpgrade, limits: Limits, settled: Option<Settled>) {
    // Held to the very end, when the stream is closed and `terminate` has run.
    let _open = guard.take_open();
    // A client that does not even read the 101 holds nothing for long.
    let Ok(Ok(upgraded)) = timeout(UPGRADE, upgrading).await else {
        return guard.finish(Terminate::Abandoned).await;
    };
    guard.upgraded();
    let (transport, early) = Transport::of(upgraded);
    let messages = Messages::new(transport, &early, &limits, settled);
    drop(early);
    let mut line = Line::new(messages, limits, guard.mailbox());
    let conversation = guard.session().converse(&mut line);
    let reason = match AssertUnwindSafe(conversation).catch_unwind().await {
        Ok(Err(reason)) => reason,
        Err(payload) => Terminate::Panic(panics::caught(guard.session().context().callback, payload)),
    };
    let (close, orderly) = (ending::close_frame(&reason), ending::is_orderly(&reason));
    // A client that is slow to close does not hold back `terminate`, nor the other way round.
    join(line.close(close, orderly), guard.finish(reason)).await;
}
