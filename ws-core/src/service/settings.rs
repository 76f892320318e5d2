//! The settings of a type of service, which its routes set when the app is built.

use std::sync::{Arc, OnceLock};

use super::inbox_limits::InboxLimits;
use super::linger::Linger;
use super::service::Service;
use super::time_limits::TimeLimits;
use crate::shared::Shared;

pub(super) struct Settings {
    pub(super) time_limits: TimeLimits,
    pub(super) linger: Arc<Linger>,
    inbox: OnceLock<InboxLimits>,
}

impl Settings {
    pub(super) fn new<S: Service>(shared: &Arc<Shared>) -> Self {
        Self { time_limits: TimeLimits::new::<S>(shared), linger: Arc::default(), inbox: OnceLock::new() }
    }

    /// Sets the limits of the inboxes. Only the first call has an effect.
    pub(super) fn set_inbox(&self, limits: InboxLimits) {
        let _ = self.inbox.set(limits);
    }

    pub(super) fn inbox(&self) -> InboxLimits {
        self.inbox.get().copied().unwrap_or_default()
    }
}
