//! The part of the driver for messages that their callbacks read as they arrive.

use super::driver::Driver;
use crate::message::{Incoming, IncomingBytes, Terminate};
use crate::protocol::{Input, Part, Streams};

/// The result of decoding.
pub(super) enum Decoded<'b> {
    Message(Incoming<'b>),
    Streamed(Streamed),
}

/// An event of a message that is delivered in parts.
pub(super) enum Streamed {
    Begun { is_text: bool },
    Part(Part),
}

impl Decoded<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Message(message) => message.len(),
            Self::Streamed(Streamed::Part(part)) => part.payload.len(),
            Self::Streamed(Streamed::Begun { .. }) => 0,
        }
    }

    pub(super) fn into_owned(self) -> Decoded<'static> {
        match self {
            Self::Message(message) => Decoded::Message(message.into_owned()),
            Self::Streamed(streamed) => Decoded::Streamed(streamed),
        }
    }
}

impl Driver {
    /// Delivers messages of these kinds as [`Event::Stream`] from now on, unless they are complete when they are decoded. The
    /// texts of a page always are.
    pub(crate) fn stream_messages(&mut self, text: bool, binary: bool) {
        let text = text && !self.reads_texts();
        self.stream.protocol.set_streams(Streams { text, binary });
    }

    /// Returns whether a callback received the error that its message is incomplete.
    pub(crate) fn cut_message(&self) -> bool {
        self.ahead.cut_message()
    }

    /// Passes an event of a message that is delivered in parts to its callback, or to the place where its callback finds
    /// it.
    pub(super) fn receive_streamed(&mut self, streamed: Streamed) -> Result<(), Terminate> {
        match streamed {
            Streamed::Begun { is_text } => {
                let admitted = self.admit(&Incoming::Binary(IncomingBytes::default()))?;
                self.ahead.begin(is_text, admitted, &self.arrivals.connection.shared);
            }
            Streamed::Part(part) => {
                if self.deadlines.limit_rate() {
                    let stats = &self.arrivals.connection.shared.stats;
                    self.deadlines.streamed(part.payload.len(), stats);
                }
                self.ahead.push_part(part);
            }
        }
        Ok(())
    }

    /// Like [`receive_streamed`](Self::receive_streamed), while no callback is pending. Returns whether a callback can
    /// start: the rest of `input` is parked then, because the callback borrows nothing and need not keep the buffer.
    pub(super) fn begins(&mut self, streamed: Streamed, input: &mut Input<'_>) -> Result<bool, Terminate> {
        self.receive_streamed(streamed)?;
        let begins = self.ahead.has_data();
        if begins {
            self.stream.park(input);
        }
        Ok(begins)
    }
}
