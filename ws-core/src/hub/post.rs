//! A message for many connections: its payload is shared, and compressed once.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use crate::message::Message;
use crate::wire::deflate::Encoding;

#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) message: Message,
    /// In each encoding that a subscriber asked for; `None` where that is not smaller. There are 70 encodings at the
    /// most, and as a rule one.
    deflated: Mutex<Vec<(Encoding, Option<Bytes>)>>,
}

impl Post {
    pub(crate) const fn new(message: Message) -> Self {
        Self { message, deflated: Mutex::new(Vec::new()) }
    }

    /// The `payload` of this very message in `encoding`; whoever comes first compresses it, and the others wait for
    /// that: on their own threads, never on the publisher's.
    pub(crate) fn deflated(&self, encoding: Encoding, payload: &[u8]) -> Option<Bytes> {
        let mut deflated = self.deflated.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = deflated.iter().find(|(known, _)| *known == encoding) {
            return known.clone();
        }
        let bytes = encoding.deflate(payload);
        deflated.push((encoding, bytes.clone()));
        bytes
    }
}
