//! The messages that were read ahead of their callbacks: control frames, and at most one data message. Behind it, only
//! control frames are read, so that a ping or a close frame has its answer. The connection of a page reads more events
//! ahead, because the client script's own pings and acknowledgements may be behind them. Of a message that its callback
//! reads as it arrives, only the start is read ahead.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Context;

use tokio::time::Instant;

use super::event::Event;
use crate::connection::message_stream::{Feed, MessageStream};
use crate::message::{Incoming, Terminate};
use crate::protocol::Part;
use crate::shared::Shared;

/// The number of pings and pongs that are read ahead of a pending callback, besides one data message, before TCP pushes
/// back.
const AHEAD: usize = 16;
/// The number of events, and their bytes, that the connection of a page reads ahead.
const EVENTS: usize = 100;
const EVENT_BYTES: usize = 1 << 20;
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
    /// The message that arrives in parts, from its start to its last part.
    upload: Option<Upload>,
    /// The client's close, behind the messages.
    end: Option<Terminate>,
    /// The client's close is answered, and the callbacks of the messages before it have to be over by then.
    finish_by: Option<Instant>,
    shared: Arc<Shared>,
}

/// A message that its callback reads as it arrives.
struct Upload {
    feed: Feed,
    /// The callback's half, until the callback starts.
    body: Option<MessageStream>,
}

/// Returns the number of messages that may be read ahead. `events`: by the connection of a page.
const fn at_most(events: bool) -> usize {
    if events { AHEAD + EVENTS } else { AHEAD }
}

impl ReadAhead {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.queue
            .as_ref()
            .is_none_or(|queue| queue.messages.is_empty() && queue.end.is_none() && !queue.has_body())
    }

    /// Returns whether a data message was read ahead, or the start of one.
    pub(super) fn has_data(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| {
            queue.has_body() || queue.messages.iter().any(|message| !message.is_control())
        })
    }

    /// Returns whether as much data was read ahead as is allowed. `events`: it may be several messages.
    pub(super) fn has_all_data(&self, events: bool) -> bool {
        if !events {
            return self.has_data();
        }
        self.queue.as_ref().is_some_and(|queue| {
            let data = queue.messages.iter().filter(|message| !message.is_control());
            let (count, bytes) = data.fold((0, 0), |(count, bytes), each| (count + 1, bytes + each.len()));
            queue.has_body() || count >= EVENTS || bytes >= EVENT_BYTES
        })
    }

    /// Returns the driver's half of the message that the running callback reads.
    fn read_now(&self) -> Option<&Feed> {
        let upload = self.queue.as_ref()?.upload.as_ref()?;
        (upload.body.is_none() && !upload.feed.is_discarded()).then_some(&upload.feed)
    }

    /// Returns whether the running callback reads a message that is not complete.
    pub(super) fn is_read_now(&self) -> bool {
        self.read_now().is_some()
    }

    /// Returns whether another message may be read ahead, or the next part of the message that the running callback
    /// reads. Otherwise wakes `task` when the callback has taken the last part.
    pub(super) fn has_room(&self, events: bool, shared: &Shared, task: &Context<'_>) -> bool {
        if let Some(feed) = self.read_now() {
            return feed.has_room(task);
        }
        let is_full = |queue: &Queue| queue.messages.len() >= at_most(events) || queue.end.is_some();
        !self.queue.as_deref().is_some_and(is_full) && shared.read_ahead.load(Ordering::Relaxed) < TOTAL
    }

    /// Adds a message. More control frames than fit are dropped if the running callback reads a message: it needs the bytes
    /// behind them.
    pub(super) fn push(&mut self, message: Incoming<'static>, shared: &Arc<Shared>) {
        if self.is_read_now() && self.queue(shared).messages.len() >= AHEAD {
            return;
        }
        shared.read_ahead.fetch_add(message.len(), Ordering::Relaxed);
        self.queue(shared).messages.push_back(message);
    }

    /// Adds a message that arrives in parts. It is discarded unless it is `admitted`.
    pub(super) fn begin(&mut self, is_text: bool, admitted: bool, shared: &Arc<Shared>) {
        let (feed, body) = Feed::new(is_text);
        self.queue(shared).upload = Some(Upload { feed, body: admitted.then_some(body) });
    }

    /// Adds a part of the message.
    pub(super) fn push_part(&mut self, part: Part) {
        let Some(queue) = &mut self.queue else { return };
        let is_last = part.is_last;
        if let Some(upload) = &queue.upload {
            upload.feed.push(part);
        }
        queue.upload.take_if(|_| is_last);
    }

    /// Discards the rest of the message whose callback has returned.
    #[inline]
    pub(super) fn callback_is_over(&mut self) {
        if let Some(Upload { feed, body: None }) = self.queue.as_ref().and_then(|queue| queue.upload.as_ref())
        {
            feed.discard();
        }
    }

    /// Returns whether a callback received the error that its message is incomplete.
    pub(super) fn cut_message(&self) -> bool {
        let upload = self.queue.as_ref().and_then(|queue| queue.upload.as_ref());
        upload.is_some_and(|upload| upload.feed.was_cut())
    }

    /// Ends the connection once the messages are handled: the client's close frame is behind them. Their callbacks have
    /// to be over at `finish_by`.
    pub(super) fn push_end(&mut self, reason: Terminate, finish_by: Instant, shared: &Arc<Shared>) {
        let queue = self.queue(shared);
        (queue.end, queue.finish_by) = (Some(reason), Some(finish_by));
    }

    fn queue(&mut self, shared: &Arc<Shared>) -> &mut Queue {
        self.queue.get_or_insert_with(|| {
            Box::new(Queue {
                messages: VecDeque::new(),
                upload: None,
                end: None,
                finish_by: None,
                shared: shared.clone(),
            })
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
    pub(super) fn next(&mut self) -> Result<Option<Event<'static>>, Terminate> {
        let Some(queue) = &mut self.queue else { return Ok(None) };
        if let Some(message) = queue.pop() {
            return Ok(Some(Event::Message(message)));
        }
        if let Some(body) = queue.upload.as_mut().and_then(|upload| upload.body.take()) {
            return Ok(Some(Event::Stream(body)));
        }
        queue.end.take().map_or(Ok(None), Err)
    }

    /// Drops the control frames. Returns whether reading may continue because of that: there was no room.
    pub(super) fn drop_control(&mut self, events: bool) -> bool {
        let Some(queue) = &mut self.queue else { return false };
        let Queue { messages, shared, .. } = &mut **queue;
        let read = messages.len();
        messages.retain(|message| {
            if message.is_control() {
                shared.read_ahead.fetch_sub(message.len(), Ordering::Relaxed);
            }
            !message.is_control()
        });
        messages.len() < read && read >= at_most(events)
    }

    /// Drops all messages, and the end. A message that arrives in parts is incomplete.
    pub(super) fn clear(&mut self) {
        let Some(queue) = &mut self.queue else { return };
        queue.clear();
        queue.end = None;
        match &queue.upload {
            // It remembers whether its callback received the error.
            Some(upload) => upload.feed.cut(),
            None => self.queue = None,
        }
    }

    /// Frees the queue if it is empty.
    #[inline]
    pub(super) fn release(&mut self) {
        if self.queue.as_ref().is_some_and(|queue| queue.upload.is_none()) && self.is_empty() {
            self.queue = None;
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.messages.capacity())
    }
}

impl Queue {
    /// Returns whether the callback of a message that arrives in parts has not started.
    fn has_body(&self) -> bool {
        self.upload.as_ref().is_some_and(|upload| upload.body.is_some())
    }

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
        let task = &Context::from_waker(std::task::Waker::noop());
        let message = || Incoming::from(Message::from(vec![0; 16 << 20]));
        let mut connections: Vec<_> = (0..4).map(|_| ReadAhead::default()).collect();
        let waiting = ReadAhead::default();
        for connection in &mut connections {
            assert!(connection.has_room(false, &shared, task) && waiting.has_room(false, &shared, task));
            connection.push(message(), &shared);
            assert!(connection.has_data());
        }
        assert!(!waiting.has_room(false, &shared, task));
        assert_eq!(connections[0].next().unwrap().map(|event| event.len()), Some(16 << 20));
        assert!(waiting.has_room(false, &shared, task));
        connections[0].push(message(), &shared);
        assert!(!waiting.has_room(false, &shared, task));
        connections.pop();
        assert!(waiting.has_room(false, &shared, task));
    }

    /// An end that was kept would cut the close handshake at its time.
    #[test]
    fn nothing_is_left_once_it_is_cleared() {
        let shared = Arc::new(Shared::default());
        let task = &Context::from_waker(std::task::Waker::noop());
        let mut ahead = ReadAhead::default();
        ahead.push(Message::from("data").into(), &shared);
        ahead.push_end(Terminate::Remote(None), Instant::now(), &shared);
        assert!(ahead.has_data() && ahead.has_end() && !ahead.has_room(false, &shared, task));
        ahead.clear();
        assert!(ahead.is_empty() && !ahead.has_end() && ahead.finish_by().is_none());
        assert!(ahead.end_if_due().is_ok() && ahead.has_room(false, &shared, task));
        assert_eq!(shared.read_ahead.load(Ordering::Relaxed), 0);
    }
}
