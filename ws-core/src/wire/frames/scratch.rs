//! What was read and not yet passed on: one buffer for each thread, since only one connection at a time reads.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::header;
use crate::wire::transport::Transport;

/// Read at a time, in bytes.
const SIZE: usize = 16 << 10;
/// Kept free in front: a continuation's header goes there.
const HEADROOM: usize = 8;

/// Bytes of one connection: passed on, then followed, then read.
pub(super) struct Scratch {
    bytes: Box<[u8]>,
    /// Passed on up to here.
    passed: usize,
    /// May be passed on up to here.
    followed: usize,
    /// Read up to here.
    read: usize,
    /// A piece that was inflated, with its header; goes before the rest.
    pub(super) inflated: Vec<u8>,
    inflated_passed: usize,
}

thread_local! {
    static SPARE: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

#[expect(clippy::unnecessary_box_returns, reason = "an idle connection keeps the place of one")]
impl Scratch {
    fn new(size: usize) -> Box<Self> {
        Box::new(Self {
            bytes: vec![0; HEADROOM + size].into_boxed_slice(),
            passed: HEADROOM,
            followed: HEADROOM,
            read: HEADROOM,
            inflated: Vec::new(),
            inflated_passed: 0,
        })
    }

    /// The thread's, empty.
    pub(super) fn take() -> Box<Self> {
        // While a thread ends its own is gone.
        SPARE.try_with(Cell::take).ok().flatten().unwrap_or_else(|| Self::new(SIZE))
    }

    /// Of a connection's own, with what has already been read.
    pub(super) fn of(early: &[u8]) -> Box<Self> {
        let mut scratch = Self::new(early.len().max(SIZE));
        scratch.push(early);
        scratch
    }

    /// Gives it back to its thread; what is still in it is forgotten.
    pub(super) fn give(mut self: Box<Self>) {
        if self.bytes.len() == HEADROOM + SIZE {
            self.clear();
            let _ = SPARE.try_with(|spare| spare.set(Some(self)));
        }
    }

    fn clear(&mut self) {
        (self.passed, self.followed, self.read) = (HEADROOM, HEADROOM, HEADROOM);
        self.inflated.clear();
        self.inflated_passed = 0;
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.read..][..bytes.len()].copy_from_slice(bytes);
        self.read += bytes.len();
    }

    /// Reads once, to stand behind `held`; 0 at the end of the stream. What is in it has been passed on.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        transport: &mut Transport,
        held: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.clear();
        let mut buf = ReadBuf::new(&mut self.bytes[HEADROOM + held.len()..]);
        ready!(Pin::new(transport).poll_read(cx, &mut buf))?;
        let read = buf.filled().len();
        if read > 0 {
            self.push(held);
            self.read += read;
        }
        Poll::Ready(Ok(read))
    }

    /// Passes on what may be, as far as there is room. Whether that is anything.
    pub(super) fn pass(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let inflated = &self.inflated[self.inflated_passed..];
        let count = if inflated.is_empty() {
            let bytes = &self.bytes[self.passed..self.followed];
            let count = bytes.len().min(buf.remaining());
            buf.put_slice(&bytes[..count]);
            self.passed += count;
            count
        } else {
            let count = inflated.len().min(buf.remaining());
            buf.put_slice(&inflated[..count]);
            self.inflated_passed += count;
            count
        };
        count > 0
    }

    /// Whether all that may be passed on has been.
    pub(super) fn is_passed(&self) -> bool {
        self.passed == self.followed && self.inflated_passed == self.inflated.len()
    }

    /// Whether it holds nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.is_passed() && self.followed == self.read
    }

    /// What was read and not followed.
    pub(super) fn unfollowed(&self) -> &[u8] {
        &self.bytes[self.followed..self.read]
    }

    pub(super) fn unfollowed_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.followed..self.read]
    }

    /// So much more may be passed on.
    pub(super) const fn follow(&mut self, count: usize) {
        self.followed += count;
    }

    /// As [`follow`](Self::follow), with a header in front; all before has been passed on.
    pub(super) fn follow_piece(&mut self, fin: bool, mask: [u8; 4], len: u16) {
        let header = header::continuation(fin, len, mask);
        self.passed = self.followed - header.len();
        self.bytes[self.passed..self.followed].copy_from_slice(&header);
        self.followed += usize::from(len);
    }

    /// So much is not passed on as it is; all before has been.
    pub(super) const fn skip(&mut self, count: usize) {
        self.followed += count;
        self.passed = self.followed;
    }

    /// What was not followed goes no further, nor does a piece that was not ended.
    pub(super) fn forget(&mut self) {
        self.read = self.followed;
        self.inflated.truncate(self.inflated_passed);
    }

    /// Room for a piece to inflate into, behind its header.
    pub(super) fn begin_inflated(&mut self) {
        self.inflated.clear();
        self.inflated.extend([0; 4]);
        self.inflated_passed = 0;
    }

    /// How many bytes were inflated since.
    pub(super) fn inflated_len(&self) -> usize {
        self.inflated.len() - 4
    }

    /// The piece is to be passed on; nothing of it is where it would be empty, unless it is the last.
    pub(super) fn end_inflated(&mut self, fin: bool, opcode: u8) -> bool {
        // Pieces are as small as what is inflated at a time.
        let len = u16::try_from(self.inflated_len()).unwrap_or(u16::MAX);
        if len == 0 && !fin {
            self.inflated.clear();
            return false;
        }
        self.inflated[..4].copy_from_slice(&header::unmasked(fin, opcode, len));
        true
    }

    /// As [`unfollowed`](Self::unfollowed), and where what is inflated from it goes.
    pub(super) fn inflating(&mut self, count: usize) -> (&[u8], &mut Vec<u8>) {
        (&self.bytes[self.followed..][..count], &mut self.inflated)
    }
}
