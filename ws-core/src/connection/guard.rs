//! The guard: created as soon as `init` succeeds, it runs `terminate` exactly once, even if the task is aborted.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, poll_immediate, select};
use tokio::runtime::Handle;

use super::connection::Connection;
use super::registry::OpenConnections;
use super::session::Session;
use super::timers::Timers;
use crate::message::{Escaped, Terminate};
use crate::shared::Shared;
use crate::shared::admission::Permit;
use crate::shared::callbacks::within;
use crate::shared::drain::GRACE_PERIOD;
use crate::shared::log_limit::Line;
use crate::shared::panics::{self, catch_and_log, drop_each};
use crate::shared::stats::Limit;

/// The facts about a route that the ends of its connections need. They share them.
pub(crate) struct RouteFacts {
    /// The type name of the handler.
    pub(crate) handler: &'static str,
    pub(crate) open: Arc<OpenConnections>,
    /// How long `terminate` may take.
    pub(crate) limit: Option<Duration>,
}

/// A session whose `terminate` has not run yet.
struct Pending {
    session: Box<dyn Session>,
    connection: Arc<Connection>,
    route: Arc<RouteFacts>,
}

impl Pending {
    /// Stops deliveries to the connection, and counts and logs its end.
    fn end(&mut self, reason: &Terminate) {
        self.connection.shared.stats.ended(reason);
        self.route.open.remove(self.connection.id);
        self.connection.commands.shut();
        // Dropping and formatting the user's types may panic. `terminate` must run all the same.
        self.session.end();
        drop_each(self.session.local().timers().into_iter().flat_map(Timers::take_all));
        catch_and_log(|| self.report(reason));
    }

    fn report(&self, reason: &Terminate) {
        let (handler, connection) = (self.route.handler, tracing::field::display(self.connection.id));
        let log_limit = &self.connection.shared.log_limit;
        match reason {
            Terminate::Panic(panic) => {
                if let Some(Line { suppressed }) = log_limit.admit_panic(handler, panic) {
                    tracing::error!(
                        handler,
                        connection,
                        callback = panic.callback(),
                        location = panic.location(),
                        backtrace = panic.backtrace(),
                        suppressed,
                        "callback panicked: {}",
                        Escaped(panic.message())
                    );
                }
            }
            Terminate::Failed(failed) => {
                let callback = failed.callback();
                if let Some(Line { suppressed }) = log_limit.admit("error", handler, callback) {
                    tracing::error!(
                        handler,
                        connection,
                        callback,
                        suppressed,
                        "callback returned an error: {}",
                        Escaped(failed.error())
                    );
                }
            }
            Terminate::Overflow => {
                if let Some(Line { suppressed }) = log_limit.admit("overflow", handler, "") {
                    tracing::warn!(handler, connection, suppressed, "connection closed: {reason}");
                }
            }
            reason => tracing::debug!(handler, connection, "connection ended: {reason}"),
        }
    }

    /// The time limit of `terminate`.
    fn in_time(&self) -> InTime {
        InTime {
            shared: self.connection.shared.clone(),
            limit: self.route.limit,
            handler: self.route.handler,
            callback: self.session.last_callback(),
        }
    }

    /// Runs the `terminate` callback. A panic in it is logged.
    async fn terminate(&mut self, reason: &Arc<Terminate>) {
        self.session.local().callback = self.session.last_callback();
        let terminating = async { self.session.terminate(reason).await };
        if let Err(payload) = AssertUnwindSafe(terminating).catch_unwind().await {
            let panic = panics::caught(self.session.local().callback, payload);
            let log_limit = &self.connection.shared.log_limit;
            if let Some(Line { suppressed }) = log_limit.admit_panic(self.route.handler, &panic) {
                tracing::error!(
                    handler = self.route.handler,
                    connection = %self.connection.id,
                    callback = panic.callback(),
                    suppressed,
                    "{panic}"
                );
            }
        }
    }
}

/// Limits the time of a `terminate`.
struct InTime {
    shared: Arc<Shared>,
    limit: Option<Duration>,
    handler: &'static str,
    callback: &'static str,
}

impl InTime {
    /// Runs `terminating` within the limit. If the app drains, it is cancelled a grace period after the deadline.
    async fn run(self, mut terminating: BoxFuture<'_, ()>) {
        let Self { shared, limit, handler, callback } = self;
        // Most return at once.
        if poll_immediate(terminating.as_mut()).await.is_none() {
            let in_time = pin!(within(limit, terminating.as_mut()));
            let deadline = pin!(shared.drain.passed(GRACE_PERIOD));
            match select(in_time, deadline).await {
                Either::Left((Some(()), _)) => {}
                Either::Left((None, _)) => {
                    shared.timed_out(Limit::TerminateTimeout, limit, handler, callback);
                }
                Either::Right(_) => shared.stats.aborted(),
            }
        }
        // This may drop values of the user's types.
        catch_and_log(move || drop(terminating));
    }
}

/// Counts a connection as open while it is alive.
pub(crate) struct Open(Arc<Shared>, Option<Box<Permit>>);

impl Open {
    pub(crate) fn new(shared: Arc<Shared>, permit: Option<Permit>) -> Self {
        shared.stats.opened();
        Self(shared, permit.map(Box::new))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Before the count changes, so that a caller that sees the connection closed finds its permit free.
        self.1 = None;
        if self.0.stats.closed() == 0 {
            self.0.drain.emptied();
        }
    }
}

pub(crate) struct Guard {
    pending: Option<Pending>,
    /// Held until the stream is closed and `terminate` has run.
    open: Option<Open>,
}

impl Guard {
    /// Creates the guard of a session that `init` has just returned.
    pub(crate) fn new(
        session: Box<dyn Session>,
        connection: Arc<Connection>,
        route: Arc<RouteFacts>,
        permit: Option<Permit>,
    ) -> Self {
        let open = Some(Open::new(connection.shared.clone(), permit));
        route.open.insert(connection.clone());
        Self { pending: Some(Pending { session, connection, route }), open }
    }

    /// Notes that the 101 response is sent, and that the stream belongs to the connection.
    pub(super) fn upgraded(&mut self) {
        self.pending().connection.mailbox.open();
    }

    fn pending(&mut self) -> &mut Pending {
        self.pending.as_mut().expect("the session lives until the guard finishes")
    }

    pub(super) fn session(&mut self) -> &mut dyn Session {
        &mut *self.pending().session
    }

    pub(super) fn connection(&mut self) -> Arc<Connection> {
        self.pending().connection.clone()
    }

    /// Ends the session. `terminate` runs within its limit. The connection counts as open until the guard is dropped.
    pub(crate) async fn finish(&mut self, reason: Terminate) {
        let Some(mut pending) = self.pending.take() else { return };
        let reason = Arc::new(reason);
        pending.end(&reason);
        pending.in_time().run(Box::pin(pending.terminate(&reason))).await;
        catch_and_log(move || drop((pending, reason)));
    }
}

impl Drop for Guard {
    /// The task was aborted, or its runtime was shut down. `terminate` runs up to its first await here, and the rest is
    /// spawned if a runtime is available.
    fn drop(&mut self) {
        let Some(mut pending) = self.pending.take() else { return };
        let open = self.open.take();
        let upgraded = pending.connection.mailbox.is_opened();
        let reason = Arc::new(if upgraded { Terminate::Aborted } else { Terminate::Abandoned });
        pending.end(&reason);
        let in_time = pending.in_time();
        let mut terminating: BoxFuture<'static, ()> = Box::pin(async move {
            pending.terminate(&reason).await;
            catch_and_log(move || drop((pending, reason)));
            drop(open);
        });
        let mut nobody = TaskContext::from_waker(Waker::noop());
        if terminating.as_mut().poll(&mut nobody).is_pending()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(in_time.run(terminating).boxed());
        }
    }
}
