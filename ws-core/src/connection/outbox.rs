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
    /// Everything else. Created when it is needed, so that idle connections have no room for it.
    more: Option<Box<More>>,
    encodes: bool,
}

/// The parts of an outbox that are not frames.
#[derive(Debug, Default)]
struct More {
    /// Messages that are encoded later. The first has a place of its own, so that a single message allocates no list.
    first: Option<Message>,
    rest: VecDeque<Message>,
    end: Option<End>,
    hibernate: bool,
}

impl More {
    fn push(&mut self, message: Message) {
        if self.has_no_message() {
            self.first = Some(message);
        } else {
            self.rest.push_back(message);
        }
    }

    fn pop(&mut self) -> Option<Message> {
        self.first.take().or_else(|| self.rest.pop_front())
    }

    fn has_no_message(&self) -> bool {
        self.first.is_none() && self.rest.is_empty()
    }
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
        if self.has_end() {
            return;
        }
        match message {
            Message::Close(close) => self.end(|| End::Close(close)),
            message if self.encodes => self.frames().push_message(message),
            message => self.more().push(message),
        }
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// Adds a text message, copied.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) {
        if !self.encodes {
            self.push(text.into());
        } else if !self.has_end() {
            self.frames().push_text(text);
        }
    }

    /// Adds a binary message, copied.
    #[inline]
    pub(crate) fn binary(&mut self, bytes: &[u8]) {
        if !self.encodes {
            self.push(bytes.into());
        } else if !self.has_end() {
            self.frames().push_binary(bytes);
        }
    }

    #[inline]
    fn frames(&mut self) -> &mut WriteQueue {
        self.frames.get_or_insert_with(WriteQueue::take)
    }

    /// Ends the connection, unless it ends already.
    pub(crate) fn end(&mut self, end: impl FnOnce() -> End) {
        self.more().end.get_or_insert_with(end);
    }

    pub(crate) fn has_end(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.end.is_some())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.as_ref().is_none_or(|frames| frames.is_empty())
            && self.more.as_ref().is_none_or(|more| more.has_no_message() && more.end.is_none())
    }

    /// Adds everything that `other` holds.
    pub(crate) fn append(&mut self, mut other: Self) {
        // These may be the frames of an outbox that a handler took out of its connection's: earlier messages go first.
        if let Some(mut frames) = other.frames.take()
            && !self.has_end()
        {
            while let Some(message) = self.pop() {
                self.frames().push_message(message);
            }
            self.frames().append(&mut frames);
            self.encodes = true;
        }
        let Some(more) = other.more else { return };
        for message in more.first.into_iter().chain(more.rest) {
            self.push(message);
        }
        if let Some(end) = more.end {
            self.end(|| end);
        }
        if more.hibernate {
            self.hibernate();
        }
    }

    /// Returns `true` if the outbox holds more than encoded messages.
    #[inline]
    pub(crate) fn is_more_than_frames(&self) -> bool {
        self.more.is_some()
    }

    /// Takes the next message that is not encoded.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        self.more.as_mut()?.pop()
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

    /// Returns an empty buffer to its thread, and frees what only some callbacks need.
    pub(crate) fn release(&mut self) {
        if let Some(frames) = self.frames.take_if(|frames| frames.is_empty()) {
            frames.give();
        }
        self.more.take_if(|more| more.has_no_message() && more.end.is_none() && !more.hibernate);
    }

    pub(crate) fn take_end(&mut self) -> Option<End> {
        self.more.as_mut()?.end.take()
    }

    /// Takes the error of a callback that failed, or that cannot take its payload.
    pub(crate) fn take_failure(&mut self) -> Option<BoxError> {
        let end = &mut self.more.as_mut()?.end;
        match end.take()? {
            End::Failed(error) => Some(error),
            End::Refused(bad) => Some(bad.into()),
            other => {
                *end = Some(other);
                None
            }
        }
    }

    pub(crate) fn hibernate(&mut self) {
        self.more().hibernate = true;
    }

    pub(crate) fn take_hibernate(&mut self) -> bool {
        self.more.as_mut().is_some_and(|more| std::mem::replace(&mut more.hibernate, false))
    }
}
