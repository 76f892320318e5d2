//! The next event for a callback.

use crate::connection::mail::Info;
use crate::connection::message_stream::MessageStream;
use crate::message::{Incoming, Message};

pub(crate) enum Event<'b> {
    Message(Incoming<'b>),
    /// A message that its callback reads as it arrives.
    Stream(MessageStream),
    Info(Info),
    /// A message that was sent from outside the handler, if it has `#[outgoing]`.
    Outgoing(Message),
}

/// The result of [`Driver::next_whole`](super::Driver::next_whole).
pub(super) enum Whole<'b> {
    Message(Incoming<'b>),
    /// The input is used up: wait again.
    Nothing,
    /// [`Driver::next`](super::Driver::next) finds out what is next.
    Unknown,
}

impl Event<'_> {
    /// The name of the callback for messages.
    pub(super) const MESSAGE: &'static str = "message";

    /// Returns the name of the callback.
    pub(super) const fn callback(&self) -> &'static str {
        match self {
            Self::Message(_) | Self::Stream(_) => Self::MESSAGE,
            Self::Info(_) => "info",
            Self::Outgoing(_) => "outgoing",
        }
    }

    /// Returns how many bytes of a message have arrived.
    pub(super) fn len(&self) -> usize {
        if let Self::Message(message) = self { message.len() } else { 0 }
    }

    pub(super) fn into_owned(self) -> Event<'static> {
        match self {
            Self::Message(message) => Event::Message(message.into_owned()),
            Self::Stream(body) => Event::Stream(body),
            Self::Info(info) => Event::Info(info),
            Self::Outgoing(message) => Event::Outgoing(message),
        }
    }
}
