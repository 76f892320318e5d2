//! The messages of a page's client that reach no callback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::time::Instant;

use super::page::Received;
use super::page_session::PageSession;
use super::registry::PageRegistry;
use super::wire::{ACK, ClientMessage, HELLO, PING, ack};
use crate::connection::{Beside, Connection};
use crate::event::{PONG, is_reserved};
use crate::message::{Close, CloseCode, Reason, Terminate, Text};

pub(crate) const PROTOCOL_ERROR: CloseCode = CloseCode::from_static(4400);
pub(crate) const GAP: Reason = Reason::from_static("a message before this one is missing");

/// The page session of a connection whose client speaks the protocol of pages.
#[derive(Debug)]
pub(super) struct Attachment {
    page: PageSession,
    /// The page session was known.
    resumed: bool,
    /// The connection has a handler of the user's, which knows nothing of the protocol.
    own_handler: bool,
    greeted: AtomicBool,
}

impl Attachment {
    pub(super) const fn new(page: PageSession, resumed: bool, own_handler: bool) -> Self {
        Self { page, resumed, own_handler, greeted: AtomicBool::new(false) }
    }
}

impl Beside for Attachment {
    fn receives_all(&self) -> bool {
        self.own_handler
    }

    fn waits(&self, connection: &Connection, until: Instant) {
        PageRegistry::waits(&self.page, connection.id, until);
    }

    fn dropped(&self, connection: &Connection) {
        PageRegistry::dropped(&self.page, connection.id);
    }

    fn reads_texts(&self) -> bool {
        self.own_handler
    }

    fn pong(&self, connection: &Arc<Connection>, payload: &[u8]) -> bool {
        PageRegistry::answered(&self.page, connection, payload)
    }

    fn receive(
        &self,
        connection: &Arc<Connection>,
        text: &str,
        pending: bool,
        send: &mut dyn FnMut(Text),
    ) -> Result<bool, Terminate> {
        // Most messages are events without a number.
        if !text.contains("\"ws:") && (pending || !text.contains("\"seq\"")) {
            return Ok(false);
        }
        let Ok(message) = ClientMessage::read(text) else { return Ok(false) };
        match message.name() {
            PING => send(PONG.into()),
            ACK => PageRegistry::acknowledged(&self.page, connection, message.seq.unwrap_or(0)),
            _ if !self.own_handler => return Ok(false),
            HELLO => {
                if !self.greeted.swap(true, Ordering::Relaxed) {
                    let registry = self.page.registry();
                    registry.greet(&self.page, connection, self.resumed, &message.into_hello(), send);
                }
            }
            name if is_reserved(name) => {}
            _ => {
                let Some(seq) = message.seq.filter(|_| !pending) else { return Ok(false) };
                let received = PageRegistry::receive(&self.page, connection.id, seq);
                if received == Received::Gap {
                    return Err(Terminate::Stop(Close::new(PROTOCOL_ERROR, GAP)));
                }
                send(ack(PageRegistry::received(&self.page)).into());
                return Ok(received != Received::Next);
            }
        }
        Ok(true)
    }
}
