//! The messages that a callback sends, and the way in which it ends its connection.

use std::collections::VecDeque;

use crate::message::{BadPayload, BoxError, Close, Failed, Message, StopReason, Terminate};
use crate::protocol::WriteQueue;

/// The messages that a callback sends, in order, and the end of its connection, if it asks for one.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Messages as frames, if the connection does not compress. They are encoded at once, in a buffer of the thread, so
    /// that no message is allocated.
    frames: Option<Box<WriteQueue>>,
    encodes: bool,
    /// Messages that are encoded later. The first has a place of its own, so that a single message allocates no list.
    first: Option<Message>,
    rest: VecDeque<Message>,
    end: Option<End>,
    hibernate: bool,
}

/// How a callback ends its connection.
#[derive(Debug)]
pub(crate) enum End {
    Close(Close),
    CloseAs(Box<dyn StopReason>),
    Failed(BoxError),
    Refused(BadPayload),
}

impl End {
    /// Converts to the reason for the end of the connection, which `callback` asked for.
    pub(crate) fn into_terminate(self, callback: &'static str) -> Terminate {
        match self {
            Self::Close(close) => Terminate::Stop(close),
            Self::CloseAs(reason) => Terminate::StopAs(reason),
            Self::Failed(error) => Terminate::Failed(Failed { callback, error }),
            Self::Refused(bad) => Terminate::BadEncoding(bad.to_string()),
        }
    }
}

impl Outbox {
    /// Creates an outbox. If it `encodes`, the connection must not compress.
    pub(crate) fn new(encodes: bool) -> Self {
        Self { encodes, ..Self::default() }
    }

    /// Adds a message. A message after the end is dropped.
    pub(crate) fn push(&mut self, message: Message) {
        if self.end.is_some() {
            return;
        }
        match message {
            Message::Close(close) => self.end = Some(End::Close(close)),
            message if self.encodes => self.frames().push_message(message),
            message if self.first.is_none() && self.rest.is_empty() => self.first = Some(message),
            message => self.rest.push_back(message),
        }
    }

    /// Adds a text message, copied.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) {
        if !self.encodes {
            self.push(text.into());
        } else if self.end.is_none() {
            self.frames().push_text(text);
        }
    }

    /// Adds a binary message, copied.
    #[inline]
    pub(crate) fn binary(&mut self, bytes: &[u8]) {
        if !self.encodes {
            self.push(bytes.into());
        } else if self.end.is_none() {
            self.frames().push_binary(bytes);
        }
    }

    #[inline]
    fn frames(&mut self) -> &mut WriteQueue {
        self.frames.get_or_insert_with(WriteQueue::take)
    }

    /// Ends the connection, unless it ends already.
    pub(crate) fn end(&mut self, end: impl FnOnce() -> End) {
        self.end.get_or_insert_with(end);
    }

    pub(crate) const fn has_end(&self) -> bool {
        self.end.is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.as_ref().is_none_or(|frames| frames.is_empty())
            && self.first.is_none()
            && self.rest.is_empty()
            && self.end.is_none()
    }

    /// Adds everything that `other` holds.
    pub(crate) fn append(&mut self, mut other: Self) {
        // These may be the frames of an outbox that a handler took out of its connection's: earlier messages go first.
        if let Some(mut frames) = other.frames.take()
            && self.end.is_none()
        {
            while let Some(message) = self.pop() {
                self.frames().push_message(message);
            }
            self.frames().append(&mut frames);
            self.encodes = true;
        }
        for message in other.first.into_iter().chain(other.rest) {
            self.push(message);
        }
        self.end = self.end.take().or(other.end);
        self.hibernate |= other.hibernate;
    }

    /// Returns `true` if the outbox holds more than encoded messages.
    #[inline]
    pub(crate) fn is_more_than_frames(&self) -> bool {
        self.first.is_some() || self.end.is_some() || self.hibernate || !self.rest.is_empty()
    }

    /// Takes the next message that is not encoded.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        self.first.take().or_else(|| self.rest.pop_front())
    }

    /// Returns the encoded messages.
    pub(crate) const fn encoded(&mut self) -> &mut Option<Box<WriteQueue>> {
        &mut self.frames
    }

    /// Makes it an outbox of this connection again, because a handler may have left another one in its place.
    #[inline]
    pub(crate) const fn restore(&mut self, encodes: bool) {
        self.encodes = encodes;
    }

    /// Returns an empty buffer to its thread.
    pub(crate) fn release(&mut self) {
        if let Some(frames) = self.frames.take_if(|frames| frames.is_empty()) {
            frames.give();
        }
    }

    /// Frees the capacity that a past burst needed.
    pub(crate) fn shrink(&mut self) {
        self.rest.shrink_to_fit();
    }

    pub(crate) fn take_end(&mut self) -> Option<End> {
        self.end.take()
    }

    pub(crate) const fn hibernate(&mut self) {
        self.hibernate = true;
    }

    pub(crate) const fn take_hibernate(&mut self) -> bool {
        std::mem::replace(&mut self.hibernate, false)
    }
}
