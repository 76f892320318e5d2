//! A transport that brings what a test has written down, in the pieces that it says.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub(crate) struct Script {
    pieces: VecDeque<Vec<u8>>,
    /// Nothing was to be had the last time: something is the next.
    waited: bool,
    /// While it is set, nothing is taken.
    stalled: Arc<AtomicBool>,
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
        Self { pieces, waited: true, stalled: Arc::default() }
    }

    /// Takes nothing while this is set.
    pub(super) fn stalled(&self) -> Arc<AtomicBool> {
        self.stalled.clone()
    }
}

impl AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.waited = !self.waited;
        if self.waited {
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

/// Takes everything, unless it is stalled.
impl AsyncWrite for Script {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.stalled.load(Ordering::Relaxed) { Poll::Pending } else { Poll::Ready(Ok(buf.len())) }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
