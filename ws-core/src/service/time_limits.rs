//! The time limits of a service's callbacks. A callback that never returns would stop the service for all its members.

use std::any::type_name;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::service::Service;
use crate::shared::Shared;
use crate::shared::callbacks::{CallbackLimits, within};
use crate::shared::panics::catch_and_log;
use crate::shared::stats::Limit;

/// The least time of an `init` at the start: it may load data.
const START: Duration = Duration::from_secs(300);

/// The time limits of one service.
pub(super) struct TimeLimits {
    service: &'static str,
    /// Weak: a service does not keep its app alive.
    shared: Weak<Shared>,
    /// `None` until a route sets them.
    limits: Mutex<Option<CallbackLimits>>,
}

impl TimeLimits {
    pub(super) fn new<S: Service>(shared: &Arc<Shared>) -> Self {
        Self { service: type_name::<S>(), shared: Arc::downgrade(shared), limits: Mutex::default() }
    }

    /// Adds the limits of a route. If a service has several routes, the longest limits apply.
    pub(super) fn allow(&self, limits: CallbackLimits) {
        let mut longest = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        *longest = Some(longest.map_or(limits, |longest| longest.longest(limits)));
    }

    fn limits(&self) -> CallbackLimits {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or(CallbackLimits::DEFAULT)
    }

    /// The limit of `init` at the start.
    pub(super) fn start(&self) -> Option<Duration> {
        self.limits().init.map(|limit| limit.max(START))
    }

    /// The limit of `init` after a panic, if it took `took` at the start.
    pub(super) fn restart(&self, took: Duration) -> Option<Duration> {
        self.limits().init.map(|limit| limit.max(2 * took))
    }

    /// Runs `init`. Returns the error text if it does not return within `limit`.
    pub(super) async fn init<T>(
        &self,
        limit: Option<Duration>,
        init: impl Future<Output = T>,
    ) -> Result<T, String> {
        self.run(Limit::InitTimeout, limit, "init", init).await.ok_or_else(|| {
            format!("`#[init]` did not return within {:?} (see `init_timeout`)", limit.unwrap_or_default())
        })
    }

    /// Runs a `join` or `rejoin`. Returns `None` if it does not return in time.
    pub(super) async fn join<T>(&self, name: &'static str, join: impl Future<Output = T>) -> Option<T> {
        self.run(Limit::InitTimeout, self.limits().init, name, join).await
    }

    /// Runs a `close` or `terminate`. Returns `None` if it does not return in time.
    pub(super) async fn close<T>(&self, name: &'static str, close: impl Future<Output = T>) -> Option<T> {
        self.run(Limit::TerminateTimeout, self.limits().terminate, name, close).await
    }

    async fn run<T>(
        &self,
        name: Limit,
        limit: Option<Duration>,
        callback: &'static str,
        running: impl Future<Output = T>,
    ) -> Option<T> {
        let mut running = Box::pin(running);
        let ended = within(limit, running.as_mut()).await;
        if ended.is_none() {
            // This may drop values of the user's types.
            catch_and_log(move || drop(running));
            if let Some(shared) = self.shared.upgrade() {
                shared.timed_out(name, limit, self.service, callback);
            }
        }
        ended
    }
}
