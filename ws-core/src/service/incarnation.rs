//! One value of a service, from its `init` to its end or its panic, with the timers and the spawned work that end with
//! it.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::actor_message::{ActorMessage, Erased};
use super::inbox::Inbox;
use crate::connection::{InfoBatch, TIMERS, Task, Timer, Timers};
use crate::handler::AppInner;
use crate::hub::{IntoInfo, Present, TopicError, Watcher, WatcherId};
use crate::message::Panic;
use crate::shared::clock::after;
use crate::shared::log_limit::{LOG_LIMIT, Line};
use crate::shared::panics::{self, catch_and_log, drop_each};

/// The largest number of tasks that are under way, with those whose results wait.
const TASKS: usize = 4096;

pub(super) struct Incarnation {
    service: &'static str,
    inbox: Arc<Inbox>,
    /// Weak: a service does not keep its app alive.
    app: Weak<AppInner>,
    state: Mutex<State>,
}

struct State {
    timers: Timers,
    /// Aborted at the end.
    tasks: JoinSet<()>,
    under_way: usize,
    /// The topics whose presence the service watches.
    watched: HashSet<Arc<str>>,
    /// Nothing more starts.
    ended: bool,
}

/// What the spawned work of a service sends to it. It takes no capacity of the inbox: it has a bound of its own.
pub(super) struct OwnMessage {
    work: Arc<Work>,
    pub(super) event: OwnEvent,
}

pub(super) enum OwnEvent {
    /// An info, and a sender that is dropped when it was handled.
    Info(Erased, Option<oneshot::Sender<()>>),
    Panic(Panic),
}

impl OwnMessage {
    /// Returns whether it is of this incarnation, and not of an earlier one.
    pub(super) fn is_of(&self, incarnation: &Arc<Incarnation>) -> bool {
        Arc::ptr_eq(&self.work.0, incarnation)
    }
}

/// Work that is under way until this is dropped.
pub(super) struct Work(Arc<Incarnation>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
    }
}

impl Work {
    /// Queues an info for the service. Returns `false` if the service has ended.
    pub(super) fn info(self: &Arc<Self>, info: Erased, continues: Option<oneshot::Sender<()>>) -> bool {
        self.send(OwnEvent::Info(info, continues))
    }

    fn send(self: &Arc<Self>, event: OwnEvent) -> bool {
        let message = OwnMessage { work: self.clone(), event };
        let sent = self.0.inbox.push(ActorMessage::Own(Box::new(message)));
        let is_sent = sent.is_ok();
        // This may drop a value of the user's.
        catch_and_log(move || drop(sent));
        is_sent
    }
}

impl Incarnation {
    pub(super) fn new(service: &'static str, inbox: Arc<Inbox>, app: Weak<AppInner>) -> Arc<Self> {
        let state = State {
            timers: Timers::default(),
            tasks: JoinSet::new(),
            under_way: 0,
            watched: HashSet::new(),
            ended: false,
        };
        Arc::new(Self { service, inbox, app, state: Mutex::new(state) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No user code runs under this lock, so a poisoned one is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a timer, unless the incarnation has ended or has too many.
    pub(super) fn notify_after(&self, delay: Duration, info: Erased) -> Timer {
        let mut state = self.lock();
        if state.ended || state.timers.len() >= TIMERS {
            let is_full = !state.ended;
            drop(state);
            catch_and_log(move || drop(info));
            if is_full {
                self.report("timers", TIMERS);
            }
            return Timer::none();
        }
        let timer = state.timers.set(after(delay), info);
        drop(state);
        // The service may be waiting for a later one.
        self.inbox.wake();
        timer
    }

    pub(super) fn cancel(&self, timer: Timer) -> bool {
        let info = self.lock().timers.take(timer);
        let was_pending = info.is_some();
        catch_and_log(move || drop(info));
        was_pending
    }

    /// Starts `work` in a task of its own, unless the incarnation has ended or too much is under way.
    pub(super) fn spawn<F>(self: &Arc<Self>, work: impl FnOnce(Arc<Work>) -> F) -> Task
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Some(own) = self.begin_work() else {
            catch_and_log(move || drop(work));
            return Task::none();
        };
        let own = Arc::new(own);
        let work = work(own.clone());
        let task = async move {
            if let Err(payload) = AssertUnwindSafe(work).catch_unwind().await {
                own.send(OwnEvent::Panic(panics::caught("spawn", payload)));
            }
        };
        let mut state = self.lock();
        if state.ended {
            drop(state);
            catch_and_log(move || drop(task));
            return Task::none();
        }
        // Frees the tasks that have ended.
        while state.tasks.try_join_next().is_some() {}
        Task::new(state.tasks.spawn(task))
    }

    /// Begins work, unless the incarnation has ended or too much is under way.
    fn begin_work(self: &Arc<Self>) -> Option<Work> {
        let mut state = self.lock();
        if state.ended {
            return None;
        }
        if state.under_way >= TASKS {
            drop(state);
            self.report("tasks", TASKS);
            return None;
        }
        state.under_way += 1;
        drop(state);
        Some(Work(self.clone()))
    }

    fn report(&self, what: &'static str, most: usize) {
        let service = self.service;
        if let Some(Line { suppressed }) = LOG_LIMIT.admit("work", service, what) {
            tracing::error!(
                service,
                suppressed,
                "a service has more than {most} {what}: further ones are dropped"
            );
        }
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.lock().timers.next()
    }

    /// Takes the info of the first timer that is due.
    pub(super) fn take_due(&self) -> Option<Erased> {
        let mut state = self.lock();
        state.timers.next()?;
        state.timers.take_due(Instant::now())
    }

    fn id(&self) -> WatcherId {
        WatcherId::Service(std::ptr::from_ref(self) as usize)
    }

    /// Watches the presence at `topic`. Returns the identities that are present.
    pub(super) fn watch(
        self: &Arc<Self>,
        topic: &str,
        into_info: IntoInfo,
    ) -> Result<Vec<Present>, TopicError> {
        let Some(app) = self.app.upgrade() else { return Err(TopicError::Closed) };
        let mut state = self.lock();
        if state.ended {
            return Err(TopicError::Closed);
        }
        let watcher = (self.id(), self.clone() as _);
        app.topics.watch_as(&app.shared.stats, &mut state.watched, topic, watcher, into_info)
    }

    pub(super) fn unwatch(&self, topic: &str) -> bool {
        let watched = self.lock().watched.remove(topic);
        if watched && let Some(app) = self.app.upgrade() {
            app.topics.unwatch_as(&app.shared.stats, topic, self.id());
        }
        watched
    }

    /// Cancels all timers and all work, and watches nothing more.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        let watched = std::mem::take(&mut state.watched);
        let mut tasks = std::mem::take(&mut state.tasks);
        let infos: Vec<_> = state.timers.take_all().collect();
        drop(state);
        tasks.abort_all();
        tasks.detach_all();
        drop_each(infos);
        if let Some(app) = self.app.upgrade() {
            for topic in &watched {
                app.topics.unwatch_as(&app.shared.stats, topic, self.id());
            }
        }
    }
}

impl Watcher for Incarnation {
    fn receive(&self, batch: InfoBatch) {
        // A service that has ended drops it.
        drop(self.inbox.push(ActorMessage::Batch(batch)));
    }
}
