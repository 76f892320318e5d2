//! The phase of a connection while it speaks HTTP: waiting for a request, receiving its head, or answering it. The
//! stream, the requests and the server share it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use tokio::time::Instant;

/// What an HTTP connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No byte has arrived yet.
    Opened,
    /// The head of a request is arriving.
    Head,
    /// A request is in progress: its body is arriving, it is being answered, or the response is being written.
    Busy,
    /// The last response is written, and no byte of a further request has arrived.
    Idle,
}

/// The phase of one connection.
pub(crate) struct Progress(Mutex<State>);

#[expect(clippy::struct_excessive_bools, reason = "each is a state that comes and goes by itself")]
struct State {
    phase: Phase,
    since: Instant,
    /// The number of bodies, of requests and responses, that are in use.
    in_use: usize,
    /// The stream does not accept the rest of a response at the moment.
    stalled: bool,
    /// The stream has accepted nothing for as long as it may.
    timed_out: bool,
    /// The server has begun to end its half of the stream.
    #[cfg(feature = "http2")]
    shut: bool,
    /// The client has begun with TLS, which is not spoken here.
    tls: bool,
    /// The connection speaks HTTP/2: between two requests, the bytes that arrive may be no request.
    multiplexed: bool,
    /// The connection is asked to make room for others.
    asked: bool,
    /// The system holds bytes that were not read when the connection was asked.
    unread: bool,
    /// Set once the time limit of the phase has passed: whether the system has held unread bytes since.
    late: Option<Unread>,
    /// Wakes the connection's task.
    waker: Option<Waker>,
}

impl Progress {
    /// Creates the progress of a connection that was just accepted.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            phase: Phase::Opened,
            since: Instant::now(),
            in_use: 0,
            stalled: false,
            timed_out: false,
            #[cfg(feature = "http2")]
            shut: false,
            tls: false,
            multiplexed: false,
            asked: false,
            unread: false,
            late: None,
            waker: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the phase, and the time at which it began.
    pub(crate) fn phase(&self) -> (Phase, Instant) {
        let state = self.state();
        (state.phase, state.since)
    }

    /// Begins the time for the first request anew. Call it when the connection's task runs for the first time: until
    /// then a callback may have blocked its thread.
    pub(crate) fn start(&self) {
        let mut state = self.state();
        if state.phase == Phase::Opened {
            state.since = Instant::now();
        }
    }

    /// Lets the phase have begun this much earlier.
    #[cfg(test)]
    pub(crate) fn age(&self, by: std::time::Duration) {
        self.state().since -= by;
    }

    /// Whether the connection ends, now that the time limit of its phase has passed. The first answer is `false`: a
    /// server that was held up may not have read what the client sent. From then on each read looks for unread bytes,
    /// and the connection ends after a poll that found none. Call it after the connection was polled.
    pub(crate) fn is_over(&self) -> bool {
        self.state().late.replace(Unread(false)).is_some_and(|unread| !unread.0)
    }

    /// Begins a request, which lasts at least until the result is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> InUse {
        let mut state = self.state();
        if state.phase != Phase::Busy {
            // It has no time limit, so the clock is not read.
            let since = state.since;
            state.enter(Phase::Busy, since);
        }
        state.in_use += 1;
        InUse(self.clone())
    }

    /// Ends the request if everything is read and written. Call it after the connection was polled.
    pub(crate) fn settle(&self) {
        let mut state = self.state();
        if state.phase == Phase::Busy && state.in_use == 0 && !state.stalled {
            state.enter(Phase::Idle, Instant::now());
        }
    }

    /// Asks the connection to make room for others, and wakes its task.
    pub(crate) fn ask(&self) {
        let waker = {
            let mut state = self.state();
            state.asked = true;
            state.waker.clone()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Wakes `waker` when the connection is asked to make room.
    pub(crate) fn register(&self, waker: &Waker) {
        let mut state = self.state();
        if !state.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
    }

    /// Whether the connection is asked to make room. While it is, each read looks for unread bytes.
    pub(crate) fn is_asked(&self) -> bool {
        self.state().asked
    }

    /// Ends the question, and returns whether the system held unread bytes since it was asked.
    pub(crate) fn take_asked(&self) -> Unread {
        let mut state = self.state();
        state.asked = false;
        Unread(std::mem::take(&mut state.unread))
    }

    /// Bytes have arrived.
    pub(super) fn was_read(&self) {
        let mut state = self.state();
        if state.phase == Phase::Opened || state.phase == Phase::Idle && !state.multiplexed {
            state.enter(Phase::Head, Instant::now());
        }
    }

    /// There was nothing to read. Calls `has_unread` if the connection is asked to make room, or is late.
    pub(crate) fn read_nothing(&self, has_unread: impl FnOnce() -> bool) {
        let mut state = self.state();
        if !state.asked && state.late.is_none() {
            return;
        }
        let unread = has_unread();
        if state.asked {
            state.unread = unread;
        }
        if let Some(late) = &mut state.late {
            *late = Unread(unread);
        }
    }

    /// The connection speaks HTTP/2. Between two requests, it has the time of an idle connection for the next one, even if
    /// other frames arrive.
    #[cfg(feature = "http2")]
    pub(crate) fn multiplex(&self) {
        self.state().multiplexed = true;
    }

    /// Whether the connection failed because the client did not read.
    pub(crate) fn has_timed_out(&self) -> bool {
        self.state().timed_out
    }

    pub(super) fn set_timed_out(&self) {
        self.state().timed_out = true;
    }

    /// Whether the server has begun to end its half of the stream.
    #[cfg(feature = "http2")]
    pub(crate) fn is_shut(&self) -> bool {
        self.state().shut
    }

    #[cfg(feature = "http2")]
    pub(super) fn set_shut(&self) {
        self.state().shut = true;
    }

    /// Whether the client has begun with TLS, which is not spoken here.
    pub(crate) fn has_begun_with_tls(&self) -> bool {
        self.state().tls
    }

    pub(super) fn began_with_tls(&self) {
        self.state().tls = true;
    }

    pub(super) fn set_stalled(&self, stalled: bool) {
        self.state().stalled = stalled;
    }
}

/// Whether the system holds bytes of a connection that were not read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread(pub(crate) bool);

impl State {
    fn enter(&mut self, phase: Phase, since: Instant) {
        self.phase = phase;
        self.since = since;
        self.late = None;
    }
}

/// Keeps a request in progress until it is dropped.
pub(crate) struct InUse(Arc<Progress>);

impl Drop for InUse {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.0.state();
            state.in_use -= 1;
            if state.in_use == 0 { state.waker.clone() } else { None }
        };
        // The connection may now be idle: it is polled to find out.
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
