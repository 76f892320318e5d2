//! The guard: armed the moment `init` succeeds, it runs `terminate` once, whatever happens.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Waker};

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::runtime::Handle;

use super::session::Session;
use crate::panics::{self, contained, drop_each};
use crate::shared::Shared;
use crate::shared::admission::Place;
use crate::shared::drain::GRACE;
use crate::shared::mailbox::Mailbox;
use crate::shared::registry::Live;
use crate::terminate::Terminate;

/// A session, and where it stands in the app.
struct Armed {
    session: Box<dyn Session>,
    /// The name of its handler's type.
    handler: &'static str,
    mailbox: Arc<Mailbox>,
    live: Arc<Live>,
}

impl Armed {
    /// Nothing reaches the connection any more; what ended it is counted and reported.
    fn end(&mut self, reason: &Terminate) {
        self.mailbox.shared.stats.ended(reason);
        self.live.remove(self.mailbox.id);
        self.mailbox.desk.shut();
        // What the user's types do when they are dropped or shown does not keep `terminate` from running.
        self.mailbox.shut();
        drop_each(self.session.context().timers.take_all());
        contained(|| self.report(reason));
    }

    fn report(&self, reason: &Terminate) {
        let (handler, connection) = (self.handler, self.mailbox.id.to_string());
        match reason {
            Terminate::Panic(panic) => tracing::error!(
                handler,
                connection,
                callback = panic.callback(),
                location = panic.location(),
                backtrace = panic.backtrace(),
                "a callback panicked: {}",
                panic.message()
            ),
            Terminate::Failed(failed) => tracing::error!(
                handler,
                connection,
                callback = failed.callback(),
                "a callback failed: {}",
                failed.error()
            ),
            Terminate::Overflow => tracing::warn!(handler, connection, "closed: {reason}"),
            reason => tracing::debug!(handler, connection, "ended: {reason}"),
        }
    }

    /// Runs the callback; a panic of its own is reported and goes no further.
    async fn terminate(&mut self, reason: &Arc<Terminate>) {
        self.session.context().callback = "terminate";
        let terminating = async { self.session.terminate(reason).await };
        if let Err(payload) = AssertUnwindSafe(terminating).catch_unwind().await {
            let panic = panics::caught(self.session.context().callback, payload);
            tracing::error!(handler = self.handler, connection = %self.mailbox.id, callback = panic.callback(), "{panic}");
        }
    }
}

/// Counts a connection as open for as long as it is held.
pub(crate) struct Open(Arc<Shared>, Option<Place>);

impl Open {
    pub(crate) fn new(shared: Arc<Shared>, place: Option<Place>) -> Self {
        shared.stats.opened();
        Self(shared, place)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // Whoever sees that it is closed finds its place free.
        self.1 = None;
        if self.0.stats.closed() == 0 {
            self.0.drain.emptied();
        }
    }
}

pub(crate) struct Guard {
    armed: Option<Armed>,
    open: Option<Open>,
    upgraded: bool,
}

impl Guard {
    /// Arms the guard for a session that an `init` has just made.
    pub(crate) fn new(
        session: Box<dyn Session>,
        handler: &'static str,
        mailbox: Arc<Mailbox>,
        live: Arc<Live>,
        place: Option<Place>,
    ) -> Self {
        let open = Some(Open::new(mailbox.shared.clone(), place));
        live.insert(mailbox.clone());
        Self { armed: Some(Armed { session, handler, mailbox, live }), open, upgraded: false }
    }

    /// The 101 is out, and the stream is ours.
    pub(super) fn upgraded(&mut self) {
        self.upgraded = true;
    }

    pub(super) fn take_open(&mut self) -> Option<Open> {
        self.open.take()
    }

    fn armed(&mut self) -> &mut Armed {
        self.armed.as_mut().expect("the session lives until the guard finishes")
    }

    pub(super) fn session(&mut self) -> &mut dyn Session {
        &mut *self.armed().session
    }

    pub(super) fn mailbox(&mut self) -> Arc<Mailbox> {
        self.armed().mailbox.clone()
    }

    /// Ends the connection for its handler. Soon after the deadline of a drain `terminate` is cut too.
    pub(crate) async fn finish(mut self, reason: Terminate) {
        let Some(mut armed) = self.armed.take() else { return };
        let reason = Arc::new(reason);
        armed.end(&reason);
        let shared = armed.mailbox.shared.clone();
        {
            let terminating = pin!(armed.terminate(&reason));
            let deadline = pin!(shared.drain.passed(GRACE));
            if let Either::Right(_) = select(terminating, deadline).await {
                shared.stats.cut();
            }
        }
        contained(move || drop((armed, reason)));
    }
}

impl Drop for Guard {
    /// The task was aborted or its runtime shut down: `terminate` runs to its first await here, and from there where
    /// a runtime still lives.
    fn drop(&mut self) {
        let Some(mut armed) = self.armed.take() else { return };
        let open = self.open.take();
        let reason = Arc::new(if self.upgraded { Terminate::Aborted } else { Terminate::Abandoned });
        armed.end(&reason);
        let mut terminating = Box::pin(async move {
            armed.terminate(&reason).await;
            contained(move || drop((armed, reason)));
            drop(open);
        });
        let mut nobody = TaskContext::from_waker(Waker::noop());
        if terminating.as_mut().poll(&mut nobody).is_pending()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(terminating);
        }
    }
}
