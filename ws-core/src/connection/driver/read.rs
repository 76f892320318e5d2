//! Reads from the stream, into the thread's buffer or directly into a message, and decodes messages.

use std::task::{Context, Poll, ready};

use super::Driver;
use crate::connection::io::{Lent, ReadBuffer};
use crate::message::Incoming;
use crate::message::Terminate;
use crate::protocol::{Event, Input, ProtocolError};
use crate::shared::stats::Limit;

/// The read size after a message that was read directly: small enough that the next one can be, too.
const BEFORE_LARGE: usize = 4 << 10;

impl Driver {
    /// Reads until there is something to decode. Returns a buffer whose payloads may be lent to callbacks, or `None` if
    /// [`next_owned`](Self::next_owned) is to take the messages.
    #[inline]
    pub(super) fn poll_input(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<Result<Option<ReadBuffer>, Terminate>> {
        while !self.undecoded {
            let at_most = if self.large { BEFORE_LARGE } else { usize::MAX };
            if let Some(message) = ready!(self.poll_fill(task, at_most))? {
                self.ahead.push_back(message);
                return Poll::Ready(Ok(None));
            }
        }
        if self.copies || !Lent::has_room() {
            return Poll::Ready(Ok(None));
        }
        Poll::Ready(Ok(Some(std::mem::take(&mut self.unread))))
    }

    /// Reads once. Afterwards there is something to decode, or it returns a large message that is complete now.
    #[inline]
    fn poll_fill(
        &mut self,
        task: &mut Context<'_>,
        at_most: usize,
    ) -> Poll<Result<Option<Incoming<'static>>, Terminate>> {
        if self.protocol.is_mid_message()
            && let Some(mut into) = self.protocol.message_buffer()
        {
            let count = ready!(self.io.poll_read_directly(task, &mut into))?;
            if count == 0 {
                return Poll::Ready(Err(Terminate::Lost));
            }
            let message = self.protocol.received_into_message(count)?;
            if let Some(message) = &message {
                self.was_received(message);
                self.large = true;
            }
            return Poll::Ready(Ok(message));
        }
        self.unread.make_room();
        let Poll::Ready(read) = self.io.poll_read(task, &mut self.unread, at_most) else {
            // Another connection of this thread reads next.
            self.unread.release();
            return Poll::Pending;
        };
        if read? == 0 {
            return Poll::Ready(Err(Terminate::Lost));
        }
        self.undecoded = true;
        Poll::Ready(Ok(None))
    }

    /// Decodes the next message. `None`: more input is needed.
    #[inline]
    pub(super) fn decode<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Incoming<'b>>, Terminate> {
        match self.protocol.receive(input) {
            Ok(Some(Event::Message(message))) => {
                self.was_received(&message);
                Ok(Some(message))
            }
            Ok(None) => Ok(None),
            Ok(Some(Event::Closed(close))) => Err(Terminate::Remote(close)),
            Err(error) => {
                if let ProtocolError::TooManyFragments(_) = error {
                    self.connection.shared.stats.limited(Limit::Fragments);
                }
                Err(error.into())
            }
        }
    }

    #[inline]
    fn was_received(&mut self, message: &Incoming<'_>) {
        self.messages_in += 1;
        if !self.protocol.is_mid_message() {
            self.begun = None;
        }
        self.large &= message.is_control();
    }

    /// Keeps the rest of `buffer`, its last `left` bytes.
    pub(crate) fn keep(&mut self, mut buffer: ReadBuffer, left: usize) {
        // If nothing is left, everything was decoded or is parked already. Otherwise the connection reads again, or
        // resumes with a new budget, in a moment and with the same buffer.
        if left > 0 || self.unread.is_empty() {
            buffer.keep_last(left);
            self.unread = buffer;
        }
        self.lent_rest = 0;
        self.note_begun();
    }

    /// Records since when a message or frame is incomplete.
    fn note_begun(&mut self) {
        if self.protocol.is_mid_message() || !self.undecoded && !self.unread.is_empty() {
            self.begun.get_or_insert(self.io.last_read);
        } else {
            self.begun = None;
        }
    }

    /// Copies the rest of `input`, because a callback holds its buffer or it is not decoded any further for now.
    pub(super) fn park(&mut self, input: &mut Input<'_>) {
        if !input.rest().is_empty() {
            self.unread = ReadBuffer::of(input.rest());
            self.undecoded = true;
            self.lent_rest = 0;
            input.clear();
        }
    }

    /// Decodes buffered input, or reads more. The message owns its payload.
    pub(super) fn poll_read_ahead(
        &mut self,
        task: &mut Context<'_>,
        at_most: usize,
    ) -> Poll<Result<Incoming<'static>, Terminate>> {
        loop {
            if self.undecoded {
                let mut buffer = std::mem::take(&mut self.unread);
                let mut input = Input::new(buffer.unread_mut());
                let message = self.decode(&mut input).map(|message| message.map(Incoming::into_owned));
                let left = input.rest().len();
                buffer.keep_last(left);
                self.unread = buffer;
                match message {
                    Ok(Some(message)) => return Poll::Ready(Ok(message)),
                    Ok(None) => {
                        self.undecoded = false;
                        self.unread.release();
                        self.note_begun();
                    }
                    Err(end) => return Poll::Ready(Err(end)),
                }
            }
            if let Some(message) = ready!(self.poll_fill(task, at_most))? {
                return Poll::Ready(Ok(message));
            }
        }
    }
}
