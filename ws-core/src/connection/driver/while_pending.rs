//! The work of a connection while a callback is pending, or while the client does not read.

use std::task::{Context, Poll};
use std::time::Duration;

use super::arrivals::While;
use super::driver::Driver;
use super::streamed::Decoded;
use crate::connection::deadlines::Unread;
use crate::connection::io::EndAhead;
use crate::connection::yielding::yield_once;
use crate::message::Terminate;
use crate::protocol::Input;
use crate::shared::clock::after;

/// The read size while reading ahead, in bytes.
const READ_AHEAD: usize = 4 << 10;
/// How often a connection that reads nothing more looks for the end of the stream.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(super) struct WhilePending<'d> {
    driver: &'d mut Driver,
}

impl Driver {
    /// Keeps the connection going while a callback is pending. An error ends the connection.
    pub(crate) fn pending(
        &mut self,
        task: &mut Context<'_>,
        input: Option<&mut Input<'_>>,
    ) -> Result<(), Terminate> {
        WhilePending::new(self).callback(task, input)
    }

    /// Like [`pending`](Self::pending), for a member of a service.
    pub(crate) fn pending_member(&mut self, task: &mut Context<'_>) -> Result<(), Terminate> {
        WhilePending::new(self).service(task)
    }

    /// Goes on with everything that needs no callback. `blocked`: the client does not read.
    pub(super) fn go_on(&mut self, task: &mut Context<'_>, blocked: bool) -> Result<(), Terminate> {
        WhilePending::new(self).work(task, blocked)
    }
}

impl<'d> WhilePending<'d> {
    pub(super) const fn new(driver: &'d mut Driver) -> Self {
        Self { driver }
    }

    /// Keeps the connection going while a callback is pending. It writes the callback's messages, those that others
    /// send, and heartbeats. It answers control frames, and reads one data message ahead, or the next part of the message
    /// that the callback reads; then TCP pushes back. An error ends the connection.
    pub(super) fn callback(
        &mut self,
        task: &mut Context<'_>,
        input: Option<&mut Input<'_>>,
    ) -> Result<(), Terminate> {
        self.driver.calm = false;
        if let Some(input) = input {
            self.driver.stream.park(input);
        }
        self.driver.listen(task)?;
        if let Poll::Ready(Err(end)) = self.driver.poll_commands(task) {
            return Err(end);
        }
        self.deliver_mail(task, While::Callback)?;
        self.work(task, false)
    }

    /// Keeps the connection of a member going while its service has no room for its message. No callback receives its
    /// pings, and it ends at once when the app drains.
    pub(super) fn service(&mut self, task: &mut Context<'_>) -> Result<(), Terminate> {
        self.driver.listen(task)?;
        let blocked = self.deliver_mail(task, While::Idle)?;
        self.work(task, blocked)?;
        // No callback receives the control frames that were read ahead, so they are dropped and reading continues. A
        // client that does not read its pongs is held back nevertheless.
        if !self.driver.stream.is_full() && self.driver.ahead.drop_control(self.driver.looks_ahead()) {
            yield_once(task);
        }
        Ok(())
    }

    /// Sends mail while a callback is pending. Returns whether the write queue is full.
    fn deliver_mail(&mut self, task: &mut Context<'_>, time: While) -> Result<bool, Terminate> {
        let blocked = match self.driver.poll_mail(task, time) {
            Poll::Ready(Err(end)) => return Err(end),
            delivered => delivered.is_pending(),
        };
        if !self.driver.budget.has_mail() {
            self.driver.budget.renew();
            yield_once(task);
        }
        Ok(blocked)
    }

    /// Writes, reads ahead, and acts on deadlines. `blocked`: the client does not read.
    pub(super) fn work(&mut self, task: &mut Context<'_>, blocked: bool) -> Result<(), Terminate> {
        self.read_ahead(task, blocked)?;
        if let Poll::Ready(Err(end)) = self.driver.stream.poll_write(task) {
            return Err(self.driver.ahead.take_end().unwrap_or(end));
        }
        self.driver.stream.unread.release();
        self.driver.count_traffic();
        self.driver.ahead.end_if_due()?;
        let reads = self.has_room(task) && !self.driver.ahead.has_all_data(self.driver.looks_ahead());
        if !reads && !blocked && !self.driver.stream.protocol.is_ended() && self.is_lost() {
            return Err(Terminate::Lost);
        }
        let (unread, again) = match (reads, blocked) {
            (true, _) => (Unread::No, None),
            (false, true) => (Unread::Blocked, None),
            (false, false) => (Unread::Busy, Some(after(LOOK_AGAIN))),
        };
        let again = if self.driver.ahead.has_end() { self.driver.ahead.finish_by() } else { again };
        match self.driver.poll_due(task, again, unread) {
            Poll::Ready(Err(end)) => {
                if matches!(end, Terminate::Drained) && !blocked {
                    self.driver.arrivals.connection.shared.stats.aborted();
                }
                Err(end)
            }
            due => {
                if due.is_ready() {
                    yield_once(task);
                }
                Ok(())
            }
        }
    }

    /// Returns whether the client is gone, although the bytes before its end are not read yet. There may be a close frame
    /// among them, so the callbacks have the close timeout after an orderly end.
    fn is_lost(&mut self) -> bool {
        match self.driver.stream.io.end_ahead() {
            None => false,
            Some(EndAhead::Reset) => true,
            Some(EndAhead::Orderly) => self.driver.deadlines.ended_long_ago(),
        }
    }

    fn has_room(&self, task: &Context<'_>) -> bool {
        let looks_ahead = self.driver.looks_ahead();
        self.driver.ahead.has_room(looks_ahead, &self.driver.arrivals.connection.shared, task)
    }

    /// Reads ahead as far as allowed, and answers pings.
    fn read_ahead(&mut self, task: &mut Context<'_>, blocked: bool) -> Result<(), Terminate> {
        while self.driver.closing || self.driver.deadlines.may_read() && self.has_room(task) {
            let only_control =
                !self.driver.closing && self.driver.ahead.has_all_data(self.driver.looks_ahead());
            let at_most = if self.driver.ahead.is_read_now() { usize::MAX } else { READ_AHEAD };
            match self.driver.stream.poll_ahead(task, only_control, at_most, &mut self.driver.budget) {
                Poll::Ready(Ok(_)) if self.driver.closing => {}
                Poll::Ready(Ok(Decoded::Streamed(streamed))) => self.driver.receive_streamed(streamed)?,
                Poll::Ready(Ok(Decoded::Message(message))) => {
                    if self.driver.admit(&message)? && !self.driver.pass(&message, true)? {
                        self.driver.ahead.push(message, &self.driver.arrivals.connection.shared);
                    }
                }
                // The client may have ended only its half, and still read. The next read reports the end again.
                Poll::Ready(Err(Terminate::Lost)) if blocked || only_control => break,
                // The close frame is answered at once, and the message before it is handled.
                Poll::Ready(Err(end @ Terminate::Remote(_))) if self.driver.ahead.has_data() => {
                    self.driver.arrivals.connection.commands.shut();
                    let finish_by = after(self.driver.deadlines.close_timeout());
                    self.driver.ahead.push_end(end, finish_by, &self.driver.arrivals.connection.shared);
                }
                Poll::Ready(Err(end)) => return Err(end),
                Poll::Pending => {
                    self.driver.count_arrived();
                    break;
                }
            }
        }
        Ok(())
    }
}
