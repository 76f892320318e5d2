//! Drives a handler over a socket: one task owns both, so that no lock is held across a wait, nothing is split, and no
//! send is cancelled half-way. In reading order: the guard that makes sure of `terminate`, the conversation, one call
//! of a callback, the line that everything waits on, its deadlines, and how it ends.

mod call;
mod conversation;
mod deadlines;
mod ending;
pub(crate) mod guard;
mod line;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join;
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use self::call::{Boxed, Carry, Inline, is_large};
use self::conversation::converse;
use self::guard::Guard;
use self::line::Line;
use crate::handler::Handler;
use crate::limits::Limits;
use crate::panics;
use crate::terminate::Terminate;
use crate::wire::deflate::Settled;
use crate::wire::messages::Messages;
use crate::wire::transport::Transport;

/// How long the 101 may take to go out.
const UPGRADE: Duration = Duration::from_secs(10);

/// Starts the connection's task, which begins when hyper hands over the stream.
pub(crate) fn spawn<H: Handler>(
    guard: Guard<H>,
    upgrading: OnUpgrade,
    limits: Limits,
    settled: Option<Settled>,
) {
    // An idle connection is as large as the largest callback's future: large ones are boxed while they run.
    if is_large::<H>() {
        tokio::spawn(run::<H, Boxed>(guard, upgrading, limits, settled));
    } else {
        tokio::spawn(run::<H, Inline>(guard, upgrading, limits, settled));
    }
}

async fn run<H: Handler, C: Carry>(
    mut guard: Guard<H>,
    upgrading: OnUpgrade,
    limits: Limits,
    settled: Option<Settled>,
) {
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
    let mut line = Line::new(messages, limits, guard.post());
    let conversation = converse::<H, C>(guard.session(), &mut line);
    let reason = match AssertUnwindSafe(conversation).catch_unwind().await {
        Ok(Err(reason)) => reason,
        Err(payload) => Terminate::Panic(panics::caught(guard.session().callback(), &*payload)),
    };
    let (close, orderly) = (ending::close_frame(&reason), ending::is_orderly(&reason));
    // A client that is slow to close does not hold back `terminate`, nor the other way round.
    join(line.close(close, orderly), guard.finish(reason)).await;
}
