//! The driver between two callbacks: it waits, takes the next event, and queues the reply of the last callback.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, ready};

use tokio::task::yield_now;
use tokio::time::Instant;

use super::{BUDGET, Driver, Event, QUEUE_LIMIT};
use crate::connection::deadlines::Unread;
use crate::connection::io::ReadBuffer;
use crate::connection::local::Local;
use crate::connection::mail::Mail;
use crate::connection::outbox::{End, Outbox};
use crate::connection::timers::Timers;
use crate::message::Incoming;
use crate::message::{Failed, Terminate};
use crate::protocol::Input;

/// A message costs one more frame of the budget for each this many bytes of its payload: a few compressed bytes may
/// inflate to many.
const WEIGHT: usize = 16 << 10;

impl Driver {
    /// Writes the queue, and waits until there may be an event. If it returns a buffer, [`next`](Self::next) finds
    /// messages in it; otherwise [`next_owned`](Self::next_owned) finds the events.
    pub(crate) fn wait<'w>(
        &'w mut self,
        local: &'w mut Local,
        outbox: &'w mut Outbox,
    ) -> impl Future<Output = Result<Option<ReadBuffer>, Terminate>> + Send + 'w {
        outbox.release();
        poll_fn(move |task| self.poll_wait(task, local.timers().next()))
    }

    /// Executes the commands and the reply of the last callback, and returns the next event: a mailbox item, a timer,
    /// or a message in `input`. `None`: wait again.
    pub(crate) fn next<'n, 'b>(
        &'n mut self,
        input: &'n mut Input<'b>,
        local: &'n mut Local,
        outbox: &'n mut Outbox,
    ) -> impl Future<Output = Result<Option<Event<'b>>, Terminate>> + Send + use<'n, 'b> {
        poll_fn(move |task| self.poll_next(task, input, local, outbox))
    }

    /// Like [`next`](Self::next), for input in the driver's own buffer.
    pub(crate) fn next_owned<'n>(
        &'n mut self,
        local: &'n mut Local,
        outbox: &'n mut Outbox,
    ) -> impl Future<Output = Result<Option<Event<'static>>, Terminate>> + Send + 'n {
        poll_fn(move |task| self.poll_next_owned(task, local, outbox))
    }

    fn poll_wait(
        &mut self,
        task: &mut Context<'_>,
        timer: Option<Instant>,
    ) -> Poll<Result<Option<ReadBuffer>, Terminate>> {
        self.register(task);
        if self.blocked {
            if self.poll_room(task)?.is_pending() {
                return self.poll_blocked(task).map(Err);
            }
            self.blocked = false;
            return Poll::Ready(Ok(None));
        }
        if self.connection.mailbox.is_signaled() {
            if let Some(end) = self.urgent() {
                return Poll::Ready(Err(end));
            }
            self.deliver_mail()?;
        }
        let written = match self.io.poll_write(task, self.protocol.write_queue()) {
            Poll::Ready(Err(end)) => return Poll::Ready(Err(end)),
            written => written.is_ready(),
        };
        if self.mail_left > 0 && (self.connection.mailbox.is_signaled() || self.timers_due.is_some()) {
            return Poll::Ready(Ok(None));
        }
        if self.frames_left > 0 && !self.deadlines.is_paused() {
            if !self.ahead.is_empty() {
                return Poll::Ready(Ok(None));
            }
            if let Poll::Ready(input) = self.poll_input(task) {
                return Poll::Ready(input);
            }
        }
        self.count_traffic();
        let spent = self.mail_left == 0 || self.frames_left == 0;
        // The budget is spent, so the rest of a message may have arrived without being read.
        let unread = if self.frames_left == 0 { Unread::Busy } else { Unread::No };
        match self.poll_due(task, timer, unread) {
            Poll::Ready(Err(end)) => return Poll::Ready(Err(end)),
            Poll::Ready(Ok(now)) => {
                self.timers_due = Some(now);
                if !spent {
                    return Poll::Ready(Ok(None));
                }
            }
            Poll::Pending => {}
        }
        self.mail_left = BUDGET;
        self.frames_left = BUDGET;
        if !spent || self.unread.is_mostly_empty() {
            self.unread.release();
        }
        if spent {
            // Wakes this task after other tasks have run and the runtime has polled its sockets.
            let _ = pin!(yield_now()).poll(task);
        } else if self.hibernate && written && !self.deadlines.is_paused() {
            self.hibernate = false;
            self.protocol.hibernate();
            self.ahead.shrink_to_fit();
        }
        Poll::Pending
    }

    fn poll_next<'b>(
        &mut self,
        task: &mut Context<'_>,
        input: &mut Input<'b>,
        local: &mut Local,
        outbox: &mut Outbox,
    ) -> Poll<Result<Option<Event<'b>>, Terminate>> {
        loop {
            if local.commanded {
                if self.poll_commands(task)?.is_pending() {
                    return self.park_until_room(input);
                }
                local.commanded = false;
            }
            self.protocol.send_encoded(outbox.encoded());
            if outbox.is_more_than_frames() {
                while let Some(message) = outbox.pop() {
                    self.protocol.send(message);
                    if self.poll_room(task)?.is_pending() {
                        return self.park_until_room(input);
                    }
                }
                if let Some(end) = outbox.take_end() {
                    let end = ended(end, local.callback);
                    // A callback often fails for the same reason as its connection, which is the better one.
                    let urgent = if let Terminate::Failed(_) = end { self.urgent() } else { None };
                    return Poll::Ready(Err(urgent.unwrap_or(end)));
                }
                if outbox.take_hibernate() {
                    self.hibernate();
                    outbox.shrink();
                }
            }
            outbox.restore(self.protocol.sends_encoded());
            if let Some(end) = self.urgent() {
                return Poll::Ready(Err(end));
            }
            if self.poll_room(task)?.is_pending() {
                return self.park_until_room(input);
            }
            match self.next_mail(local.timers())? {
                Next::Event(event) => {
                    self.lent_rest = input.rest().len();
                    local.callback = match event {
                        Event::Outgoing(_) => "outgoing",
                        Event::Message(_) | Event::Info(_) => "info",
                    };
                    return Poll::Ready(Ok(Some(event)));
                }
                Next::Full => continue,
                Next::Nothing => {}
            }
            let message = self.next_message(task, input)?;
            self.lent_rest = input.rest().len();
            if message.is_some() {
                local.callback = "message";
            }
            return Poll::Ready(Ok(message.map(Event::Message)));
        }
    }

    /// Ends the iteration because the write queue is full. [`wait`](Self::wait) waits for room.
    fn park_until_room<'b>(&mut self, input: &mut Input<'_>) -> Poll<Result<Option<Event<'b>>, Terminate>> {
        self.park(input);
        self.blocked = true;
        Poll::Ready(Ok(None))
    }

    /// Sends mailbox items that need no callback.
    fn deliver_mail(&mut self) -> Result<(), Terminate> {
        let outgoing = self.outgoing;
        let is_for_a_callback = |mail: &Mail| match mail {
            Mail::Info(_) | Mail::Lazy(_) => true,
            Mail::Send(_) | Mail::Prepared(_) => outgoing,
            Mail::Close(_) | Mail::Refuse(_) | Mail::Drain => false,
        };
        while self.mail_left > 0
            && self.protocol.queued() < QUEUE_LIMIT
            && let Some(mail) = self.connection.mailbox.take_unless(is_for_a_callback)
        {
            self.mail_left -= 1;
            self.carry_out(mail)?;
        }
        Ok(())
    }

    /// Mailbox items come first, so that infos sent in `init` and `open` are delivered before any frame, then timers.
    fn next_mail(&mut self, timers: &mut Timers) -> Result<Next<'static>, Terminate> {
        while self.mail_left > 0
            && let Some(mail) = self.connection.mailbox.take()
        {
            self.mail_left -= 1;
            match mail {
                Mail::Info(info) => return Ok(Next::Event(Event::Info(info))),
                Mail::Lazy(info) => return Ok(Next::Event(Event::Info(info.make()))),
                Mail::Send(message) if self.outgoing => return Ok(Next::Event(Event::Outgoing(message))),
                Mail::Prepared(prepared) if self.outgoing => {
                    return Ok(Next::Event(Event::Outgoing(prepared.message.clone())));
                }
                mail => self.carry_out(mail)?,
            }
            if self.protocol.queued() >= QUEUE_LIMIT {
                return Ok(Next::Full);
            }
        }
        if self.mail_left > 0
            && let Some(now) = self.timers_due
        {
            if let Some(info) = timers.take_due(now) {
                self.mail_left -= 1;
                return Ok(Next::Event(Event::Info(info)));
            }
            self.timers_due = None;
        }
        Ok(Next::Nothing)
    }

    /// Executes an item that needs no callback.
    pub(super) fn carry_out(&mut self, mail: Mail) -> Result<(), Terminate> {
        match mail {
            Mail::Send(message) => self.protocol.send(message),
            Mail::Prepared(prepared) => self.protocol.send_prepared(&prepared),
            Mail::Info(_) | Mail::Lazy(_) => {}
            Mail::Close(close) => return Err(Terminate::Stop(close)),
            Mail::Refuse(what) => return Err(Terminate::BadEncoding(what)),
            Mail::Drain => return Err(Terminate::Drained),
        }
        Ok(())
    }

    fn next_message<'b>(
        &mut self,
        task: &mut Context<'_>,
        input: &mut Input<'b>,
    ) -> Result<Option<Incoming<'b>>, Terminate> {
        if self.deadlines.is_paused() || self.frames_left == 0 {
            self.undecoded |= !input.rest().is_empty();
            return Ok(None);
        }
        let next = match self.ahead.pop_front() {
            Some(message) => Some(message),
            None => self.decode(input)?,
        };
        let Some(message) = next else {
            // Input that was parked in between still has to be decoded.
            self.undecoded &= !self.unread.is_empty();
            return Ok(None);
        };
        if let Incoming::Ping(_) = message {
            // The pong is written before the handler receives the ping, even if its callback never returns.
            if let Poll::Ready(Err(end)) = self.io.poll_write(task, self.protocol.write_queue()) {
                return Err(end);
            }
        }
        let weight = u32::try_from(1 + message.len() / WEIGHT).unwrap_or(u32::MAX);
        self.frames_left = self.frames_left.saturating_sub(weight);
        Ok(Some(message))
    }

    fn poll_next_owned(
        &mut self,
        task: &mut Context<'_>,
        local: &mut Local,
        outbox: &mut Outbox,
    ) -> Poll<Result<Option<Event<'static>>, Terminate>> {
        if !self.undecoded {
            return self.poll_next(task, &mut Input::new(&mut []), local, outbox);
        }
        let mut buffer = std::mem::take(&mut self.unread);
        let mut input = Input::new(buffer.unread_mut());
        let event = ready!(self.poll_next(task, &mut input, local, outbox));
        let event = event.map(|event| match event? {
            Event::Message(message) => Some(Event::Message(message.into_owned())),
            Event::Info(info) => Some(Event::Info(info)),
            Event::Outgoing(message) => Some(Event::Outgoing(message)),
        });
        let left = input.rest().len();
        let is_over = matches!(event, Ok(None));
        if !is_over {
            self.undecoded = left > 0 || self.undecoded && !self.unread.is_empty();
        }
        self.keep(buffer, left);
        if !is_over {
            // The callback may be pending for long.
            self.unread.release();
        }
        Poll::Ready(event)
    }
}

enum Next<'b> {
    Event(Event<'b>),
    /// The write queue is full.
    Full,
    Nothing,
}

fn ended(end: End, callback: &'static str) -> Terminate {
    match end {
        End::Close(close) => Terminate::Stop(close),
        End::CloseAs(reason) => Terminate::StopAs(reason),
        End::Failed(error) => Terminate::Failed(Failed { callback, error }),
        End::Refused(bad) => Terminate::BadEncoding(bad.to_string()),
    }
}
