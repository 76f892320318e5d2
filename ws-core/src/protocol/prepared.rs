//! A message for many connections. Its payload is shared, and compressed once for all connections with the same
//! encoding.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::deflate::Encoding;
use crate::message::Message;

#[derive(Debug)]
pub(crate) struct PreparedMessage {
    pub(crate) message: Message,
    /// The compressed payload for each encoding that was needed so far, or `None` if it is not smaller. There are at
    /// most 70 encodings, and usually one.
    compressed: Mutex<Vec<(Encoding, Option<Bytes>)>>,
}

impl PreparedMessage {
    pub(crate) const fn new(message: Message) -> Self {
        Self { message, compressed: Mutex::new(Vec::new()) }
    }

    /// Returns the compressed payload, or `None` if it is not smaller. The first connection that needs it compresses
    /// it. Others wait for the result on their own threads; the publisher never waits.
    pub(super) fn compressed(&self, encoding: Encoding) -> Option<Bytes> {
        let mut compressed = self.compressed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = compressed.iter().find(|(known, _)| *known == encoding) {
            return known.clone();
        }
        let payload = match &self.message {
            Message::Text(text) => text.as_bytes(),
            Message::Binary(bytes) => bytes,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return None,
        };
        let payload = encoding.deflate(payload);
        compressed.push((encoding, payload.clone()));
        payload
    }
}

#[cfg(all(test, feature = "compression"))]
mod tests {
    use super::*;
    use crate::protocol::Compression;
    use crate::protocol::deflate::{Deflate, Negotiated, Parameters};

    fn encoding(window_bits: u8) -> Encoding {
        let parameters = Parameters {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: window_bits,
            client_max_window_bits: 15,
        };
        Deflate::new(Negotiated { parameters, settings: Compression::new() })
            .encoding(4096)
            .expect("large enough")
    }

    #[test]
    fn all_have_the_bytes_that_the_first_one_made() {
        let message = PreparedMessage::new("words and words ".repeat(256).into());
        let compressed = |bits| message.compressed(encoding(bits)).expect("smaller");
        assert_eq!(compressed(15).as_ptr(), compressed(15).as_ptr());
        assert_ne!(compressed(15).as_ptr(), compressed(9).as_ptr());
        assert_eq!(compressed(9).as_ptr(), compressed(9).as_ptr());
    }
}
