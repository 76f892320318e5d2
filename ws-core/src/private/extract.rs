//! The arguments that `#[init]` and `#[join]` extract from the request, each with an error message of its own.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::request::Parts;

use crate::handler::{AppHandle, Upgrade};

/// `FromRequestParts`, with an error message of its own.
#[diagnostic::on_unimplemented(
    message = "`#[init]` cannot take `{Self}` from the request",
    label = "not an extractor of request parts",
    note = "the arguments of `#[init]` are axum extractors that do not read the body: `State<T>` (with `T: Clone`) for \
            values from `App::state`, `Path<T>` and `Query<T>` (with `T: Deserialize`), `HeaderMap`, `Uri` and so on",
    note = "the last argument can be `upgrade: &mut Upgrade<Self>`; in the module form, write the type of the state \
            instead of `Self`"
)]
pub trait Extractor: FromRequestParts<AppHandle> {}

#[diagnostic::do_not_recommend]
impl<A: FromRequestParts<AppHandle>> Extractor for A {}

/// Extracts one argument of `#[init]` from the request. The future is boxed, so that a type that is no extractor causes
/// one error instead of three. This costs an allocation for each argument and handshake.
pub fn extract<'a, A, H>(parts: &'a mut Parts, upgrade: &Upgrade<H>) -> BoxFuture<'a, Result<A, Response>>
where
    A: Extractor,
{
    extract_from(parts, upgrade.app())
}

/// An extractor for an argument of `#[join]`.
#[diagnostic::on_unimplemented(
    message = "`#[join]` cannot take `{Self}` from the request",
    label = "not an extractor of request parts",
    note = "the arguments of `#[join]` are axum extractors that do not read the body: `State<T>` (with `T: Clone`) for \
            values from `App::state`, `Path<T>` and `Query<T>` (with `T: Deserialize`), `HeaderMap`, `Uri` and so on; or \
            the member, `member: &Member<Self>`"
)]
pub trait JoinExtractor: FromRequestParts<AppHandle> {}

#[diagnostic::do_not_recommend]
impl<A: FromRequestParts<AppHandle>> JoinExtractor for A {}

/// Extracts one argument of `#[join]` from the request.
pub fn ask<'a, A, S>(parts: &'a mut Parts, upgrade: &Upgrade<S>) -> BoxFuture<'a, Result<A, Response>>
where
    A: JoinExtractor,
{
    extract_from(parts, upgrade.app())
}

/// Not generic over the handler, so that handlers that take the same type share it.
fn extract_from<A: FromRequestParts<AppHandle>>(
    parts: &mut Parts,
    app: AppHandle,
) -> BoxFuture<'_, Result<A, Response>> {
    Box::pin(async move { A::from_request_parts(parts, &app).await.map_err(IntoResponse::into_response) })
}
