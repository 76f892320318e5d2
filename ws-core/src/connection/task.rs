//! A handle to a task that a handler spawned.

use tokio::task::AbortHandle;

/// A handle to work that [`Context::spawn`](crate::Context::spawn) or
/// [`Context::spawn_stream`](crate::Context::spawn_stream), or the same of a
/// [`ServiceContext`](crate::ServiceContext), started. Dropping it does not cancel the work.
#[derive(Clone, Debug)]
pub struct Task(Option<AbortHandle>);

impl Task {
    pub(crate) const fn new(handle: AbortHandle) -> Self {
        Self(Some(handle))
    }

    /// The handle of work that did not start, because its connection or service ends, or too much is under way.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Cancels the work: its future or stream is dropped at its current `.await`. A result that is queued already is
    /// still delivered.
    pub fn cancel(&self) {
        if let Some(handle) = &self.0 {
            handle.abort();
        }
    }

    /// Returns `true` once the work has ended, by itself or because it was cancelled. Its result may still wait for the
    /// `#[info]` callback.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.as_ref().is_none_or(AbortHandle::is_finished)
    }
}
