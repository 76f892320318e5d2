//! Yields to other tasks, from within a poll function.

use std::pin::pin;
use std::task::Context;

use tokio::task::yield_now;

/// Wakes the task after other tasks have run and the runtime has polled its sockets. `wake_by_ref` would let the task run
/// again before the sockets are polled.
pub(super) fn yield_once(task: &mut Context<'_>) {
    let _ = pin!(yield_now()).poll(task);
}
