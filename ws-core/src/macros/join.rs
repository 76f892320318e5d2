//! The `#[join]` and `#[rejoin]` of a service: their arguments, and the value that is kept with the member, or a `Result`
//! of it.

use std::convert::Infallible;
use std::marker::PhantomData;

use axum::response::{IntoResponse, Response};

use super::sealed::Sealed;
use crate::message::{BoxError, Close, CloseCode, Escaped};
use crate::service::{Member, Service};
use crate::shared::log_limit::{LOG_LIMIT, Line};

/// The reference that `#[join]` or `#[rejoin]` takes: [`&Member<Self>`](crate::Member).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the member",
    label = "expected `&Member<{S}>`",
    note = "the only reference that `#[join]` and `#[rejoin]` take is `member: &Member<{S}>`; an extractor is an owned type"
)]
pub trait MemberArgument<'a, S: Service>: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn take(member: &'a Member<S>) -> Self;
}

impl<'a, S: Service> MemberArgument<'a, S> for &'a Member<S> {
    const SEALED: Sealed = Sealed;

    fn take(member: Self) -> Self {
        member
    }
}

/// The error of a `#[join]` that returns a `Result`: an HTTP response, by axum's `IntoResponse`.
#[diagnostic::on_unimplemented(
    message = "`#[join]` cannot reject a client with `{Self}`",
    label = "the error is not an HTTP response",
    note = "`#[join]` returns the value to keep with the member, or `Result<Kept, R>` where `R: IntoResponse` is the \
            HTTP response that rejects the upgrade: a `StatusCode`, a `(StatusCode, String)`, a `Response`"
)]
pub trait JoinRejection: Sized {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn joined<K>(joined: Result<K, Self>) -> Result<K, Response>;
}

#[diagnostic::do_not_recommend]
impl<R: IntoResponse> JoinRejection for R {
    const SEALED: Sealed = Sealed;

    fn joined<K>(joined: Result<K, Self>) -> Result<K, Response> {
        joined.map_err(IntoResponse::into_response)
    }
}

/// A return type of `#[join]` that is written `Result<K, …>`: the standard library's `Result`.
// The macro reads `K` there, and this trait checks it.
#[diagnostic::on_unimplemented(
    message = "`#[join]` treats `{Self}` as a `Result` that keeps `{K}`, because of its name",
    label = "not a `Result`",
    note = "return it under another name, such as `type Joined = …;`, so that the type decides"
)]
pub trait JoinResult<K> {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    type Rejection;

    #[doc(hidden)]
    fn into_result(self) -> Result<K, Self::Rejection>;
}

impl<K, R> JoinResult<K> for Result<K, R> {
    const SEALED: Sealed = Sealed;
    type Rejection = R;

    fn into_result(self) -> Self {
        self
    }
}

/// The return value of `#[join]`, under any name. `RESULT` is `JoinReturn::<Self>::IS_RESULT`, which the macro cannot know
/// but rustc does.
#[doc(hidden)]
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

/// The return type of a `#[join]`.
// Whether it is a `Result`: an inherent constant goes before the one of `IsNoResult`.
#[derive(Debug)]
pub struct JoinReturn<T>(PhantomData<T>);

#[doc(hidden)]
impl<K, R> JoinReturn<Result<K, R>> {
    pub const IS_RESULT: bool = true;

    pub fn keep(joined: Result<K, R>) -> Result<Result<K, R>, Response>
    where
        Result<K, R>: KeptByGenericService,
    {
        Ok(joined)
    }
}

/// The answer for every other type.
#[doc(hidden)]
pub trait IsNoResult<T> {
    const IS_RESULT: bool = false;

    fn keep(joined: T) -> Result<T, Response> {
        Ok(joined)
    }
}

impl<T> IsNoResult<T> for JoinReturn<T> {}

/// Implemented by no type. If the compiler names it, write the return type of the generic service's `#[join]` as
/// `Result<Kept, R>`, not under another name.
#[diagnostic::on_unimplemented(
    message = "`#[join]` of a generic service returns a `Result` under another name",
    label = "write it as `Result<…, …>`",
    note = "a return type that contains a type parameter of the service is kept as a whole, unless you write it as `Result<Kept, R>`"
)]
pub trait KeptByGenericService {
    #[doc(hidden)]
    const SEALED: Sealed;
}

/// A return type of `#[rejoin]`: `()`, or a `Result<(), E>` whose error closes the connection.
#[diagnostic::on_unimplemented(
    message = "`#[rejoin]` cannot return `{Self}`",
    label = "neither `()` nor a `Result<(), E>`",
    note = "`#[rejoin]` returns `()`, or `Result<(), E>` where the error closes the connection: a type that implements \
            `std::error::Error` or a `String` with 1011, a `Close` with its own code"
)]
pub trait RejoinReturn {
    #[doc(hidden)]
    const SEALED: Sealed;

    #[doc(hidden)]
    fn into_rejoin(self) -> Result<(), Close>;
}

impl RejoinReturn for () {
    const SEALED: Sealed = Sealed;

    fn into_rejoin(self) -> Result<(), Close> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> RejoinReturn for Result<(), E> {
    const SEALED: Sealed = Sealed;

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
