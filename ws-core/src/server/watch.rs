//! The watch over a connection that is not upgraded yet: the time limits of its phases, its place among those that wait
//! for a request, and the drain.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

use super::half_open::Place;
use crate::connection::{Phase, Progress};
use crate::handler::AppHandle;
use crate::shared::admission::HttpPermit;
use crate::shared::clock::later;

/// A client that has not begun its first request after this time is dropped, and so is one that has not completed the
/// head of a request this long after its first byte. The TLS handshake is a part of that time.
pub(super) const HEAD: Duration = Duration::from_secs(10);

/// A connection that is watched.
pub(super) struct Watched<'w> {
    pub(super) handle: &'w AppHandle,
    pub(super) progress: &'w Arc<Progress>,
    /// The connection's place among those that wait for a request, if it has one.
    pub(super) place: &'w mut Option<Place>,
}

/// The reason why a connection ends before its work is done.
pub(super) enum Cut {
    /// The time limit of a phase, which began at this time, or of a drain has passed.
    Late(Phase, Instant),
    /// The connection made room for others.
    GaveWay,
}

impl Watched<'_> {
    /// Polls `work` until it is ready or the connection is cut. `work` is told once that a drain has begun. The `permit`
    /// is given back between two requests.
    pub(super) async fn watch<T>(
        self,
        permit: Option<&HttpPermit>,
        mut work: impl FnMut(&mut Context<'_>, bool) -> Poll<T>,
    ) -> Result<T, Cut> {
        let Self { handle, progress, place } = self;
        let mut draining = pin!(handle.draining());
        let keep_alive = handle.shared().setup().app_limits.keep_alive;
        let mut known = progress.phase();
        let mut timer = pin!(sleep_until(later(known.1, HEAD)));
        let mut drains = false;
        poll_fn(|cx| {
            progress.register(cx.waker());
            let asked = progress.is_asked();
            let drain_begins = !drains && draining.as_mut().poll(cx).is_ready();
            drains |= drain_begins;
            if let Poll::Ready(done) = work(cx, drain_begins) {
                return Poll::Ready(Ok(done));
            }
            progress.settle();
            let now = progress.phase();
            if now != known {
                known = now;
                match known.0 {
                    Phase::Opened | Phase::Head => {}
                    Phase::Busy => place.iter_mut().for_each(Place::leave),
                    Phase::Idle => {
                        if let Some(permit) = permit {
                            permit.give_back();
                        }
                        place.iter_mut().for_each(Place::wait);
                    }
                }
            }
            if asked {
                let unread = progress.take_asked();
                if place.as_mut().is_some_and(|place| place.gives_way(unread)) {
                    return Poll::Ready(Err(Cut::GaveWay));
                }
            }
            let (phase, since) = known;
            let deadline = match phase {
                Phase::Opened | Phase::Head => Some(later(since, HEAD)),
                Phase::Busy => None,
                Phase::Idle => keep_alive.map(|after| later(since, after)),
            };
            let drained = if drains { handle.drain_deadline() } else { None };
            if let Some(deadline) = deadline.into_iter().chain(drained).min() {
                if timer.deadline() != deadline {
                    timer.as_mut().reset(deadline);
                }
                if timer.as_mut().poll(cx).is_ready() {
                    let is_drained = drained.is_some_and(|deadline| deadline <= Instant::now());
                    if is_drained || progress.is_over() {
                        return Poll::Ready(Err(Cut::Late(phase, since)));
                    }
                    // Only its first poll waits: it wakes this task once the runtime has looked at its sockets.
                    let _ = pin!(yield_now()).poll(cx);
                }
            }
            Poll::Pending
        })
        .await
    }
}
