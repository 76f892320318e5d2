//! Presence: the identities at a topic. An identity may have several connections.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::changes::Changes;
use super::presence_event::{IntoInfo, PresenceEvent};
use super::watcher::{Watcher, WatcherId};

/// An identity that is present at a topic; see [`Context::track`](crate::Context::track).
///
/// It serializes to an object with `id`, `meta` and `connections`.
#[derive(Clone, Debug, PartialEq)]
pub struct Present {
    topic: Arc<str>,
    id: Arc<str>,
    meta: Arc<Value>,
    connections: usize,
}

impl Present {
    /// Returns the name of the topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Returns the identity.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the `meta` value that the identity's first connection was tracked with.
    ///
    /// # Errors
    /// The value is not a valid `M`.
    pub fn meta<M: DeserializeOwned>(&self) -> Result<M, serde_json::Error> {
        M::deserialize(&*self.meta)
    }

    /// Returns the number of connections that the identity has at this topic. It is 0 once the identity has left.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections
    }

    pub(super) const fn shared_id(&self) -> &Arc<str> {
        &self.id
    }

    pub(super) fn has_meta_of(&self, other: &Self) -> bool {
        self.meta == other.meta
    }
}

impl Serialize for Present {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Present", 3)?;
        fields.serialize_field("id", &*self.id)?;
        fields.serialize_field("meta", &*self.meta)?;
        fields.serialize_field("connections", &self.connections)?;
        fields.end()
    }
}

/// The identities at a topic, and those that watch it.
#[derive(Default)]
pub(super) struct PresenceSet {
    present: BTreeMap<Arc<str>, Entry>,
    watchers: BTreeMap<WatcherId, (Arc<dyn Watcher>, Arc<Changes>)>,
}

struct Entry {
    meta: Arc<Value>,
    connections: usize,
}

impl Entry {
    fn at(&self, topic: &Arc<str>, id: &Arc<str>) -> Present {
        let Self { meta, connections } = self;
        Present { topic: topic.clone(), id: id.clone(), meta: meta.clone(), connections: *connections }
    }
}

impl PresenceSet {
    pub(super) fn is_empty(&self) -> bool {
        self.present.is_empty() && self.watchers.is_empty()
    }

    /// Adds a connection to an identity. Returns the number of its connections.
    pub(super) fn join(&mut self, topic: &Arc<str>, id: &Arc<str>, meta: Value) -> usize {
        let new = || Entry { meta: Arc::new(meta), connections: 0 };
        let entry = self.present.entry(id.clone()).or_insert_with(new);
        entry.connections += 1;
        let connections = entry.connections;
        if connections == 1 {
            let present = entry.at(topic, id);
            self.notify(&PresenceEvent::Joined(present));
        }
        connections
    }

    /// Removes a connection from an identity.
    pub(super) fn leave(&mut self, topic: &Arc<str>, id: &Arc<str>) {
        let Some(entry) = self.present.get_mut(id) else { return };
        entry.connections -= 1;
        if entry.connections == 0 {
            let left = entry.at(topic, id);
            self.present.remove(id);
            self.notify(&PresenceEvent::Left(left));
        }
    }

    pub(super) fn watch(&mut self, id: WatcherId, watcher: Arc<dyn Watcher>, into_info: IntoInfo) {
        self.watchers.insert(id, (watcher, Changes::new(into_info)));
    }

    /// Returns the watcher, to be dropped without a lock.
    pub(super) fn unwatch(&mut self, id: WatcherId) -> Option<Arc<dyn Watcher>> {
        let (watcher, changes) = self.watchers.remove(&id)?;
        changes.clear();
        Some(watcher)
    }

    /// Returns the number of connections that an identity has.
    pub(super) fn connections(&self, id: &str) -> usize {
        self.present.get(id).map_or(0, |entry| entry.connections)
    }

    pub(super) fn list(&self, topic: &Arc<str>) -> Vec<Present> {
        self.present.iter().map(|(id, entry)| entry.at(topic, id)).collect()
    }

    /// Adds `event` to the changes that wait for each watcher.
    fn notify(&self, event: &PresenceEvent) {
        for (watcher, changes) in self.watchers.values() {
            changes.add(event.clone(), &**watcher);
        }
    }
}
