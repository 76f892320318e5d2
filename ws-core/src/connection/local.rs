//! The part of a connection that belongs to its own task.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::commands::Command;
use super::connection::Connection;
use super::delivery::Delivery;
use super::mail::{Handled, Info};
use super::task::Task;
use super::timers::{Timer, Timers};
use super::work::Work;
use crate::shared::log_limit::Line;
use crate::shared::panics;

/// The part of a connection that belongs to its own task: the driver reads it between two callbacks.
pub(crate) struct Local {
    pub(crate) connection: Arc<Connection>,
    /// `None` as long as the handler has neither set a timer nor spawned a task.
    rare: Option<Box<Rare>>,
    /// The name of the callback that runs, or that ran last.
    pub(crate) callback: &'static str,
    /// There may be commands in the queue.
    pub(crate) commanded: bool,
    /// `open` was called.
    pub(crate) opened: bool,
}

/// The parts of a connection that few handlers use.
#[derive(Default)]
struct Rare {
    /// The mutex is never locked. It makes a context `Sync`, although infos are only `Send`.
    timers: Mutex<Timers>,
    /// Aborted with the connection.
    spawned: Option<JoinSet<()>>,
}

impl Rare {
    fn timers(&mut self) -> &mut Timers {
        self.timers.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Local {
    /// `timers`: those that were set before.
    pub(crate) fn new(connection: Arc<Connection>, timers: Option<Mutex<Timers>>) -> Self {
        let rare = timers.map(|timers| Box::new(Rare { timers, spawned: None }));
        Self { connection, rare, callback: "init", commanded: false, opened: false }
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Returns the timers, if one was ever set.
    pub(crate) fn timers(&mut self) -> Option<&mut Timers> {
        Some(self.rare.as_mut()?.timers())
    }

    /// Returns when the next timer is due.
    #[inline]
    pub(crate) fn next_timer(&mut self) -> Option<Instant> {
        self.timers()?.next()
    }

    /// Queues a command, which the driver executes while the callback runs or after it.
    pub(crate) fn command(&mut self, command: Command) -> Delivery {
        self.commanded = true;
        self.connection.commands.push(command)
    }

    fn overflow(&mut self) {
        self.connection.commands.overflow();
        self.commanded = true;
    }

    /// Delivers `info` to the handler after `delay`.
    pub(crate) fn notify_after(&mut self, delay: Duration, info: Info) -> Timer {
        let timer = self.rare().timers().set_after(delay, info);
        timer.unwrap_or_else(|| {
            self.overflow();
            Timer::none()
        })
    }

    /// Runs `work` in a task of its own, and delivers the info that it returns.
    pub(crate) fn spawn(&mut self, work: impl Future<Output = Option<Info>> + Send + 'static) -> Task {
        self.spawn_task(|running| async move {
            if let Some(info) = work.await {
                let connection = running.connection().clone();
                connection.push_result(info, Handled::Ended { _work: running });
            }
        })
    }

    /// Delivers the items of `stream`, one at a time: the stream is polled when the callback of the last item is over.
    pub(crate) fn spawn_stream(&mut self, stream: impl Stream<Item = Info> + Send + 'static) -> Task {
        self.spawn_task(|running| async move {
            let running = Arc::new(running);
            let mut stream = pin!(stream);
            while let Some(info) = stream.next().await {
                let (continues, over) = oneshot::channel();
                let handled = Handled::Stream { _work: running.clone(), _continues: continues };
                if !running.connection().push_result(info, handled) {
                    return;
                }
                let _ = over.await;
            }
        })
    }

    fn spawn_task<F: Future<Output = ()> + Send + 'static>(&mut self, work: impl FnOnce(Work) -> F) -> Task {
        let Some(running) = Work::begin(&self.connection) else {
            self.overflow();
            return Task::none();
        };
        let work = work(running);
        let connection = self.connection.clone();
        let callback = self.callback;
        let spawned = self.rare().spawned.get_or_insert_default();
        // Frees the tasks that have ended.
        while spawned.try_join_next().is_some() {}
        Task::new(spawned.spawn(async move {
            let Err(payload) = AssertUnwindSafe(work).catch_unwind().await else { return };
            let panic = panics::caught(callback, payload);
            if let Err(panic) = connection.panicked(panic)
                && let Some(Line { suppressed }) = connection.shared.log_limit.admit_panic("", &panic)
            {
                tracing::error!(connection = %connection.id, suppressed, "spawned work panicked while its \
                    connection ended: {panic}");
            }
        }))
    }
}
