//! The messages that were read ahead of their callbacks: control frames, and at most one data message. Behind it, only
//! control frames are read, so that a ping or a close frame has its answer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::time::Instant;

use crate::message::{Incoming, Terminate};
use crate::shared::Shared;

/// The number of pings and pongs that are read ahead of a pending callback, besides one data message, before TCP pushes
/// back.
const AHEAD: usize = 16;
/// The number of bytes that all connections of an app may have read ahead. Beyond it, nothing more is read ahead, and TCP
/// pushes back at once.
const TOTAL: usize = 64 << 20;

#[derive(Default)]
pub(super) struct ReadAhead {
    /// `None` as long as nothing was read ahead, as on most connections.
    queue: Option<Box<Queue>>,
}

struct Queue {
    messages: VecDeque<Incoming<'static>>,
    /// The client's close, behind the messages.
    end: Option<Terminate>,
    /// The client's close is answered, and the callbacks of the messages before it have to be over by then.
    finish_by: Option<Instant>,
    shared: Arc<Shared>,
}

impl ReadAhead {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue.as_ref().is_none_or(|queue| queue.messages.is_empty() && queue.end.is_none())
    }

    /// Returns whether a data message was read ahead.
    pub(super) fn has_data(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.messages.iter().any(|message| !message.is_control()))
    }

    /// Returns whether another message may be read ahead.
    pub(super) fn has_room(&self, shared: &Shared) -> bool {
        let is_full = |queue: &Queue| queue.messages.len() >= AHEAD || queue.end.is_some();
        !self.queue.as_deref().is_some_and(is_full) && shared.read_ahead.load(Ordering::Relaxed) < TOTAL
    }

    pub(super) fn push(&mut self, message: Incoming<'static>, shared: &Arc<Shared>) {
        shared.read_ahead.fetch_add(message.len(), Ordering::Relaxed);
        self.queue(shared).messages.push_back(message);
    }

    /// Ends the connection once the messages are handled: the client's close frame is behind them. Their callbacks have
    /// to be over at `finish_by`.
    pub(super) fn push_end(&mut self, reason: Terminate, finish_by: Instant, shared: &Arc<Shared>) {
        let queue = self.queue(shared);
        (queue.end, queue.finish_by) = (Some(reason), Some(finish_by));
    }

    fn queue(&mut self, shared: &Arc<Shared>) -> &mut Queue {
        self.queue.get_or_insert_with(|| {
            Box::new(Queue { messages: VecDeque::new(), end: None, finish_by: None, shared: shared.clone() })
        })
    }

    /// Returns the end as an error, if the callbacks before it have to be over by now.
    pub(super) fn end_if_due(&mut self) -> Result<(), Terminate> {
        if self.finish_by().is_some_and(|by| by <= Instant::now()) {
            self.take_end().map_or(Ok(()), Err)
        } else {
            Ok(())
        }
    }

    pub(super) fn has_end(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.end.is_some())
    }

    pub(super) fn take_end(&mut self) -> Option<Terminate> {
        self.queue.as_mut()?.end.take()
    }

    /// Returns when the callbacks of the messages have to be over, once the client's close frame was read.
    pub(super) fn finish_by(&self) -> Option<Instant> {
        self.queue.as_ref()?.finish_by
    }

    /// Takes the next message. An error is the end behind the last one.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Incoming<'static>>, Terminate> {
        let Some(queue) = &mut self.queue else { return Ok(None) };
        match queue.pop() {
            None => queue.end.take().map_or(Ok(None), Err),
            message => Ok(message),
        }
    }

    /// Drops the control frames. Returns whether they were as many as are read ahead.
    pub(super) fn drop_control(&mut self) -> bool {
        let Some(queue) = &mut self.queue else { return false };
        let read = queue.messages.len();
        let data = queue.messages.iter().position(|message| !message.is_control());
        let data = data.and_then(|at| queue.messages.remove(at));
        queue.clear();
        queue.messages.extend(data);
        read == AHEAD
    }

    /// Drops all messages, and the end.
    pub(super) fn clear(&mut self) {
        self.queue = None;
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

impl Queue {
    fn pop(&mut self) -> Option<Incoming<'static>> {
        let message = self.messages.pop_front()?;
        self.shared.read_ahead.fetch_sub(message.len(), Ordering::Relaxed);
        Some(message)
    }

    fn clear(&mut self) {
        while self.pop().is_some() {}
    }
}

impl Drop for Queue {
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
        let mut connections: Vec<_> = (0..4).map(|_| ReadAhead::default()).collect();
        let waiting = ReadAhead::default();
        for connection in &mut connections {
            assert!(connection.has_room(&shared) && waiting.has_room(&shared));
            connection.push(message(), &shared);
            assert!(connection.has_data());
        }
        assert!(!waiting.has_room(&shared));
        assert_eq!(connections[0].next().unwrap().map(|message| message.len()), Some(16 << 20));
        assert!(waiting.has_room(&shared));
        connections[0].push(message(), &shared);
        assert!(!waiting.has_room(&shared));
        connections.pop();
        assert!(waiting.has_room(&shared));
    }

    /// An end that was kept would cut the close handshake at its time.
    #[test]
    fn nothing_is_left_once_it_is_cleared() {
        let shared = Arc::new(Shared::default());
        let mut ahead = ReadAhead::default();
        ahead.push(Message::from("data").into(), &shared);
        ahead.push_end(Terminate::Remote(None), Instant::now(), &shared);
        assert!(ahead.has_data() && ahead.has_end() && !ahead.has_room(&shared));
        ahead.clear();
        assert!(ahead.is_empty() && !ahead.has_end() && ahead.finish_by().is_none());
        assert!(ahead.end_if_due().is_ok() && ahead.has_room(&shared));
        assert_eq!(shared.read_ahead.load(Ordering::Relaxed), 0);
    }
}
