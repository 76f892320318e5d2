//! The actor: one task that owns a service, from `init` to `terminate`, through its restarts.

use std::any::type_name;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::actor_message::{ActorMessage, Leave};
use super::address::Address;
use super::member::Member;
use super::restarts::Restarts;
use super::service::Service;
use super::shutdown::{Shutdown, terminate};
use crate::handler::{AppHandle, AppInner};
use crate::message::{BoxError, Escaped, Panic, StopReason, Terminate};
use crate::message::{Close, CloseCode};
use crate::shared::drain::{Deadline, GRACE_PERIOD};
use crate::shared::panics::{self, catch_and_log, drop_each};

/// Resolves when a start has finished: an error if the service could not be created.
pub(crate) type Started = oneshot::Receiver<Result<(), BoxError>>;

/// Starts service `S` on `runtime`, unless it has started already.
pub(crate) fn start<S: Service>(app: &Arc<AppInner>, runtime: &Handle) -> Started {
    let (started, starting) = oneshot::channel();
    let address = Address::<S>::of(app);
    if address.inbox.begin() {
        let actor = Actor {
            address,
            app: Arc::downgrade(app),
            deadline: app.shared.drain.watch(),
            service: None,
            pending: None,
            gone: None,
            idle: None,
            callback: "init",
            over: false,
        };
        runtime.spawn(actor.run(started));
    } else {
        let _ = started.send(Ok(()));
    }
    starting
}

/// Starts service `S` for the first client of an app that became a router. An error is logged, because the client's
/// response does not contain it.
pub(super) fn start_late<S: Service>(app: &Arc<AppInner>, runtime: &Handle) {
    let started = start::<S>(app, runtime);
    runtime.spawn(async move {
        if let Ok(Err(error)) = started.await {
            tracing::error!(service = type_name::<S>(), "cannot start the service: {}", Escaped(error));
        }
    });
}

/// Stands for the callback's name while none runs.
pub(super) const IDLE: &str = "";

/// The pause after the first `init` that fails during a restart. It doubles each time.
const PAUSE: Duration = Duration::from_millis(10);
/// The longest pause. With it, the last of ten attempts comes about two seconds after the first.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The reason why the actor stops serving.
pub(super) enum End {
    Panic(Panic),
    Stop(Box<dyn StopReason>),
    /// The app drains: all members have left, or its deadline has passed.
    Drained,
}

pub(super) struct Actor<S: Service> {
    pub(super) address: Arc<Address<S>>,
    /// Weak: a service does not keep its app alive.
    app: Weak<AppInner>,
    deadline: Deadline,
    pub(super) service: Option<S>,
    /// A member that has left, while its last message is handled.
    pub(super) pending: Option<Box<Leave>>,
    /// The member whose `close` callback runs.
    pub(super) gone: Option<Member<S>>,
    /// The time without an event after which `timeout` is called. It is kept across restarts.
    pub(super) idle: Option<Duration>,
    /// The callback that runs, for reports.
    pub(super) callback: &'static str,
    over: bool,
}

impl<S: Service> Actor<S> {
    async fn run(mut self, started: oneshot::Sender<Result<(), BoxError>>) {
        let deadline = self.deadline.clone();
        // A drain does not wait for an `init` that hangs: there are no members yet.
        let made = match select(pin!(self.make()), pin!(deadline.begun())).await {
            Either::Left((made, _)) => made,
            Either::Right(_) => Err("the app is already draining".into()),
        };
        if let Err(error) = made {
            self.over = true;
            let lost = self.address.inbox.begin_again();
            if let Some(app) = self.app.upgrade() {
                app.shared.stats.dropped(lost as u64);
            }
            let _ = started.send(Err(error));
            return;
        }
        let _ = started.send(Ok(()));
        let mut restarts = Restarts::default();
        let mut rejoining = false;
        loop {
            match self.serve_until_end(rejoining).await {
                End::Panic(panic) => {
                    if !self.restart(panic, &mut restarts).await {
                        return self.give_up();
                    }
                    rejoining = true;
                }
                End::Stop(reason) => return self.part(Terminate::StopAs(reason)).await,
                End::Drained => return self.part(Terminate::Drained).await,
            }
        }
    }

    /// Calls `init`.
    async fn make(&mut self) -> Result<(), BoxError> {
        self.callback = "init";
        let Some(app) = self.app.upgrade().map(AppHandle::new) else {
            return Err("the app was dropped".into());
        };
        // Within an async block, so that a panic before the first await is caught too.
        let making = async { S::init(&app).await };
        match AssertUnwindSafe(making).catch_unwind().await {
            Ok(made) => self.service = Some(made?),
            Err(payload) => return Err(panics::caught(self.callback, payload).to_string().into()),
        }
        Ok(())
    }

    async fn serve_until_end(&mut self, rejoining: bool) -> End {
        let deadline = self.deadline.clone();
        let ended = {
            let serving = AssertUnwindSafe(self.serve(rejoining)).catch_unwind();
            match select(pin!(serving), pin!(deadline.passed(Duration::ZERO))).await {
                Either::Left((ended, _)) => Some(ended),
                Either::Right(_) => None,
            }
        };
        match ended {
            Some(Ok(end)) => end,
            Some(Err(payload)) => End::Panic(panics::caught(self.callback, payload)),
            None => {
                if self.callback != IDLE
                    && let Some(app) = self.app.upgrade()
                {
                    app.shared.stats.aborted();
                }
                End::Drained
            }
        }
    }

    /// Restarts the service after a panic: ends the old value and creates a new one. Returns `false` if the service
    /// restarted too often, or the app drains.
    async fn restart(&mut self, panic: Panic, restarts: &mut Restarts) -> bool {
        let service = type_name::<S>();
        tracing::error!(
            service,
            callback = panic.callback(),
            location = panic.location(),
            backtrace = panic.backtrace(),
            "callback panicked: {}; restarting the service",
            Escaped(panic.message())
        );
        self.drop_member();
        let deadline = self.deadline.clone();
        if let Some(mut broken) = self.service.take() {
            let reason = Terminate::Panic(panic);
            let terminating = terminate(&mut broken, &reason);
            select(pin!(terminating), pin!(deadline.passed(GRACE_PERIOD))).await;
            catch_and_log(move || drop(broken));
        }
        let mut pause = PAUSE;
        while restarts.allow(Instant::now()) {
            let made = match select(pin!(self.make()), pin!(deadline.passed(Duration::ZERO))).await {
                Either::Left((made, _)) => made,
                Either::Right(_) => return false,
            };
            match made {
                Ok(()) => return true,
                Err(error) => catch_and_log(move || {
                    tracing::error!(service, "cannot restart the service: {}", Escaped(error));
                }),
            }
            // A resource that `init` needs may soon be available again.
            if let Either::Right(_) = select(pin!(sleep(pause)), pin!(deadline.passed(Duration::ZERO))).await
            {
                return false;
            }
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        tracing::error!(
            service,
            "the service restarted too often and stays down: its route responds with 503"
        );
        false
    }

    /// Gives the service up: closes its members with code 1011, without a `close` callback.
    fn give_up(mut self) {
        drop_each(self.address.inbox.shut());
        drop_each(self.pending.take());
        for member in self.address.ids().into_iter().filter_map(|id| self.address.remove(id)) {
            member.end(Close::new(CloseCode::INTERNAL, ""));
            // This may drop the kept value, which is of the user's type.
            catch_and_log(move || drop(member));
        }
        self.end();
    }

    /// Ends the service for good.
    async fn part(mut self, reason: Terminate) {
        let deadline = self.deadline.clone();
        let mut shutdown = Box::pin(self.shutdown(reason).run());
        select(&mut shutdown, pin!(deadline.passed(GRACE_PERIOD))).await;
        // If the time is up, the rest runs as it is dropped.
        catch_and_log(move || drop(shutdown));
        self.end();
    }

    /// Refuses further messages and closes the members. Returns the callbacks that still have to run.
    fn shutdown(&mut self, reason: Terminate) -> Shutdown<S> {
        self.drop_member();
        let rest = self.address.inbox.shut();
        let going_away = || Close::new(CloseCode::GOING_AWAY, "the service has stopped");
        for member in self.address.members() {
            member.end(going_away());
        }
        let mut left: VecDeque<_> = self.pending.take().into_iter().collect();
        let mut lost = Vec::new();
        for message in rest {
            match message {
                ActorMessage::Leave(leave) => left.push_back(leave),
                message => lost.push(message),
            }
        }
        drop_each(lost);
        let reason = Arc::new(reason);
        let of_members = match *reason {
            Terminate::StopAs(_) => Arc::new(Terminate::Stop(going_away())),
            _ => reason.clone(),
        };
        Shutdown::new(self.address.clone(), self.service.take(), left, reason, of_members)
    }

    /// Notes that the task has ended.
    fn end(&mut self) {
        self.over = true;
        self.address.inbox.end();
    }
}

impl<S: Service> Drop for Actor<S> {
    /// The task was aborted, or its runtime was shut down. The remaining callbacks run up to the first await here, and
    /// continue if a runtime is available.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut shutdown = Box::pin(self.shutdown(Terminate::Aborted).run());
        let mut nobody = TaskContext::from_waker(Waker::noop());
        if shutdown.as_mut().poll(&mut nobody).is_pending() {
            match Handle::try_current() {
                Ok(runtime) => drop(runtime.spawn(shutdown)),
                Err(_) => catch_and_log(move || drop(shutdown)),
            }
        }
        self.end();
    }
}
