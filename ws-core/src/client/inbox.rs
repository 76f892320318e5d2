//! The queue of received messages, bounded by bytes.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::message::Message;

/// The number of queued bytes at which the client stops reading from the network.
pub(super) const CAPACITY: usize = 1 << 20;

/// The bytes that a message counts in addition to its payload, so that empty messages are bounded too.
const ENTRY: usize = 64;

struct Entry {
    message: Message,
    /// Returned to the semaphore when the entry is dropped.
    _room: OwnedSemaphorePermit,
}

/// The driver's end, which queues received messages.
pub(super) struct Sender {
    entries: mpsc::UnboundedSender<Entry>,
    room: Arc<Semaphore>,
}

/// The client's end, which returns them.
pub(super) struct Receiver(mpsc::UnboundedReceiver<Entry>);

pub(super) fn channel() -> (Sender, Receiver) {
    let (entries, queued) = mpsc::unbounded_channel();
    (Sender { entries, room: Arc::new(Semaphore::new(CAPACITY)) }, Receiver(queued))
}

impl Sender {
    /// Queues `message` as soon as there is room. A message larger than the queue waits until the queue is empty.
    pub(super) async fn push(&self, message: Message) {
        if let Ok(room) = Arc::clone(&self.room).acquire_many_owned(weight(&message)).await {
            let _ = self.entries.send(Entry { message, _room: room });
        }
    }

    /// Queues `message` if there is room now, and drops it otherwise.
    pub(super) fn try_push(&self, message: Message) {
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(weight(&message)) {
            let _ = self.entries.send(Entry { message, _room: room });
        }
    }

    /// Waits until the receiver is dropped.
    pub(super) async fn closed(&self) {
        self.entries.closed().await;
    }
}

impl Receiver {
    /// Returns the next message, or `None` once the driver has ended and the queue is empty.
    pub(super) async fn recv(&mut self) -> Option<Message> {
        self.0.recv().await.map(|entry| entry.message)
    }
}

fn weight(message: &Message) -> u32 {
    u32::try_from((message.len() + ENTRY).min(CAPACITY)).expect("the capacity is below 4 GiB")
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn the_queue_is_bounded_by_bytes() {
        let (inbox, mut messages) = channel();
        let chunk = || Message::from(vec![0; CAPACITY / 4 - ENTRY]);
        for _ in 0..4 {
            assert!(inbox.push(chunk()).now_or_never().is_some());
        }
        assert!(inbox.push(Message::from("")).now_or_never().is_none());
        inbox.try_push(Message::from("dropped"));
        assert_eq!(messages.recv().now_or_never(), Some(Some(chunk())));
        assert!(inbox.push(Message::from("")).now_or_never().is_some());
    }

    #[test]
    fn empty_messages_weigh_something() {
        let (inbox, _messages) = channel();
        let mut queued = 0;
        while inbox.push(Message::from("")).now_or_never().is_some() {
            queued += 1;
        }
        assert_eq!(queued, CAPACITY / ENTRY);
    }

    #[test]
    fn a_message_larger_than_the_queue_fits_when_it_is_empty() {
        let (inbox, mut messages) = channel();
        assert!(inbox.push(Message::from("first")).now_or_never().is_some());
        let large = || Message::from(vec![0; 2 * CAPACITY]);
        assert!(inbox.push(large()).now_or_never().is_none());
        assert_eq!(messages.recv().now_or_never(), Some(Some(Message::from("first"))));
        assert!(inbox.push(large()).now_or_never().is_some());
    }
}
