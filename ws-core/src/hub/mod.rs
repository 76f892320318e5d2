//! What reaches many connections at once. In reading order: the hub itself, the topics behind it, what one connection is
//! subscribed to, who is present, and the seam to other nodes.
//!
//! Locks are taken in this order, each for a moment: a connection's membership, a topic, a mailbox; that of a
//! shard of topics is taken between the first two and let go of. Nothing of the user's runs under any, nor is dropped.

pub(crate) mod backplane;
pub(crate) mod membership;
pub(crate) mod presence;
#[cfg(test)]
mod tests;
pub(crate) mod topics;

use std::fmt;
use std::sync::Arc;

use self::backplane::Crossing;
use self::presence::Present;
use crate::into_message::IntoMessage;
use crate::message::Message;
use crate::shared::Shared;
use crate::shared::mailbox::{ConnectionId, Delivery};

/// The topics of an app: cheap to clone, usable from any task or thread, with or without a runtime.
///
/// A connection [subscribes](crate::Context::subscribe) to topics, which need not be declared: one is there for as long
/// as it has subscribers. From [`AppHandle::hub`](crate::AppHandle::hub).
///
/// - A publisher never waits. What a slow subscriber loses, or whether it is closed, is up to the overflow of its mailbox
///   ([`MailboxLimits`](crate::MailboxLimits)), and counted in [`Stats::dropped`](crate::Stats::dropped).
/// - What one publisher says on a topic arrives in that order; what several say on it arrives everywhere in the same
///   order.
/// - Each subscriber hears a message once at most: it is lost with its connection.
/// - The payload is shared by all who hear it, and compressed once for all who compress alike and take no context over.
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
///     fn said(&mut self, text: Text, cx: &mut Context<Self>) {
///         // To all in the room but the one who said it.
///         cx.app().hub().publish_except(cx.id(), &self.topic, text);
///     }
/// }
///
/// fn announce(app: &AppHandle) {
///     let reached = app.hub().publish("room:lobby", "we close in five minutes");
///     println!("{} will hear it, {} are too slow", reached.queued, reached.dropped);
/// }
/// ```
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

/// How many connections something reached that was said to many.
///
/// Those that have ended, or are about to, are in neither figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Connections where it waits its turn.
    pub queued: usize,
    /// Connections whose mailbox was full, and that lose it: each is closed or goes on, as its overflow says. With
    /// `drop_oldest` it is queued, and something older is lost.
    pub dropped: usize,
}

impl FromIterator<Delivery> for Reached {
    fn from_iter<I: IntoIterator<Item = Delivery>>(deliveries: I) -> Self {
        let mut reached = Self::default();
        deliveries.into_iter().for_each(|delivery| reached.count(delivery));
        reached
    }
}

impl Reached {
    pub(crate) const fn count(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Queued => self.queued += 1,
            Delivery::Dropped => self.dropped += 1,
            Delivery::Gone => {}
        }
    }
}

impl Hub {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Sends `message` to every subscriber of `topic`. A close closes them.
    ///
    /// The answer is [`Reached`]; for a [`Json`](crate::Json) it is a `Result`, whose error is that the value has no JSON, and nobody
    /// hears anything.
    ///
    /// ```
    /// use ws_core::prelude::*;
    ///
    /// # fn f(hub: &Hub) -> Result<(), Box<dyn std::error::Error>> {
    /// // Any `Serialize`: here, a symbol and its price.
    /// let reached = hub.publish("prices", &Json(("ACME", 4200)))?;
    /// println!("{} will hear it", reached.queued);
    /// # Ok(())
    /// # }
    /// ```
    pub fn publish<M: IntoMessage>(&self, topic: &str, message: M) -> M::Answer<Reached> {
        message.send_with(|message| self.send(topic, &message, None))
    }

    /// As [`publish`](Self::publish), to all but one: `cx.id()`, or `&socket`.
    pub fn publish_except<M: IntoMessage>(
        &self,
        except: impl Into<ConnectionId>,
        topic: &str,
        message: M,
    ) -> M::Answer<Reached> {
        message.send_with(|message| self.send(topic, &message, Some(except.into())))
    }

    fn send(&self, topic: &str, message: &Message, except: Option<ConnectionId>) -> Reached {
        self.0.stats.published();
        let reached = self.0.topics.publish(topic, message, except);
        self.0.backplane.0.carry(&Crossing::Publish { topic, message });
        reached
    }

    /// Who is present at `topic`, sorted by identity; see [`Context::track`](crate::Context::track).
    #[must_use]
    pub fn present(&self, topic: &str) -> Vec<Present> {
        self.0.topics.present(topic)
    }

    /// The topics that there are, in no order: somebody is subscribed, present or watching.
    #[must_use]
    pub fn topics(&self) -> Vec<Arc<str>> {
        self.0.topics.names()
    }

    /// The connections that are subscribed to `topic`, the oldest first.
    #[must_use]
    pub fn subscribers(&self, topic: &str) -> Vec<ConnectionId> {
        self.0.topics.subscribers(topic)
    }

    /// How many connections are subscribed to `topic`.
    #[must_use]
    pub fn count(&self, topic: &str) -> usize {
        self.0.topics.count(topic)
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("topics", &self.0.stats.snapshot().topics).finish_non_exhaustive()
    }
}
