//! A handle to a page session.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::PageId;
use super::page::Page;
use super::qos::Qos;
use super::registry::PageRegistry;
use crate::connection::Delivery;
use crate::event::page_event;
use crate::handshake::session::SessionId;
use crate::hub::{Position, Recovery, TopicError};
use crate::message::{Close, CloseCode, Reason};

/// A handle to a page session: one page view of a browser, with its connection or between two connections. It is cheap to
/// clone, and usable from any task or thread.
///
/// Take it as an argument of a [`#[message]`](macro@crate::message) function, or look it up with
/// [`AppHandle::page`](crate::AppHandle::page). As an argument of a handler's `#[init]` it attaches the connection to its
/// page.
///
/// ```
/// use std::time::Duration;
/// use ws_core::prelude::*;
///
/// /// `ws.send("copy", "a.txt")` in the page, which receives `progress` events.
/// #[message]
/// fn copy(file: String, page: PageSession) {
///     tokio::spawn(async move {
///         for percent in (0..=100).step_by(10) {
///             tokio::time::sleep(Duration::from_secs(1)).await;
///             page.send_event("progress", &(&file, percent));
///         }
///     });
/// }
/// ```
///
/// # While the page is not connected
/// A browser reconnects when the network comes back. Until then messages wait, within the bounds of
/// [`Pages`](crate::Pages), and the page receives them in order when it is connected again. If it does not come back within
/// 2 minutes, the page session ends, and its messages are lost.
#[derive(Clone)]
pub struct PageSession {
    registry: Arc<PageRegistry>,
    page: Arc<Page>,
    qos: Qos,
}

impl PageSession {
    pub(super) fn new(registry: Arc<PageRegistry>, page: Arc<Page>) -> Self {
        Self { registry, page, qos: Qos::default() }
    }

    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    pub(crate) const fn registry(&self) -> &Arc<PageRegistry> {
        &self.registry
    }

    /// Returns the id of the page view.
    #[must_use]
    pub fn id(&self) -> PageId {
        self.page.id
    }

    /// Returns the id of the browser's session.
    #[must_use]
    pub fn session_id(&self) -> SessionId {
        self.page.session
    }

    /// Returns the user, if one is [signed in](crate::BrowserSession::sign_in).
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.page.user.as_deref()
    }

    /// Returns a handle that sends with this delivery guarantee. The default is [`Qos::AtMostOnce`].
    ///
    /// With the other two, a message for which `send_event` returns [`Queued`](Delivery::Queued) arrives, unless the page
    /// session or the server ends first. If the connection has a handler of yours, and its client named no page, nothing
    /// acknowledges messages, and they are [`Dropped`](Delivery::Dropped).
    ///
    /// ```
    /// # use ws_core::prelude::*;
    /// use ws_core::Qos;
    ///
    /// # fn f(page: &PageSession) {
    /// page.with_qos(Qos::ExactlyOnce).send_event("booked", &"seat 7");
    /// # }
    /// ```
    #[must_use]
    pub fn with_qos(&self, qos: Qos) -> Self {
        Self { qos, ..self.clone() }
    }

    /// Sends an event to the page: its functions for `name` (`ws.on(name, …)`) receive `value` as JSON.
    ///
    /// Returns [`Queued`](Delivery::Queued) if the message is on its way or waits for the page,
    /// [`Dropped`](Delivery::Dropped) if it does not fit into the queue, and [`Gone`](Delivery::Gone) if the page
    /// session has ended. A message is also dropped, and the error logged, if `value` cannot be serialized, or if
    /// `name` begins with `ws:`, which the protocol uses itself.
    pub fn send_event(&self, name: &str, value: &(impl Serialize + ?Sized)) -> Delivery {
        match page_event(name, value, None) {
            Ok(text) => self.send_text(text),
            Err(why) => self.registry.cannot_send(name, &why),
        }
    }

    /// Sends an event that is encoded already.
    pub(crate) fn send_text(&self, text: String) -> Delivery {
        self.registry.send(&self.page, text, self.qos, false)
    }

    /// Sends the answer to an event of the page.
    pub(crate) fn answer(&self, text: String) -> Delivery {
        self.registry.send(&self.page, text, self.qos, true)
    }

    /// Subscribes the page to `topic`, on its connection and on those after it. Returns `false` if it was subscribed, is
    /// subscribed to 1,024 topics, or has ended, or if the name has more than 256 bytes.
    ///
    /// Publish with [`Hub::publish_event`](crate::Hub::publish_event), so that the script finds the event's type. A message
    /// that is published while the page is not connected is lost, unless the topic has a
    /// [history](crate::App::history) whose messages are stamped ([`History::stamp_json`](crate::History::stamp_json)):
    /// then the script brings its position, and the page receives the messages that it missed.
    #[expect(clippy::must_use_candidate, reason = "it has an effect")]
    pub fn subscribe(&self, topic: &str) -> bool {
        self.page.subscribe(topic, self.registry.topics(), self.registry.counters())
    }

    /// Subscribes the page to a topic with a [history](crate::App::history), on its connection and on those after it, and
    /// queues the messages after `position` for it: all of them, or none if the history no longer has them. Messages that
    /// are published from now on follow.
    ///
    /// ```
    /// use ws_core::prelude::*;
    /// use ws_core::{Position, Recovery, TopicError};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Join {
    ///     room: u32,
    ///     /// `ws.position("room:7")` in the page.
    ///     position: Option<Position>,
    /// }
    ///
    /// /// The page receives `{"recovered":true,…}` before the messages.
    /// #[message]
    /// fn join(Join { room, position }: Join, page: PageSession) -> Result<Recovery, String> {
    ///     page.subscribe_from(&format!("room:{room}"), position).map_err(|error: TopicError| error.to_string())
    /// }
    ///
    /// let app = App::discover().pages(Pages::new()).history("room:*", ws_core::History::new().stamp_json());
    /// ```
    ///
    /// The answer of a function that is not async arrives before the messages, if its event is sent [at most
    /// once](crate::Qos). Any other answer arrives behind them, so the call's timeout must allow for them.
    ///
    /// Before the client's hello, in `#[init]` and `#[open]` of a handler of yours, nothing is recovered: the script brings its
    /// position with the hello, if it has one.
    ///
    /// # Errors
    /// The topic has no history, or a name of more than 256 bytes; the page is subscribed to 1,024 topics; or it has ended. It
    /// is not subscribed then.
    pub fn subscribe_from(
        &self,
        topic: &str,
        position: impl Into<Option<Position>>,
    ) -> Result<Recovery, TopicError> {
        self.page.subscribe_from(topic, position.into(), self.registry.topics(), self.registry.counters())
    }

    /// Unsubscribes the page from `topic`. Returns `false` if it was not subscribed.
    #[expect(clippy::must_use_candidate, reason = "it has an effect")]
    pub fn unsubscribe(&self, topic: &str) -> bool {
        self.page.unsubscribe(topic, self.registry.topics())
    }

    /// Closes the connection of the page. Messages that were sent before go out first. The script comes back, unless the
    /// code means that it should not; the book's chapter lists them.
    pub fn close(&self, code: CloseCode, reason: impl Into<Reason>) -> Delivery {
        let connection = self.page.connection();
        connection.map_or(Delivery::Gone, |connection| connection.close(Close::new(code, reason)))
    }

    /// Returns `true` while the page has a connection.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.page.connection().is_some()
    }

    /// Returns `true` if the page session has ended. The page may have a new one.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.page.is_ended()
    }
}

impl PartialEq for PageSession {
    /// Compares the page sessions, whatever the levels of their messages are.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.page, &other.page)
    }
}

impl Eq for PageSession {}

impl fmt::Debug for PageSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageSession")
            .field("id", &self.id())
            .field("user", &self.user())
            .field("qos", &self.qos)
            .finish_non_exhaustive()
    }
}
