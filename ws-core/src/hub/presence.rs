//! Presence: who is at a topic, by an identity that may have several connections.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::backplane::Crossing;
use super::topics::{Topic, Topics};
use crate::shared::Shared;
use crate::shared::mailbox::{ConnectionId, Info, Mail, Mailbox};

/// Somebody who is present at a topic, as [`Context::track`](crate::Context::track) said it.
///
/// It serialises as an object with `id`, `meta` and `connections`.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    topic: Arc<str>,
    id: Arc<str>,
    meta: Arc<Meta>,
    connections: usize,
}

/// What was said of an identity.
#[derive(Debug, PartialEq)]
pub(super) struct Meta {
    value: Value,
    /// The length of its JSON.
    bytes: usize,
}

impl Meta {
    pub(super) fn parse(json: &str) -> Result<Self, serde_json::Error> {
        Ok(Self { value: serde_json::from_str(json)?, bytes: json.len() })
    }
}

impl Present {
    /// The topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The identity.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What was said of it when it joined.
    ///
    /// # Errors
    /// That it is not of this type.
    pub fn meta<M: DeserializeOwned>(&self) -> Result<M, serde_json::Error> {
        M::deserialize(&self.meta.value)
    }

    /// How many connections the identity has at this topic; of one that has left, 0. Those that it has on another node
    /// count as one.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections
    }
}

impl Serialize for Present {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Present", 3)?;
        fields.serialize_field("id", &*self.id)?;
        fields.serialize_field("meta", &self.meta.value)?;
        fields.serialize_field("connections", &self.connections)?;
        fields.end()
    }
}

/// A change of who is present, told as an info to those who [watch](crate::Context::watch) the topic.
#[derive(Clone, Debug, PartialEq)]
pub enum PresenceEvent {
    /// The first connection of an identity is there.
    Joined(Present),
    /// The last connection of an identity has gone.
    Left(Present),
}

impl PresenceEvent {
    /// What it counts for while it waits, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let (Self::Joined(who) | Self::Left(who)) = self;
        size_of::<Self>() + who.meta.bytes
    }
}

/// Makes of an event what the handler's own type of infos is.
pub(crate) type IntoInfo = fn(PresenceEvent) -> Info;

/// Who is at one topic, and who wants to know.
#[derive(Default)]
pub(super) struct People {
    present: BTreeMap<Arc<str>, Person>,
    watchers: BTreeMap<ConnectionId, (Arc<Mailbox>, IntoInfo)>,
}

struct Person {
    meta: Arc<Meta>,
    connections: usize,
}

impl Person {
    fn at(&self, topic: &Arc<str>, id: &Arc<str>) -> Present {
        let Self { meta, connections } = self;
        Present { topic: topic.clone(), id: id.clone(), meta: meta.clone(), connections: *connections }
    }
}

impl People {
    pub(super) fn is_empty(&self) -> bool {
        self.present.is_empty() && self.watchers.is_empty()
    }

    fn list(&self, topic: &Arc<str>) -> Vec<Present> {
        self.present.iter().map(|(id, person)| person.at(topic, id)).collect()
    }

    fn tell(&self, event: &PresenceEvent, lost: &mut Vec<Mail>) {
        for (mailbox, into_info) in self.watchers.values() {
            mailbox.offer(Mail::Presence(Box::new(event.clone()), *into_info), lost);
        }
    }
}

impl Topics {
    /// One connection more of an identity, which did not have it; how many it has now. What watchers lose by it is
    /// `lost`, for the caller to drop.
    pub(super) fn track(
        shared: &Shared,
        topic: &str,
        id: &Arc<str>,
        meta: Meta,
        lost: &mut Vec<Mail>,
    ) -> (Arc<str>, usize) {
        shared.topics.enter(topic, &shared.stats, |name, at| {
            let people = at.people();
            let new = || Person { meta: Arc::new(meta), connections: 0 };
            let person = people.present.entry(id.clone()).or_insert_with(new);
            person.connections += 1;
            let connections = person.connections;
            if connections == 1 {
                let present = person.at(name, id);
                shared.backplane.0.carry(&Crossing::Joined { topic, id, meta: &present.meta.value });
                people.tell(&PresenceEvent::Joined(present), lost);
            }
            connections
        })
    }

    /// One less.
    pub(super) fn untrack(shared: &Shared, topic: &Arc<str>, id: &Arc<str>, lost: &mut Vec<Mail>) {
        shared.topics.leave(topic, &shared.stats, |at| {
            let people = at.people();
            let Some(person) = people.present.get_mut(id) else { return };
            person.connections -= 1;
            if person.connections == 0 {
                let left = person.at(topic, id);
                people.present.remove(id);
                shared.backplane.0.carry(&Crossing::Left { topic, id });
                people.tell(&PresenceEvent::Left(left), lost);
            }
        });
    }

    /// Tells `mailbox` of changes from now on; who is there before them.
    pub(super) fn watch(
        &self,
        topic: &str,
        mailbox: &Arc<Mailbox>,
        into_info: IntoInfo,
    ) -> (Arc<str>, Vec<Present>) {
        self.enter(topic, &mailbox.shared.stats, |name, at| {
            let people = at.people();
            people.watchers.insert(mailbox.id, (mailbox.clone(), into_info));
            people.list(name)
        })
    }

    pub(super) fn unwatch(&self, topic: &str, mailbox: &Mailbox) {
        let watcher = self.leave(topic, &mailbox.shared.stats, |at| at.people().watchers.remove(&mailbox.id));
        drop(watcher);
    }

    /// How many connections an identity has.
    pub(super) fn connections(&self, topic: &str, id: &str) -> usize {
        let connections =
            |topic: Arc<Topic>| Some(topic.lock().people.as_ref()?.present.get(id)?.connections);
        self.find_named(topic).and_then(|(_, topic)| connections(topic)).unwrap_or_default()
    }

    pub(super) fn present(&self, topic: &str) -> Vec<Present> {
        let Some((name, topic)) = self.find_named(topic) else { return Vec::new() };
        Topic::lock(&topic).people.as_ref().map_or_else(Vec::new, |people| people.list(&name))
    }
}
