//! The messages that an actor receives.

use std::any::Any;
use std::sync::Arc;

use axum::response::Response;
use tokio::sync::oneshot;

use super::incarnation::OwnMessage;
use crate::connection::{ConnectionId, InfoBatch};
use crate::message::{Message, Terminate};

/// A value of a service's own type. It is boxed, so that an inbox is the same code for every service.
pub(super) type Erased = Box<dyn Any + Send>;

/// A message to an actor.
pub(super) enum ActorMessage {
    Join(Box<Join>),
    Message(ConnectionId, Message),
    Leave(Box<Leave>),
    /// An info, and the bytes that it holds on the heap besides itself.
    Info(Erased, usize),
    /// A broadcast, and the bytes that it holds on the heap besides itself.
    Broadcast(Erased, usize),
    /// An info or a broadcast that was queued before the limits of the inbox were known: it holds no capacity.
    Early(Box<ActorMessage>),
    /// Of the service's own work.
    Own(Box<OwnMessage>),
    /// Changes of presence.
    Batch(InfoBatch),
    /// The notice that the connection of this member is about to expire.
    Expiring(ConnectionId, Erased),
    /// The app drains, and all members have left.
    End,
}

impl ActorMessage {
    /// The size of the message and of its payload, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Message(_, message) => Self::size_of_message(message),
            Self::Info(value, heap) | Self::Broadcast(value, heap) => {
                (size_of::<Self>() + size_of_val(&**value)).saturating_add(*heap)
            }
            Self::Early(message) => message.size(),
            Self::Join(_)
            | Self::Leave(_)
            | Self::Own(_)
            | Self::Batch(_)
            | Self::Expiring(..)
            | Self::End => 0,
        }
    }

    /// The size of a member's message.
    pub(super) fn size_of_message(message: &Message) -> usize {
        size_of::<Self>() + message.len()
    }

    /// Returns `true` if a member sent the message.
    pub(super) const fn is_from_member(&self) -> bool {
        matches!(self, Self::Message(..))
    }

    /// Returns `true` if the program sent the message.
    pub(super) const fn is_from_program(&self) -> bool {
        matches!(self, Self::Info(..) | Self::Broadcast(..) | Self::Early(_))
    }

    /// Returns `true` if the message is a join, and its client has left.
    pub(super) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Join(join) if join.answer.is_closed())
    }
}

/// The request of a client to join the service.
pub(super) struct Join {
    /// The service's `Asked`.
    pub(super) asked: Erased,
    /// Its `Member`.
    pub(super) member: Erased,
    pub(super) answer: oneshot::Sender<Result<(), Response>>,
}

/// A member whose connection has ended.
pub(super) struct Leave {
    pub(super) id: ConnectionId,
    /// A message that waited for capacity when the connection ended.
    pub(super) last: Option<Message>,
    pub(super) reason: Arc<Terminate>,
    /// Dropped once the service has handled the leave.
    pub(super) done: oneshot::Sender<()>,
}
