//! The arguments of `#[init]` and `#[join]` that come from the request: every type for which the probe found a [`Source`].
//! The traits differ only in the text of their errors.

use super::extract::{Nothing, Source};
use super::sealed::Sealed;

macro_rules! request_arguments {
    ($($(#[$attribute:meta])* $name:ident;)*) => { $(
        $(#[$attribute])*
        pub trait $name<From>: Sized {
            #[doc(hidden)]
            const SEALED: Sealed;

            #[doc(hidden)]
            fn source(from: From) -> Source<Self>;
        }

        #[diagnostic::do_not_recommend]
        impl<A> $name<Source<A>> for A {
            const SEALED: Sealed = Sealed;

            fn source(from: Source<A>) -> Source<A> {
                from
            }
        }

        // With a second implementation, rustc takes `From` from the argument, and reports a type that is no extractor
        // as such.
        #[diagnostic::do_not_recommend]
        impl<A> $name<Nothing> for A {
            const SEALED: Sealed = Sealed;

            fn source(from: Nothing) -> Source<A> {
                match from {}
            }
        }
    )* };
}

request_arguments! {
    /// An argument of a handler's `#[init]`: any axum extractor that does not read the body, such as
    /// [`State<T>`](crate::State), `Path<T>`, `Query<T>` or `HeaderMap`.
    ///
    /// For a type of your own, implement axum's `FromRequestParts<S>`: for every `S`, for
    /// [`AppHandle`](crate::AppHandle), or for a state of the app. `From` is how it is extracted.
    #[diagnostic::on_unimplemented(
        message = "`#[init]` cannot take `{Self}` from the request",
        label = "not an extractor of request parts",
        note = "the arguments of `#[init]` are axum extractors that do not read the body: `State<T>` (with `T: Clone`) for \
                values from `App::state`, `Path<T>` and `Query<T>` (with `T: Deserialize`), `HeaderMap`, `Uri` and so on",
        note = "the last argument can be `upgrade: &mut Upgrade<Self>`; in the module form, write the type of the state \
                instead of `Self`",
        note = "an extractor of your own implements `FromRequestParts<S>` of axum 0.8; those of axum 0.7 do not fit"
    )]
    InitArgument;

    /// An argument of `#[init]` or `#[join]` that is written `State<T>`: [`ws_core::State`](crate::State), where
    /// `T: Clone + Send + Sync + 'static`.
    ///
    /// If the compiler names it, `T` is not `Clone`.
    // Any other extractor of that name works too.
    #[diagnostic::on_unimplemented(
        message = "a callback cannot take `{Self}` from the app",
        label = "not a state of the app",
        note = "`State<T>` needs `T: Clone + Send + Sync + 'static`: derive `Clone` for `T`, or put the value in an `Arc`",
        note = "`State` is the one of ws-core or of axum 0.8; that of axum 0.7 does not fit"
    )]
    StateArgument;

    /// An argument of `#[join]` that comes from the request: any axum extractor that does not read the body.
    #[diagnostic::on_unimplemented(
        message = "`#[join]` cannot take `{Self}` from the request",
        label = "not an extractor of request parts",
        note = "the arguments of `#[join]` are axum extractors that do not read the body: `State<T>` (with `T: Clone`) for \
                values from `App::state`, `Path<T>` and `Query<T>` (with `T: Deserialize`), `HeaderMap`, `Uri` and so on; or \
                the member, `member: &Member<Self>`",
        note = "an extractor of your own implements `FromRequestParts<S>` of axum 0.8; those of axum 0.7 do not fit"
    )]
    JoinArgument;
}
