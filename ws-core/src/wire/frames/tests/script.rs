//! A transport that brings what a test has written down, in the pieces that it says, and takes what is written in such. It
//! passes on what it took when it is flushed, as streams with buffers of their own do, and wakes whoever it lets wait.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) struct Script {
    pieces: VecDeque<Vec<u8>>,
    /// Nothing was to be had the last time: something is the next.
    waited: bool,
    /// While it is set, nothing is taken.
    stalled: Arc<AtomicBool>,
    /// How much is taken at a time, over and over; all of it where there is nothing. At 0 it has to be asked once more.
    takes: Vec<usize>,
    writes: usize,
    /// It takes nothing after the first write.
    shut: bool,
    /// Taken, and not flushed.
    taken: Vec<u8>,
    output: Arc<Mutex<Vec<u8>>>,
}

impl Script {
    /// Brings as many bytes at a time as `sizes` say, over and over; after each it has to be asked once more.
    pub(super) fn new(mut input: &[u8], sizes: &[usize]) -> Self {
        let mut pieces = VecDeque::new();
        let mut sizes = sizes.iter().cycle();
        while !input.is_empty() {
            let size = sizes.next().map_or(input.len(), |size| (*size).clamp(1, input.len()));
            let (piece, rest) = input.split_at(size);
            pieces.push_back(piece.to_vec());
            input = rest;
        }
        Self {
            pieces,
            waited: true,
            stalled: Arc::default(),
            takes: Vec::new(),
            writes: 0,
            shut: false,
            taken: Vec::new(),
            output: Arc::default(),
        }
    }

    /// Takes as many bytes at a time as `takes` say; with what it took.
    pub(super) fn taking(self, takes: Vec<usize>) -> (Self, Arc<Mutex<Vec<u8>>>) {
        let output = self.output.clone();
        (Self { takes, ..self }, output)
    }

    /// Takes what it takes the first time, and no more.
    pub(super) fn shut(self) -> Self {
        Self { shut: true, ..self }
    }

    /// Takes nothing while this is set.
    pub(super) fn stalled(&self) -> Arc<AtomicBool> {
        self.stalled.clone()
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.waited = !self.waited;
        if self.waited {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(mut piece) = self.pieces.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                self.pieces.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Script {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.stalled.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        let take = self.takes.get(self.writes % self.takes.len().max(1)).map_or(buf.len(), |take| *take);
        self.writes += 1;
        if take == 0 {
            task.waker().wake_by_ref();
            return Poll::Pending;
        }
        let take = if self.shut && self.writes > 1 { 0 } else { take.min(buf.len()) };
        self.taken.extend_from_slice(&buf[..take]);
        Poll::Ready(Ok(take))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write(task, &bufs.iter().flat_map(|buf| buf.iter().copied()).collect::<Vec<_>>())
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let taken = std::mem::take(&mut self.taken);
        self.output.lock().unwrap().extend(taken);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
