//! The actor: one task that owns a service, from `init` to `terminate`, through its restarts.

use std::any::type_name;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

use super::address::Address;
use super::event_loop::{End, EventLoop};
use super::restarts::Restarts;
use super::service::Service;
use super::shutdown::terminate;
use crate::handler::{AppHandle, AppInner};
use crate::message::{BoxError, Escaped, Panic, Terminate};
use crate::shared::drain::{Deadline, GRACE_PERIOD};
use crate::shared::log_limit::Line;
use crate::shared::panics::{catch_and_log, drop_each};

/// Resolves when a start has finished: an error if the service could not be created.
pub(crate) type Started = oneshot::Receiver<Result<(), BoxError>>;

/// Starts service `S` on `runtime`, unless it has started already.
pub(crate) fn start<S: Service>(app: &Arc<AppInner>, runtime: &Handle) -> Started {
    start_at(Address::<S>::common(app), app, runtime)
}

/// Starts the service at `address` on `runtime`, unless it has started already.
fn start_at<S: Service>(address: Arc<Address<S>>, app: &Arc<AppInner>, runtime: &Handle) -> Started {
    let (started, starting) = oneshot::channel();
    if address.inbox.begin() {
        let actor = Actor {
            events: EventLoop::new(address.clone()),
            address,
            app: Arc::downgrade(app),
            deadline: app.shared.drain.watch(),
            over: false,
            took: Duration::ZERO,
        };
        // Boxed, like all tasks except those of connections: tokio's code is compiled for each type of task.
        runtime.spawn(actor.run(started).boxed());
    } else {
        let _ = started.send(Ok(()));
    }
    starting
}

/// Starts the service at `address` for its first client: it has a key, or the app became a router. An error is logged,
/// because the client's response does not contain it.
pub(super) fn start_late<S: Service>(address: Arc<Address<S>>, app: &Arc<AppInner>, runtime: &Handle) {
    let started = start_at(address, app, runtime);
    let shared = app.shared.clone();
    let service = type_name::<S>();
    let logged = async move {
        if let Ok(Err(error)) = started.await
            && let Some(Line { suppressed }) = shared.log_limit.admit("start", service, "")
        {
            tracing::error!(service, suppressed, "cannot start the service: {}", Escaped(error));
        }
    };
    runtime.spawn(logged.boxed());
}

/// The pause after the first `init` that fails during a restart. It doubles each time.
const PAUSE: Duration = Duration::from_millis(10);
/// The reason for the end of a service that has a key and no members.
const LAST_LEFT: &str = "the last member has left";
/// The longest pause. With it, the last of ten attempts comes about two seconds after the first.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The task of a service, from `init` to `terminate`.
struct Actor<S: Service> {
    events: EventLoop<S>,
    address: Arc<Address<S>>,
    /// Weak: a service does not keep its app alive.
    app: Weak<AppInner>,
    deadline: Deadline,
    over: bool,
    /// How long `init` took at the start.
    took: Duration,
}

impl<S: Service> Actor<S> {
    async fn run(mut self, started: oneshot::Sender<Result<(), BoxError>>) {
        let deadline = self.deadline.clone();
        // A drain does not wait for an `init` that hangs: there are no members yet.
        let begun = Instant::now();
        let limit = self.address.settings.time_limits.start();
        let made = match select(pin!(self.make(limit)), pin!(deadline.begun())).await {
            Either::Left((made, _)) => made,
            Either::Right(_) => Err("the app is already draining".into()),
        };
        if let Err(error) = made {
            self.over = true;
            self.fail();
            let _ = started.send(Err(error));
            return;
        }
        self.took = begun.elapsed();
        let _ = started.send(Ok(()));
        let mut restarts = Restarts::default();
        let mut rejoining = false;
        loop {
            match self.serve_until_end(rejoining).await {
                End::Panic(panic) => {
                    if !self.restart(panic, &mut restarts).await {
                        self.events.give_up();
                        return self.end();
                    }
                    rejoining = true;
                }
                End::Stop(reason) => return self.part(Terminate::StopAs(reason)).await,
                End::Empty => return self.part(Terminate::StopAs(Box::new(LAST_LEFT))).await,
                End::Drained => return self.part(Terminate::Drained).await,
            }
        }
    }

    /// Notes that the service could not be created. The next client of its route tries again.
    fn fail(&mut self) {
        let app = self.app.upgrade();
        let lost = if self.address.key.is_some() {
            let rest = self.address.inbox.shut();
            let lost = rest.iter().filter(|message| message.is_from_program()).count();
            drop_each(rest);
            self.address.end(app.as_deref());
            lost
        } else {
            self.address.inbox.begin_again()
        };
        if let Some(app) = app {
            app.shared.stats.dropped(lost as u64);
        }
    }

    /// Calls `init`, within `limit`.
    async fn make(&mut self, limit: Option<Duration>) -> Result<(), BoxError> {
        let Some(app) = self.app.upgrade().map(AppHandle::new) else {
            return Err("the app was dropped".into());
        };
        self.address.settings.time_limits.init(limit, self.events.init(&app)).await?
    }

    async fn serve_until_end(&mut self, rejoining: bool) -> End {
        let deadline = self.deadline.clone();
        let serving = self.events.run(rejoining);
        if let Either::Left((end, _)) = select(pin!(serving), pin!(deadline.passed(Duration::ZERO))).await {
            return end;
        }
        if !self.events.is_idle()
            && let Some(app) = self.app.upgrade()
        {
            app.shared.stats.aborted();
        }
        End::Drained
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
        let deadline = self.deadline.clone();
        if let Some(mut broken) = self.events.take_broken() {
            let reason = Terminate::Panic(panic);
            let terminating = terminate(&mut broken, &reason, &self.address.settings.time_limits);
            select(pin!(terminating), pin!(deadline.passed(GRACE_PERIOD))).await;
            catch_and_log(move || drop(broken));
        }
        let limit = self.address.settings.time_limits.restart(self.took);
        let mut pause = PAUSE;
        while restarts.allow(Instant::now()) {
            let made = match select(pin!(self.make(limit)), pin!(deadline.passed(Duration::ZERO))).await {
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

    /// Ends the service for good.
    async fn part(mut self, reason: Terminate) {
        let deadline = self.deadline.clone();
        let mut shutdown = Box::pin(self.events.shutdown(reason).run());
        select(&mut shutdown, pin!(deadline.passed(GRACE_PERIOD))).await;
        // If the time is up, the rest runs as it is dropped.
        catch_and_log(move || drop(shutdown));
        self.end();
    }

    /// Notes that the task has ended.
    fn end(&mut self) {
        self.over = true;
        self.address.end(self.app.upgrade().as_deref());
    }
}

impl<S: Service> Drop for Actor<S> {
    /// The task was aborted, or its runtime was shut down. The remaining callbacks run up to the first await here, and
    /// continue if a runtime is available.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut shutdown = self.events.shutdown(Terminate::Aborted).run().boxed();
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
