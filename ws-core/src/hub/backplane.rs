//! The seam to other nodes: all that is published, broadcast or tracked passes here, after it has reached whoever is on
//! this node. The only backplane there is for now is [`InProcess`], which carries nothing, and for which nothing is
//! serialised.
//!
//! The contract, for whoever writes another:
//!
//! - **Never waits, never panics.** [`Backplane::carry`] is called on the publisher's own thread, which may have no
//!   runtime, for presence under the topic's lock: it queues what it is given in a bounded queue and returns, or drops
//!   and counts it. It does not call the hub.
//! - **Order.** What one thread says on one topic arrives at each node in that order; the joins and leaves of one
//!   identity arrive in theirs. Between topics, and between publishers on different nodes, there is no order: two nodes
//!   may hear two publishers in different orders.
//! - **At most once.** Nothing is sent twice, and nothing is kept for a node that is away. A node that is cut off loses
//!   what is said meanwhile, as a client does.
//! - **Node id.** Each node has one, new at each start and unique among those that are connected. What comes carries the
//!   id of where it began; a node drops what is its own, and passes nothing on. The numbers of connections mean nothing
//!   elsewhere, so that `publish_except` leaves nobody out on other nodes.
//! - **Presence.** An identity has joined when the first node says so, and left when the last does. What is said of it is
//!   what a node heard first, and may differ where two nodes say it at once. Another node counts as one connection.
//! - **Reconnect.** Once two nodes hear each other (again), each says who is present through it: who was, and is not
//!   named, has left meanwhile. Nothing else is replayed. Once the backplane is sure that a node is gone, who was present
//!   through it has left. A queue that lost a join or a leave is cut off, and begins so again.
//! - **Serde.** What crosses is a [`Crossing`], serialised by the backplane in the format of its choice, and nothing
//!   before that. A broadcast names its types, and has its value where the news is `Serialize`; otherwise it has none.
//!
//! What takes all that in on the other side comes with the first backplane that has one.

use std::fmt;

use serde::ser::{Error, Serialize, SerializeStructVariant, Serializer};
use serde_json::Value;

use crate::message::Message;

/// Carries what is said on this node to the others.
pub(crate) trait Backplane: Send + Sync {
    /// Takes it, or loses and counts it; see the [contract](self).
    fn carry(&self, crossing: &Crossing<'_>);
}

/// What is said to other nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Crossing<'a> {
    Publish {
        topic: &'a str,
        message: &'a Message,
    },
    /// The names of the types, who is to hear it, and what; and its value.
    Broadcast {
        audience: &'a str,
        news: &'a str,
        value: News<'a>,
    },
    /// The first connection of an identity on this node.
    Joined {
        topic: &'a str,
        id: &'a str,
        meta: &'a Value,
    },
    /// The last one of it on this node.
    Left {
        topic: &'a str,
        id: &'a str,
    },
}

/// The value of a broadcast, made JSON for whoever asks.
#[derive(Clone, Copy)]
pub(crate) struct News<'a>(pub(crate) &'a dyn Fn() -> Crossed);

/// `None` where the type does not say how: it is not `Serialize`.
pub type Crossed = Option<Result<Value, serde_json::Error>>;

impl fmt::Debug for News<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("News")
    }
}

/// There are no others.
struct InProcess;

impl Backplane for InProcess {
    fn carry(&self, _: &Crossing<'_>) {}
}

/// The backplane of an app.
pub(crate) struct Seam(pub(crate) Box<dyn Backplane>);

impl Default for Seam {
    fn default() -> Self {
        Self(Box::new(InProcess))
    }
}

impl Serialize for Crossing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAME: &str = "Crossing";
        match *self {
            Self::Publish { topic, message } => {
                let (kind, payload): (_, &[u8]) = match message {
                    Message::Text(text) => ("text", text.as_bytes()),
                    Message::Binary(bytes) => ("binary", bytes),
                    Message::Ping(payload) => ("ping", payload),
                    Message::Pong(payload) => ("pong", payload),
                    Message::Close(close) => ("close", close.reason().as_bytes()),
                };
                let code = if let Message::Close(close) = message { u16::from(close.code()) } else { 0 };
                let mut fields = serializer.serialize_struct_variant(NAME, 0, "Publish", 4)?;
                fields.serialize_field("topic", topic)?;
                fields.serialize_field("kind", kind)?;
                fields.serialize_field("code", &code)?;
                fields.serialize_field("payload", payload)?;
                fields.end()
            }
            Self::Broadcast { audience, news, value: News(value) } => {
                let value = value().transpose().map_err(S::Error::custom)?;
                let len = 2 + usize::from(value.is_some());
                let mut fields = serializer.serialize_struct_variant(NAME, 1, "Broadcast", len)?;
                fields.serialize_field("audience", audience)?;
                fields.serialize_field("news", news)?;
                match &value {
                    Some(value) => fields.serialize_field("value", value)?,
                    None => fields.skip_field("value")?,
                }
                fields.end()
            }
            Self::Joined { topic, id, meta } => {
                let mut fields = serializer.serialize_struct_variant(NAME, 2, "Joined", 3)?;
                fields.serialize_field("topic", topic)?;
                fields.serialize_field("id", id)?;
                fields.serialize_field("meta", meta)?;
                fields.end()
            }
            Self::Left { topic, id } => {
                let mut fields = serializer.serialize_struct_variant(NAME, 3, "Left", 2)?;
                fields.serialize_field("topic", topic)?;
                fields.serialize_field("id", id)?;
                fields.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::*;
    use crate::hub::Hub;
    use crate::limits::Limits;
    use crate::shared::Shared;
    use crate::shared::mailbox::Mailbox;

    /// Keeps what would cross, as it would.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<Value>>>);

    impl Backplane for Kept {
        fn carry(&self, crossing: &Crossing<'_>) {
            self.0.lock().unwrap().push(serde_json::to_value(crossing).unwrap());
        }
    }

    #[test]
    fn all_that_is_said_crosses_once_and_in_order() {
        let kept = Kept::default();
        let mut shared = Shared::default();
        shared.backplane = Seam(Box::new(kept.clone()));
        let shared = Arc::new(shared);
        let hub = Hub::new(shared.clone());
        let boxes = [(); 2].map(|()| Arc::new(Mailbox::new(shared.clone(), Limits::default().mailbox)));
        hub.publish("a", "hi");
        hub.publish("a", crate::Close::normal());
        for mailbox in &boxes {
            mailbox.track("a", "ann", "1").unwrap();
        }
        for mailbox in &boxes {
            mailbox.shut();
        }
        let expected = [
            json!({"Publish": {"topic": "a", "kind": "text", "code": 0, "payload": b"hi"}}),
            json!({"Publish": {"topic": "a", "kind": "close", "code": 1000, "payload": []}}),
            json!({"Joined": {"topic": "a", "id": "ann", "meta": 1}}),
            json!({"Left": {"topic": "a", "id": "ann"}}),
        ];
        assert_eq!(*kept.0.lock().unwrap(), expected);
    }
}
