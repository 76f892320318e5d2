//! Messages that the page session of the connection handles, also while a callback is pending.

use super::driver::Driver;
#[cfg(feature = "pages")]
use super::event::Event;
use crate::connection::Connection;
#[cfg(feature = "pages")]
use crate::message::Message;
use crate::message::{Incoming, Terminate};

/// The messages that pass the page session of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passes {
    /// There is none.
    None,
    /// Those that arrive while a callback is pending.
    #[cfg(feature = "pages")]
    Pending,
    #[cfg(feature = "pages")]
    All,
}

impl Passes {
    #[cfg(not(feature = "pages"))]
    pub(super) const fn of(_: &Connection) -> Self {
        Self::None
    }

    #[cfg(feature = "pages")]
    pub(super) fn of(connection: &Connection) -> Self {
        match connection.request.beside() {
            None => Self::None,
            Some(page) if page.receives_all() => Self::All,
            Some(_) => Self::Pending,
        }
    }
}

impl Driver {
    /// Returns whether more than one data message may be read ahead, to find those of the page session.
    pub(super) const fn looks_ahead(&self) -> bool {
        !matches!(self.arrivals.passes, Passes::None)
    }
}

#[cfg(feature = "pages")]
impl Driver {
    /// Sends the first messages of the page session.
    pub(super) fn begin_beside(&mut self) {
        if self.looks_ahead()
            && let Some(page) = self.arrivals.connection.request.beside()
        {
            if let Some(until) = self.deadlines.held_until() {
                page.waits(&self.arrivals.connection, until.into());
            }
            let protocol = &mut self.stream.protocol;
            page.begin(&mut |first| protocol.send(Message::Text(first)));
        }
    }

    /// Returns whether the page session reads all texts.
    pub(super) fn reads_texts(&self) -> bool {
        let page = self.arrivals.connection.request.beside();
        self.looks_ahead() && page.is_some_and(|page| page.reads_texts())
    }

    /// Returns whether messages do not go to callbacks directly.
    pub(super) fn passes_all(&self) -> bool {
        self.arrivals.passes == Passes::All
    }

    /// Notes that the rate limit has dropped a message.
    pub(super) fn was_dropped(&self) {
        if self.looks_ahead()
            && let Some(page) = self.arrivals.connection.request.beside()
        {
            page.dropped(&self.arrivals.connection);
        }
    }

    /// Passes a text or a pong to the page session, if there is one. Returns whether it has handled it.
    pub(super) fn pass(&mut self, message: &Incoming<'_>, pending: bool) -> Result<bool, Terminate> {
        let passes =
            self.arrivals.passes == Passes::All || pending && self.arrivals.passes == Passes::Pending;
        // A client that does not read its answers is held back.
        if !passes || pending && self.stream.is_full() {
            return Ok(false);
        }
        let connection = &self.arrivals.connection;
        let Some(page) = connection.request.beside() else { return Ok(false) };
        let protocol = &mut self.stream.protocol;
        match message {
            Incoming::Text(text) => {
                page.receive(connection, text, pending, &mut |answer| protocol.send(Message::Text(answer)))
            }
            Incoming::Pong(payload) => Ok(page.pong(connection, payload)),
            _ => Ok(false),
        }
    }

    /// The same for a message that was read ahead.
    pub(super) fn pass_event(&mut self, event: &Event<'_>) -> Result<bool, Terminate> {
        if let Event::Message(message) = event { self.pass(message, false) } else { Ok(false) }
    }
}

#[cfg(not(feature = "pages"))]
#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with pages")]
impl Driver {
    pub(super) const fn begin_beside(&mut self) {}

    pub(super) const fn reads_texts(&self) -> bool {
        false
    }

    pub(super) const fn passes_all(&self) -> bool {
        false
    }

    pub(super) const fn was_dropped(&self) {}

    pub(super) const fn pass(&mut self, _: &Incoming<'_>, _: bool) -> Result<bool, Terminate> {
        Ok(false)
    }

    pub(super) const fn pass_event(&mut self, _: &super::event::Event<'_>) -> Result<bool, Terminate> {
        Ok(false)
    }
}
