//! The published messages that a client missed while it was away.

use std::sync::Arc;
use std::vec;

use super::mail::Published;

/// Messages that are sent one after the other. The connections that missed a message share it.
#[derive(Debug)]
pub(crate) struct Replay {
    messages: vec::IntoIter<Arc<Published>>,
    /// The size of the messages that are left, in bytes.
    pub(super) bytes: usize,
}

impl Replay {
    pub(crate) fn new(messages: Vec<Arc<Published>>) -> Self {
        let bytes = messages.iter().map(|message| message.weight()).sum();
        Self { messages: messages.into_iter(), bytes }
    }
}

impl Iterator for Replay {
    type Item = Arc<Published>;

    fn next(&mut self) -> Option<Arc<Published>> {
        let message = self.messages.next()?;
        self.bytes -= message.weight();
        Some(message)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.messages.size_hint()
    }
}

impl ExactSizeIterator for Replay {}
