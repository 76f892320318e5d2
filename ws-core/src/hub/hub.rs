//! The hub, which publishes messages to the subscribers of a topic.

use std::fmt;
use std::sync::Arc;

use super::counts::DeliveryCounts;
use super::position::Position;
use super::presence::Present;
use super::topics::{TopicError, Topics};
use crate::connection::ConnectionId;
#[cfg(feature = "pages")]
use crate::event::page_event;
use crate::message::{IntoMessage, Message};
use crate::shared::Shared;

/// The topics of an app. It is cheap to clone, and usable from any task or thread, with or without a runtime.
///
/// A connection [subscribes](crate::Context::subscribe) to topics. You do not declare a topic: it exists while a
/// connection subscribes to it, watches it or tracks an identity at it. [`AppHandle::hub`](crate::AppHandle::hub)
/// returns the hub.
///
/// - A publisher never waits. If a subscriber is slow, its mailbox's [`Overflow`](crate::Overflow) option decides
///   whether it loses messages or is closed. [`Stats::dropped`](crate::Stats::dropped) counts the messages that are
///   lost.
/// - The messages of one publisher on a topic arrive in order. All subscribers receive the messages of several
///   publishers in the same order.
/// - Each subscriber receives a message at most once. A message is lost with its connection, unless the topic keeps a
///   [history](crate::App::history).
/// - Subscribers share the payload. It is compressed once for all connections that negotiated the same parameters
///   without context takeover.
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/rooms/{room}")]
/// struct Room {
///     topic: String,
/// }
///
/// #[websocket]
/// impl Room {
///     #[init]
///     fn enter(upgrade: &mut Upgrade<Self>) -> Self {
///         let topic = format!("room:{}", upgrade.params().get("room").unwrap_or_default());
///         upgrade.subscribe(&topic);
///         Self { topic }
///     }
///
///     #[text]
///     fn message(&mut self, text: Text, cx: &mut Context<Self>) {
///         // To everyone in the room but the sender.
///         cx.app().hub().publish_except(cx.id(), &self.topic, text);
///     }
/// }
///
/// fn announce(app: &AppHandle) {
///     let counts = app.hub().publish("room:lobby", "we close in five minutes");
///     println!("queued for {}, {} were too slow", counts.queued, counts.dropped);
/// }
/// ```
#[derive(Clone)]
pub struct Hub {
    topics: Arc<Topics>,
    shared: Arc<Shared>,
}

impl Hub {
    pub(crate) const fn new(topics: Arc<Topics>, shared: Arc<Shared>) -> Self {
        Self { topics, shared }
    }

    /// Sends `message` to every subscriber of `topic`. A close message closes their connections.
    pub fn publish(&self, topic: &str, message: impl IntoMessage) -> DeliveryCounts {
        self.send(topic, &message.into_message(), None)
    }

    /// Sends `value` as JSON, in a text message, to every subscriber of `topic`.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// # fn f(hub: &Hub) -> Result<(), Box<dyn std::error::Error>> {
    /// // Any `Serialize`: here, a symbol and its price.
    /// let counts = hub.publish_json("prices", &("ACME", 4200))?;
    /// println!("queued for {}", counts.queued);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The value cannot be serialized. Nothing is sent.
    pub fn publish_json(
        &self,
        topic: &str,
        value: &(impl serde::Serialize + ?Sized),
    ) -> Result<DeliveryCounts, serde_json::Error> {
        Ok(self.publish(topic, Message::json(value)?))
    }

    /// Sends an event to every subscriber of `topic`: the JSON `{"type":"…","data":…,"topic":"…"}`. Pages that are
    /// [subscribed](crate::PageSession::subscribe) pass `value` to their functions for `name`.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// # fn f(hub: &Hub) -> Result<(), Box<dyn std::error::Error>> {
    /// hub.publish_event("prices", "price", &("ACME", 4200))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The value cannot be serialized, or `name` begins with `ws:`. Nothing is sent.
    #[cfg(feature = "pages")]
    pub fn publish_event(
        &self,
        topic: &str,
        name: &str,
        value: &(impl serde::Serialize + ?Sized),
    ) -> Result<DeliveryCounts, serde_json::Error> {
        Ok(self.publish(topic, page_event(name, value, Some(topic))?))
    }

    /// Sends `message` to every subscriber of `topic` but one: pass `cx.id()`, or `&socket`.
    ///
    /// If the topic keeps a [history](crate::App::history), the message is part of it: a client that reconnects receives
    /// its own messages too, and recognizes them by an id that it gave them.
    pub fn publish_except(
        &self,
        except: impl Into<ConnectionId>,
        topic: &str,
        message: impl IntoMessage,
    ) -> DeliveryCounts {
        self.send(topic, &message.into_message(), Some(except.into()))
    }

    /// Sends `message` to every subscriber of `topic`, in place of the message with the same `key` that still waits for
    /// a subscriber. A subscriber that reads slowly receives the latest message of each key, and skips older ones.
    ///
    /// Use it where only the latest value counts, such as prices: `topic` for all prices, and a `key` for each symbol. The
    /// message takes the place of the earlier one in the mailbox, so the order of keys stays. A message that was replaced
    /// does not count as dropped.
    ///
    /// On a topic with [history](crate::App::history) this is the same as [`publish`](Self::publish): each message has its
    /// place in the order, and none replaces another.
    ///
    /// ```
    /// # use ws_core::Hub;
    /// # fn f(hub: &Hub) {
    /// hub.publish_latest("prices", "ACME", r#"{"symbol":"ACME","price":4200}"#);
    /// # }
    /// ```
    pub fn publish_latest(&self, topic: &str, key: &str, message: impl IntoMessage) -> DeliveryCounts {
        self.shared.stats.published();
        // Keys of different topics are different. A `\0` in a topic cannot make two pairs the same key, because the
        // length of the topic comes first.
        let key = format!("{}\0{topic}\0{key}", topic.len()).into();
        self.topics.publish(&self.shared.stats, topic, &message.into_message(), None, Some(&key))
    }

    fn send(&self, topic: &str, message: &Message, except: Option<ConnectionId>) -> DeliveryCounts {
        self.shared.stats.published();
        self.topics.publish(&self.shared.stats, topic, message, except, None)
    }

    /// Returns the position of a topic that keeps a [history](crate::App::history): after its last message, and before the
    /// next one.
    ///
    /// Take the position first, then read your own state, then subscribe from the position. A client that receives the
    /// state and the position together can subscribe at any later time: it misses no change. A change between the first
    /// two steps arrives twice, in the state and as a message.
    ///
    /// ```
    /// use ws_core::prelude::*;
    /// use ws_core::TopicError;
    ///
    /// # #[derive(serde::Serialize)]
    /// # struct Prices;
    /// # fn read_prices() -> Prices { Prices }
    /// /// The state, and the position to subscribe from. Changes of the state are published to `prices`.
    /// fn page(hub: &Hub) -> Result<Json<impl serde::Serialize>, TopicError> {
    ///     let position = hub.position("prices")?;
    ///     Ok(Json((read_prices(), position)))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`TopicError::NoHistory`]: the topic keeps no history.
    pub fn position(&self, topic: &str) -> Result<Position, TopicError> {
        self.topics.position(&self.shared.stats, topic)
    }

    /// Returns the identities that are present at `topic`, sorted; see [`Context::track`](crate::Context::track).
    #[must_use]
    pub fn present(&self, topic: &str) -> Vec<Present> {
        self.topics.present(topic)
    }

    /// Returns the topics that exist, in no particular order: those with a subscriber, a watcher or an identity.
    #[must_use]
    pub fn topics(&self) -> Vec<Arc<str>> {
        self.topics.names()
    }

    /// Returns the connections that are subscribed to `topic`, the oldest first.
    #[must_use]
    pub fn subscribers(&self, topic: &str) -> Vec<ConnectionId> {
        self.topics.subscribers(topic)
    }

    /// Returns the number of connections that are subscribed to `topic`.
    #[must_use]
    pub fn count(&self, topic: &str) -> usize {
        self.topics.count(topic)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("topics", &self.shared.stats.snapshot().topics).finish_non_exhaustive()
    }
}
