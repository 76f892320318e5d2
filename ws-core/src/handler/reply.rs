//! The reply of a callback, built by hand.

use serde_json::value::RawValue;

use super::answering::append_with_id;
use super::error_reply::ErrorReply;
use super::into_reply::IntoReply;
use crate::connection::{End, Outbox};
use crate::event::{Envelope, OfEvent};
use crate::message::{BadPayload, BoxError, Close, CloseCode, Message, Reason, StopReason};

/// The reply of a callback: messages in order, and whether the connection closes after them.
///
/// Most callbacks return something simpler; see [`IntoReply`]. Everything after a close is dropped.
///
/// ```
/// use ws_core::{CloseCode, Reply};
///
/// let reply = Reply::new().with("that was all").close(CloseCode::NORMAL, "bye");
/// assert!(reply.is_close());
/// ```
#[derive(Debug, Default)]
pub struct Reply(Outbox);

impl Reply {
    /// Creates an empty reply.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) const fn of(outbox: Outbox) -> Self {
        Self(outbox)
    }

    pub(crate) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.0
    }

    /// Takes the error of a callback that failed, or that cannot take its payload.
    #[inline]
    pub(super) fn take_failure(&mut self) -> Option<BoxError> {
        self.0.take_failure()
    }

    /// Returns the messages, and the end of the connection if the reply asks for one.
    pub(crate) fn into_messages(mut self) -> (Vec<Message>, Option<End>) {
        (std::iter::from_fn(|| self.0.pop()).collect(), self.0.take_end())
    }

    pub(super) fn into_outbox(self) -> Outbox {
        self.0
    }

    /// Adds `more` to the reply.
    #[must_use]
    pub fn with(mut self, more: impl IntoReply) -> Self {
        more.into_reply(&mut self);
        self
    }

    /// Closes the connection after the messages so far.
    #[must_use]
    pub fn close(self, code: CloseCode, reason: impl Into<Reason>) -> Self {
        self.with(Close::new(code, reason))
    }

    /// Closes the connection with code 1000 after the messages so far. `#[terminate]` receives `reason` as
    /// [`Terminate::StopAs`](crate::Terminate::StopAs).
    #[must_use]
    pub fn close_as(mut self, reason: impl StopReason) -> Self {
        self.0.end(|| End::CloseAs(Box::new(reason)));
        self
    }

    /// Frees the memory that an idle connection can rebuild, once nothing is left to do. Use it for connections that
    /// will be quiet for long: the next message allocates again.
    #[must_use]
    pub fn hibernate(mut self) -> Self {
        self.0.hibernate();
        self
    }

    /// Adds a message in place.
    pub fn push(&mut self, message: impl Into<Message>) {
        self.0.push(message.into());
    }

    /// Adds a text message. `text` is copied, so it may be borrowed from the message that was received.
    pub fn text(&mut self, text: &str) {
        self.0.text(text);
    }

    /// Adds a binary message. `bytes` are copied, so they may be borrowed from the message that was received.
    pub fn binary(&mut self, bytes: &[u8]) {
        self.0.binary(bytes);
    }

    /// Ends the reply because the callback failed. A handler with an `#[error]` callback for the error passes it there.
    /// Otherwise the connection closes: the client receives code 1011 without a reason, and `#[terminate]` receives the
    /// error.
    ///
    /// If the error is a [`Close`], the connection always closes, with its code and reason. A [`BadPayload`] is the same
    /// as [`refuse`](Self::refuse). The messages of an [`ErrorReply`] are added, and the connection goes on.
    pub fn fail(&mut self, error: impl Into<BoxError>) {
        if self.0.has_end() {
            return;
        }
        let (error, _) = OfEvent::unwrap(error.into());
        let error = match error.downcast::<ErrorReply>() {
            Ok(error) => return self.0.append(error.into_inner().into_outbox()),
            Err(error) => error,
        };
        let end = match error.downcast::<Close>() {
            Ok(close) => End::Close(*close),
            Err(error) => match error.downcast::<BadPayload>() {
                Ok(bad) => End::Refused(*bad),
                Err(error) => End::Failed(error),
            },
        };
        self.0.end(|| end);
    }

    /// Ends the reply because an event failed. A handler that `receives` errors gets this one with the id, and an
    /// [`ErrorReply`] is sent with it.
    pub(crate) fn fail_event(
        &mut self,
        error: BoxError,
        id: Option<&RawValue>,
        envelope: Envelope,
        receives: bool,
    ) {
        if self.0.has_end() {
            return;
        }
        match error.downcast::<ErrorReply>() {
            Ok(error) => append_with_id(&mut self.0, error.into_inner().into_outbox(), id, envelope),
            Err(error) if receives && !error.is::<Close>() => {
                self.0.end(|| End::Failed(OfEvent::wrap(error, id, envelope)));
            }
            Err(error) => self.fail(error),
        }
    }

    /// Ends the reply because the callback cannot take the payload. A handler with an `#[error]` callback for
    /// [`BadPayload`] receives it there. Otherwise the connection closes with code 1007.
    pub fn refuse(&mut self, bad: BadPayload) {
        self.0.end(|| End::Refused(bad));
    }

    /// Returns `true` if the connection closes after this reply.
    #[must_use]
    pub fn is_close(&self) -> bool {
        self.0.has_end()
    }

    /// Returns `true` if the reply holds no message and does not close the connection.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use axum::Json;

    use super::*;

    fn sent(reply: impl IntoReply) -> Vec<Message> {
        let mut reply = Reply::new().with(reply);
        std::iter::from_fn(|| reply.outbox().pop()).collect()
    }

    #[test]
    fn c5_nothing_one_or_many() {
        assert!(sent(()).is_empty());
        assert!(sent(None::<String>).is_empty());
        assert!(sent([] as [&'static str; 0]).is_empty());
        assert_eq!(sent("a"), [Message::from("a")]);
        assert_eq!(sent(""), [Message::from("")]);
        assert_eq!(
            sent(("a", vec![1_u8], ["b", "c"])),
            [Message::from("a"), Message::from(vec![1]), Message::from("b"), Message::from("c")]
        );
        assert_eq!(sent(Json([1, 2])), [Message::from("[1,2]")]);
    }

    #[test]
    fn c6_everything_after_a_close_is_dropped() {
        let mut reply =
            Reply::new().with("a").with(Close::normal()).with("b").close(CloseCode::POLICY, "late");
        assert!(matches!(reply.outbox().take_end(), Some(End::Close(close)) if close == Close::normal()));
        assert_eq!(reply.outbox().pop(), Some(Message::from("a")));
        assert_eq!(reply.outbox().pop(), None);
    }

    #[test]
    fn an_error_ends_it_and_a_close_as_the_error_has_its_own_code() {
        let mut failed = Reply::new().with(Err::<(), _>("no"));
        assert!(matches!(failed.outbox().take_end(), Some(End::Failed(error)) if error.to_string() == "no"));
        let mut refused = Reply::new().with(Err::<(), _>(BadPayload::new("no order")));
        assert!(
            matches!(refused.outbox().take_end(), Some(End::Refused(bad)) if bad.to_string() == "no order")
        );
        let close = Close::new(CloseCode::from_static(4000), "kicked");
        let mut closed = Reply::new().with(Err::<(), _>(close.clone()));
        assert!(matches!(closed.outbox().take_end(), Some(End::Close(own)) if own == close));
    }
}
