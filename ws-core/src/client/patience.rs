//! The time limit that the testing kit puts on every wait. Other clients have none.

use std::pin::pin;
use std::sync::mpsc as thread_mpsc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::sync::oneshot;

use super::error::Error;

/// Waits for `future`, but at most for `patience` in real time. The runtime's clock would not do: while it is paused,
/// any number of the app's timers can fire before `patience` is over.
pub(crate) async fn patiently<F: Future>(
    patience: Option<Duration>,
    waiting_for: &'static str,
    future: F,
) -> Result<F::Output, Error> {
    let Some(patience) = patience else { return Ok(future.await) };
    let mut future = pin!(future);
    // A future that is ready needs no thread.
    if let Some(output) = future.as_mut().now_or_never() {
        return Ok(output);
    }
    let (expire, expired) = oneshot::channel();
    let (cancel, cancelled) = thread_mpsc::channel::<()>();
    thread::spawn(move || {
        if cancelled.recv_timeout(patience) == Err(thread_mpsc::RecvTimeoutError::Timeout) {
            let _ = expire.send(());
        }
    });
    let outcome = match select(future, expired).await {
        Either::Left((output, _)) => Ok(output),
        Either::Right(_) => Err(Error::Timeout { waiting_for, seconds: patience.as_secs() }),
    };
    drop(cancel);
    outcome
}
