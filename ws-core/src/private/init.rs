//! The `#[init]` of a handler, or the `Default` in its place: see [`by_default`] and [`IntoInit`].

use axum::response::{IntoResponse, Response};

use crate::handler::Handler;

/// Creates a handler that has no `#[init]`.
#[must_use]
pub fn by_default<H: ByDefault>() -> H {
    H::by_default()
}

/// `Default`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has neither `#[init]` nor `Default`",
    label = "cannot be created when a client connects",
    note = "write `#[derive(Default)]` on `{Self}`, or an `#[init]` callback that creates it: `#[init] fn new() -> \
            {Self} {{ … }}`"
)]
pub trait ByDefault: Sized {
    fn by_default() -> Self;
}

#[diagnostic::do_not_recommend]
impl<H: Default> ByDefault for H {
    fn by_default() -> Self {
        Self::default()
    }
}

/// The return types of `#[init]`.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot return `{Self}`",
    label = "neither the handler nor a `Result` with it and an HTTP response",
    note = "`#[init]` returns `{H}`, or `Result<{H}, R>` where `R: IntoResponse` is the HTTP response that rejects \
            the upgrade: a `StatusCode`, a `(StatusCode, String)`, a `Response`"
)]
pub trait IntoInit<H> {
    fn into_init(self) -> Result<H, Response>;
}

#[diagnostic::do_not_recommend]
impl<H: Handler> IntoInit<H> for H {
    fn into_init(self) -> Result<H, Response> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handler, R: IntoResponse> IntoInit<H> for Result<H, R> {
    fn into_init(self) -> Result<H, Response> {
        self.map_err(IntoResponse::into_response)
    }
}
