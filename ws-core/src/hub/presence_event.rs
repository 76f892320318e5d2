//! The infos that report changes of presence.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::presence::Present;
use crate::connection::Info;

/// A change of presence: an info for the connections that [watch](crate::Context::watch) the topic.
#[derive(Clone, Debug, PartialEq)]
pub enum PresenceEvent {
    /// The first connection of an identity has joined.
    Joined(Present),
    /// The last connection of an identity has left.
    Left(Present),
}

/// All changes of presence at a topic that waited for a connection: an info for those that watch it with
/// [`Context::watch_diffs`](crate::Context::watch_diffs).
///
/// An identity is in both lists if it left and joined again with another `meta` value. So apply `left` before `joined`.
/// It serializes to an object with `joined` and `left`.
///
/// ```
/// use ws_core::prelude::*;
/// use ws_core::TopicError;
///
/// #[websocket("/lobby")]
/// #[derive(Default)]
/// struct Lobby;
///
/// #[websocket]
/// impl Lobby {
///     #[open]
///     fn open(&mut self, cx: &mut Context<Self>) -> Result<Json<Vec<Present>>, TopicError> {
///         cx.watch_diffs("lobby").map(Json)
///     }
///
///     #[info]
///     fn changed(&mut self, diff: PresenceDiff) -> Json<PresenceDiff> {
///         Json(diff)
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PresenceDiff {
    /// The identities that have joined, in this order.
    pub joined: Vec<Present>,
    /// The identities that have left, in this order.
    pub left: Vec<Present>,
}

impl PresenceDiff {
    /// Returns the name of the topic.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.joined.iter().chain(&self.left).map(Present::topic).next().unwrap_or_default()
    }
}

impl Serialize for PresenceDiff {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("PresenceDiff", 2)?;
        fields.serialize_field("joined", &self.joined)?;
        fields.serialize_field("left", &self.left)?;
        fields.end()
    }
}

/// Converts changes to the handler's own type of infos, one by one or all that wait together.
#[derive(Clone, Copy)]
pub(crate) enum IntoInfo {
    Events(fn(PresenceEvent) -> Info),
    Diffs(fn(PresenceDiff) -> Info),
}
