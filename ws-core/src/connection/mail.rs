//! The items in a connection's mailbox.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::mailbox::Weigh;
use super::work::Work;
use crate::message::{Close, Message, Terminate};
use crate::protocol::{PreparedMessage, Protocol};

/// An info of a handler's own type. It is boxed, so that a mailbox is the same code for every handler.
pub(crate) type Info = Box<dyn Any + Send>;

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
    /// A message that many connections send, encoded once.
    Prepared(Arc<PreparedMessage>),
    /// The same, in place of a waiting message with the same key.
    Latest(Arc<str>, Arc<PreparedMessage>),
    Close(Close),
    /// The client sent a payload that no callback takes, for this reason. The connection ends here.
    Refuse(String),
    /// The app drains. The connection ends here.
    Drain,
}

impl Mail {
    /// Whether a callback receives this item. `outgoing`: the handler's `#[outgoing]` receives messages.
    pub(crate) const fn is_for_callback(&self, outgoing: bool) -> bool {
        match self {
            Self::Info(..) | Self::Result(..) | Self::Batch(_) => true,
            Self::Send(_) | Self::Prepared(_) | Self::Latest(..) => outgoing,
            Self::Close(_) | Self::Refuse(_) | Self::Drain => false,
        }
    }

    /// Queues the message of an item that needs no callback. An error ends the connection.
    pub(crate) fn carry_out(self, protocol: &mut Protocol) -> Result<(), Terminate> {
        match self {
            Self::Send(message) => protocol.send(message),
            Self::Prepared(prepared) | Self::Latest(_, prepared) => protocol.send_prepared(&prepared),
            Self::Info(..) | Self::Result(..) | Self::Batch(_) => {}
            Self::Close(close) => return Err(Terminate::Stop(close)),
            Self::Refuse(what) => return Err(Terminate::BadEncoding(what)),
            Self::Drain => return Err(Terminate::Drained),
        }
        Ok(())
    }
}

impl Weigh for Mail {
    /// The size of the entry and of its payload, in bytes.
    fn weight(&self) -> usize {
        let payload = match self {
            Self::Send(message) => message.len(),
            Self::Prepared(prepared) => prepared.message.len(),
            // With the entry of the mailbox's table of keys.
            Self::Latest(key, prepared) => prepared.message.len() + key.len() + KEYED,
            Self::Info(info, heap) => size_of_val(&**info).saturating_add(*heap),
            // These are exempt from the limits.
            Self::Result(..) | Self::Batch(_) | Self::Close(_) | Self::Refuse(_) | Self::Drain => 0,
        };
        payload.saturating_add(size_of::<Self>())
    }

    fn key(&self) -> Option<&Arc<str>> {
        match self {
            Self::Latest(key, _) => Some(key),
            _ => None,
        }
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
