//! What comes to a service, one thing after the other.

use std::any::Any;
use std::sync::Arc;

use axum::response::Response;
use tokio::sync::oneshot;

use super::seat::Seat;
use crate::message::Message;
use crate::shared::mailbox::ConnectionId;
use crate::terminate::Terminate;

/// What is of a service's own type: boxed, so that an inbox is the same code for every service.
pub(super) type Erased = Box<dyn Any + Send>;

/// Something that happens to a service.
pub(super) enum Letter {
    Join(Box<Joining>),
    Message(ConnectionId, Message),
    Leave(Box<Leaving>),
    Info(Erased),
    Broadcast(Erased),
    /// What the program said before the inbox was bounded: it holds no room.
    Early(Box<Letter>),
    /// The app drains, and all members have left.
    End,
}

impl Letter {
    /// What it counts for: itself and its payload.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Message(_, message) => message.len(),
            Self::Info(told) | Self::Broadcast(told) => size_of::<Self>() + size_of_val(&**told),
            Self::Early(letter) => letter.size(),
            Self::Join(_) | Self::Leave(_) | Self::End => 0,
        }
    }

    /// The program said it.
    pub(super) fn is_told(&self) -> bool {
        matches!(self, Self::Info(_) | Self::Broadcast(_) | Self::Early(_))
    }

    /// The client that asks has left.
    pub(super) fn is_forsaken(&self) -> bool {
        matches!(self, Self::Join(joining) if joining.answer.is_closed())
    }
}

/// A client that asks to be a member.
pub(super) struct Joining {
    /// The service's `Asked`.
    pub(super) asked: Erased,
    /// Its `Member`.
    pub(super) member: Erased,
    pub(super) answer: oneshot::Sender<Result<Seat, Response>>,
}

/// A member whose connection has ended.
pub(super) struct Leaving {
    pub(super) id: ConnectionId,
    /// A message of its that had found no room yet: it came before the end.
    pub(super) last: Option<Message>,
    pub(super) reason: Arc<Terminate>,
    /// Dropped when the service has heard of it.
    pub(super) heard: oneshot::Sender<()>,
}
