//! The reply of an `#[error]` callback to an event that failed: its messages get the event's id.

use serde_json::value::RawValue;

use super::reply::Reply;
use crate::connection::Outbox;
use crate::event::{Envelope, EventId, OfEvent, with_id};
use crate::message::BoxError;

/// The reply so far, while `#[error]` handles an event with an id.
pub(super) struct Answering(Option<Box<Answered>>);

struct Answered {
    before: Outbox,
    id: EventId,
    envelope: Envelope,
}

impl Answering {
    /// Sets the reply apart, if `error` is one of an event with an id.
    #[inline]
    pub(super) fn begin(error: &BoxError, reply: &mut Reply) -> Self {
        Self(OfEvent::id_of(error).map(|(id, envelope)| {
            let before = std::mem::take(reply.outbox());
            Box::new(Answered { before, id: id.clone(), envelope })
        }))
    }

    /// Finishes the answer if there is one. Returns whether there was.
    pub(super) fn end(answering: &mut Option<Self>, reply: &mut Reply) -> bool {
        let Some(answering) = answering.take() else { return false };
        answering.finish(reply);
        true
    }

    /// Adds the messages of `#[error]` to the reply.
    #[inline]
    pub(super) fn finish(self, reply: &mut Reply) {
        if let Some(answered) = self.0 {
            let own = std::mem::replace(reply.outbox(), answered.before);
            append_with_id(reply.outbox(), own, Some(answered.id.as_raw()), answered.envelope);
        }
    }
}

/// Adds `more` to the outbox, with the id of the event that it answers.
pub(super) fn append_with_id(
    outbox: &mut Outbox,
    mut more: Outbox,
    id: Option<&RawValue>,
    envelope: Envelope,
) {
    while let Some(message) = more.pop() {
        outbox.push(match id {
            Some(id) => with_id(message, id, envelope),
            None => message,
        });
    }
    outbox.append(more);
}
