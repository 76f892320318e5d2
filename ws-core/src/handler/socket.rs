//! A handle to a connection, for any task or thread.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use super::handler::Handler;
use super::info_for::InfoFor;
use crate::connection::{Connection, ConnectionId, Delivery, IntoExpiry, Mail, Params};
use crate::message::{Close, CloseCode, IntoMessage, Message, Reason};

/// A handle to a connection of handler `H`. It is cheap to clone, and usable from any task or thread, with or without a
/// runtime. Nothing waits, and everything that you send through it keeps its order.
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
pub struct Socket<H: Handler /* the handler: write `Socket<Chat>` */> {
    connection: Arc<Connection>,
    handler: PhantomData<fn() -> H>,
}

impl<H: Handler> Socket<H> {
    pub(crate) const fn new(connection: Arc<Connection>) -> Self {
        Self { connection, handler: PhantomData }
    }

    /// Sends a message to the client.
    pub fn send(&self, message: impl IntoMessage) -> Delivery {
        self.connection.send(message.into_message())
    }

    /// Sends a message to the client once the mailbox has room for it. Returns [`Delivery::Queued`], or
    /// [`Delivery::Gone`] if the connection ends first. Nothing is dropped, whatever the mailbox's overflow option is.
    ///
    /// Use it where the sender can wait, such as a task that copies a large file to the client. Do not wait for a
    /// handler's own connection in one of its callbacks: the mailbox is not emptied before an info that waits in it is
    /// handled. Senders that wait at the same time are not served in a certain order.
    ///
    /// # Cancel safety
    /// If you drop the future, the message is not sent.
    pub async fn send_wait(&self, message: impl IntoMessage) -> Delivery {
        self.connection.send_wait(message.into_message()).await
    }

    /// Sends `value` to the client as JSON, in a text message.
    ///
    /// # Errors
    /// The value cannot be serialized. Nothing is sent.
    pub fn send_json(&self, value: &(impl Serialize + ?Sized)) -> Result<Delivery, serde_json::Error> {
        Ok(self.send(Message::json(value)?))
    }

    /// Delivers `info` to the handler: its `#[info]` callback for this type is called.
    pub fn info(&self, info: impl InfoFor<H>) -> Delivery {
        self.own_info(info.into_info())
    }

    /// Delivers an info of the handler's own type.
    pub(crate) fn own_info(&self, info: H::Info) -> Delivery {
        let heap = H::info_heap_size(&info);
        self.connection.push(Mail::Info(Box::new(info), heap))
    }

    /// Closes the connection. Messages that were sent before go out first.
    pub fn close(&self, code: CloseCode, reason: impl Into<Reason>) -> Delivery {
        self.connection.close(Close::new(code, reason))
    }

    /// Closes the connection at this time instead of the one before; see
    /// [`Upgrade::expires_at`](crate::Upgrade::expires_at). It takes effect at once, even if the handler is busy.
    pub fn renew(&self, time: impl IntoExpiry) -> Delivery {
        self.connection.change_lease(time.into_expiry())
    }

    /// Returns `true` until the connection closes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.connection.is_open()
    }

    /// Returns the id of the connection.
    #[must_use]
    pub fn id(&self) -> ConnectionId {
        self.connection.id
    }

    /// Returns the path that the client requested.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.connection.request.path
    }

    /// Returns the parameters of the path.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.connection.request.params
    }

    /// Returns the client's address; see [`Context::peer_addr`](crate::Context::peer_addr).
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.connection.request.peer_addr
    }

    /// Returns the subprotocol that was negotiated.
    #[must_use]
    pub fn subprotocol(&self) -> Option<&str> {
        self.connection.request.subprotocol()
    }

    /// Returns `"http"` or `"https"`; see [`Upgrade::scheme`](crate::Upgrade::scheme).
    #[must_use]
    pub fn scheme(&self) -> Option<&'static str> {
        self.connection.request.scheme()
    }

    /// Returns the version of HTTP; see [`Upgrade::http_version`](crate::Upgrade::http_version).
    #[must_use]
    pub fn http_version(&self) -> http::Version {
        self.connection.request.http_version
    }

    /// Returns the certificate that the client presented, if the server [asked for one](crate::tls::Config).
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(&self) -> Option<&crate::tls::ClientCertificate> {
        self.connection.request.certificate()
    }

    /// Returns the protocol version that the client uses: 13 for RFC 6455, or 8 or 7 for its drafts.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.connection.request.version
    }

    /// Returns `true` if permessage-deflate (RFC 7692) was negotiated.
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.connection.request.is_compressed()
    }

    /// Returns the time of the handshake, to the millisecond.
    #[must_use]
    pub fn opened_at(&self) -> SystemTime {
        self.connection.request.time()
    }

    /// Returns the value that `#[init]` kept with [`Upgrade::keep`](crate::Upgrade::keep), if it is of type `T`.
    #[must_use]
    pub fn kept<T: Any>(&self) -> Option<&T> {
        self.connection.kept()
    }
}

impl<H: Handler> From<&Socket<H>> for ConnectionId {
    fn from(socket: &Socket<H>) -> Self {
        socket.id()
    }
}

impl<H: Handler> Clone for Socket<H> {
    fn clone(&self) -> Self {
        Self::new(self.connection.clone())
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
        write!(f, "Socket<{}>({} at {})", std::any::type_name::<H>(), self.id(), self.path())
    }
}
