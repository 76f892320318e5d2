//! The desk: what a handler says to its own connection while a callback runs, in order. It is apart from the
//! handler so that the connection can act on it while the callback still waits.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::mailbox::Delivery;
use crate::message::Message;
use crate::panics::drop_each;

/// How many commands one callback may leave at a time.
const COMMANDS: usize = 65_536;
/// How many bytes of messages.
const BYTES: usize = 16 << 20;

/// What a handler tells its connection (C8).
#[derive(Debug)]
pub(crate) enum Command {
    Send(Message),
    Pause(Duration),
    Resume,
    IdleTimeout(Option<Duration>),
    MaxMessageSize(usize),
    Compression(bool),
}

#[derive(Default)]
pub(crate) struct Desk(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    commands: VecDeque<Command>,
    bytes: usize,
    /// Nothing more is taken: a close frame was, or the bound was passed.
    shut: bool,
    overflowed: bool,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a command. Past the bound the connection ends.
    pub(crate) fn push(&self, command: Command) -> Delivery {
        let mut inner = self.lock();
        if inner.shut {
            return Delivery::Gone;
        }
        let size = size(&command);
        if inner.commands.len() >= COMMANDS || inner.bytes + size > BYTES && !inner.commands.is_empty() {
            inner.shut = true;
            inner.overflowed = true;
            return Delivery::Dropped;
        }
        inner.shut = matches!(command, Command::Send(Message::Close(_)));
        inner.bytes += size;
        inner.commands.push_back(command);
        Delivery::Queued
    }

    /// Gives up on the handler: it asked for more than there is room for.
    pub(crate) fn overflow(&self) {
        let mut inner = self.lock();
        inner.shut = true;
        inner.overflowed = true;
    }

    /// The next command; the error is that the bound was passed.
    pub(crate) fn take(&self) -> Result<Option<Command>, ()> {
        let mut inner = self.lock();
        if inner.overflowed {
            return Err(());
        }
        let command = inner.commands.pop_front();
        inner.bytes -= command.as_ref().map_or(0, size);
        Ok(command)
    }

    /// Gives back the room that a past burst took.
    pub(crate) fn shrink(&self) {
        self.lock().commands.shrink_to_fit();
    }

    /// Takes nothing more: the connection has ended.
    pub(crate) fn shut(&self) {
        let mut inner = self.lock();
        inner.shut = true;
        let rest = std::mem::take(&mut inner.commands);
        drop(inner);
        // A payload may be of the user's own, and do anything as it is dropped.
        drop_each(rest);
    }
}

fn size(command: &Command) -> usize {
    match command {
        Command::Send(message) => message.len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_that_sends_without_end_is_stopped() {
        let desk = Desk::default();
        let kib = Message::from(vec![0; 1024]);
        let queued = (0..20_000).take_while(|_| desk.push(Command::Send(kib.clone())).is_queued()).count();
        assert_eq!(queued, BYTES / 1024);
        assert_eq!(desk.push(Command::Resume), Delivery::Gone);
        assert_eq!(desk.take().map(|_| ()), Err(()));
    }

    #[test]
    fn one_message_of_any_size_passes() {
        let desk = Desk::default();
        assert!(desk.push(Command::Send(Message::from(vec![0; BYTES + 1]))).is_queued());
    }

    #[test]
    fn c6_nothing_is_taken_after_a_close() {
        let desk = Desk::default();
        assert!(desk.push(Command::Send(crate::Close::normal().into())).is_queued());
        assert_eq!(desk.push(Command::Send("late".into())), Delivery::Gone);
    }
}
