//! The messages that were read ahead of their callbacks: control frames, and at most one data message. Behind it, only
//! control frames are read, so that a ping or a close frame has its answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::message::{Incoming, Terminate};
use crate::shared::Shared;

/// The number of pings and pongs that are read ahead of a pending callback, besides one data message, before TCP pushes
/// back.
const AHEAD: usize = 16;
/// The number of bytes that all connections of an app may have read ahead. Beyond it, nothing more is read ahead, and TCP
/// pushes back at once.
const TOTAL: usize = 64 << 20;

pub(super) struct ReadAhead {
    /// `None` as long as nothing was read ahead, as on most connections.
    queue: Option<Box<Queue>>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Incoming<'static>>,
    /// The client's close, behind the messages.
    end: Option<Terminate>,
}

impl ReadAhead {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { queue: None, shared }
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue.as_ref().is_none_or(|queue| queue.messages.is_empty() && queue.end.is_none())
    }

    /// Returns whether a data message was read ahead.
    pub(super) fn has_data(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.messages.iter().any(|message| !message.is_control()))
    }

    /// Returns whether another message may be read ahead.
    pub(super) fn has_room(&self) -> bool {
        let is_full = |queue: &Queue| queue.messages.len() >= AHEAD || queue.end.is_some();
        !self.queue.as_deref().is_some_and(is_full) && self.shared.read_ahead.load(Ordering::Relaxed) < TOTAL
    }

    fn queue(&mut self) -> &mut Queue {
        self.queue.get_or_insert_default()
    }

    pub(super) fn push(&mut self, message: Incoming<'static>) {
        self.shared.read_ahead.fetch_add(message.len(), Ordering::Relaxed);
        self.queue().messages.push_back(message);
    }

    /// Ends the connection once the messages are handled: the client's close frame is behind them.
    pub(super) fn push_end(&mut self, reason: Terminate) {
        self.queue().end = Some(reason);
    }

    /// Returns the end as an error, if it is `due`.
    pub(super) fn end_if(&mut self, due: bool) -> Result<(), Terminate> {
        if due { self.take_end().map_or(Ok(()), Err) } else { Ok(()) }
    }

    pub(super) fn has_end(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.end.is_some())
    }

    pub(super) fn take_end(&mut self) -> Option<Terminate> {
        self.queue.as_mut()?.end.take()
    }

    /// Takes the next message. An error is the end behind the last one.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Incoming<'static>>, Terminate> {
        if self.queue.is_none() {
            return Ok(None);
        }
        match self.pop() {
            None => self.take_end().map_or(Ok(None), Err),
            message => Ok(message),
        }
    }

    fn pop(&mut self) -> Option<Incoming<'static>> {
        let message = self.queue.as_mut()?.messages.pop_front()?;
        self.shared.read_ahead.fetch_sub(message.len(), Ordering::Relaxed);
        Some(message)
    }

    /// Drops the control frames. Returns whether they were as many as are read ahead.
    pub(super) fn drop_control(&mut self) -> bool {
        let Some(queue) = &mut self.queue else { return false };
        let read = queue.messages.len();
        let data = queue.messages.iter().position(|message| !message.is_control());
        let data = data.and_then(|at| queue.messages.remove(at));
        self.clear_messages();
        if let Some(data) = data {
            self.queue().messages.push_back(data);
        }
        read == AHEAD
    }

    /// Drops all messages, and the end.
    pub(super) fn clear(&mut self) {
        self.clear_messages();
        self.queue = None;
    }

    fn clear_messages(&mut self) {
        while self.pop().is_some() {}
    }

    /// Frees the queue if it is empty.
    #[inline]
    pub(super) fn release(&mut self) {
        if self.queue.is_some() && self.is_empty() {
            self.queue = None;
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.messages.capacity())
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;

    #[test]
    fn all_connections_together_read_64_mib_ahead() {
        let shared = Arc::new(Shared::default());
        let message = || Incoming::from(Message::from(vec![0; 16 << 20]));
        let mut connections: Vec<_> = (0..4).map(|_| ReadAhead::new(shared.clone())).collect();
        let waiting = ReadAhead::new(shared);
        for connection in &mut connections {
            assert!(connection.has_room() && waiting.has_room());
            connection.push(message());
            assert!(connection.has_data());
        }
        assert!(!waiting.has_room());
        assert_eq!(connections[0].pop().map(|message| message.len()), Some(16 << 20));
        assert!(waiting.has_room());
        connections[0].push(message());
        assert!(!waiting.has_room());
        connections.pop();
        assert!(waiting.has_room());
    }
}
