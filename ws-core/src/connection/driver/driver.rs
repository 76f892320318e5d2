//! The driver of one connection. Between two callbacks it waits, takes the next event, and queues the reply of the last
//! callback. While a callback is pending, or the client does not read, it keeps the connection going. At the end it
//! closes the stream.
#![expect(clippy::inline_always, reason = "the parts of a turn, which the compiler would not inline")]

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::arrivals::{Arrivals, Next, While};
use super::budget::Budget;
use super::event::{Event, Whole};
use super::frame_stream::FrameStream;
use super::read_ahead::ReadAhead;
use super::streamed::Decoded;
use crate::connection::connection::Connection;
use crate::connection::deadlines::{Deadlines, Due, Unread};
use crate::connection::io::{Lent, ReadBuffer, Stream};
use crate::connection::local::Local;
use crate::connection::outbox::Outbox;
use crate::connection::yielding::yield_once;
use crate::message::{Incoming, Terminate};
use crate::protocol::Input;
use crate::protocol::deflate::Negotiated;
use crate::shared::clock::Moment;
use crate::shared::limits::SharedLimits;
use crate::shared::stats::Limit;

#[expect(clippy::struct_excessive_bools, reason = "each is a state that comes and goes by itself")]
pub(crate) struct Driver {
    pub(super) stream: FrameStream,
    pub(super) ahead: ReadAhead,
    pub(super) arrivals: Arrivals,
    pub(super) deadlines: Deadlines,
    pub(super) budget: Budget,
    /// Payloads are copied: the last callback was pending, or a service receives the messages.
    copies: bool,
    /// Nothing but messages of the client, commands and mail can be next. See [`next_whole`](Self::next_whole).
    pub(super) calm: bool,
    /// Buffers that can be rebuilt are dropped, once the connection is idle.
    hibernate: bool,
    /// The write queue is full, because the client reads more slowly than messages are queued. No callback starts.
    blocked: bool,
    /// The connection is closing. Messages that still arrive are dropped.
    pub(super) closing: bool,
    /// The stream is closed.
    pub(super) closed: bool,
}

impl Driver {
    /// Creates the driver of `stream`. `early` are the bytes that arrived with the handshake.
    pub(crate) fn new(
        stream: Stream,
        early: &[u8],
        limits: &SharedLimits,
        negotiated: Option<Negotiated>,
        connection: Arc<Connection>,
    ) -> Self {
        let mut driver = Self {
            ahead: ReadAhead::default(),
            stream: FrameStream::new(stream, early, limits, negotiated),
            deadlines: Deadlines::new(limits, &connection.shared.stats),
            arrivals: Arrivals::new(connection),
            budget: Budget::new(),
            copies: false,
            calm: false,
            hibernate: false,
            blocked: false,
            closing: false,
            closed: false,
        };
        driver.begin_beside();
        driver
    }

    /// Delivers messages that are sent from outside as [`Event::Outgoing`] from now on.
    pub(crate) const fn show_outgoing(&mut self) {
        self.arrivals.show_outgoing();
    }

    /// Sets whether messages own their payloads, from the next read on.
    pub(crate) const fn copy_payloads(&mut self, copies: bool) {
        self.copies = copies;
    }

    /// Whether replies may encode their messages themselves.
    pub(crate) const fn sends_encoded(&self) -> bool {
        self.stream.protocol.sends_encoded()
    }

    /// Adds the traffic since the last call to the app's counters.
    pub(super) fn count_traffic(&mut self) {
        self.stream.count_traffic(&self.arrivals.connection.shared.stats);
    }

    /// Takes the buffer back that [`poll_wait`](Self::poll_wait) has returned, until [`lend`](Self::lend).
    #[inline]
    pub(crate) fn hold(&mut self, buffer: ReadBuffer) {
        self.stream.unread = buffer;
    }

    /// Returns the buffer again.
    #[inline]
    pub(crate) fn lend(&mut self) -> ReadBuffer {
        std::mem::take(&mut self.stream.unread)
    }

    /// Keeps the rest of `buffer`, its last `left` bytes.
    pub(crate) fn keep(&mut self, buffer: ReadBuffer, left: usize) {
        self.stream.keep(buffer, left);
    }

    /// The common case of [`next`](Self::next): the next message of `input` lies whole in the buffer, or nothing is left
    /// there, and there is nothing else to do but to queue the reply of the last callback.
    fn next_whole<'b>(
        &mut self,
        input: &mut Input<'b>,
        local: &mut Local,
        outbox: &mut Outbox,
    ) -> Result<Whole<'b>, Terminate> {
        if !self.calm
            || local.commanded
            || outbox.is_more_than_frames()
            || self.arrivals.connection.mailbox.is_signaled()
            || !self.budget.has_frames()
        {
            return Ok(Whole::Unknown);
        }
        self.stream.protocol.send_encoded(outbox.encoded());
        if self.stream.is_full() {
            return Ok(Whole::Unknown);
        }
        outbox.restore(self.sends_encoded());
        if input.rest().is_empty() {
            self.stream.undecoded = false;
            self.stream.lent_rest = false;
            return Ok(Whole::Nothing);
        }
        let Some(message) = self.stream.decode_whole(input)? else { return Ok(Whole::Unknown) };
        self.budget.spend_message(message.len());
        local.callback = Event::MESSAGE;
        Ok(Whole::Message(message))
    }

    /// Executes the commands and the reply of the last callback, and returns the next event: a mailbox item, a timer,
    /// or a message in `input`, or in the driver's own buffer if there is no input. `None`: wait again.
    pub(crate) fn next<'n, 'b>(
        &'n mut self,
        input: &'n mut Option<Input<'b>>,
        local: &'n mut Local,
        outbox: &'n mut Outbox,
    ) -> impl Future<Output = Result<Option<Event<'b>>, Terminate>> + Send + use<'n, 'b> {
        poll_fn(move |task| Poll::Ready(self.next_in(task, input, local, outbox)))
    }

    /// [`next`](Self::next), for a caller that is polled.
    #[inline]
    pub(crate) fn next_in<'b>(
        &mut self,
        task: &mut Context<'_>,
        input: &mut Option<Input<'b>>,
        local: &mut Local,
        outbox: &mut Outbox,
    ) -> Result<Option<Event<'b>>, Terminate> {
        let Some(input) = input else { return self.next_owned_in(task, local, outbox) };
        match self.next_whole(input, local, outbox)? {
            Whole::Message(message) => Ok(Some(Event::Message(message))),
            Whole::Nothing => Ok(None),
            Whole::Unknown => self.next_of(task, input, local, outbox),
        }
    }

    /// Writes the queue, and waits until there may be an event. [`next`](Self::next) finds messages in the buffer that it
    /// returns, or without one in the driver's own.
    pub(crate) fn poll_wait(
        &mut self,
        task: &mut Context<'_>,
        local: &mut Local,
    ) -> Poll<Result<Option<ReadBuffer>, Terminate>> {
        self.listen(task)?;
        if self.blocked {
            if self.stream.poll_room(task)?.is_pending() {
                self.go_on(task, true)?;
                return Poll::Pending;
            }
            self.blocked = false;
            return Poll::Ready(Ok(None));
        }
        if self.arrivals.are_waiting() {
            // That is what the task was woken for, most likely, and not for input.
            self.stream.io.expect_no_input();
            let _ = self.poll_mail(task, While::Idle)?;
        }
        let written = self.stream.poll_write(task)?.is_ready();
        if self.budget.has_mail() && self.arrivals.are_waiting() {
            return Poll::Ready(Ok(None));
        }
        if self.budget.has_frames() && !self.deadlines.is_paused() {
            if !self.ahead.is_empty() {
                return Poll::Ready(Ok(None));
            }
            if self.deadlines.may_read()
                && let Poll::Ready(input) = self.poll_input(task)
            {
                return Poll::Ready(input);
            }
        }
        if !self.deadlines.may_read() {
            // Otherwise the unread bytes of a stream that is gone would take room from the other streams.
            self.stream.io.check_aborted(task)?;
        }
        self.count_traffic();
        let spent = self.budget.is_spent();
        let timer = local.next_timer();
        // The budget is spent, so the rest of a message may have arrived without being read.
        let unread = if self.budget.has_frames() { Unread::No } else { Unread::Busy };
        if (timer.is_some() || !self.stream.is_quiet() || !self.deadlines.are_quiet())
            && let Poll::Ready(now) = self.poll_due(task, timer, unread)?
        {
            self.arrivals.timers_are_due(now);
            if !spent {
                return Poll::Ready(Ok(None));
            }
        }
        self.budget.renew();
        self.ahead.release();
        if !spent || self.stream.unread.is_mostly_empty() {
            self.stream.unread.release();
        }
        if spent {
            yield_once(task);
        } else if self.hibernate && written && !self.deadlines.is_paused() {
            self.hibernate = false;
            self.stream.protocol.hibernate();
        }
        Poll::Pending
    }

    /// Reads until there is something to decode. Returns a buffer whose payloads may be lent to callbacks, or `None` if
    /// the messages are to be taken from the driver's own.
    #[inline(always)]
    fn poll_input(&mut self, task: &mut Context<'_>) -> Poll<Result<Option<ReadBuffer>, Terminate>> {
        let polled = self.stream.poll_input(task, &mut self.budget);
        self.count_arrived();
        let large = ready!(polled)?;
        let lends = large.is_none() && !self.copies && Lent::has_room();
        if let Some(message) = large
            && self.admit(&message)?
        {
            self.ahead.push(message, &self.arrivals.connection.shared);
        }
        if !lends {
            return Poll::Ready(Ok(None));
        }
        self.calm = self.arrivals.are_calm() && !self.deadlines.limit_rate() && !self.passes_all();
        Poll::Ready(Ok(Some(std::mem::take(&mut self.stream.unread))))
    }

    /// [`next`](Self::next) with input, in all cases.
    fn next_of<'b>(
        &mut self,
        task: &mut Context<'_>,
        input: &mut Input<'b>,
        local: &mut Local,
        outbox: &mut Outbox,
    ) -> Result<Option<Event<'b>>, Terminate> {
        self.calm = false;
        loop {
            if local.commanded {
                if self.poll_commands(task)?.is_pending() {
                    return Ok(self.park_until_room(input));
                }
                local.commanded = false;
            }
            if self.stream.poll_send(task, outbox)?.is_pending() {
                return Ok(self.park_until_room(input));
            }
            if outbox.is_more_than_frames() {
                if let Some(end) = outbox.take_end() {
                    let end = end.into_terminate(local.callback);
                    // A callback often fails for the same reason as its connection, which is the better one.
                    if let Terminate::Failed(_) = end {
                        self.urgent()?;
                    }
                    return Err(end);
                }
                if outbox.take_hibernate() {
                    self.hibernate = true;
                    self.arrivals.connection.shrink();
                }
            }
            outbox.restore(self.sends_encoded());
            self.urgent()?;
            if self.stream.poll_room(task)?.is_pending() {
                return Ok(self.park_until_room(input));
            }
            self.arrivals.callback_is_over();
            self.ahead.callback_is_over();
            let mut event = None;
            if self.arrivals.are_waiting() {
                match self.arrivals.next(&mut self.stream, local.timers(), &mut self.budget)? {
                    Next::Event(next) => event = Some(next),
                    Next::Full => continue,
                    Next::Nothing => {}
                }
            }
            self.arrivals.callback_runs = event.is_some();
            if event.is_none() {
                event = self.next_message(input)?;
            }
            self.stream.lent_rest = !input.rest().is_empty();
            if let Some(event) = &event {
                local.callback = event.callback();
            }
            return Ok(event);
        }
    }

    /// Ends the iteration because the write queue is full. [`poll_wait`](Self::poll_wait) waits for room.
    fn park_until_room<'b>(&mut self, input: &mut Input<'_>) -> Option<Event<'b>> {
        self.stream.park(input);
        self.blocked = true;
        None
    }

    /// [`next`](Self::next) without input.
    fn next_owned_in(
        &mut self,
        task: &mut Context<'_>,
        local: &mut Local,
        outbox: &mut Outbox,
    ) -> Result<Option<Event<'static>>, Terminate> {
        if !self.stream.undecoded {
            return self.next_of(task, &mut Input::new(&mut []), local, outbox);
        }
        let mut buffer = std::mem::take(&mut self.stream.unread);
        let mut input = Input::new(buffer.unread_mut());
        let event = self.next_of(task, &mut input, local, outbox);
        let event = event.map(|event| event.map(Event::into_owned));
        let left = input.rest().len();
        let is_over = matches!(event, Ok(None));
        if !is_over {
            self.stream.undecoded = left > 0 || self.stream.undecoded && !self.stream.unread.is_empty();
        }
        self.stream.keep(buffer, left);
        if !is_over {
            // The callback may be pending for long.
            self.stream.unread.release();
        }
        event
    }

    fn next_message<'b>(&mut self, input: &mut Input<'b>) -> Result<Option<Event<'b>>, Terminate> {
        loop {
            let goes_on = !self.deadlines.is_paused() && self.budget.has_frames();
            if goes_on && let Some(event) = self.ahead.next()? {
                self.budget.spend_message(event.len());
                if self.pass_event(&event)? {
                    continue;
                }
                return Ok(Some(event));
            }
            if !goes_on || !self.deadlines.may_read() {
                self.stream.undecoded |= !input.rest().is_empty();
                return Ok(None);
            }
            let before = input.rest().len();
            let Some(decoded) = self.stream.decode(input)? else {
                self.budget.spend_fragments(before - input.rest().len());
                // Input that was parked in between still has to be decoded.
                self.stream.undecoded &= !self.stream.unread.is_empty();
                return Ok(None);
            };
            self.budget.spend_message(decoded.len());
            match decoded {
                Decoded::Message(message) if self.admit(&message)? && !self.pass(&message, false)? => {
                    return Ok(Some(Event::Message(message)));
                }
                Decoded::Message(_) => {}
                Decoded::Streamed(streamed) => {
                    if self.begins(streamed, input)? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Counts a message that was just received in the rate limit. Returns `false` if it is to be dropped.
    #[inline]
    pub(super) fn admit(&mut self, message: &Incoming<'_>) -> Result<bool, Terminate> {
        if !self.deadlines.limit_rate() {
            return Ok(true);
        }
        let admitted = self.deadlines.admit(message, &self.arrivals.connection.shared.stats)?;
        if !admitted {
            self.was_dropped();
        }
        Ok(admitted)
    }

    /// Counts the bytes of an incomplete message in the rate limit.
    #[inline]
    pub(super) fn count_arrived(&mut self) {
        if self.deadlines.limit_rate() {
            self.deadlines.arrived(self.stream.protocol.arrived(), &self.arrivals.connection.shared.stats);
        }
    }

    /// Wakes the task when mail arrives, and handles an urgent signal.
    #[inline(always)]
    pub(super) fn listen(&mut self, task: &Context<'_>) -> Result<(), Terminate> {
        if self.arrivals.register(task) {
            self.stream.io.task_changed();
        }
        self.urgent()
    }

    #[inline]
    fn urgent(&mut self) -> Result<(), Terminate> {
        if self.arrivals.connection.mailbox.is_urgent() {
            self.arrivals.urgent(&mut self.deadlines)
        } else {
            Ok(())
        }
    }

    /// Sends mailbox items, up to the first that is for a callback. Pending while the write queue is full.
    #[inline]
    pub(super) fn poll_mail(&mut self, task: &mut Context<'_>, time: While) -> Poll<Result<(), Terminate>> {
        if !self.arrivals.are_waiting() {
            return Poll::Ready(Ok(()));
        }
        self.arrivals.poll_deliver(task, &mut self.stream, &mut self.budget, time)
    }

    /// Executes the commands of the handler. Pending while the write queue is full.
    pub(super) fn poll_commands(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Terminate>> {
        loop {
            ready!(self.stream.poll_room(task))?;
            match self.arrivals.connection.commands.take() {
                Err(()) => return Poll::Ready(Err(Terminate::Overflow)),
                Ok(None) => return Poll::Ready(Ok(())),
                Ok(Some(command)) => {
                    let stats = &self.arrivals.connection.shared.stats;
                    command.execute(&mut self.stream.protocol, &mut self.deadlines, stats)?;
                }
            }
        }
    }

    /// Acts on deadlines. Ready with the current time if timers are due or a pause has ended.
    pub(super) fn poll_due(
        &mut self,
        task: &mut Context<'_>,
        timer: Option<Instant>,
        unread: Unread,
    ) -> Poll<Result<Moment, Terminate>> {
        loop {
            let mut progress = self.stream.progress();
            if self.closing {
                // The close timeout covers messages that are skipped.
                progress.begun = None;
            }
            let connection = &self.arrivals.connection;
            match ready!(self.deadlines.poll(task, connection, progress, timer.map(Moment::from), unread)) {
                Due::Timer | Due::Resume => return Poll::Ready(Ok(Moment::now())),
                Due::End(reason, limit) => {
                    if let Some(limit) = limit {
                        self.arrivals.connection.shared.stats.limited(limit);
                    }
                    if let Some(Limit::WriteTimeout) = limit {
                        // Without a close frame and without the rest of the queue: the client accepts neither.
                        self.closed = true;
                        self.stream.io.abort();
                    }
                    return Poll::Ready(Err(reason));
                }
                Due::Info(info) => self.arrivals.connection.push_own(info),
                Due::Ping => {
                    self.stream.protocol.ping();
                    let _ = self.stream.poll_write(task)?;
                }
            }
        }
    }
}
