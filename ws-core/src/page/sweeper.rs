//! The task that ends the pages whose time is over, and repeats the messages that were not acknowledged. It runs only
//! while a page waits for one of these.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::PageId;
use super::registry::PageRegistry;

#[derive(Default)]
pub(super) struct Sweeper {
    schedule: Mutex<Schedule>,
    /// The task has to look again.
    earlier: Arc<Notify>,
}

#[derive(Default)]
struct Schedule {
    due: BTreeSet<(Instant, PageId)>,
    /// The runtime of a connection, which the task runs on.
    runtime: Option<Handle>,
    running: bool,
}

/// The time at which a page is looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: Instant,
    /// A later time, which was scheduled before.
    pub(super) instead_of: Option<Instant>,
}

impl Sweeper {
    fn lock(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the runtime of this task, if there is one.
    pub(super) fn found_runtime(&self) {
        let mut schedule = self.lock();
        if schedule.runtime.is_none() {
            schedule.runtime = Handle::try_current().ok();
        }
    }

    /// Looks after `page` at this time.
    pub(super) fn schedule(&self, registry: &Arc<PageRegistry>, due: Due, page: PageId) {
        let mut schedule = self.lock();
        if let Some(later) = due.instead_of {
            schedule.due.remove(&(later, page));
        }
        let first = schedule.due.first().is_none_or(|(first, _)| due.at < *first);
        schedule.due.insert((due.at, page));
        if schedule.running {
            drop(schedule);
            if first {
                self.earlier.notify_one();
            }
            return;
        }
        let Some(runtime) = schedule.runtime.clone() else { return };
        schedule.running = true;
        drop(schedule);
        runtime.spawn(run(Running(Arc::downgrade(registry))));
    }

    /// Does not look after a page that has ended.
    pub(super) fn forget(&self, at: Instant, page: PageId) {
        self.lock().due.remove(&(at, page));
    }

    /// Takes a page that is due, or returns the time of the next one. Ends the task if there is none.
    fn next(&self) -> Next {
        let mut schedule = self.lock();
        match schedule.due.first().copied() {
            None => {
                schedule.running = false;
                Next::Nothing
            }
            Some((at, page)) if at <= Instant::now() => {
                schedule.due.pop_first();
                Next::Page(at, page)
            }
            Some((at, _)) => Next::At(at),
        }
    }
}

enum Next {
    Page(Instant, PageId),
    At(Instant),
    Nothing,
}

/// Notes the end of the task, also if its runtime is shut down.
struct Running(Weak<PageRegistry>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(registry) = self.0.upgrade() {
            let mut schedule = registry.sweeper.lock();
            if schedule.running {
                (schedule.running, schedule.runtime) = (false, None);
            }
        }
    }
}

async fn run(mut running: Running) {
    while let Some(registry) = running.0.upgrade() {
        match registry.sweeper.next() {
            Next::Page(at, page) => registry.sweep(at, page),
            Next::Nothing => {
                // Another task may run by now.
                running.0 = Weak::new();
                return;
            }
            Next::At(at) => {
                let earlier = registry.sweeper.earlier.clone();
                // The task does not keep the registry of an app that has ended.
                drop(registry);
                tokio::select! {
                    () = sleep_until(at) => {}
                    () = earlier.notified() => {}
                }
            }
        }
    }
}
