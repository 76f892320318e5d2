//! The body of a request, with a time limit for clients that do not send the rest of it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::message::BoxError;
use crate::shared::Shared;
use crate::shared::clock::after;
use crate::shared::stats::Limit;

/// The server was held up if it notices the limit later than this. The time then begins anew.
const LATE: Duration = Duration::from_secs(2);

/// A body that fails if none of it arrives for a while although the application waits for it.
pub(super) struct Upload<B> {
    body: B,
    shared: Arc<Shared>,
    /// Set while the application waits.
    waits: Option<Pin<Box<Sleep>>>,
    failed: bool,
}

impl<B> Upload<B> {
    pub(super) fn new(body: B, shared: &Arc<Shared>) -> Self {
        Self { body, shared: shared.clone(), waits: None, failed: false }
    }

    /// Returns the time limit once nothing has arrived for that long.
    fn late(&mut self, cx: &mut Context<'_>) -> Option<Duration> {
        let limit = self.shared.setup().app_limits.http_read_timeout?;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep_until(after(limit))));
        while waits.as_mut().poll(cx).is_ready() {
            if Instant::now().saturating_duration_since(waits.deadline()) <= LATE {
                return Some(limit);
            }
            waits.as_mut().reset(after(limit));
        }
        None
    }
}

impl<B> Body for Upload<B>
where
    B: Body + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.waits = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let Some(limit) = self.late(cx) else { return Poll::Pending };
        self.failed = true;
        self.shared.stats.limited(Limit::HttpReadTimeout);
        let why = format!("the client sent nothing of the request's body for {limit:?}");
        tracing::debug!("request failed: {why}");
        Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, why).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.failed || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
