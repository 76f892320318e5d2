//! The commands that a handler gives its own connection. They are in a queue of their own, so that the driver can
//! execute them while the callback still runs.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::deadlines::Deadlines;
use super::delivery::Delivery;
use crate::message::{Message, Terminate};
use crate::protocol::Protocol;
use crate::shared::panics::drop_each;
use crate::shared::rate_limit::RateLimit;
use crate::shared::stats::Counters;

/// The largest total size of the queued commands, in bytes.
const BYTES: usize = 16 << 20;

/// A command of a handler to its own connection.
#[derive(Debug)]
pub(crate) enum Command {
    Send(Message),
    Pause(Duration),
    Resume,
    IdleTimeout(Option<Duration>),
    MaxMessageSize(usize),
    Compression(bool),
    RateLimit(Option<Box<RateLimit>>),
}

impl Command {
    /// Executes the command. An error ends the connection.
    pub(super) fn execute(
        self,
        protocol: &mut Protocol,
        deadlines: &mut Deadlines,
        stats: &Counters,
    ) -> Result<(), Terminate> {
        match self {
            Self::Send(Message::Close(close)) => return Err(Terminate::Stop(close)),
            Self::Send(message) => protocol.send(message),
            Self::Pause(at_most) => deadlines.pause(at_most),
            Self::Resume => deadlines.resume(),
            Self::IdleTimeout(after) => deadlines.set_idle(after),
            Self::MaxMessageSize(bytes) => protocol.set_max_message_size(bytes),
            Self::Compression(on) => protocol.set_compression(on),
            Self::RateLimit(limit) => deadlines.set_rate_limit(limit.as_deref(), stats),
        }
        Ok(())
    }

    /// Returns the size of the command and of its payload, in bytes.
    fn size(&self) -> usize {
        let payload = match self {
            Self::Send(message) => message.len(),
            _ => 0,
        };
        size_of::<Self>() + payload
    }
}

#[derive(Default)]
pub(crate) struct CommandQueue(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    /// Created when it is needed.
    waiting: Option<Box<Waiting>>,
    /// No more commands are queued: a close frame was queued, or the queue overflowed.
    shut: bool,
    overflowed: bool,
}

#[derive(Default)]
struct Waiting {
    commands: VecDeque<Command>,
    /// The total size of the commands.
    bytes: usize,
}

impl CommandQueue {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a command. A queue that overflows ends the connection.
    pub(crate) fn push(&self, command: Command) -> Delivery {
        let mut inner = self.lock();
        if inner.shut {
            return Delivery::Gone;
        }
        let size = command.size();
        let waiting = inner.waiting.get_or_insert_default();
        if waiting.bytes + size > BYTES && !waiting.commands.is_empty() {
            inner.shut = true;
            inner.overflowed = true;
            return Delivery::Dropped;
        }
        let is_last = matches!(command, Command::Send(Message::Close(_)));
        waiting.bytes += size;
        waiting.commands.push_back(command);
        inner.shut = is_last;
        Delivery::Queued
    }

    /// Ends the connection as if the queue had overflowed.
    pub(crate) fn overflow(&self) {
        let mut inner = self.lock();
        inner.shut = true;
        inner.overflowed = true;
    }

    /// Takes the next command. Returns an error if the queue has overflowed.
    pub(crate) fn take(&self) -> Result<Option<Command>, ()> {
        let mut inner = self.lock();
        if inner.overflowed {
            return Err(());
        }
        let Some(waiting) = &mut inner.waiting else { return Ok(None) };
        let command = waiting.commands.pop_front();
        waiting.bytes -= command.as_ref().map_or(0, Command::size);
        Ok(command)
    }

    /// Frees the capacity that a past burst needed.
    pub(crate) fn shrink(&self) {
        let mut inner = self.lock();
        match &mut inner.waiting {
            Some(waiting) if !waiting.commands.is_empty() => waiting.commands.shrink_to_fit(),
            waiting => *waiting = None,
        }
    }

    /// Refuses further commands, because the connection has ended.
    pub(crate) fn shut(&self) {
        let mut inner = self.lock();
        inner.shut = true;
        let rest = inner.waiting.take();
        drop(inner);
        // A payload may be of a user's type, and run any code when it is dropped.
        drop_each(rest.into_iter().flat_map(|waiting| waiting.commands));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_sends_without_end_is_stopped() {
        let queue = CommandQueue::default();
        let kib = Message::from(vec![0; 1024]);
        let queued = (0..20_000).take_while(|_| queue.push(Command::Send(kib.clone())).is_queued()).count();
        assert_eq!(queued, BYTES / (1024 + size_of::<Command>()));
        assert_eq!(queue.push(Command::Resume), Delivery::Gone);
        assert_eq!(queue.take().map(|_| ()), Err(()));
    }

    #[test]
    fn one_message_of_any_size_passes() {
        let queue = CommandQueue::default();
        assert!(queue.push(Command::Send(Message::from(vec![0; BYTES + 1]))).is_queued());
    }

    #[test]
    fn c6_nothing_is_taken_after_a_close() {
        let queue = CommandQueue::default();
        assert!(queue.push(Command::Send(crate::Close::normal().into())).is_queued());
        assert_eq!(queue.push(Command::Send("late".into())), Delivery::Gone);
    }
}
