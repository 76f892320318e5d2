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
    messages: VecDeque<Incoming<'static>>,
    /// The client's close, behind the messages.
    end: Option<Terminate>,
    shared: Arc<Shared>,
}

impl ReadAhead {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { messages: VecDeque::new(), end: None, shared }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.end.is_none()
    }

    /// Returns whether a data message was read ahead.
    pub(super) fn has_data(&self) -> bool {
        self.messages.iter().any(|message| !message.is_control())
    }

    /// Returns whether another message may be read ahead.
    pub(super) fn has_room(&self) -> bool {
        self.messages.len() < AHEAD
            && self.end.is_none()
            && self.shared.read_ahead.load(Ordering::Relaxed) < TOTAL
    }

    pub(super) fn push(&mut self, message: Incoming<'static>) {
        self.shared.read_ahead.fetch_add(message.len(), Ordering::Relaxed);
        self.messages.push_back(message);
    }

    /// Ends the connection once the messages are handled: the client's close frame is behind them.
    pub(super) fn push_end(&mut self, reason: Terminate) {
        self.end = Some(reason);
    }

    /// Returns the end as an error, if it is `due`.
    pub(super) fn end_if(&mut self, due: bool) -> Result<(), Terminate> {
        self.end.take_if(|_| due).map_or(Ok(()), Err)
    }

    pub(super) const fn has_end(&self) -> bool {
        self.end.is_some()
    }

    pub(super) const fn take_end(&mut self) -> Option<Terminate> {
        self.end.take()
    }

    /// Takes the next message. An error is the end behind the last one.
    pub(super) fn next(&mut self) -> Result<Option<Incoming<'static>>, Terminate> {
        match self.pop() {
            None => self.end.take().map_or(Ok(None), Err),
            message => Ok(message),
        }
    }

    fn pop(&mut self) -> Option<Incoming<'static>> {
        let message = self.messages.pop_front()?;
        self.shared.read_ahead.fetch_sub(message.len(), Ordering::Relaxed);
        Some(message)
    }

    /// Drops the control frames. Returns whether they were as many as are read ahead.
    pub(super) fn drop_control(&mut self) -> bool {
        let read = self.messages.len();
        let data = self.messages.iter().position(|message| !message.is_control());
        let data = data.and_then(|at| self.messages.remove(at));
        self.clear_messages();
        if let Some(data) = data {
            self.messages.push_back(data);
        }
        read == AHEAD
    }

    /// Drops all messages, and the end.
    pub(super) fn clear(&mut self) {
        self.clear_messages();
        self.end = None;
    }

    fn clear_messages(&mut self) {
        while self.pop().is_some() {}
    }

    /// Frees the capacity that is not needed now.
    pub(super) fn shrink(&mut self) {
        self.messages.shrink_to_fit();
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.messages.capacity()
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
