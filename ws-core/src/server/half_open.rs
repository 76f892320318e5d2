//! TCP connections that have not sent the head of a request yet. An honest client sends it at once; so where there are
//! too many, or the system has no descriptor left for another, the oldest give way, and those that hold a server's
//! connections open without a word keep nobody out.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::handle::AppHandle;
use crate::shared::stats::Limit;

/// Younger ones may only be slow: they do not give way for want of a descriptor.
const OLD: Duration = Duration::from_secs(1);
/// How many give way at a time for want of descriptors.
const AT_A_TIME: usize = 16;

pub(crate) struct HalfOpen {
    app: AppHandle,
    most: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    /// In the order in which they came.
    all: BTreeMap<u64, (Instant, oneshot::Sender<()>)>,
}

impl HalfOpen {
    pub(super) fn new(app: AppHandle) -> Arc<Self> {
        let most = app.0.setup().bounds.half_open;
        Arc::new(Self { app, most, waiting: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more; the oldest gives way if that is one too many.
    pub(super) fn enter(self: &Arc<Self>) -> (Head, GivesWay) {
        let (told, gives_way) = oneshot::channel();
        let mut waiting = self.lock();
        let number = waiting.next;
        waiting.next += 1;
        waiting.all.insert(number, (Instant::now(), told));
        if waiting.all.len() > self.most {
            self.give_way(&mut waiting);
        }
        let head = Head { number, of: self.clone(), is_here: AtomicBool::new(false) };
        (head, GivesWay(gives_way))
    }

    /// Those that wait for long give way; whether there was any.
    pub(super) fn relieve(&self) -> bool {
        let mut waiting = self.lock();
        let now = Instant::now();
        let is_old = |waiting: &Waiting| {
            waiting.all.first_key_value().is_some_and(|(_, (since, _))| now.duration_since(*since) > OLD)
        };
        let mut relieved = 0;
        while relieved < AT_A_TIME && is_old(&waiting) {
            self.give_way(&mut waiting);
            relieved += 1;
        }
        relieved > 0
    }

    fn give_way(&self, waiting: &mut Waiting) {
        if let Some((_, (_, told))) = waiting.all.pop_first() {
            // One that is gone by itself has given way already.
            let _ = told.send(());
            self.app.0.stats.limited(Limit::HalfOpen);
        }
    }
}

/// The head of a request that is still to come; dropped, it never does.
pub(crate) struct Head {
    number: u64,
    of: Arc<HalfOpen>,
    is_here: AtomicBool,
}

impl Head {
    /// The head came: the connection is half open no more.
    pub(super) fn came(&self) {
        if !self.is_here.swap(true, Ordering::Relaxed) {
            self.of.lock().all.remove(&self.number);
        }
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        self.came();
    }
}

/// Resolves if this connection is to give way to others.
pub(crate) struct GivesWay(oneshot::Receiver<()>);

impl GivesWay {
    pub(super) async fn told(self) {
        if self.0.await.is_err() {
            pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Bounds;
    use crate::shared::{Setup, Shared};

    fn half_open(most: usize) -> Arc<HalfOpen> {
        let shared = Arc::new(Shared::default());
        shared.settle(Setup { bounds: Bounds { half_open: most, ..Bounds::default() }, ..Setup::default() });
        HalfOpen::new(AppHandle(shared))
    }

    fn gave_way(GivesWay(mut receiver): GivesWay) -> bool {
        receiver.try_recv().is_ok()
    }

    #[test]
    fn the_oldest_without_a_head_gives_way() {
        let half_open = half_open(2);
        let (first, first_way) = half_open.enter();
        let (_second, second_way) = half_open.enter();
        let (_third, third_way) = half_open.enter();
        assert!(gave_way(first_way));
        drop(first);
        let (fourth, fourth_way) = half_open.enter();
        assert!(gave_way(second_way));
        fourth.came();
        let _fifth = half_open.enter();
        assert!(!gave_way(third_way) && !gave_way(fourth_way));
        assert_eq!(half_open.lock().all.len(), 2);
        assert_eq!(half_open.app.stats().limited("max_half_open"), 2);
    }

    #[test]
    fn those_that_have_just_come_do_not_give_way_for_want_of_a_descriptor() {
        let half_open = half_open(10);
        let (_head, way) = half_open.enter();
        assert!(!half_open.relieve());
        half_open.lock().all.values_mut().for_each(|(since, _)| *since -= 2 * OLD);
        assert!(half_open.relieve());
        assert!(gave_way(way));
    }
}
