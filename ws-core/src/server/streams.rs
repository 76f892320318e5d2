//! The tasks of the streams of an HTTP/2 connection: one for each request and its response, and one that sends for each
//! WebSocket.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use hyper::rt::Executor;
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep, timeout};

use crate::connection::{InUse, Multiplexed};
use crate::shared::Shared;
use crate::shared::clock::after;
use crate::shared::stats::Limit;

/// Once a WebSocket is over, its last bytes may wait this long for the client to accept them.
const LAST_BYTES: Duration = Duration::from_secs(5);

tokio::task_local! {
    /// The state of the task of a request.
    static STREAM: Stream;
}

struct Stream {
    /// For the WebSocket that may begin in the task.
    ends: Cell<Option<Ends>>,
    sending: Arc<Sending>,
}

/// The task that sends for a WebSocket has these ends of two channels, and the WebSocket the others.
struct Ends {
    /// Resolves when the WebSocket is over.
    aborted: oneshot::Receiver<()>,
    /// Dropped with the task.
    sending: oneshot::Sender<Infallible>,
}

/// Spawns the tasks.
#[derive(Clone)]
pub(super) struct Streams(pub(super) Arc<Shared>);

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        match STREAM.try_with(|stream| stream.ends.take()) {
            // hyper spawns the task that sends for a WebSocket within the task of its request.
            Ok(Some(ends)) => drop(tokio::spawn(send(task, ends))),
            Ok(None) => drop(tokio::spawn(task)),
            Err(_) => drop(tokio::spawn(answer(task, self.0.clone()))),
        }
    }
}

/// Returns the stream for the WebSocket that the current request may begin.
pub(super) fn multiplexed(in_use: InUse) -> Option<Multiplexed> {
    let ((abort, aborted), (sending, is_sending)) = (oneshot::channel(), oneshot::channel());
    STREAM.try_with(|stream| stream.ends.set(Some(Ends { aborted, sending }))).ok()?;
    Some(Multiplexed::new(in_use, abort, is_sending))
}

/// Runs the task that sends for a WebSocket. Without it, HTTP/2 resets the stream (`RST_STREAM` with CANCEL).
async fn send(task: impl Future<Output = ()>, Ends { aborted, sending: _sending }: Ends) {
    let mut task = pin!(task);
    // `aborted` is polled first: for `task`, a WebSocket that was dropped is one that has ended in order.
    match select(aborted, task.as_mut()).await {
        Either::Right(_) | Either::Left((Ok(()), _)) => {}
        Either::Left((Err(_), _)) => drop(timeout(LAST_BYTES, task).await),
    }
}

/// Runs the task of a request, unless the client accepts no part of the response for too long.
async fn answer(task: impl Future<Output = ()>, shared: Arc<Shared>) {
    let sending = Arc::new(Sending::default());
    let stream = Stream { ends: Cell::new(None), sending: sending.clone() };
    let mut task = pin!(STREAM.scope(stream, task));
    let limit = shared.setup().app_limits.http_write_timeout;
    let mut stalled = Stalled::default();
    poll_fn(|cx| {
        if task.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let late = limit.is_some_and(|limit| stalled.is_late(&sending, limit, cx));
        if late {
            shared.stats.limited(Limit::HttpWriteTimeout);
            tracing::debug!("reset a stream of HTTP/2 whose client accepted no data for {limit:?}");
        }
        if late { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// How much of a response was sent: twice the number of parts, and one more if the last one waits for the client.
#[derive(Default)]
pub(super) struct Sending(AtomicU64);

impl Sending {
    /// Notes in the task of a request that the body was asked for a part. `given`: there was one.
    pub(super) fn note(given: bool) {
        let _ = STREAM.try_with(|stream| {
            let parts = stream.sending.0.load(Ordering::Relaxed) / 2 + 1;
            stream.sending.0.store(parts * 2 + u64::from(given), Ordering::Relaxed);
        });
    }
}

/// The time for which a response makes no progress.
#[derive(Default)]
struct Stalled {
    seen: u64,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stalled {
    fn is_late(&mut self, sending: &Sending, limit: Duration, cx: &mut Context<'_>) -> bool {
        let sent = sending.0.load(Ordering::Relaxed);
        if sent.is_multiple_of(2) {
            self.timer = None;
            return false;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        if sent != self.seen {
            self.seen = sent;
            timer.as_mut().reset(after(limit));
        }
        timer.as_mut().poll(cx).is_ready()
    }
}
