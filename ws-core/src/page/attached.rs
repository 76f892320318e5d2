//! The connection of a page, and the messages that were sent over it.

use std::sync::Arc;

use super::queue::{Entry, Queue};
use super::wire::{Resubscribed, subscribed};
use crate::connection::{Connection, Mail};
use crate::hub::{Evicted, Position, Topics};
use crate::message::{ControlPayload, Message};

/// The payload of a ping behind messages begins with this, and ends with the number of the last one.
const PING: &str = "ws:";

/// The connection of a page.
pub(super) struct Attached {
    pub(super) connection: Arc<Connection>,
    pub(super) speaks: Speaks,
    /// Messages are sent: the client has sent its hello, or none is awaited.
    pub(super) greeted: bool,
    /// The highest number that was sent over this connection.
    pub(super) sent: u64,
    /// Whether messages were sent again, and none was acknowledged since.
    pub(super) probe: Probe,
    /// A callback is pending, and acknowledgements wait behind it.
    pub(super) busy: bool,
    /// The rate limit has dropped messages of the client.
    pub(super) lossy: bool,
}

/// The ping behind messages that were sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    /// No message was sent again.
    None,
    Sent,
    /// The client has read the messages.
    Answered,
}

/// How the connection of a page uses the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// The client names its page, so it acknowledges messages.
    Protocol,
    /// The handler is the user's, and the client knows only its messages.
    Events,
}

impl Attached {
    pub(super) fn new(connection: &Arc<Connection>, speaks: Speaks) -> Self {
        let connection = connection.clone();
        Self { connection, speaks, greeted: false, sent: 0, probe: Probe::None, busy: false, lossy: false }
    }

    /// Sends the numbered messages that were not sent over this connection.
    pub(super) fn send_waiting(&mut self, queue: &Queue) {
        let sent = self.sent;
        for entry in queue.iter().filter(|entry| entry.seq > sent) {
            if !self.push(entry) {
                break;
            }
        }
    }

    /// Sends the numbered messages again, and a ping behind them.
    pub(super) fn send_again(&mut self, queue: &Queue) {
        self.sent = 0;
        self.send_waiting(queue);
        self.probe = Probe::Sent;
        // It fails if the connection is closing.
        let ping = ControlPayload::new(format!("{PING}{}", self.sent)).unwrap_or_default();
        let _ = self.connection.mailbox.push_exempt(Mail::Protocol(Message::Ping(ping).into()));
    }

    /// Returns the number of the last message before the ping that a pong answers.
    pub(super) fn pinged(payload: &[u8]) -> Option<u64> {
        std::str::from_utf8(payload).ok()?.strip_prefix(PING)?.parse().ok()
    }

    /// Sends all messages that its client can handle. Those that are sent at most once leave the queue, unless the
    /// connection is closing and accepts no more.
    pub(super) fn send_all(&mut self, queue: &mut Queue) {
        let acknowledges = self.speaks == Speaks::Protocol;
        let mut closes = false;
        self.sent = 0;
        queue.retain(|entry| {
            let is_for_client = entry.seq == 0 || acknowledges;
            closes = closes || is_for_client && !self.push(entry);
            closes || entry.seq > 0
        });
    }

    /// Sends the script the position at which a subscription begins: a connection that is lost before the first message of
    /// the topic loses nothing.
    pub(super) fn subscribed(&self, topic: &str, position: Position) {
        if self.speaks == Speaks::Protocol {
            let message = Message::Text(subscribed(topic, position).into());
            // It fails if the connection is closing.
            let _ = self.connection.mailbox.push_exempt(Mail::Protocol(message.into()));
        }
    }

    /// The queue of the page bounds the messages, so the limits of the mailbox do not apply.
    fn push(&mut self, entry: &Entry) -> bool {
        let message = Message::Text(entry.text.clone());
        let mail = if entry.seq > 0 { Mail::Protocol(message.into()) } else { Mail::Send(message) };
        let is_pushed = self.connection.mailbox.push_exempt(mail).is_ok();
        if is_pushed {
            self.sent = self.sent.max(entry.seq);
        }
        is_pushed
    }
}

/// Subscribes a connection to a topic of its page.
pub(super) fn resubscribe(
    connection: &Arc<Connection>,
    topic: &str,
    from: Option<Position>,
    topics: &Topics,
    evicted: &mut Evicted,
) -> Resubscribed {
    let stamps_json = topics.stamps_json(topic);
    let recovery = if stamps_json || from.is_some() {
        topics.recover(connection, topic, from, evicted).ok().flatten()
    } else {
        None
    };
    let Some(recovery) = recovery else {
        topics.subscribe(connection, topic);
        return Resubscribed { recovered: false, position: None };
    };
    let recovered = recovery.is_recovered();
    Resubscribed { recovered, position: (stamps_json && !recovered).then_some(recovery.position) }
}
