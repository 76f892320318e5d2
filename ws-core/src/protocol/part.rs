//! A message that is delivered in parts, as it arrives.

use bytes::Bytes;

/// The size at which a part is complete, in bytes. A compressed part may be larger by the bytes that one step inflates.
pub(super) const PART: usize = 64 << 10;

/// The kinds of messages that are delivered in parts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Streams {
    pub(crate) text: bool,
    pub(crate) binary: bool,
}

/// A part of a message.
#[derive(Debug)]
pub(crate) struct Part {
    /// The payload. Parts of text end between two characters.
    pub(crate) payload: Bytes,
    /// The message ends with this part, which may be empty.
    pub(crate) is_last: bool,
}
