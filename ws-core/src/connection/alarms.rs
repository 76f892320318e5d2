//! The alarms of the connections of a runtime. They share one timer of the runtime, so an alarm takes 16 bytes, where a
//! timer of its own takes 128. An alarm wakes its connection once, through the waker in the mailbox.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::FutureExt;
use futures_util::future::select;
use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;
use tokio::task::unconstrained;
use tokio::time::sleep_until;

use super::connection::Connection;
use crate::shared::clock::Moment;

/// The alarms of each runtime that has connections.
static RUNTIMES: Mutex<Option<HashMap<Id, Weak<Alarms>>>> = Mutex::new(None);

/// The alarms of a runtime.
pub(super) struct Alarms {
    runtime: Id,
    queue: Mutex<Queue>,
    /// An alarm is earlier than all others.
    earlier: Notify,
}

impl Alarms {
    /// Returns the alarms of the runtime that polls the caller.
    pub(super) fn of_runtime() -> Arc<Self> {
        let runtime = Handle::current().id();
        let mut runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = runtimes.get_or_insert_default().entry(runtime).or_default();
        known.upgrade().unwrap_or_else(|| {
            let alarms = Arc::new(Self { runtime, queue: Mutex::default(), earlier: Notify::new() });
            *known = Arc::downgrade(&alarms);
            alarms
        })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the alarm of `connection`, instead of the one before.
    pub(super) fn set(self: &Arc<Self>, connection: &Arc<Connection>, at: Moment) {
        let mut queue = self.lock();
        let is_earliest = queue.set(connection, at);
        let is_first = !std::mem::replace(&mut queue.watched, true);
        drop(queue);
        if is_first {
            tokio::spawn(Watch { alarms: self.clone(), waits: true }.run().boxed());
        } else if is_earliest {
            self.earlier.notify_one();
        }
    }

    /// Cancels the alarm of `connection`, if it is set.
    pub(super) fn cancel(&self, connection: &Connection) {
        let cancelled = self.lock().remove(connection);
        // Dropped outside the lock: it may hold values of a user's types.
        drop(cancelled);
    }
}

impl Drop for Alarms {
    fn drop(&mut self) {
        let mut runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtimes) = &mut *runtimes
            && runtimes.get(&self.runtime).is_some_and(|alarms| alarms.strong_count() == 0)
        {
            runtimes.remove(&self.runtime);
        }
    }
}

/// The task that wakes connections. It ends when no alarm is set.
struct Watch {
    alarms: Arc<Alarms>,
    waits: bool,
}

impl Watch {
    async fn run(mut self) {
        while let Some(next) = self.ring() {
            // Outside of tokio's cooperative budget: without budget, a sleep is pending without being registered.
            let sleep = pin!(unconstrained(sleep_until(next.into())));
            select(sleep, pin!(self.alarms.earlier.notified())).await;
        }
    }

    /// Wakes the connections that are due. Returns the time of the next alarm.
    fn ring(&mut self) -> Option<Moment> {
        let now = Moment::now();
        loop {
            let mut queue = self.alarms.lock();
            let Some(next) = queue.next() else {
                (queue.watched, self.waits) = (false, false);
                return None;
            };
            if next > now {
                return Some(next);
            }
            let due = queue.pop();
            drop(queue);
            if let Some(connection) = due {
                connection.mailbox.ring();
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // The runtime shuts down.
        if self.waits {
            self.alarms.lock().watched = false;
        }
    }
}

/// The place of a connection's alarm in the queue. It is used under the queue's lock.
pub(super) struct Place(AtomicU32);

impl Place {
    pub(super) const fn none() -> Self {
        Self(AtomicU32::new(u32::MAX))
    }

    fn get(&self) -> Option<usize> {
        let place = self.0.load(Ordering::Relaxed);
        (place != u32::MAX).then_some(place as usize)
    }

    fn set(&self, place: Option<usize>) {
        let place = place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX);
        self.0.store(place, Ordering::Relaxed);
    }
}

struct Alarm {
    at: Moment,
    connection: Arc<Connection>,
}

/// A binary heap, with the earliest alarm first. Each connection knows its place, so its alarm can be changed.
#[derive(Default)]
struct Queue {
    heap: Vec<Alarm>,
    /// A task waits for the first alarm.
    watched: bool,
}

impl Queue {
    fn next(&self) -> Option<Moment> {
        self.heap.first().map(|alarm| alarm.at)
    }

    /// Returns whether the alarm is the earliest.
    fn set(&mut self, connection: &Arc<Connection>, at: Moment) -> bool {
        let place = if let Some(place) = connection.alarm.get() {
            self.heap[place].at = at;
            place
        } else {
            self.heap.push(Alarm { at, connection: connection.clone() });
            self.heap.len() - 1
        };
        self.settle(place) == 0
    }

    fn pop(&mut self) -> Option<Arc<Connection>> {
        (!self.heap.is_empty()).then(|| self.remove_at(0))
    }

    fn remove(&mut self, connection: &Connection) -> Option<Arc<Connection>> {
        connection.alarm.get().map(|place| self.remove_at(place))
    }

    fn remove_at(&mut self, place: usize) -> Arc<Connection> {
        let Alarm { connection, .. } = self.heap.swap_remove(place);
        connection.alarm.set(None);
        if place < self.heap.len() {
            self.settle(place);
        }
        if self.heap.capacity() > 64 && self.heap.len() < self.heap.capacity() / 4 {
            self.heap.shrink_to(self.heap.len() * 2);
        }
        connection
    }

    /// Moves an alarm that was added or changed to its place, and returns it.
    fn settle(&mut self, mut place: usize) -> usize {
        while place > 0 && self.heap[place].at < self.heap[(place - 1) / 2].at {
            place = self.swap(place, (place - 1) / 2);
        }
        let children = |place: usize| 2 * place + 1..2 * place + 3;
        while let Some(child) =
            children(place).filter(|child| *child < self.heap.len()).min_by_key(|child| self.heap[*child].at)
            && self.heap[child].at < self.heap[place].at
        {
            place = self.swap(place, child);
        }
        self.heap[place].connection.alarm.set(Some(place));
        place
    }

    /// Swaps two alarms, and returns the new place of the first.
    fn swap(&mut self, place: usize, other: usize) -> usize {
        self.heap.swap(place, other);
        self.heap[place].connection.alarm.set(Some(place));
        other
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use tokio::time::sleep;

    use super::*;
    use crate::connection::Request;
    use crate::shared::limits::Limits;

    fn connections(count: usize) -> Vec<Arc<Connection>> {
        let connection = || Connection::new(Arc::default(), Request::default(), Limits::default().mailbox());
        (0..count).map(|_| Arc::new(connection())).collect()
    }

    proptest! {
        #[test]
        fn alarms_ring_in_order_once_each_unless_they_are_cancelled(
            steps in vec((0..20_usize, prop::option::of(0..100_u64)), 0..200),
        ) {
            let (connections, start) = (connections(20), Moment::now());
            let mut queue = Queue::default();
            let mut expected = HashMap::new();
            for (number, at) in steps {
                let at = at.map(|at| start.later(Duration::from_secs(at)));
                if let Some(at) = at {
                    expected.insert(number, at);
                    let is_earliest = queue.set(&connections[number], at);
                    prop_assert!(!is_earliest || expected.values().all(|other| at <= *other));
                } else {
                    let removed = queue.remove(&connections[number]).is_some();
                    prop_assert_eq!(removed, expected.remove(&number).is_some());
                }
                prop_assert_eq!(queue.next(), expected.values().min().copied());
            }
            while let Some(next) = queue.next() {
                let rings = queue.pop().unwrap();
                let number = connections.iter().position(|connection| Arc::ptr_eq(connection, &rings));
                prop_assert_eq!(expected.remove(&number.unwrap()), Some(next));
            }
            prop_assert!(expected.is_empty());
            prop_assert!(connections.iter().all(|connection| connection.alarm.get().is_none()));
        }
    }

    async fn until(what: impl Fn() -> bool) {
        while !what() {
            sleep(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test]
    async fn an_alarm_rings_although_it_was_set_after_a_later_one() {
        let (alarms, connections) = (Alarms::of_runtime(), connections(3));
        let rung = |number: usize| connections[number].mailbox.is_urgent();
        for (connection, delay) in connections.iter().zip([3600, 0, 1]) {
            alarms.set(connection, Moment::now().later(Duration::from_secs(delay)));
            // The task waits for the first alarm before the next one is set.
            sleep(Duration::from_millis(1)).await;
        }
        until(|| rung(1)).await;
        until(|| rung(2)).await;
        assert!(!rung(0));
        alarms.set(&connections[0], Moment::now());
        until(|| rung(0)).await;
    }

    #[tokio::test]
    async fn nothing_is_left_of_alarms_that_rang_or_were_cancelled() {
        let runtime = Handle::current();
        for cancel in [true, false] {
            let alarms = Alarms::of_runtime();
            let connections = connections(100);
            for connection in &connections {
                alarms.set(connection, Moment::now().later(Duration::from_millis(10)));
            }
            assert_eq!(runtime.metrics().num_alive_tasks(), 1);
            if cancel {
                for connection in &connections {
                    alarms.cancel(connection);
                }
                assert!(connections.iter().all(|connection| Arc::strong_count(connection) == 1));
            }
            until(|| runtime.metrics().num_alive_tasks() == 0).await;
            assert!(connections.iter().all(|connection| Arc::strong_count(connection) == 1));
            assert_eq!(connections.iter().any(|connection| connection.mailbox.is_urgent()), !cancel);
        }
        assert!(!RUNTIMES.lock().unwrap().as_ref().unwrap().contains_key(&runtime.id()));
    }
}
