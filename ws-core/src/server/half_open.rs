//! TCP connections that have not sent a request head yet.
//!
//! A legitimate client sends its request at once. If there are too many half-open connections, or the system has no
//! file descriptor left, the oldest are dropped. So clients that only hold connections open cannot lock others out.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::handler::AppHandle;
use crate::shared::stats::Limit;

/// Connections younger than this may just be slow: they are not dropped to free descriptors.
const OLD: Duration = Duration::from_secs(1);
/// How many connections are dropped at a time to free descriptors.
const AT_A_TIME: usize = 16;

pub(crate) struct HalfOpen {
    app: AppHandle,
    most: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    /// In the order of arrival.
    all: BTreeMap<u64, (Instant, oneshot::Sender<()>)>,
}

impl HalfOpen {
    pub(super) fn new(app: AppHandle) -> Arc<Self> {
        let most = app.shared().setup().app_limits.half_open;
        Arc::new(Self { app, most, waiting: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection. Drops the oldest one if there are too many now.
    pub(super) fn enter(self: &Arc<Self>) -> (Head, GivesWay) {
        let (evict, gives_way) = oneshot::channel();
        let mut waiting = self.lock();
        let number = waiting.next;
        waiting.next += 1;
        waiting.all.insert(number, (Instant::now(), evict));
        if waiting.all.len() > self.most {
            self.give_way(&mut waiting);
        }
        let head = Head { number, of: self.clone(), is_here: AtomicBool::new(false) };
        (head, GivesWay(gives_way))
    }

    /// Drops some of the connections that have been half-open for long. Returns `false` if there are none.
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
        if let Some((_, (_, evict))) = waiting.all.pop_first() {
            // The receiver is gone if the connection has ended by itself.
            let _ = evict.send(());
            self.app.shared().stats.limited(Limit::HalfOpen);
        }
    }
}

/// Marks a connection as half-open until its request head is received or this is dropped.
pub(crate) struct Head {
    number: u64,
    of: Arc<HalfOpen>,
    is_here: AtomicBool,
}

impl Head {
    /// The request head was received: the connection is no longer half-open.
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

/// Resolves if this connection is to be dropped in favour of others.
pub(crate) struct GivesWay(oneshot::Receiver<()>);

impl GivesWay {
    pub(super) async fn evicted(self) {
        if self.0.await.is_err() {
            pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::AppInner;
    use crate::shared::Setup;
    use crate::shared::limits::AppLimits;

    fn half_open(most: usize) -> Arc<HalfOpen> {
        let app = Arc::new(AppInner::default());
        let app_limits = AppLimits { half_open: most, ..AppLimits::default() };
        app.shared.set_up(Setup { app_limits, ..Setup::default() });
        HalfOpen::new(AppHandle::new(app))
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
