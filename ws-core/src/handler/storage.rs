//! The storage of a callback's future while it runs.

use std::pin::Pin;

use super::context::Context;
use super::handler::Handler;
use super::reply::Reply;
use crate::connection::MessageStream;
use crate::message::{BoxError, Incoming, Message};

/// Stores the future of a callback while it runs.
pub(super) trait Storage: Send + 'static {
    type Stored<F: Future<Output = ()> + Send>: Future<Output = ()> + Send;

    fn store<F: Future<Output = ()> + Send>(callback: F) -> Self::Stored<F>;
}

/// Within the connection's own future, without an allocation.
pub(super) struct Inline;

impl Storage for Inline {
    type Stored<F: Future<Output = ()> + Send> = F;

    fn store<F: Future<Output = ()> + Send>(callback: F) -> F {
        callback
    }
}

/// In a box while it runs, so that idle connections do not carry it.
pub(super) struct Boxed;

impl Storage for Boxed {
    type Stored<F: Future<Output = ()> + Send> = Pin<Box<F>>;

    fn store<F: Future<Output = ()> + Send>(callback: F) -> Pin<Box<F>> {
        Box::pin(callback)
    }
}

/// Callback futures larger than this are boxed, in bytes.
const LARGE: usize = 2 << 10;

/// Calls `small` or `large`, depending on the largest callback future of `H`. The compiler knows the choice for each
/// `H`, so the other branch costs no build time.
pub(super) fn by_size<H: Handler, I, O>(
    input: I,
    small: impl FnOnce(I) -> O,
    large: impl FnOnce(I) -> O,
) -> O {
    fn choose<'a, H: Handler, A, B, C, D, E, F, I, O>(
        _: impl Fn(&'a mut H, &'a mut Context<H>, &'a mut Reply) -> A,
        _: impl Fn(&'a mut H, Incoming<'a>, &'a mut Context<H>, &'a mut Reply) -> B,
        _: impl Fn(&'a mut H, H::Info, &'a mut Context<H>, &'a mut Reply) -> C,
        _: impl Fn(&'a mut H, Message, &'a mut Context<H>, &'a mut Reply) -> D,
        _: impl Fn(&'a mut H, BoxError, &'a mut Context<H>, &'a mut Reply) -> E,
        _: impl Fn(&'a mut H, MessageStream, &'a mut Context<H>, &'a mut Reply) -> F,
        (input, small, large): (I, impl FnOnce(I) -> O, impl FnOnce(I) -> O),
    ) -> O {
        let is_large = const {
            size_of::<A>() > LARGE
                || size_of::<B>() > LARGE
                || size_of::<C>() > LARGE
                || H::OUTGOING && size_of::<D>() > LARGE
                || H::ERRORS && size_of::<E>() > LARGE
                || (H::STREAMS_TEXT || H::STREAMS_BINARY) && size_of::<F>() > LARGE
        };
        if is_large { large(input) } else { small(input) }
    }
    choose::<H, _, _, _, _, _, _, _, _>(
        H::open,
        H::message,
        H::info,
        H::outgoing,
        H::error,
        H::stream,
        (input, small, large),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Upgrade;

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

        async fn message(&mut self, message: Incoming<'_>, _: &mut Context<Self>, _: &mut Reply) {
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
