//! A message that is delivered in parts, as it arrives.

use bytes::Bytes;

/// The size at which a part is complete, in bytes. One of a compressed message may be larger by the bytes that one step
/// inflates, and those that the inflater holds at the end.
pub(super) const PART: usize = 64 << 10;
/// The largest part, in bytes. The docs of `MessageStream` state it.
pub(super) const LARGEST_PART: usize = 112 << 10;

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
