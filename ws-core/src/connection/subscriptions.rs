//! The topics that a connection has joined. It leaves them all when it ends.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The topics that a connection has joined.
#[derive(Default)]
pub(crate) struct Subscriptions(Mutex<State>);

#[derive(Default)]
enum State {
    /// The connection has joined no topic.
    #[default]
    None,
    Some(Box<Joined>),
    /// The connection has ended, and joins nothing more.
    Ended,
}

/// The names of the topics that a connection is subscribed to, watches, or tracks identities at.
#[derive(Default)]
pub(crate) struct Joined {
    pub(crate) subscribed: HashSet<Arc<str>>,
    pub(crate) watched: HashSet<Arc<str>>,
    /// Topics and the identities that the connection has at them.
    pub(crate) tracked: HashSet<(Arc<str>, Arc<str>)>,
}

impl Joined {
    pub(crate) fn len(&self) -> usize {
        self.subscribed.len() + self.watched.len() + self.tracked.len()
    }
}

impl Subscriptions {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls `join`, unless the connection has ended. The lock is held meanwhile, so the connection cannot end in
    /// between.
    pub(crate) fn join<T>(&self, join: impl FnOnce(&mut Joined) -> T) -> Option<T> {
        let mut state = self.lock();
        if let State::None = *state {
            *state = State::Some(Box::default());
        }
        let State::Some(joined) = &mut *state else { return None };
        let result = join(joined);
        if joined.len() == 0 {
            *state = State::None;
        }
        Some(result)
    }

    /// Calls `leave` if the connection has joined anything.
    pub(crate) fn leave<T: Default>(&self, leave: impl FnOnce(&mut Joined) -> T) -> T {
        let mut state = self.lock();
        let State::Some(joined) = &mut *state else { return T::default() };
        let result = leave(joined);
        if joined.len() == 0 {
            *state = State::None;
        }
        result
    }

    /// Ends all subscriptions, and returns them.
    pub(crate) fn end(&self) -> Option<Joined> {
        match std::mem::replace(&mut *self.lock(), State::Ended) {
            State::Some(joined) => Some(*joined),
            State::None | State::Ended => None,
        }
    }
}
