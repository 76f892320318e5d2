//! A body that keeps its request in progress until it ends.

use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Frame, SizeHint};

use crate::connection::InUse;

/// A body of a request or a response.
pub(super) struct Tracked<B> {
    body: B,
    /// `None` once the body has ended.
    in_use: Option<InUse>,
}

impl<B: Body> Tracked<B> {
    pub(super) fn new(body: B, in_use: InUse) -> Self {
        let in_use = (!body.is_end_stream()).then_some(in_use);
        Self { body, in_use }
    }
}

impl<B: Body + Unpin> Body for Tracked<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) || self.body.is_end_stream() {
            self.in_use = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
