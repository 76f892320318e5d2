//! Connections that wait for a request: those that were accepted and have not sent one yet, and those that are kept
//! alive after a response.
//!
//! A legitimate client sends its request at once, and HTTP allows to close a connection between two requests. So if
//! there are too many, or the system has no file descriptor left, the oldest make room. A connection decides that itself
//! when it is asked, because only its own task can find a request that has arrived but was not read yet: a server that
//! is behind must not drop the clients that wait for it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::connection::{Phase, Progress, Unread};
use crate::handler::AppHandle;
use crate::shared::clock::later;
use crate::shared::stats::Limit;

/// A client has this long for its first request, even if there are too many connections: enough to send a packet again
/// that is lost twice, and for a machine that opens thousands of connections before it sends on any of them.
const PATIENCE: Duration = Duration::from_secs(3);
/// If a connection does not react to being asked for this long, because a callback blocks its thread, the next one is
/// asked.
const REACTION: Duration = Duration::from_millis(20);
/// How many connections are asked at a time to free descriptors.
const AT_A_TIME: usize = 16;

pub(crate) struct HalfOpen {
    app: AppHandle,
    most: usize,
    waiting: Mutex<Waiting>,
    /// Notified when a connection leaves, or does not make room although it was asked.
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    /// Those that have not sent their first request, in the order of arrival.
    fresh: BTreeMap<u64, Waiter>,
    /// Those that are kept alive, in the order in which they became idle.
    idle: BTreeMap<u64, Waiter>,
}

struct Waiter {
    since: Instant,
    asked: bool,
    progress: Arc<Progress>,
}

/// What a search for a connection that makes room comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    One,
    /// None before this time, if there is any connection at all that was not asked yet.
    NoneBefore(Option<Instant>),
}

impl HalfOpen {
    pub(super) fn new(app: AppHandle) -> Arc<Self> {
        let most = app.shared().setup().app_limits.half_open;
        Arc::new(Self { app, most, waiting: Mutex::default(), changed: Notify::new() })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is room for a connection that was just accepted, and adds it. Asks others to make room if there
    /// is none.
    pub(super) async fn enter(self: &Arc<Self>, progress: &Arc<Progress>) -> Place {
        loop {
            if let Some(place) = self.try_enter(progress) {
                return place;
            }
            // Before another look, so that no change is missed.
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let asked = {
                let mut waiting = self.lock();
                if waiting.len() < self.most {
                    continue;
                }
                waiting.ask(Instant::now())
            };
            match asked {
                Asked::One => drop(timeout_at(later(Instant::now(), REACTION), changed).await),
                Asked::NoneBefore(Some(time)) => drop(timeout_at(time, changed).await),
                Asked::NoneBefore(None) => changed.await,
            }
        }
    }

    fn try_enter(self: &Arc<Self>, progress: &Arc<Progress>) -> Option<Place> {
        let mut waiting = self.lock();
        let number = (waiting.len() < self.most).then(|| waiting.enter(progress, progress.phase()))?;
        Some(Place { of: self.clone(), progress: progress.clone(), number: Some(number) })
    }

    /// Asks some of the connections to make room. Returns `false` if there is none to ask.
    pub(super) fn relieve(&self) -> bool {
        let (now, mut waiting) = (Instant::now(), self.lock());
        (0..AT_A_TIME).take_while(|_| waiting.ask(now) == Asked::One).count() > 0
    }
}

impl Waiting {
    fn len(&self) -> usize {
        self.fresh.len() + self.idle.len()
    }

    fn enter(&mut self, progress: &Arc<Progress>, (phase, since): (Phase, Instant)) -> u64 {
        let number = self.next;
        self.next += 1;
        let waiter = Waiter { since, asked: false, progress: progress.clone() };
        let all = if phase == Phase::Idle { &mut self.idle } else { &mut self.fresh };
        all.insert(number, waiter);
        number
    }

    fn leave(&mut self, number: u64) {
        if self.fresh.remove(&number).is_none() {
            self.idle.remove(&number);
        }
    }

    /// Asks the connection that is the first to make room.
    fn ask(&mut self, now: Instant) -> Asked {
        let oldest = self.fresh.values_mut().find(|waiter| !waiter.asked);
        let in_time = oldest.as_ref().map(|waiter| later(waiter.since, PATIENCE));
        let late = oldest.filter(|_| in_time.is_some_and(|time| time <= now));
        match late.or_else(|| self.idle.values_mut().find(|waiter| !waiter.asked)) {
            Some(waiter) => {
                waiter.asked = true;
                waiter.progress.ask();
                Asked::One
            }
            None => Asked::NoneBefore(in_time),
        }
    }
}

/// The place of one connection, which it leaves when this is dropped.
pub(crate) struct Place {
    of: Arc<HalfOpen>,
    progress: Arc<Progress>,
    /// `None` while a request is in progress.
    number: Option<u64>,
}

impl Place {
    /// A request has arrived: the connection does not wait any more.
    pub(super) fn leave(&mut self) {
        if let Some(number) = self.number.take() {
            self.of.lock().leave(number);
            self.of.changed.notify_waiters();
        }
    }

    /// The connection waits for its next request. If there are too many now, one of them is asked to make room.
    pub(super) fn wait(&mut self) {
        let mut waiting = self.of.lock();
        if let Some(number) = self.number.take() {
            waiting.leave(number);
        }
        self.number = Some(waiting.enter(&self.progress, self.progress.phase()));
        if waiting.len() > self.of.most {
            waiting.ask(Instant::now());
        }
    }

    /// Decides whether the connection makes room, now that it was asked.
    pub(super) fn gives_way(&mut self, unread: Unread) -> bool {
        let (phase, since) = self.progress.phase();
        let has_had_time = match phase {
            Phase::Opened | Phase::Head => since.elapsed() >= PATIENCE,
            Phase::Idle => true,
            Phase::Busy => false,
        };
        if has_had_time && !unread.0 {
            self.of.app.shared().stats.limited(Limit::HalfOpen);
            return true;
        }
        if let Some(number) = self.number.take() {
            let mut waiting = self.of.lock();
            waiting.leave(number);
            // What has arrived is the beginning of a request, at least.
            self.number = Some(waiting.enter(&self.progress, (Phase::Head, Instant::now())));
        }
        self.of.changed.notify_waiters();
        false
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::runtime::{Builder, Runtime};

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

    fn enter(half_open: &Arc<HalfOpen>) -> (Arc<Progress>, Place) {
        let progress = Progress::new();
        let number = half_open.lock().enter(&progress, progress.phase());
        let place = Place { of: half_open.clone(), progress: progress.clone(), number: Some(number) };
        (progress, place)
    }

    fn is_asked(progress: &Progress) -> bool {
        let asked = progress.is_asked();
        progress.take_asked();
        asked
    }

    /// Lets another connection look for room, and returns whether there is some.
    fn has_room(half_open: &Arc<HalfOpen>) -> bool {
        half_open.enter(&Progress::new()).now_or_never().is_some()
    }

    /// All that wait have done so for long.
    fn pass(half_open: &HalfOpen) {
        half_open.lock().fresh.values_mut().for_each(|waiter| waiter.since -= PATIENCE);
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_time().build().unwrap()
    }

    #[test]
    fn those_that_have_just_come_are_not_asked() {
        let (runtime, half_open) = (runtime(), half_open(2));
        let _runtime = runtime.enter();
        let (first, place) = enter(&half_open);
        assert!(has_room(&half_open));
        let (second, mut second_place) = enter(&half_open);
        assert!(!has_room(&half_open) && !half_open.relieve());
        assert!(!is_asked(&first) && !is_asked(&second));
        pass(&half_open);
        assert!(!has_room(&half_open));
        assert!(is_asked(&first) && !is_asked(&second));
        drop(place);
        assert!(has_room(&half_open));
        // This one was accepted a moment ago, so it keeps its place even if it is asked.
        assert!(!second_place.gives_way(Unread(false)));
        assert_eq!(half_open.app.stats().limited("max_half_open"), 0);
    }

    #[test]
    fn one_whose_request_is_not_read_yet_stays_and_the_next_is_asked() {
        let (runtime, half_open) = (runtime(), half_open(2));
        let _runtime = runtime.enter();
        let (first, mut first_place) = enter(&half_open);
        let (second, mut second_place) = enter(&half_open);
        pass(&half_open);
        assert!(!has_room(&half_open) && is_asked(&first));
        assert!(!first_place.gives_way(Unread(true)));
        assert!(!has_room(&half_open) && is_asked(&second) && !is_asked(&first));
        second_place.leave();
        assert!(has_room(&half_open));
        assert_eq!(half_open.app.stats().limited("max_half_open"), 0);
    }

    #[test]
    fn one_that_does_not_react_does_not_hold_up_the_others() {
        let (runtime, half_open) = (runtime(), half_open(2));
        let _runtime = runtime.enter();
        let (first, _first_place) = enter(&half_open);
        let (second, _second_place) = enter(&half_open);
        pass(&half_open);
        assert!(!has_room(&half_open) && first.is_asked() && !second.is_asked());
        assert!(!has_room(&half_open) && first.is_asked() && second.is_asked());
        assert_eq!(half_open.lock().ask(Instant::now()), Asked::NoneBefore(None));
    }

    #[test]
    fn one_between_two_requests_gives_way_at_once() {
        let (runtime, half_open) = (runtime(), half_open(2));
        let _runtime = runtime.enter();
        let (fresh, mut fresh_place) = enter(&half_open);
        let (idle, mut idle_place) = enter(&half_open);
        drop(idle.begin());
        idle.settle();
        idle_place.wait();
        assert!(!has_room(&half_open));
        assert!(is_asked(&idle) && !is_asked(&fresh));
        assert!(!idle_place.gives_way(Unread(true)), "its next request has arrived");
        assert!(idle_place.gives_way(Unread(false)));
        drop(idle_place);
        // One that becomes idle when there are too many asks for a place, too.
        fresh_place.leave();
        let (_one, _one_place) = enter(&half_open);
        let (_other, _other_place) = enter(&half_open);
        drop(fresh.begin());
        fresh.settle();
        fresh_place.wait();
        assert!(is_asked(&fresh) && fresh_place.gives_way(Unread(false)));
        assert_eq!(half_open.app.stats().limited("max_half_open"), 2);
    }
}
