//! The stream and the protocol state above it. It reads into the thread's buffer or directly into a message, decodes
//! messages, and writes the queue.

use std::task::{Context, Poll, ready};

use super::budget::Budget;
use super::streamed::{Decoded, Streamed};
use crate::connection::deadlines::Progress;
use crate::connection::io::{Io, ReadBuffer, Stream};
use crate::connection::outbox::Outbox;
use crate::connection::yielding::yield_once;
use crate::message::{Close, Incoming, Terminate};
use crate::protocol::deflate::Negotiated;
use crate::protocol::{Event, Input, Part, Protocol, ProtocolError};
use crate::shared::clock::Moment;
use crate::shared::limits::SharedLimits;
use crate::shared::stats::{Counters, Limit, Traffic};

/// No callback starts while this many bytes wait to be written.
const QUEUE_LIMIT: usize = 64 << 10;
/// The bit of an opcode that control frames have.
const CONTROL_BIT: u8 = 0x08;
/// The read size after a message that was read directly: small enough that the next one can be, too, and large enough
/// that it gets a buffer of the thread at once, which its header and as many bytes of its payload entitle it to.
const BEFORE_LARGE: usize = (8 << 10) + 64;

#[expect(clippy::struct_excessive_bools, reason = "each is a state that comes and goes by itself")]
pub(super) struct FrameStream {
    pub(super) io: Io,
    pub(super) protocol: Protocol,
    /// Bytes that were read and are not lent to a callback.
    pub(super) unread: ReadBuffer,
    /// Bytes are left in the buffer that is lent to the running callback.
    pub(super) lent_rest: bool,
    /// `unread` may contain complete frames. Otherwise it holds a partial frame.
    pub(super) undecoded: bool,
    /// The last data message was read directly into its own buffer. The next one may be as large.
    large: bool,
    /// The time since which an incomplete message or frame waits for its rest.
    begun: Option<Moment>,
    messages_in: u32,
    /// The client exceeded the limit on frames in a message, which is not counted yet.
    too_many_fragments: bool,
}

impl FrameStream {
    /// Wraps `stream`. `early` are the bytes that arrived with the handshake.
    pub(super) fn new(
        stream: Stream,
        early: &[u8],
        limits: &SharedLimits,
        negotiated: Option<Negotiated>,
    ) -> Self {
        let mut protocol = Protocol::new(limits.frames().clone(), negotiated);
        protocol.set_fragment_size(limits.fragment_size);
        Self {
            io: Io::new(stream, early.len()),
            protocol,
            unread: if early.is_empty() { ReadBuffer::default() } else { ReadBuffer::of(early) },
            lent_rest: false,
            undecoded: !early.is_empty(),
            large: false,
            begun: None,
            messages_in: 0,
            too_many_fragments: false,
        }
    }

    /// Writes the queue. Ready when everything is written.
    #[inline]
    pub(super) fn poll_write(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        self.io.poll_write(task, self.protocol.write_queue())
    }

    /// Returns whether so much waits to be written that no callback may start.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.protocol.queued() >= QUEUE_LIMIT
    }

    /// Returns how many bytes of messages may be queued until the write queue [is full](Self::is_full). Only the first
    /// message may have more.
    #[inline]
    pub(super) fn room(&self) -> usize {
        let room = QUEUE_LIMIT.saturating_sub(self.protocol.queued());
        // Each fragment has a header. So the length of the next message is known once it is queued.
        if self.protocol.fragments() { room.min(1) } else { room }
    }

    /// Ready when the write queue has room for another callback's reply.
    #[inline]
    pub(super) fn poll_room(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        if !self.is_full() {
            return Poll::Ready(Ok(()));
        }
        match self.poll_write(task) {
            Poll::Pending if !self.is_full() => Poll::Ready(Ok(())),
            written => written,
        }
    }

    /// Queues the messages of a callback. Pending while the write queue is full.
    #[inline]
    pub(super) fn poll_send(
        &mut self,
        task: &mut Context<'_>,
        outbox: &mut Outbox,
    ) -> Poll<Result<(), Terminate>> {
        self.protocol.send_encoded(outbox.encoded());
        if outbox.is_more_than_frames() {
            while let Some(message) = outbox.pop() {
                self.protocol.send(message);
                ready!(self.poll_room(task))?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Queues a close frame. Frames that would delay it for long are dropped, unless the ending is `orderly`.
    pub(super) fn close(&mut self, close: &Close, orderly: bool) {
        if !orderly {
            self.protocol.drop_queued(QUEUE_LIMIT);
        }
        self.protocol.close(Some(close));
    }

    /// Reads until there is something to decode. Returns a large message if one is complete now: then there may be
    /// nothing to decode. Pending when nothing more can be read, or when the budget is spent.
    #[inline]
    pub(super) fn poll_input(
        &mut self,
        task: &mut Context<'_>,
        budget: &mut Budget,
    ) -> Poll<Result<Option<Incoming<'static>>, Terminate>> {
        if !self.undecoded {
            ready!(self.io.poll_readable(task))?;
        }
        while !self.undecoded {
            let at_most = if self.large { BEFORE_LARGE } else { usize::MAX };
            let (message, count) = ready!(self.poll_fill(task, at_most))?;
            if message.is_some() {
                return Poll::Ready(Ok(message));
            }
            if !self.undecoded {
                budget.spend_message(count);
                if !budget.has_frames() {
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(None))
    }

    /// Reads once. Afterwards there may be something to decode. Returns a large message if one is complete now, and the
    /// number of bytes.
    #[inline]
    fn poll_fill(
        &mut self,
        task: &mut Context<'_>,
        at_most: usize,
    ) -> Poll<Result<(Option<Incoming<'static>>, usize), Terminate>> {
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
            return Poll::Ready(Ok((message, count)));
        }
        self.unread.make_room();
        let Poll::Ready(read) = self.io.poll_read(task, &mut self.unread, at_most) else {
            // Another connection of this thread reads next.
            self.unread.release();
            return Poll::Pending;
        };
        let count = read?;
        if count == 0 {
            return Poll::Ready(Err(Terminate::Lost));
        }
        self.undecoded = true;
        Poll::Ready(Ok((None, count)))
    }

    /// Decodes the next message, or the next part of one. `None`: more input is needed.
    #[inline]
    pub(super) fn decode<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Decoded<'b>>, Terminate> {
        match self.protocol.receive(input) {
            Ok(Some(Event::Message(message))) => {
                self.was_received(&message);
                Ok(Some(Decoded::Message(message)))
            }
            Ok(None) => Ok(None),
            Ok(Some(Event::Begun { is_text })) => Ok(Some(Decoded::Streamed(Streamed::Begun { is_text }))),
            Ok(Some(Event::Part(part))) => {
                self.part_was_received(&part);
                Ok(Some(Decoded::Streamed(Streamed::Part(part))))
            }
            Ok(Some(Event::Closed(close))) => Err(Terminate::Remote(close)),
            Err(error) => {
                self.too_many_fragments = matches!(error, ProtocolError::TooManyFragments(_));
                Err(error.into())
            }
        }
    }

    /// Decodes the next message if it lies whole in `input`, and no other message is incomplete.
    #[inline]
    pub(super) fn decode_whole<'b>(
        &mut self,
        input: &mut Input<'b>,
    ) -> Result<Option<Incoming<'b>>, Terminate> {
        let Some(message) = self.protocol.receive_whole(input)? else { return Ok(None) };
        self.messages_in += 1;
        self.begun = None;
        self.large = false;
        self.lent_rest = !input.rest().is_empty();
        Ok(Some(message))
    }

    #[inline]
    fn was_received(&mut self, message: &Incoming<'_>) {
        self.messages_in += 1;
        if !self.protocol.is_mid_message() {
            self.begun = None;
        }
        self.large &= message.is_control();
    }

    fn part_was_received(&mut self, part: &Part) {
        self.messages_in += u32::from(part.is_last);
        self.large = false;
        // Only the silence within the message is limited.
        self.begun = (!part.is_last).then(Moment::now);
    }

    /// Decodes buffered input, or reads more, at most `at_most` bytes at a time. The message owns its payload. When the
    /// budget is spent, the task goes on after others.
    pub(super) fn poll_message(
        &mut self,
        task: &mut Context<'_>,
        at_most: usize,
        budget: &mut Budget,
    ) -> Poll<Result<Decoded<'static>, Terminate>> {
        loop {
            if !budget.has_frames() {
                budget.renew();
                yield_once(task);
                return Poll::Pending;
            }
            if self.undecoded {
                let mut buffer = std::mem::take(&mut self.unread);
                let mut input = Input::new(buffer.unread_mut());
                let decoded = self.decode(&mut input).map(|decoded| decoded.map(Decoded::into_owned));
                let left = input.rest().len();
                buffer.keep_last(left);
                self.unread = buffer;
                match decoded {
                    Ok(Some(decoded)) => {
                        budget.spend_message(decoded.len());
                        return Poll::Ready(Ok(decoded));
                    }
                    Ok(None) => {
                        self.undecoded = false;
                        self.unread.release();
                        self.note_begun();
                    }
                    Err(end) => return Poll::Ready(Err(end)),
                }
            }
            let (message, count) = ready!(self.poll_fill(task, at_most))?;
            budget.spend_message(count);
            if let Some(message) = message {
                return Poll::Ready(Ok(Decoded::Message(message)));
            }
        }
    }

    /// Reads the next message ahead of its callback, at most `at_most` bytes at a time. If `only_control`, also pending
    /// if a data frame is next, or the rest of a message.
    pub(super) fn poll_ahead(
        &mut self,
        task: &mut Context<'_>,
        only_control: bool,
        at_most: usize,
        budget: &mut Budget,
    ) -> Poll<Result<Decoded<'static>, Terminate>> {
        if only_control {
            if self.protocol.is_mid_message() {
                return Poll::Pending;
            }
            if self.unread.is_empty() {
                ready!(self.poll_fill(task, at_most))?;
            }
            if self.unread.unread().first().is_none_or(|first| first & CONTROL_BIT == 0) {
                return Poll::Pending;
            }
        }
        self.poll_message(task, at_most, budget)
    }

    /// Keeps the rest of `buffer`, its last `left` bytes.
    pub(super) fn keep(&mut self, mut buffer: ReadBuffer, left: usize) {
        // If nothing is left, everything was decoded or is parked already. Otherwise the connection reads again, or
        // resumes with a new budget, in a moment and with the same buffer.
        if left > 0 || self.unread.is_empty() {
            buffer.keep_last(left);
            self.unread = buffer;
        }
        self.lent_rest = false;
        self.note_begun();
    }

    /// Records since when a message or frame is incomplete.
    fn note_begun(&mut self) {
        if self.protocol.is_mid_message() || !self.undecoded && !self.unread.is_empty() {
            // Not the time of the last read: the bytes may have waited for a callback.
            self.begun.get_or_insert_with(Moment::now);
        } else {
            self.begun = None;
        }
    }

    /// Copies the rest of `input`, because a callback holds its buffer or it is not decoded any further for now.
    pub(super) fn park(&mut self, input: &mut Input<'_>) {
        if !input.rest().is_empty() {
            self.unread = ReadBuffer::of(input.rest());
            self.undecoded = true;
            self.lent_rest = false;
            input.clear();
        }
    }

    /// Returns whether no message is incomplete and nothing waits to be written.
    #[inline]
    pub(super) const fn is_quiet(&self) -> bool {
        self.begun.is_none() && self.io.stalled().is_none()
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            last_read: self.io.last_read.into(),
            begun: self.begun,
            stalled: self.io.stalled(),
            waited: self.io.waited(),
        }
    }

    /// Adds the traffic since the last call to the app's counters.
    pub(super) fn count_traffic(&mut self, stats: &Counters) {
        let traffic = Traffic {
            messages_in: std::mem::take(&mut self.messages_in).into(),
            messages_out: std::mem::take(&mut self.io.messages_written).into(),
            bytes_in: std::mem::take(&mut self.io.read),
            bytes_out: std::mem::take(&mut self.io.written),
        };
        stats.passed(traffic);
        if std::mem::take(&mut self.too_many_fragments) {
            stats.limited(Limit::Fragments);
        }
    }
}
