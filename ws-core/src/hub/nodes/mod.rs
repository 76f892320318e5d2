//! What comes from other nodes: published to whoever is subscribed here, and who is present through each of them. Nothing
//! of it is passed on. See the [contract](super::backplane).

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};
use serde_json::Value;

use super::Hub;
use super::backplane::Crossing;
use super::presence::Through;
use super::topics::Topics;
use crate::close::{Close, CloseCode, Reason};
use crate::message::{ControlPayload, Message};
use crate::panics::drop_each;
use crate::shared::Shared;
use crate::shared::mailbox::Mail;
use crate::terminate::BoxError;

/// Which node something began at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(pub(crate) u64);

impl Default for NodeId {
    /// One that no other node has, nor this one at another start.
    fn default() -> Self {
        // Its keys are random.
        Self(RandomState::new().hash_one(std::process::id()))
    }
}

/// A [`Crossing`] at its other side.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arrived {
    Publish { topic: String, message: Message },
    Broadcast { audience: String, news: String, value: Option<Value> },
    Joined { topic: String, id: String, meta: Value },
    Left { topic: String, id: String },
    Announcing,
    Announced,
}

/// At which topic, and who; and whether that was said since the node began to say who is there.
type Guests = HashMap<(Arc<str>, Arc<str>), bool>;

/// Who is present here through other nodes, by what those said: as many as they have connections for.
#[derive(Default)]
pub(crate) struct Nodes(Mutex<HashMap<NodeId, Guests>>);

impl Hub {
    /// Takes what began at node `from`, in the order in which that said it. A node that hears itself drops it.
    pub(crate) fn arrived(&self, from: NodeId, arrived: Arrived) {
        let shared = &*self.0;
        if from == shared.backplane.node {
            return;
        }
        let mut lost = Vec::new();
        match arrived {
            Arrived::Publish { topic, message } => {
                shared.topics.publish(&topic, &message, None);
            }
            Arrived::Broadcast { audience, news, .. } => {
                tracing::warn!(audience, news, "a broadcast of another node is not heard here yet");
            }
            presence => shared.backplane.nodes.hear(shared, from, presence, &mut lost),
        }
        drop_each(lost);
    }

    /// Node `node` is gone, and who was present through it has left.
    pub(crate) fn node_gone(&self, node: NodeId) {
        let shared = &*self.0;
        let mut lost = Vec::new();
        let mut nodes = shared.backplane.nodes.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (topic, id) in nodes.remove(&node).unwrap_or_default().into_keys() {
            Topics::untrack(shared, &topic, &id, Through::Node, &mut lost);
        }
        drop(nodes);
        drop_each(lost);
    }

    /// Tells a node that came (back) who is present through this one. What crosses to it must do so already, since what
    /// changes meanwhile is told in between.
    pub(crate) fn announce(&self, tell: &mut dyn FnMut(&Crossing<'_>)) {
        tell(&Crossing::Announcing);
        self.0.topics.each_present_here(tell);
        tell(&Crossing::Announced);
    }
}

impl Nodes {
    fn hear(&self, shared: &Shared, from: NodeId, arrived: Arrived, lost: &mut Vec<Mail>) {
        // Held to the end, so that topics hear of it in the same order.
        let mut nodes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let guests = nodes.entry(from).or_default();
        match arrived {
            Arrived::Joined { topic, id, meta } => {
                let key = (Arc::from(topic), Arc::from(id));
                if guests.insert(key.clone(), true).is_none() {
                    Topics::track(shared, &key.0, &key.1, meta, Through::Node, lost);
                }
            }
            Arrived::Left { topic, id } => {
                let key = (Arc::from(topic), Arc::from(id));
                if guests.remove(&key).is_some() {
                    Topics::untrack(shared, &key.0, &key.1, Through::Node, lost);
                }
            }
            Arrived::Announcing => guests.values_mut().for_each(|said| *said = false),
            Arrived::Announced => guests.retain(|(topic, id), said| {
                if !*said {
                    Topics::untrack(shared, topic, id, Through::Node, lost);
                }
                *said
            }),
            Arrived::Publish { .. } | Arrived::Broadcast { .. } => {}
        }
        if guests.is_empty() {
            nodes.remove(&from);
        }
    }
}

impl<'de> Deserialize<'de> for Arrived {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // What is said of an identity is any value, so that the format describes itself anyhow.
        Self::parse(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Arrived {
    fn parse(value: Value) -> Result<Self, BoxError> {
        let (name, mut fields) = match value {
            Value::String(name) => (name, Value::Null),
            Value::Object(variant) => variant.into_iter().next().ok_or("nothing crosses")?,
            _ => return Err("neither a string nor an object".into()),
        };
        Ok(match &*name {
            "Publish" => Self::Publish { topic: take(&mut fields, "topic")?, message: message(&mut fields)? },
            "Broadcast" => Self::Broadcast {
                audience: take(&mut fields, "audience")?,
                news: take(&mut fields, "news")?,
                value: fields.get_mut("value").map(Value::take),
            },
            "Joined" => Self::Joined {
                topic: take(&mut fields, "topic")?,
                id: take(&mut fields, "id")?,
                meta: take(&mut fields, "meta")?,
            },
            "Left" => Self::Left { topic: take(&mut fields, "topic")?, id: take(&mut fields, "id")? },
            "Announcing" => Self::Announcing,
            "Announced" => Self::Announced,
            _ => return Err(format!("`{name}` does not cross").into()),
        })
    }
}

fn take<T: DeserializeOwned>(fields: &mut Value, name: &str) -> Result<T, BoxError> {
    let field = fields.get_mut(name).ok_or_else(|| format!("no `{name}`"))?;
    Ok(T::deserialize(field.take())?)
}

fn message(fields: &mut Value) -> Result<Message, BoxError> {
    let payload: Vec<u8> = take(fields, "payload")?;
    Ok(match &*take::<String>(fields, "kind")? {
        "text" => String::from_utf8(payload)?.into(),
        "binary" => payload.into(),
        "ping" => Message::Ping(ControlPayload::new(payload)?),
        "pong" => Message::Pong(ControlPayload::new(payload)?),
        "close" => {
            let code = CloseCode::new(take(fields, "code")?)?;
            Close::new(code, Reason::new(String::from_utf8(payload)?)?).into()
        }
        kind => return Err(format!("a message cannot be `{kind}`").into()),
    })
}

#[cfg(test)]
mod tests;
