//! The tasks that start with an app: they run beside the connections, and end with the drain. It also waits for other
//! tasks that outlive a connection.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::Shared;
use super::panics::{catch_and_log, caught};
use crate::message::{BoxError, Escaped};

/// The tasks of an app.
pub(crate) struct Background {
    running: watch::Sender<usize>,
    /// Set when a drain has ended the last connection.
    alone: watch::Sender<bool>,
}

impl Default for Background {
    fn default() -> Self {
        Self { running: watch::Sender::new(0), alone: watch::Sender::new(false) }
    }
}

impl Background {
    /// Ends the tasks, once a drain has ended the connections. Resolves when all have ended, at the latest after the
    /// deadline, unless one of them blocks its thread.
    pub(crate) async fn drained(&self) {
        self.alone.send_replace(true);
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }
}

/// Runs `task` on `runtime`. `name` is its name in the log.
pub(crate) fn start(
    shared: Arc<Shared>,
    runtime: &Handle,
    name: String,
    task: BoxFuture<'static, Result<(), BoxError>>,
) {
    let running = Running::new(shared);
    let noted = async move {
        let mut task = Noting { task: AssertUnwindSafe(task).catch_unwind(), asked: false };
        let drain = running.0.drain.watch();
        let mut alone = running.0.background.alone.subscribe();
        let mut passed = pin!(drain.passed(Duration::ZERO));
        let ended = tokio::select! {
            biased;
            ended = &mut task => Some(ended),
            () = &mut passed => None,
            _ = alone.wait_for(|alone| *alone) => None,
        };
        // A task that asked about the drain ends by itself.
        let ended = match ended {
            None if task.asked => tokio::select! {
                biased;
                ended = &mut task => Some(ended),
                () = passed => {
                    tracing::warn!(task = name, "the task is dropped at the deadline of the drain");
                    None
                }
            },
            ended => ended,
        };
        match ended {
            Some(Err(payload)) => {
                let panic = caught("", payload);
                let location = panic.location().unwrap_or("an unknown place");
                tracing::error!(task = name, "the task panicked: {} ({location})", Escaped(panic.message()));
            }
            Some(Ok(Err(error))) => tracing::error!(task = name, "the task failed: {}", Escaped(error)),
            Some(Ok(Ok(()))) if drain.has_begun() => tracing::debug!(task = name, "the task ended"),
            Some(Ok(Ok(()))) => tracing::info!(task = name, "the task ended before the server"),
            None => {}
        }
        catch_and_log(|| drop(task));
        drop(running);
    };
    runtime.spawn(noted.boxed());
}

/// Counts a task until it is dropped. A drain waits for it.
pub(crate) struct Running(Arc<Shared>);

impl Running {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        shared.background.running.send_modify(|running| *running += 1);
        Self(shared)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.background.running.send_modify(|running| *running -= 1);
    }
}

thread_local! {
    /// Whether the task that runs on this thread has asked about the drain, if one runs.
    static ASKED: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Notes that the current task asks about the drain.
pub(crate) fn ask() {
    ASKED.set(ASKED.get().map(|_| true));
}

/// A task that notes whether it has asked about the drain.
struct Noting<F> {
    task: F,
    asked: bool,
}

impl<F: Future + Unpin> Future for Noting<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let around = ASKED.replace(Some(self.asked));
        let polled = Pin::new(&mut self.task).poll(cx);
        self.asked = ASKED.replace(around) == Some(true);
        polled
    }
}
