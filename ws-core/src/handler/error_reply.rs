//! Errors that become messages by themselves.

use std::fmt;

use super::into_reply::IntoReply;
use super::reply::Reply;

/// An error that is sent to the client as messages. As the error of a callback's `Result`, it sends them, and the
/// connection goes on. It passes no `#[error]` callback.
///
/// The operator `?` makes it from every error that implements [`IntoReply`]. Messages that the callback has added before
/// are sent first; if the error's own reply closes the connection, that is the end of it.
///
/// ```
/// use ws_core::prelude::*;
/// use ws_core::ErrorReply;
///
/// enum ShopError {
///     SoldOut(u32),
///     Closed,
/// }
///
/// impl IntoReply for ShopError {
///     fn into_reply(self, reply: &mut Reply) {
///         match self {
///             Self::SoldOut(item) => reply.push(format!("item {item} is sold out")),
///             Self::Closed => reply.push(Close::new(CloseCode::POLICY, "the shop is closed")),
///         }
///     }
/// }
///
/// fn stock(item: u32) -> Result<u32, ShopError> {
///     match item {
///         0 => Err(ShopError::Closed),
///         item @ 1..10 => Err(ShopError::SoldOut(item)),
///         item => Ok(item / 10),
///     }
/// }
///
/// #[websocket("/shop")]
/// #[derive(Default)]
/// struct Shop;
///
/// #[websocket]
/// impl Shop {
///     #[text]
///     fn order(&mut self, Json(item): Json<u32>) -> Result<String, ErrorReply> {
///         let left = stock(item)?;
///         Ok(format!("ordered, {left} left"))
///     }
/// }
/// ```
pub struct ErrorReply(Box<Reply>);

impl ErrorReply {
    /// Returns the messages.
    #[must_use]
    pub fn into_inner(self) -> Reply {
        *self.0
    }
}

impl<E: IntoReply> From<E> for ErrorReply {
    fn from(error: E) -> Self {
        Self(Box::new(Reply::new().with(error)))
    }
}

impl std::error::Error for ErrorReply {}

impl fmt::Display for ErrorReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an error that is sent to the client")
    }
}

impl fmt::Debug for ErrorReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ErrorReply").field(&self.0).finish()
    }
}
