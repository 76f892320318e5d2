//! One call of a callback: while it waits, its connection goes on.

use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use pin_project_lite::pin_project;

use super::line::Line;
use crate::context::Context;
use crate::handler::Handler;
use crate::message::Message;
use crate::reply::Reply;
use crate::terminate::Terminate;

/// How a callback's future is kept while it runs.
pub(super) trait Carry: Send + 'static {
    type Carried<F: Future<Output = ()> + Send>: Future<Output = ()> + Send;

    fn carry<F: Future<Output = ()> + Send>(callback: F) -> Self::Carried<F>;
}

/// In the connection's own future: nothing is allocated.
pub(super) struct Inline;

impl Carry for Inline {
    type Carried<F: Future<Output = ()> + Send> = F;

    fn carry<F: Future<Output = ()> + Send>(callback: F) -> F {
        callback
    }
}

/// In a box for as long as it runs, so that idle connections do not carry it.
pub(super) struct Boxed;

impl Carry for Boxed {
    type Carried<F: Future<Output = ()> + Send> = Pin<Box<F>>;

    fn carry<F: Future<Output = ()> + Send>(callback: F) -> Pin<Box<F>> {
        Box::pin(callback)
    }
}

/// Futures larger than this are boxed, in bytes.
const LARGE: usize = 2 << 10;

/// Goes on in one of two ways, by the largest future that a callback of `H` makes. The other way is known to be dead
/// when `H` is compiled, so that it costs no build time.
pub(super) fn by_size<H: Handler, I, O>(
    input: I,
    small: impl FnOnce(I) -> O,
    large: impl FnOnce(I) -> O,
) -> O {
    fn choose<'a, H: Handler, A, B, C, D, I, O>(
        _: impl Fn(&'a mut H, &'a mut Context<H>, &'a mut Reply) -> A,
        _: impl Fn(&'a mut H, Message, &'a mut Context<H>, &'a mut Reply) -> B,
        _: impl Fn(&'a mut H, H::Info, &'a mut Context<H>, &'a mut Reply) -> C,
        _: impl Fn(&'a mut H, Message, &'a mut Context<H>, &'a mut Reply) -> D,
        (input, small, large): (I, impl FnOnce(I) -> O, impl FnOnce(I) -> O),
    ) -> O {
        let is_large = const {
            size_of::<A>() > LARGE
                || size_of::<B>() > LARGE
                || size_of::<C>() > LARGE
                || H::OUTGOING && size_of::<D>() > LARGE
        };
        if is_large { large(input) } else { small(input) }
    }
    choose::<H, _, _, _, _, _, _>(H::open, H::message, H::info, H::outgoing, (input, small, large))
}

pin_project! {
    /// A callback that runs, and the line that goes on meanwhile.
    pub(crate) struct Call<'l, F> {
        line: &'l mut Line,
        #[pin]
        callback: F,
    }
}

impl<'l, F> Call<'l, F> {
    pub(crate) fn new(line: &'l mut Line, callback: F) -> Self {
        Self { line, callback }
    }
}

impl<F: Future<Output = ()>> Future for Call<'_, F> {
    /// The error is that the connection ended before the callback did.
    type Output = Result<(), Terminate>;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.callback.poll(task) {
            Poll::Ready(()) => Poll::Ready(Ok(())),
            Poll::Pending => this.line.poll_meanwhile(task).map(Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upgrade::Upgrade;

    struct Small;

    impl Handler for Small {
        type Info = std::convert::Infallible;

        async fn init(
            _: &mut http::request::Parts,
            _: &mut Upgrade<Self>,
        ) -> Result<Self, axum::response::Response> {
            Ok(Self)
        }
    }

    struct Large;

    impl Handler for Large {
        type Info = std::convert::Infallible;

        async fn init(
            _: &mut http::request::Parts,
            _: &mut Upgrade<Self>,
        ) -> Result<Self, axum::response::Response> {
            Ok(Self)
        }

        async fn message(&mut self, message: Message, _: &mut Context<Self>, _: &mut Reply) {
            let buffer = [0_u8; 4096];
            tokio::task::yield_now().await;
            drop((buffer, message));
        }
    }

    #[test]
    fn only_large_callbacks_are_boxed() {
        assert!(!by_size::<Small, _, _>((), |()| false, |()| true));
        assert!(by_size::<Large, _, _>((), |()| false, |()| true));
    }
}
