//! Frames that many connections send: encoded once, and written from where they are, so that no connection has a copy.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;
use tokio::time::Instant;

use super::Frames;

/// How many wait at a time, before what is sent is copied like all else.
const MOST: usize = 4;

/// Frames that wait to be written, the first one perhaps in part; nothing before the first use.
#[derive(Default)]
pub(super) struct ReadyMade(Option<Box<[Bytes; MOST]>>);

impl ReadyMade {
    /// So many bytes were written.
    fn advance(&mut self, mut count: usize) {
        let Some(frames) = &mut self.0 else { return };
        let mut written = 0;
        for frame in &mut **frames {
            let part = count.min(frame.len());
            frame.advance(part);
            count -= part;
            if frame.is_empty() {
                // Let go of.
                *frame = Bytes::new();
                written += 1;
            }
        }
        // Those that are left come first; where all are empty, this changes nothing.
        frames.rotate_left(written % MOST);
    }
}

impl Frames {
    /// Takes a whole frame, if there is room. Nothing may be in the codec that has not been written.
    pub(crate) fn put_ready_made(&mut self, frame: impl FnOnce() -> Bytes) -> bool {
        let free = self.ready_made.0.get_or_insert_default().iter_mut().find(|free| free.is_empty());
        let has_room = free.is_some();
        if let Some(free) = free {
            *free = frame();
        }
        has_room
    }

    /// Ready when all of them are written.
    pub(super) fn poll_ready_made(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(frames) = self.ready_made.0.as_ref().filter(|frames| !frames[0].is_empty()) {
            let slices = frames.each_ref().map(|frame| IoSlice::new(frame));
            let written = Pin::new(&mut self.transport).poll_write_vectored(cx, &slices);
            let written = ready!(self.wrote(written))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.ready_made.advance(written);
        }
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
