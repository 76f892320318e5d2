//! The queue of frames to write, in order.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

use super::buffers;
use super::close;
use super::header::{self, BINARY, CLOSE, CONTROL, FIN, PING, PONG, TEXT};
use crate::message::Close;
use crate::message::Message;

/// The most slices in one write.
pub(crate) const SLICES: usize = 16;
/// The largest payload that is copied behind its header, in bytes. That costs less than a slice of its own.
pub(super) const COPIED: usize = 2 << 10;
/// The room for copied frames in a new queue, in bytes.
const ROOM: usize = 16 << 10;
/// The most room in a queue that is kept for the next connection, in bytes.
const KEPT_ROOM: usize = 128 << 10;

/// Frames that wait to be written. Small frames are copied one behind the other, and large payloads stay where they
/// are. A connection has a queue only while frames wait.
#[derive(Debug)]
pub(crate) struct WriteQueue {
    /// Headers and small payloads.
    copied: Vec<u8>,
    /// The number of bytes of `copied` that are written.
    written: usize,
    /// The position in `copied` of a frame's start: the frame that is being written, or one that was written recently.
    start: usize,
    /// Large payloads, each with its position in `copied`.
    shared: VecDeque<(usize, Bytes)>,
    /// The number of bytes of the first large payload that are written.
    shared_written: usize,
    /// The number of bytes of all large payloads that are not written.
    shared_left: usize,
    /// The number of messages added since [`take_messages`](Self::take_messages).
    messages: u32,
}

impl Default for WriteQueue {
    fn default() -> Self {
        Self {
            copied: Vec::with_capacity(ROOM),
            written: 0,
            start: 0,
            shared: VecDeque::new(),
            shared_written: 0,
            shared_left: 0,
            messages: 0,
        }
    }
}

impl WriteQueue {
    /// Takes an empty queue from the thread's pool.
    #[expect(clippy::unnecessary_box_returns, reason = "a connection keeps a queue in its box")]
    #[inline]
    pub(crate) fn take() -> Box<Self> {
        buffers::take_queue()
    }

    /// Returns the queue to the thread's pool. Frames that are still in it are dropped.
    #[inline]
    pub(crate) fn give(mut self: Box<Self>) {
        if !self.is_empty() {
            self.clear();
        }
        self.messages = 0;
        buffers::give_queue(self);
    }

    /// Returns the room for copied frames, in bytes.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.copied.capacity()
    }

    pub(super) fn is_worth_keeping(&self) -> bool {
        self.copied.capacity() <= KEPT_ROOM
            && self.shared.capacity() <= KEPT_ROOM / size_of::<(usize, Bytes)>()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.copied.is_empty() && self.shared.is_empty()
    }

    /// Returns the number of bytes that wait to be written.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.copied.len() - self.written + self.shared_left
    }

    /// Returns the number of messages added since the last call.
    #[inline]
    pub(crate) fn take_messages(&mut self) -> u32 {
        std::mem::take(&mut self.messages)
    }

    pub(super) const fn count_message(&mut self) {
        self.messages = self.messages.saturating_add(1);
    }

    /// Adds an uncompressed message as one frame. A large payload is shared, not copied.
    pub(crate) fn push_message(&mut self, message: Message) {
        self.count_message();
        match message {
            Message::Text(text) => self.push_bytes(FIN | TEXT, text.into_bytes()),
            Message::Binary(bytes) => self.push_bytes(FIN | BINARY, bytes),
            Message::Ping(payload) => self.push(FIN | PING, &payload),
            Message::Pong(payload) => self.push(FIN | PONG, &payload),
            Message::Close(close) => self.push_close(Some(&close)),
        }
    }

    /// Adds an uncompressed message that other connections send too.
    pub(crate) fn push_shared(&mut self, message: &Message) {
        match message {
            Message::Text(text) if text.len() <= COPIED => self.push_text(text),
            Message::Binary(bytes) if bytes.len() <= COPIED => self.push_binary(bytes),
            message => self.push_message(message.clone()),
        }
    }

    /// Adds a text message, copied.
    #[inline]
    pub(crate) fn push_text(&mut self, text: &str) {
        self.count_message();
        self.push(FIN | TEXT, text.as_bytes());
    }

    /// Adds a binary message, copied.
    #[inline]
    pub(crate) fn push_binary(&mut self, bytes: &[u8]) {
        self.count_message();
        self.push(FIN | BINARY, bytes);
    }

    pub(super) fn push_close(&mut self, close: Option<&Close>) {
        self.push(FIN | CLOSE, close::write(close, &mut [0; CONTROL]));
    }

    /// Adds a frame. `first` is its first byte.
    #[inline]
    pub(super) fn push(&mut self, first: u8, payload: &[u8]) {
        header::append(&mut self.copied, first, payload.len());
        self.copied.extend_from_slice(payload);
    }

    /// Adds a frame, and copies its payload only if it is small.
    #[inline]
    pub(super) fn push_bytes(&mut self, first: u8, payload: Bytes) {
        if payload.len() <= COPIED {
            return self.push(first, &payload);
        }
        header::append(&mut self.copied, first, payload.len());
        self.shared_left += payload.len();
        self.shared.push_back((self.copied.len(), payload));
    }

    /// Moves all frames of `other` behind those of this queue.
    #[inline]
    pub(crate) fn append(&mut self, other: &mut Self) {
        debug_assert!(other.written == 0 && other.shared_written == 0, "nothing of it is written");
        let before = self.copied.len();
        self.copied.extend_from_slice(&other.copied);
        other.copied.clear();
        if !other.shared.is_empty() {
            self.shared_left += std::mem::take(&mut other.shared_left);
            self.shared.extend(other.shared.drain(..).map(|(at, payload)| (before + at, payload)));
        }
        self.messages = self.messages.saturating_add(other.take_messages());
    }

    /// Returns the next bytes to write, if they are one slice.
    #[inline]
    pub(crate) fn one_slice(&self) -> Option<&[u8]> {
        self.shared.is_empty().then(|| &self.copied[self.written..])
    }

    /// Fills `slices` with the next bytes to write. Returns the number of slices.
    pub(crate) fn slices<'q>(&'q self, slices: &mut [IoSlice<'q>; SLICES]) -> usize {
        let mut at = self.written;
        let mut skip = self.shared_written;
        let mut count = 0;
        let mut add = |bytes: &'q [u8]| {
            if !bytes.is_empty()
                && let Some(slice) = slices.get_mut(count)
            {
                *slice = IoSlice::new(bytes);
                count += 1;
            }
        };
        for (end, payload) in self.shared.iter().take(SLICES) {
            add(&self.copied[at..*end]);
            at = *end;
            add(&payload[std::mem::take(&mut skip)..]);
        }
        if self.shared.len() < SLICES {
            add(&self.copied[at..]);
        }
        count
    }

    /// Removes the first `count` bytes, which have been written.
    #[inline]
    pub(crate) fn advance(&mut self, mut count: usize) {
        while let Some((end, payload)) = self.shared.front() {
            let header = *end - self.written;
            if count < header || count == header && header > 0 {
                break;
            }
            self.written = *end;
            count -= header;
            let part = count.min(payload.len() - self.shared_written);
            self.shared_left -= part;
            self.shared_written += part;
            count -= part;
            if self.shared_written < payload.len() {
                return self.compact();
            }
            self.shared_written = 0;
            self.start = self.written;
            if let Some((_, payload)) = self.shared.pop_front() {
                buffers::give_payload(payload);
            }
        }
        self.written += count;
        if self.written == self.copied.len() && self.shared.is_empty() {
            self.copied.clear();
            self.written = 0;
            self.start = 0;
        }
        self.compact();
    }

    /// Removes written frames once they take more space than waiting ones. The queue of a slow client may never be
    /// empty.
    #[inline]
    fn compact(&mut self) {
        if self.written < ROOM || self.written < self.copied.len() - self.written {
            return;
        }
        self.find_start();
        if self.start >= ROOM && self.start >= self.copied.len() - self.start {
            self.copied.drain(..self.start);
            for (at, _) in &mut self.shared {
                *at -= self.start;
            }
            self.written -= self.start;
            self.start = 0;
        }
    }

    /// Drops the frames that extend beyond the next `limit` bytes, except one that is partly written.
    pub(super) fn truncate(&mut self, limit: usize) {
        self.find_start();
        let (mut kept, mut shared, mut payloads) = (self.start, 0, 0);
        while kept < self.copied.len() {
            let end = self.frame_end(kept, shared);
            let payload =
                self.shared.get(shared).filter(|(at, _)| *at == end).map_or(0, |(_, bytes)| bytes.len());
            let waiting = (end + payloads + payload).saturating_sub(self.written + self.shared_written);
            if waiting > limit && kept >= self.written {
                break;
            }
            kept = end;
            payloads += payload;
            shared += usize::from(payload > 0);
        }
        self.copied.truncate(kept);
        self.shared.truncate(shared);
        self.shared_left = payloads - self.shared_written;
    }

    /// Moves `start` to the frame that is being written, or to the next one.
    fn find_start(&mut self) {
        while self.start < self.written {
            let end = self.frame_end(self.start, 0);
            if end > self.written || self.shared.front().is_some_and(|(at, _)| *at == end) {
                break;
            }
            self.start = end;
        }
    }

    /// Returns the end in `copied` of the frame that starts at `start`. `shared` is the number of large payloads before
    /// it.
    fn frame_end(&self, start: usize, shared: usize) -> usize {
        let Some((header, payload)) = header::lengths(&self.copied[start..]) else {
            return self.copied.len();
        };
        let end = start + header;
        let is_shared = self.shared.get(shared).is_some_and(|(at, _)| *at == end);
        if is_shared { end } else { end + payload }
    }

    fn clear(&mut self) {
        self.copied.clear();
        self.written = 0;
        self.start = 0;
        self.shared.clear();
        self.shared_written = 0;
        self.shared_left = 0;
    }
}
