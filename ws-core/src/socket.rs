//! The handle of a connection, for any task or thread.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::close::{Close, CloseCode, Reason};
use crate::handler::{Handler, InfoFor};
use crate::into_message::IntoMessage;
use crate::message::Message;
use crate::shared::mailbox::{ConnectionId, Delivery, Info, Mail, Mailbox};

/// A handle to one connection of handler `H`: cheap to clone, usable from any task or thread, with or without a
/// runtime (Z4, B6). What is said through it keeps its order; nothing waits.
///
/// ```
/// use ws_core::prelude::*;
///
/// #[websocket("/news")]
/// #[derive(Default)]
/// struct News;
///
/// struct Headline(String);
///
/// #[websocket]
/// impl News {
///     #[info]
///     fn headline(&mut self, Headline(words): Headline) -> String {
///         words
///     }
/// }
///
/// fn publish(readers: &[Socket<News>]) {
///     for reader in readers {
///         reader.info(Headline("it works".into()));
///     }
/// }
/// ```
pub struct Socket<H: Handler> {
    mailbox: Arc<Mailbox>,
    handler: PhantomData<fn() -> H>,
}

impl<H: Handler> Socket<H> {
    pub(crate) const fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox, handler: PhantomData }
    }

    /// Sends a message to the client. An empty one is sent as one. For a [`Json`](crate::Json) the answer is a `Result`, whose error is
    /// that the value has no JSON.
    pub fn send<M: IntoMessage>(&self, message: M) -> M::Answer<Delivery> {
        message.send_with(|message| match message {
            Message::Close(close) => self.mailbox.close(close),
            message => self.mailbox.push(Mail::Send(message)),
        })
    }

    /// Says something to the handler: its `#[info]` of this type is called.
    pub fn info(&self, info: impl InfoFor<H>) -> Delivery {
        self.told(Box::new(info.into_info()))
    }

    /// As [`info`](Self::info), of the handler's own type of infos.
    pub(crate) fn told(&self, info: Info) -> Delivery {
        self.mailbox.push(Mail::Info(info))
    }

    /// Closes the connection; what was said before goes first.
    pub fn close(&self, code: CloseCode, reason: impl Into<Reason>) -> Delivery {
        self.mailbox.close(Close::new(code, reason))
    }

    /// Whether the connection still takes what is said to it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.mailbox.is_open()
    }

    /// The connection's number.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.mailbox.id
    }
}

impl<H: Handler> From<&Socket<H>> for ConnectionId {
    fn from(socket: &Socket<H>) -> Self {
        socket.id()
    }
}

impl<H: Handler> Clone for Socket<H> {
    fn clone(&self) -> Self {
        Self::new(self.mailbox.clone())
    }
}

impl<H: Handler> PartialEq for Socket<H> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl<H: Handler> Eq for Socket<H> {}

impl<H: Handler> std::hash::Hash for Socket<H> {
    fn hash<S: std::hash::Hasher>(&self, state: &mut S) {
        self.id().hash(state);
    }
}

impl<H: Handler> fmt::Debug for Socket<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Socket<{}>({})", std::any::type_name::<H>(), self.id())
    }
}
