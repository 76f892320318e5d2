//! A message for many connections: its payload is shared, and compressed once.

use std::sync::{Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use crate::message::Message;
use crate::wire::convert::whole_frame;
use crate::wire::deflate::Encoding;

#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) message: Message,
    /// As a whole frame, header and all.
    frame: OnceLock<Bytes>,
    /// In each encoding that a subscriber asked for; `None` where that is not smaller. There are 70 encodings at the
    /// most, and as a rule one.
    deflated: Mutex<Vec<(Encoding, Option<Bytes>)>>,
}

impl Post {
    pub(crate) const fn new(message: Message) -> Self {
        Self { message, frame: OnceLock::new(), deflated: Mutex::new(Vec::new()) }
    }

    /// The frame that connections write which send it as it is; made by the first of them.
    pub(crate) fn frame(&self) -> Bytes {
        self.frame.get_or_init(|| whole_frame(&self.message)).clone()
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
