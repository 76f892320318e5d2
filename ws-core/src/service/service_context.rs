//! The context of a service: its timers, its spawned work and the presence that it watches.

use std::any::type_name;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot;

use super::incarnation::Incarnation;
use super::service::Service;
use super::service_info::ServiceInfo;
use super::service_result::ServiceResult;
use crate::connection::{Task, Timer};
use crate::hub::{IntoInfo, PresenceDiff, PresenceEvent, Present, TopicError};

/// The timers and the spawned work of a service, and the presence that it watches. `#[init]` takes it, and the service
/// keeps it. It is cheap to clone.
///
/// Everything that it started is cancelled when the service ends, and also when the service restarts after a panic. The
/// new value starts its own timers in `#[init]`.
///
/// ```
/// use std::time::Duration;
/// use ws_core::prelude::*;
///
/// /// Counts the seconds for all members.
/// #[service("/clock")]
/// struct Clock {
///     cx: ServiceContext<Self>,
///     members: Vec<Member<Self>>,
///     seconds: u64,
/// }
///
/// struct Tick;
///
/// #[service]
/// impl Clock {
///     #[init]
///     fn begin(cx: ServiceContext<Self>) -> Self {
///         cx.notify_after(Duration::from_secs(1), Tick);
///         Self { cx, members: Vec::new(), seconds: 0 }
///     }
///
///     #[info]
///     fn tick(&mut self, _: Tick) {
///         self.cx.notify_after(Duration::from_secs(1), Tick);
///         self.seconds += 1;
///         for member in &self.members {
///             member.send(self.seconds.to_string());
///         }
///     }
///
///     #[join]
///     fn join(&mut self, member: &Member<Self>) {
///         self.members.push(member.clone());
///     }
///
///     #[close]
///     fn leave(&mut self, member: &Member<Self>) {
///         self.members.retain(|other| other != member);
///     }
/// }
/// ```
pub struct ServiceContext<S: Service /* write `ServiceContext<Self>` in its impl */> {
    incarnation: Arc<Incarnation>,
    service: std::marker::PhantomData<fn() -> S>,
}

impl<S: Service> ServiceContext<S> {
    pub(super) const fn new(incarnation: Arc<Incarnation>) -> Self {
        Self { incarnation, service: std::marker::PhantomData }
    }

    /// Delivers `info` to the service's `#[info]` callback after `delay`, before the messages that wait in the inbox.
    ///
    /// At most 65,536 timers may be pending. Further ones are dropped, with an error in the log.
    pub fn notify_after(&self, delay: Duration, info: impl ServiceInfo<S>) -> Timer {
        self.incarnation.notify_after(delay, Box::new(info.into_info()))
    }

    /// Cancels a timer. Returns `false` if its info was already delivered, or the timer already cancelled.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn cancel(&self, timer: Timer) -> bool {
        self.incarnation.cancel(timer)
    }

    /// Runs `work` in a task of its own, and delivers its result to the `#[info]` callback. If it panics, the service
    /// restarts as if a callback had panicked.
    ///
    /// The result does not count in the inbox, whose overflow never drops it. At most 4,096 tasks may be under way,
    /// counting those that have ended and whose results wait. Further ones do not start, with an error in the log.
    ///
    /// Work that returns `()` has no result to deliver.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// #[service("/quotes")]
    /// struct Quotes {
    ///     cx: ServiceContext<Self>,
    /// }
    ///
    /// struct Quote(String);
    ///
    /// #[service]
    /// impl Quotes {
    ///     #[init]
    ///     fn begin(cx: ServiceContext<Self>) -> Self {
    ///         Self { cx }
    ///     }
    ///
    ///     #[incoming]
    ///     fn asked(&mut self, symbol: String) {
    ///         // The service goes on while this waits.
    ///         self.cx.spawn(async move { Quote(format!("{symbol} is at 42")) });
    ///     }
    ///
    ///     #[info]
    ///     fn quoted(&mut self, Quote(text): Quote) {
    ///         println!("{text}");
    ///     }
    /// }
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime. The callbacks of a service always run in one.
    pub fn spawn<F, K>(&self, work: F) -> Task
    where
        F: Future<Output: ServiceResult<S, K>> + Send + 'static,
    {
        self.incarnation.spawn(|own| async move {
            if let Some(info) = work.await.result() {
                own.info(Box::new(info), None);
            }
        })
    }

    /// Polls `stream` in a task of its own, and delivers its items to the `#[info]` callback, one at a time: the stream
    /// is polled for the next item when the callback of the last one has returned.
    ///
    /// The rules of [`spawn`](Self::spawn) apply. The stream counts as one task.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn_stream<I>(&self, stream: I) -> Task
    where
        I: Stream<Item: ServiceInfo<S>> + Send + 'static,
    {
        self.incarnation.spawn(|own| async move {
            let mut stream = pin!(stream);
            while let Some(item) = stream.next().await {
                let (continues, handled) = oneshot::channel();
                if !own.info(Box::new(item.into_info()), Some(continues)) {
                    return;
                }
                let _ = handled.await;
            }
        })
    }
}

/// Presence.
impl<S: Service> ServiceContext<S> {
    /// Returns the identities that are present at `topic`, and delivers each later change as an info, a [`PresenceEvent`],
    /// until the service ends or restarts. See [`Context::watch`](crate::Context::watch), whose rules apply.
    ///
    /// # Errors
    /// The service watches 4,096 topics already, or the name has more than 256 bytes
    /// ([`TopicError::OutOfBounds`]); or the service has ended.
    pub fn watch(&self, topic: &str) -> Result<Vec<Present>, TopicError>
    where
        PresenceEvent: ServiceInfo<S>,
    {
        self.incarnation.watch(topic, IntoInfo::Events(|event| Box::new(event.into_info())))
    }

    /// Like [`watch`](Self::watch), but delivers all changes that wait as one info, a [`PresenceDiff`]. The first call
    /// for a topic decides, until [`unwatch`](Self::unwatch).
    ///
    /// # Errors
    /// As [`watch`](Self::watch).
    pub fn watch_diffs(&self, topic: &str) -> Result<Vec<Present>, TopicError>
    where
        PresenceDiff: ServiceInfo<S>,
    {
        self.incarnation.watch(topic, IntoInfo::Diffs(|diff| Box::new(diff.into_info())))
    }

    /// Stops watching `topic`. Changes that wait are dropped. Returns `false` if the service did not watch it.
    #[expect(clippy::must_use_candidate, reason = "called for its effect")]
    pub fn unwatch(&self, topic: &str) -> bool {
        self.incarnation.unwatch(topic)
    }
}

impl<S: Service> Clone for ServiceContext<S> {
    fn clone(&self) -> Self {
        Self::new(self.incarnation.clone())
    }
}

impl<S: Service> fmt::Debug for ServiceContext<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServiceContext<{}>", type_name::<S>())
    }
}
