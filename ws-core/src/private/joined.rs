//! The return values of `#[join]` and `#[rejoin]`: the value that is kept with the member, or a `Result` of it.

use std::convert::Infallible;
use std::marker::PhantomData;

use axum::response::{IntoResponse, Response};

use crate::message::{BoxError, Close, CloseCode, Escaped};
use crate::shared::log_limit::{LOG_LIMIT, Line};

/// `IntoResponse`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`#[join]` cannot reject a client with `{Self}`",
    label = "the error is not an HTTP response",
    note = "`#[join]` returns the value to keep with the member, or `Result<Kept, R>` where `R: IntoResponse` is the \
            HTTP response that rejects the upgrade: a `StatusCode`, a `(StatusCode, String)`, a `Response`"
)]
pub trait Rejection: IntoResponse {}

#[diagnostic::do_not_recommend]
impl<R: IntoResponse> Rejection for R {}

/// Converts the `Result` of a `#[join]`.
pub fn joined<K, R: Rejection>(joined: Result<K, R>) -> Result<K, Response> {
    joined.map_err(IntoResponse::into_response)
}

/// A return type that is written `Result<K, …>`. The macro reads `K` there, and this trait checks it.
#[diagnostic::on_unimplemented(
    message = "`#[join]` treats `{Self}` as a `Result` that keeps `{K}`, because of its name",
    label = "not a `Result`",
    note = "return it under another name, such as `type Joined = …;`, so that the type decides"
)]
pub trait WrittenResult<K> {
    type Rejection;

    fn into_result(self) -> Result<K, Self::Rejection>;
}

impl<K, R> WrittenResult<K> for Result<K, R> {
    type Rejection = R;

    fn into_result(self) -> Self {
        self
    }
}

/// The return value of `#[join]`, under any name. `RESULT` is `IsResult::<Self>::YES`, which the macro cannot know but rustc
/// does.
pub trait Joined<const RESULT: bool> {
    type Kept;
    type Rejection;

    fn into_result(self) -> Result<Self::Kept, Self::Rejection>;
}

impl<K, R> Joined<true> for Result<K, R> {
    type Kept = K;
    type Rejection = R;

    fn into_result(self) -> Self {
        self
    }
}

impl<K> Joined<false> for K {
    type Kept = K;
    type Rejection = Infallible;

    fn into_result(self) -> Result<K, Infallible> {
        Ok(self)
    }
}

/// Whether `T` is a `Result`: an inherent constant goes before the one of [`IsNoResult`].
pub struct IsResult<T>(PhantomData<T>);

impl<K, R> IsResult<Result<K, R>> {
    pub const YES: bool = true;

    pub fn keep(joined: Result<K, R>) -> Result<Result<K, R>, Response>
    where
        Result<K, R>: KeptWhole,
    {
        Ok(joined)
    }
}

/// The answer for every other type.
pub trait IsNoResult<T> {
    const YES: bool = false;

    fn keep(joined: T) -> Result<T, Response> {
        Ok(joined)
    }
}

impl<T> IsNoResult<T> for IsResult<T> {}

/// Implemented by no type: its error explains a `Result` that a generic service returns under another name.
#[diagnostic::on_unimplemented(
    message = "`#[join]` of a generic service returns a `Result` under another name",
    label = "write it as `Result<…, …>`",
    note = "a return type that contains a type parameter of the service is kept as a whole, unless you write it as `Result<Kept, R>`"
)]
pub trait KeptWhole {}

/// The return types of `#[rejoin]`.
#[diagnostic::on_unimplemented(
    message = "`#[rejoin]` cannot return `{Self}`",
    label = "neither `()` nor a `Result<(), E>`",
    note = "`#[rejoin]` returns `()`, or `Result<(), E>` where the error closes the connection: a type that implements \
            `std::error::Error` or a `String` with 1011, a `Close` with its own code"
)]
pub trait IntoRejoin {
    fn into_rejoin(self) -> Result<(), Close>;
}

impl IntoRejoin for () {
    fn into_rejoin(self) -> Result<(), Close> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoRejoin for Result<(), E> {
    fn into_rejoin(self) -> Result<(), Close> {
        self.map_err(|error| match error.into().downcast::<Close>() {
            Ok(close) => *close,
            Err(error) => {
                // All members may rejoin at once.
                if let Some(Line { suppressed }) = LOG_LIMIT.admit("rejoin", "", "") {
                    tracing::warn!(
                        suppressed,
                        "`#[rejoin]` failed, closing the connection: {}",
                        Escaped(error)
                    );
                }
                Close::new(CloseCode::INTERNAL, "")
            }
        })
    }
}
