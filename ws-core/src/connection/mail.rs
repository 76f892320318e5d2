//! The items in a connection's mailbox.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::mailbox::Weigh;
use super::replay::Replay;
use super::work::Work;
use crate::message::{Close, Message, Terminate};
use crate::protocol::{PreparedMessage, Protocol};

/// An info of a handler's own type. It is boxed, so that a mailbox is the same code for every handler.
pub(crate) type Info = Box<dyn Any + Send>;

/// The size that an entry counts with, besides its payload, in bytes. The docs of the limit give it.
pub(super) const ENTRY: usize = 48;
/// The size of a key's place in a mailbox, in bytes.
const KEYED: usize = 64;

/// The work that a result comes from. It counts until this is dropped.
#[derive(Debug)]
pub(crate) enum Handled {
    /// The work has ended.
    Ended { _work: Work },
    /// The stream continues when this is dropped.
    Stream { _work: Arc<Work>, _continues: oneshot::Sender<Infallible> },
}

/// An item for a connection. Items are handled in the order in which they were queued.
#[derive(Debug)]
pub(crate) enum Mail {
    /// An info, and the bytes that it holds on the heap besides itself.
    Info(Info, usize),
    /// The result of spawned work. The guard of a stream's item is dropped when its callback is over.
    Result(Info, Handled),
    /// Infos that the connection's own task creates.
    Batch(InfoBatch),
    Send(Message),
    /// A message of the protocol of a page session. `#[outgoing]` cannot replace or drop it. It is boxed, because a second
    /// message would make every item larger.
    #[cfg(feature = "pages")]
    Protocol(Box<Message>),
    /// A message that many connections send.
    Published(Arc<Published>),
    /// Published messages that the client missed. They are taken one at a time.
    Replay(Box<Replay>),
    Close(Close),
    /// A member's callback failed for it, or cannot take its payload. The connection ends here.
    Fail(Box<Terminate>),
    /// The app drains. The connection ends here.
    Drain,
}

impl Mail {
    /// Whether a callback receives this item. `outgoing`: the handler's `#[outgoing]` receives messages.
    pub(crate) const fn is_for_callback(&self, outgoing: bool) -> bool {
        match self {
            Self::Info(..) | Self::Result(..) | Self::Batch(_) => true,
            Self::Send(_) | Self::Published(_) | Self::Replay(_) => outgoing,
            Self::Close(_) | Self::Fail(_) | Self::Drain => false,
            #[cfg(feature = "pages")]
            Self::Protocol(_) => false,
        }
    }

    /// Queues the message of an item that needs no callback. An error ends the connection.
    pub(crate) fn carry_out(self, protocol: &mut Protocol) -> Result<(), Terminate> {
        match self {
            Self::Send(message) => protocol.send(message),
            #[cfg(feature = "pages")]
            Self::Protocol(message) => protocol.send(*message),
            Self::Published(published) => protocol.send_prepared(&published.prepared),
            Self::Replay(replay) => replay.for_each(|published| protocol.send_prepared(&published.prepared)),
            Self::Info(..) | Self::Result(..) | Self::Batch(_) => {}
            Self::Close(close) => return Err(Terminate::Stop(close)),
            Self::Fail(reason) => return Err(*reason),
            Self::Drain => return Err(Terminate::Drained),
        }
        Ok(())
    }
}

impl Weigh for Mail {
    type Shared = Arc<Published>;

    #[inline]
    fn shared(&self) -> Option<&Arc<Published>> {
        if let Self::Published(published) = self { Some(published) } else { None }
    }

    #[inline]
    fn into_shared(self) -> Option<Arc<Published>> {
        if let Self::Published(published) = self { Some(published) } else { None }
    }

    /// The size of the entry and of its payload, in bytes.
    #[inline]
    fn weight(&self) -> usize {
        let payload = match self {
            Self::Send(message) => message.len(),
            #[cfg(feature = "pages")]
            Self::Protocol(message) => message.len(),
            Self::Published(published) => return published.weight,
            Self::Replay(replay) => return replay.bytes,
            Self::Info(info, heap) => size_of_val(&**info).saturating_add(*heap),
            // These are exempt from the limits.
            Self::Result(..) | Self::Batch(_) | Self::Close(_) | Self::Fail(_) | Self::Drain => 0,
        };
        payload.saturating_add(ENTRY)
    }

    #[inline]
    fn key(&self) -> Option<&Arc<str>> {
        match self {
            Self::Published(published) => published.key.as_ref(),
            _ => None,
        }
    }

    #[inline]
    fn is_parted(&self) -> bool {
        matches!(self, Self::Replay(_))
    }

    fn split(self) -> (Self, Option<Self>) {
        match self {
            Self::Replay(mut replay) => match replay.next() {
                Some(first) if replay.len() > 0 => (Self::Published(first), Some(Self::Replay(replay))),
                Some(last) => (Self::Published(last), None),
                None => (Self::Replay(replay), None),
            },
            whole => (whole, None),
        }
    }
}

/// A message that many connections send, encoded once.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) prepared: PreparedMessage,
    /// It takes the place of a waiting message with the same key.
    key: Option<Arc<str>>,
    /// The size of an entry with this message, the same for each subscriber.
    weight: usize,
}

impl Published {
    pub(crate) fn new(message: Message, key: Option<Arc<str>>) -> Self {
        // With the entry of the mailbox's table of keys.
        let keyed = key.as_ref().map_or(0, |key| key.len() + KEYED);
        Self { weight: message.len() + keyed + ENTRY, prepared: PreparedMessage::new(message), key }
    }

    /// Returns the size that the message counts with, in bytes: that of its payload, and some of its own.
    #[inline]
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }
}

/// Infos, one after the other.
pub(crate) type Infos = Box<dyn ExactSizeIterator<Item = Info> + Send>;

/// Infos that are created when they are delivered, so that a handler's own conversion never runs under a lock.
pub(crate) struct InfoBatch(Box<dyn FnOnce() -> Infos + Send>);

impl InfoBatch {
    pub(crate) fn new(make: impl FnOnce() -> Infos + Send + 'static) -> Self {
        Self(Box::new(make))
    }

    pub(crate) fn make(self) -> Infos {
        (self.0)()
    }
}

impl fmt::Debug for InfoBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InfoBatch").finish_non_exhaustive()
    }
}
