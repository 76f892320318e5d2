//! A message for many connections: its payload is shared, and what goes on the wire is made once.

use std::sync::{Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use super::convert::{Framed, data};
use crate::message::Message;
use crate::protocol::deflate::Encoding;

#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) message: Message,
    plain: OnceLock<Bytes>,
    /// In each encoding that a subscriber asked for; `None` where that is not smaller. There are 70 encodings at the
    /// most, and as a rule one.
    deflated: Mutex<Vec<(Encoding, Option<Framed>)>>,
}

impl Post {
    pub(crate) const fn new(message: Message) -> Self {
        Self { message, plain: OnceLock::new(), deflated: Mutex::new(Vec::new()) }
    }

    /// As one frame, for those who send it as it is; made by the first of them. Nothing where it is no data.
    pub(crate) fn plain(&self) -> Bytes {
        let frame = |(kind, payload)| Framed::new(kind, payload, false).into_whole();
        self.plain.get_or_init(|| data(&self.message).map(frame).unwrap_or_default()).clone()
    }

    /// As one frame in `encoding`; whoever comes first compresses it, and the others wait for that: on their own
    /// threads, never on the publisher's. `None` if that is not smaller.
    pub(crate) fn deflated(&self, encoding: Encoding) -> Option<Framed> {
        let mut deflated = self.deflated.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = deflated.iter().find(|(known, _)| *known == encoding) {
            return known.clone();
        }
        let frame = data(&self.message)
            .and_then(|(kind, payload)| Some(Framed::new(kind, &encoding.deflate(payload)?, true)));
        deflated.push((encoding, frame.clone()));
        frame
    }
}

#[cfg(all(test, feature = "compression"))]
mod tests {
    use super::*;
    use crate::compression::Compression;
    use crate::protocol::deflate::{Agreed, Deflate, Settled};

    fn encoding(window_bits: u8) -> Encoding {
        let agreed = Agreed {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: window_bits,
            client_max_window_bits: 15,
        };
        Deflate::new(Settled { agreed, ours: Compression::new() }).encoding(4096).expect("large enough")
    }

    #[test]
    fn all_have_the_bytes_that_the_first_one_made() {
        let post = Post::new("words and words ".repeat(256).into());
        let deflated = |bits| post.deflated(encoding(bits)).expect("smaller").into_whole();
        assert_eq!(deflated(15).as_ptr(), deflated(15).as_ptr());
        assert_ne!(deflated(15).as_ptr(), deflated(9).as_ptr());
        assert_eq!(deflated(9).as_ptr(), deflated(9).as_ptr());
        assert_eq!(post.plain().as_ptr(), post.plain().as_ptr());
    }
}
