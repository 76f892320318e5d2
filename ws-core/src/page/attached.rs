//! The connection of a page, and what was sent over it.

use std::sync::Arc;

use super::queue::{Entry, Queue};
use crate::connection::{Connection, Mail};
use crate::message::Message;

/// The connection of a page.
pub(super) struct Attached {
    pub(super) connection: Arc<Connection>,
    pub(super) speaks: Speaks,
    /// Messages are sent: the client has sent its hello, or none is awaited.
    pub(super) greeted: bool,
    /// The highest number that was sent over this connection.
    pub(super) sent: u64,
    /// Messages were sent again, and none was acknowledged since.
    pub(super) repeated: bool,
    /// A callback is pending, and acknowledgements wait behind it.
    pub(super) busy: bool,
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
        Self { connection, speaks, greeted: false, sent: 0, repeated: false, busy: false }
    }

    /// Sends the numbered messages that were not sent over this connection.
    pub(super) fn send_waiting(&mut self, queue: &Queue) {
        let sent = self.sent;
        self.send(queue.iter().filter(|entry| entry.seq > sent));
    }

    /// Sends all messages that its client can handle.
    pub(super) fn send_all(&mut self, queue: &Queue) {
        let acknowledges = self.speaks == Speaks::Protocol;
        self.send(queue.iter().filter(|entry| entry.seq == 0 || acknowledges));
    }

    /// The queue of the page bounds them, so the limits of the mailbox do not apply.
    fn send<'q>(&mut self, entries: impl Iterator<Item = &'q Entry>) {
        for entry in entries {
            let mail = Mail::Send(Message::Text(entry.text.clone()));
            if self.connection.mailbox.push_exempt(mail).is_err() {
                break;
            }
            self.sent = self.sent.max(entry.seq);
        }
    }
}
