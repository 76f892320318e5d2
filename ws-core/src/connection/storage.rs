//! Where the future of a callback is stored while it runs.

use std::pin::Pin;

use crate::context::Context;
use crate::handler::Handler;
use crate::incoming::Incoming;
use crate::message::Message;
use crate::reply::Reply;

/// Where a callback's future is stored while it runs.
pub(super) trait Storage: Send + 'static {
    type Stored<F: Future<Output = ()> + Send>: Future<Output = ()> + Send;

    fn store<F: Future<Output = ()> + Send>(callback: F) -> Self::Stored<F>;
}

/// In the connection's own future: nothing is allocated.
pub(super) struct Inline;

impl Storage for Inline {
    type Stored<F: Future<Output = ()> + Send> = F;

    fn store<F: Future<Output = ()> + Send>(callback: F) -> F {
        callback
    }
}

/// In a box for as long as it runs, so that idle connections do not carry it.
pub(super) struct Boxed;

impl Storage for Boxed {
    type Stored<F: Future<Output = ()> + Send> = Pin<Box<F>>;

    fn store<F: Future<Output = ()> + Send>(callback: F) -> Pin<Box<F>> {
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
        _: impl Fn(&'a mut H, Incoming<'a>, &'a mut Context<H>, &'a mut Reply) -> B,
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
