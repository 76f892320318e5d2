//! A message that its callback reads as it arrives. The driver and the callback share a slot for one part of it: while
//! the slot is full, the driver does not read.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::Stream;

use crate::message::Incoming;
use crate::protocol::Part;

#[doc = include_str!("docs/message_stream.md")]
#[derive(Debug)]
pub struct MessageStream {
    slot: Arc<Slot>,
    received: u64,
}

/// The message did not arrive to its end, because the connection closes or because its callback has returned.
///
/// It converts to an [`io::Error`] of the kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IncompleteMessage;

impl fmt::Display for IncompleteMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message is incomplete")
    }
}

impl std::error::Error for IncompleteMessage {}

impl From<IncompleteMessage> for io::Error {
    fn from(error: IncompleteMessage) -> Self {
        Self::new(io::ErrorKind::UnexpectedEof, error)
    }
}

impl MessageStream {
    fn new(is_text: bool, state: State) -> Self {
        Self { slot: Arc::new(Slot { is_text, state: Mutex::new(state) }), received: 0 }
    }

    /// Creates the stream of a data message that is complete. Returns any other message.
    pub(crate) fn whole(message: Incoming<'_>) -> Result<Self, Incoming<'_>> {
        let (is_text, part) = match message {
            Incoming::Text(text) => (true, text.into_text().into_bytes()),
            Incoming::Binary(bytes) => (false, bytes.into_bytes()),
            control => return Err(control),
        };
        Ok(Self::new(is_text, State { part, end: End::Complete, ..State::default() }))
    }

    /// Returns the next part of the message, once it has arrived. Returns `None` at the end of the message.
    ///
    /// # Errors
    /// Returns [`IncompleteMessage`] if the connection closes, and `None` after that.
    ///
    /// # Cancel safety
    /// If the future is dropped, no part is lost: the next call returns it.
    pub async fn next(&mut self) -> Option<Result<Bytes, IncompleteMessage>> {
        poll_fn(|task| self.poll_part(task)).await
    }

    /// Returns how many bytes [`next`](Self::next) has returned so far.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Returns whether the client sends text. The parts are then valid UTF-8, each by itself.
    #[must_use]
    pub fn is_text(&self) -> bool {
        self.slot.is_text
    }

    fn poll_part(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Bytes, IncompleteMessage>>> {
        let mut state = self.slot.lock();
        if !state.part.is_empty() {
            let part = std::mem::take(&mut state.part);
            let driver = state.driver.take();
            drop(state);
            self.received += part.len() as u64;
            // A callback that reads the message in the connection's own task is polled by the driver, which goes on.
            if let Some(driver) = driver.filter(|driver| !driver.will_wake(task.waker())) {
                driver.wake();
            }
            return Poll::Ready(Some(Ok(part)));
        }
        match state.end {
            End::Complete => Poll::Ready(None),
            End::Incomplete => {
                state.end = End::Complete;
                state.was_cut = true;
                Poll::Ready(Some(Err(IncompleteMessage)))
            }
            End::Open => {
                state.reader = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Returns the same parts as [`next`](MessageStream::next).
impl Stream for MessageStream {
    type Item = Result<Bytes, IncompleteMessage>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_part(task)
    }
}

impl Drop for MessageStream {
    fn drop(&mut self) {
        self.slot.discard();
    }
}

/// The driver's half of a [`MessageStream`]. If it is dropped before the last part, the message is incomplete.
#[derive(Debug)]
pub(super) struct Feed(Arc<Slot>);

impl Feed {
    /// Creates both halves.
    pub(super) fn new(is_text: bool) -> (Self, MessageStream) {
        let body = MessageStream::new(is_text, State::default());
        (Self(body.slot.clone()), body)
    }

    /// Adds a part. Call it only if there [is room](Self::has_room).
    pub(super) fn push(&self, part: Part) {
        let mut state = self.0.lock();
        if !state.is_discarded {
            debug_assert!(state.part.is_empty(), "there is room");
            state.part = part.payload;
        }
        if part.is_last && state.end == End::Open {
            state.end = End::Complete;
        }
        if !state.part.is_empty() || state.end != End::Open {
            wake(state.reader.take(), state);
        }
    }

    /// Returns whether the slot is empty, or the rest of the message is discarded. Otherwise wakes `task` when it is.
    pub(super) fn has_room(&self, task: &Context<'_>) -> bool {
        let mut state = self.0.lock();
        let has_room = state.part.is_empty() || state.is_discarded;
        if !has_room && !state.driver.as_ref().is_some_and(|driver| driver.will_wake(task.waker())) {
            state.driver = Some(task.waker().clone());
        }
        has_room
    }

    /// Returns whether nobody reads the rest of the message.
    pub(super) fn is_discarded(&self) -> bool {
        self.0.lock().is_discarded
    }

    /// Discards the rest of the message, because its callback has returned.
    pub(super) fn discard(&self) {
        self.cut();
        self.0.discard();
    }

    /// Ends the message before its last part.
    pub(super) fn cut(&self) {
        let mut state = self.0.lock();
        if state.end == End::Open {
            state.end = End::Incomplete;
            wake(state.reader.take(), state);
        }
    }

    /// Returns whether the callback received the error that the message is incomplete.
    pub(super) fn was_cut(&self) -> bool {
        self.0.lock().was_cut
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.cut();
    }
}

#[derive(Debug)]
struct Slot {
    is_text: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The next part, unless it is empty.
    part: Bytes,
    end: End,
    /// Nobody reads the message any more.
    is_discarded: bool,
    was_cut: bool,
    reader: Option<Waker>,
    driver: Option<Waker>,
}

/// How the message goes on behind the part in the slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    Complete,
    Incomplete,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn discard(&self) {
        let mut state = self.lock();
        state.is_discarded = true;
        // The waker of another task, and the part of a callback that has returned.
        let _part = std::mem::take(&mut state.part);
        wake(state.driver.take(), state);
    }
}

/// Wakes a task after the lock is released.
fn wake(waker: Option<Waker>, state: MutexGuard<'_, State>) {
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
