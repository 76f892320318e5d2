//! The state of a page session, behind its lock.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::time::Instant;

use super::PageId;
use super::attached::{Attached, Speaks};
use super::page::REPEAT;
use super::qos::Qos;
use super::queue::{Entry, Queue, QueueLimits};
use super::sweeper::Due;
use super::wire::numbered;
use crate::connection::{ConnectionId, Delivery};
use crate::shared::stats::Counters;

pub(super) struct State {
    pub(super) attached: Option<Box<Attached>>,
    /// The run of the script that the page belongs to, once one has named it.
    pub(super) view: Option<PageId>,
    /// The time of the last detach, while nothing is attached.
    pub(super) detached_at: Instant,
    pub(super) queue: Queue,
    /// The number of the last message that the client has to acknowledge.
    pub(super) last_seq: u64,
    /// The number of the last message of the client that was handled.
    pub(super) received: u64,
    pub(super) topics: BTreeSet<Arc<str>>,
    /// The time at which messages are sent again, while some are not acknowledged. Before the hello: its time limit.
    pub(super) repeat_at: Option<Instant>,
    /// The time at which the sweeper looks after the page.
    pub(super) scheduled: Option<Instant>,
    /// A function is not finished whose message is acknowledged.
    pub(super) unfinished: bool,
    /// The page session is over.
    pub(super) ended: bool,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            attached: None,
            view: None,
            detached_at: Instant::now(),
            queue: Queue::default(),
            last_seq: 0,
            received: 0,
            topics: BTreeSet::new(),
            repeat_at: None,
            scheduled: None,
            unfinished: false,
            ended: false,
        }
    }

    pub(super) fn attached_as(&mut self, connection: ConnectionId) -> Option<&mut Attached> {
        self.attached.as_deref_mut().filter(|attached| attached.connection.id == connection)
    }

    pub(super) fn greeted(&mut self) -> Option<&mut Attached> {
        self.attached.as_deref_mut().filter(|attached| attached.greeted)
    }

    pub(super) fn keep(&mut self, entry: Entry, limits: QueueLimits, stats: &Counters) -> Delivery {
        if self.ended {
            return Delivery::Gone;
        }
        let (delivery, dropped) = match self.queue.push(entry, limits) {
            Some(gone) => (Delivery::Queued, gone),
            None => (Delivery::Dropped, 1),
        };
        stats.dropped(dropped);
        delivery
    }

    pub(super) fn send_numbered(
        &mut self,
        text: &str,
        qos: Qos,
        limits: QueueLimits,
        stats: &Counters,
    ) -> Delivery {
        if self.attached.as_ref().is_some_and(|attached| attached.speaks != Speaks::Protocol) {
            // Nobody would read the acknowledgement.
            stats.dropped(1);
            return Delivery::Dropped;
        }
        let seq = self.last_seq + 1;
        let entry = Entry { seq, text: numbered(text, seq, qos).into() };
        let delivery = self.keep(entry, limits, stats);
        if delivery.is_queued() {
            self.last_seq = seq;
            let State { attached, queue, .. } = self;
            if let Some(attached) = attached.as_deref_mut().filter(|attached| attached.greeted) {
                attached.send_waiting(queue);
            }
        }
        delivery
    }

    /// Sets the time at which messages are sent again, if it is not set. Returns it if it is news for the sweeper.
    pub(super) fn awaits_acknowledgement(&mut self) -> Option<Due> {
        let awaits = !self.queue.is_empty()
            && self.greeted().is_some_and(|attached| attached.speaks == Speaks::Protocol);
        if !awaits || self.repeat_at.is_some() {
            return None;
        }
        let at = Instant::now() + REPEAT;
        self.repeat_at = Some(at);
        self.schedule(at)
    }

    /// Returns the time if the sweeper does not look after the page earlier anyway.
    pub(super) fn schedule(&mut self, at: Instant) -> Option<Due> {
        if self.scheduled.is_some_and(|scheduled| scheduled <= at) {
            return None;
        }
        Some(Due { at, instead_of: self.scheduled.replace(at) })
    }
}
