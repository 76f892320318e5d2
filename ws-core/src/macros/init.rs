//! The `#[init]` of a handler: its arguments and its return type, or the `Default` in its place.

use axum::response::{IntoResponse, Response};

use super::sealed::Sealed;
use crate::handler::{Handler, Upgrade};

/// A type that a handler or a service can be without an `#[init]` callback: one that implements [`Default`].
///
/// If the compiler names it, write `#[derive(Default)]` on the struct, or an `#[init]` callback that returns the struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has neither `#[init]` nor `Default`",
    label = "ws-core cannot create it",
    note = "write `#[derive(Default)]` on `{Self}`, or an `#[init]` callback that creates it: `#[init] fn new() -> \
            {Self} {{ … }}`"
)]
pub trait InitOrDefault: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    #[must_use]
    fn by_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> InitOrDefault for T {
    const SEALED: Sealed = Sealed;

    fn by_default() -> Self {
        Self::default()
    }
}

/// The last argument of `#[init]`, if it is a `&mut`: `&mut Upgrade<Self>`.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot take `{Self}`",
    label = "neither an extractor nor the upgrade",
    note = "the last argument of `#[init]` may be `upgrade: &mut Upgrade<{H}>`; there is no context, because there is no \
            connection yet"
)]
pub trait UpgradeArgument<'a, H>: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn take(upgrade: &'a mut Upgrade<H>) -> Self;
}

impl<'a, H> UpgradeArgument<'a, H> for &'a mut Upgrade<H> {
    const SEALED: Sealed = Sealed;

    fn take(upgrade: Self) -> Self {
        upgrade
    }
}

/// A return type of a handler's `#[init]`: the handler `H`, or `Result<H, R>` where `R` implements axum's
/// `IntoResponse`.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot return `{Self}`",
    label = "neither the handler nor a `Result` with it and an HTTP response",
    note = "`#[init]` returns `{H}`, or `Result<{H}, R>` where `R: IntoResponse` is the HTTP response that rejects \
            the upgrade: a `StatusCode`, a `(StatusCode, String)`, a `Response`"
)]
pub trait InitReturn<H> {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn into_init(self) -> Result<H, Response>;
}

#[diagnostic::do_not_recommend]
impl<H: Handler> InitReturn<H> for H {
    const SEALED: Sealed = Sealed;

    fn into_init(self) -> Result<H, Response> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handler, R: IntoResponse> InitReturn<H> for Result<H, R> {
    const SEALED: Sealed = Sealed;

    fn into_init(self) -> Result<H, Response> {
        self.map_err(IntoResponse::into_response)
    }
}
