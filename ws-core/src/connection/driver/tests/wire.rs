//! A stream in memory. It delivers bytes in the pieces that a test chooses, accepts as many as the test allows, and
//! passes on the accepted bytes when it is flushed, as TLS does.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::io::Transport;

/// A call of the stream that the server made, with the addresses of the bytes that it moved.
#[derive(Debug)]
pub(super) enum Call {
    Read(Range<usize>),
    /// A read that found nothing.
    PendingRead,
    /// A write, with each of its slices.
    Write(Vec<Range<usize>>),
    PendingWrite,
}

/// The client's end. A clone is the server's end.
#[derive(Clone)]
pub(super) struct Wire(Arc<Mutex<State>>);

#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own")]
struct State {
    /// A read returns at most the first piece.
    pieces: VecDeque<Vec<u8>>,
    /// The client has ended its half.
    ended: bool,
    /// The number of bytes that are still accepted.
    room: usize,
    /// The largest number of bytes that one write accepts.
    step: usize,
    /// Writes go to a buffer of the stream, whatever the room. A flush accepts as many of its bytes as there is room.
    buffers: bool,
    /// Bytes were accepted since the server last asked.
    accepted: bool,
    /// The stream accepts no more bytes.
    broken: bool,
    /// The number of writes that were accepted.
    writes: usize,
    calls: Vec<Call>,
    /// Accepted, but not flushed.
    held: Vec<u8>,
    delivered: Vec<u8>,
    /// The server has ended its half.
    shut: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Wire {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            pieces: VecDeque::new(),
            ended: false,
            room: usize::MAX,
            step: usize::MAX,
            buffers: false,
            accepted: false,
            broken: false,
            writes: 0,
            calls: Vec::new(),
            held: Vec::new(),
            delivered: Vec::new(),
            shut: false,
            reader: None,
            writer: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let wakers = [state.reader.take(), state.writer.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Sends one piece.
    pub(super) fn send(&self, piece: impl Into<Vec<u8>>) {
        self.change(|state| state.pieces.push_back(piece.into()));
    }

    /// Ends the client's half.
    pub(super) fn end(&self) {
        self.change(|state| state.ended = true);
    }

    /// Accepts this many bytes more, and then none.
    pub(super) fn set_room(&self, bytes: usize) {
        self.change(|state| state.room = bytes);
    }

    /// Accepts at most this many bytes at a time.
    pub(super) fn set_step(&self, bytes: usize) {
        self.change(|state| state.step = bytes);
    }

    /// Takes bytes into a buffer of its own from now on, before it accepts them.
    pub(super) fn set_buffers(&self) {
        self.change(|state| state.buffers = true);
    }

    pub(super) fn set_broken(&self) {
        self.change(|state| state.broken = true);
    }

    /// The bytes that were delivered since the last call.
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.state().delivered)
    }

    /// The number of writes that were accepted.
    pub(super) fn writes(&self) -> usize {
        self.state().writes
    }

    /// The calls that the server made since the last call, except flushes.
    pub(super) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    /// The number of bytes that the server has not read.
    pub(super) fn unread(&self) -> usize {
        self.state().pieces.iter().map(Vec::len).sum()
    }

    pub(super) fn is_shut(&self) -> bool {
        self.state().shut
    }
}

/// Where `bytes` lie in memory.
pub(super) fn addresses(bytes: &[u8]) -> Range<usize> {
    let Range { start, end } = bytes.as_ptr_range();
    start.addr()..end.addr()
}

impl State {
    fn write(&mut self, bytes: &[u8]) -> usize {
        let count = if self.buffers { bytes.len() } else { bytes.len().min(self.room) };
        self.held.extend_from_slice(&bytes[..count]);
        if !self.buffers && self.room < usize::MAX {
            self.room -= count;
        }
        count
    }
}

impl Transport for Wire {
    fn take_accepted(&mut self) -> Option<bool> {
        let mut state = self.state();
        state.buffers.then(|| std::mem::take(&mut state.accepted))
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let state = &mut *self.state();
        let Some(piece) = state.pieces.front_mut() else {
            if state.ended {
                return Poll::Ready(Ok(()));
            }
            state.reader = Some(task.waker().clone());
            state.calls.push(Call::PendingRead);
            return Poll::Pending;
        };
        let count = piece.len().min(buf.remaining());
        let before = buf.filled().len();
        buf.put_slice(&piece[..count]);
        state.calls.push(Call::Read(addresses(&buf.filled()[before..])));
        if count == piece.len() {
            state.pieces.pop_front();
        } else {
            piece.drain(..count);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(task, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let state = &mut *self.state();
        if state.broken {
            return Poll::Ready(Ok(0));
        }
        if state.room == 0 && !state.buffers {
            state.writer = Some(task.waker().clone());
            state.calls.push(Call::PendingWrite);
            return Poll::Pending;
        }
        let (mut count, mut step) = (0, state.step);
        for slice in slices {
            let taken = state.write(&slice[..slice.len().min(step)]);
            (count, step) = (count + taken, step - taken);
        }
        state.writes += 1;
        state.calls.push(Call::Write(slices.iter().map(|slice| addresses(slice)).collect()));
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = &mut *self.state();
        let count = if state.buffers { state.held.len().min(state.room) } else { state.held.len() };
        if state.buffers && state.room < usize::MAX {
            state.room -= count;
        }
        state.accepted |= count > 0;
        state.delivered.extend(state.held.drain(..count));
        if state.held.is_empty() {
            return Poll::Ready(Ok(()));
        }
        state.writer = Some(task.waker().clone());
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.state().shut = true;
        Poll::Ready(Ok(()))
    }
}
