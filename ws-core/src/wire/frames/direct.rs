//! Frames that go out past the codec: small ones copied one behind the other, larger ones that many connections send from
//! where they are.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;
use tokio::time::Instant;

use super::Frames;
use crate::wire::transport::Transport;

/// How many bytes are copied, before what is sent goes through the codec.
const COPIED: usize = 16 << 10;
/// A frame that many connections send is copied in less time than a slice for it costs the system, up to this size.
const SMALL: usize = 2 << 10;
/// How many others wait at a time,
const SHARED: usize = 64;
/// of how many bytes,
const SHARED_BYTES: usize = 256 << 10;
/// and how many of them are written at a time.
const SLICES: usize = 16;

/// Frames that wait to be written. A connection whose client keeps up has them for a poll, and the next connection has
/// the room after that.
pub(super) struct Direct {
    copied: Vec<u8>,
    /// How much of it is written.
    written: usize,
    /// Behind it; the first one is perhaps written in part.
    shared: VecDeque<Bytes>,
    shared_bytes: usize,
}

thread_local! {
    static SPARE: Cell<Option<Box<Direct>>> = const { Cell::new(None) };
}

#[expect(clippy::unnecessary_box_returns, reason = "an idle connection keeps the place of one")]
impl Direct {
    /// The thread's, empty.
    fn take() -> Box<Self> {
        // While a thread ends its own is gone.
        SPARE.try_with(Cell::take).ok().flatten().unwrap_or_else(|| {
            let (copied, shared) = (Vec::with_capacity(COPIED), VecDeque::with_capacity(SHARED));
            Box::new(Self { copied, written: 0, shared, shared_bytes: 0 })
        })
    }

    /// Gives it back to its thread, empty.
    fn give(self: Box<Self>) {
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }

    fn is_empty(&self) -> bool {
        self.copied.is_empty() && self.shared.is_empty()
    }

    fn can_copy(&self, len: usize) -> bool {
        self.shared.is_empty() && self.copied.len() + len <= COPIED
    }

    fn share(&mut self, frame: Bytes) -> bool {
        if frame.len() <= SMALL && self.can_copy(frame.len()) {
            self.copied.extend_from_slice(&frame);
            return true;
        }
        let has_room = self.shared.len() < SHARED && self.shared_bytes + frame.len() <= SHARED_BYTES;
        if has_room {
            self.shared_bytes += frame.len();
            self.shared.push_back(frame);
        }
        has_room
    }

    fn poll_write(&self, cx: &mut Context<'_>, transport: &mut Transport) -> Poll<io::Result<usize>> {
        let transport = Pin::new(transport);
        let copied = &self.copied[self.written..];
        match self.shared.len() {
            0 => transport.poll_write(cx, copied),
            1 if copied.is_empty() => transport.poll_write(cx, &self.shared[0]),
            _ => {
                let mut slices = [IoSlice::new(&[]); SLICES];
                let waiting = std::iter::once(copied).chain(self.shared.iter().map(|frame| &**frame));
                slices.iter_mut().zip(waiting).for_each(|(slice, frame)| *slice = IoSlice::new(frame));
                transport.poll_write_vectored(cx, &slices)
            }
        }
    }

    /// So many bytes were written.
    fn advance(&mut self, count: usize) {
        let copied = count.min(self.copied.len() - self.written);
        self.written += copied;
        if self.written == self.copied.len() {
            self.copied.clear();
            self.written = 0;
        }
        let mut count = count - copied;
        self.shared_bytes -= count;
        while count > 0
            && let Some(frame) = self.shared.front_mut()
        {
            let part = count.min(frame.len());
            frame.advance(part);
            count -= part;
            if frame.is_empty() {
                self.shared.pop_front();
            }
        }
    }
}

/// Nothing may be in the codec that has not been written.
impl Frames {
    /// Takes a frame of `len` bytes that `write` appends, if there is room.
    pub(crate) fn put_copied(&mut self, len: usize, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let direct = self.direct.get_or_insert_with(Direct::take);
        let has_room = direct.can_copy(len);
        if has_room {
            write(&mut direct.copied);
        }
        has_room
    }

    /// Takes a frame that others send as well, if there is room.
    pub(crate) fn put_shared(&mut self, frame: Bytes) -> bool {
        self.direct.get_or_insert_with(Direct::take).share(frame)
    }

    /// Ready when all of them are written.
    pub(super) fn poll_direct(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(mut direct) = self.direct.take() else { return Poll::Ready(Ok(())) };
        while !direct.is_empty() {
            let written = direct.poll_write(cx, &mut self.transport);
            let Poll::Ready(written) = self.wrote(written) else {
                self.direct = Some(direct);
                return Poll::Pending;
            };
            match written? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => direct.advance(written),
            }
        }
        direct.give();
        Poll::Ready(Ok(()))
    }

    /// Notes what became of a write.
    pub(super) fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = written else {
            self.stalled.get_or_insert_with(Instant::now);
            return Poll::Pending;
        };
        let written = written?;
        self.written += written as u64;
        self.stalled = None;
        Poll::Ready(Ok(written))
    }
}
