//! What is written: for a struct its [`route`], for an impl its [`handler`]. Generated code is thin, and
//! calls what can be read and debugged in ws-core.
//!
//! Every path is `#krate::…` or `::core::…`, and everything stands in `const _: () = { … }`: user types of
//! any name neither hide ours nor meet them.

mod callback;
mod handler;
mod info;
mod init;
mod message;
mod route;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::callbacks::Handler;
use crate::errors::Errors;
use crate::fallback;
use crate::item::{Impl, Item, Struct};
use crate::options::{self, Route};

/// What comes out: code, and errors beside it.
#[derive(Default)]
pub(crate) struct Expansion {
    pub(crate) code: TokenStream,
    pub(crate) errors: Errors,
}

impl Expansion {
    pub(crate) fn into_tokens(self) -> TokenStream {
        let Self { code, errors } = self;
        quote!(#code #errors)
    }
}

/// The whole of `#[websocket]`.
pub(crate) fn websocket(arguments: TokenStream, item: TokenStream) -> Expansion {
    let mut errors = Errors::default();
    let code = match Item::read(item.clone(), &mut errors) {
        Some(Item::Struct(read)) => {
            let route = linked(arguments, &read, &mut errors);
            quote!(#item #route)
        }
        Some(Item::Impl(read)) => dispatched(arguments, *read, &mut errors),
        Some(Item::Other(keyword)) => {
            refuse(&item, keyword.as_ref(), &mut errors);
            fallback::without_markers(item)
        }
        None => fallback::without_markers(item),
    };
    Expansion { code, errors }
}

/// The route of a struct; nothing if there are errors, since a route that is half right would start.
fn linked(arguments: TokenStream, item: &Struct, errors: &mut Errors) -> Option<TokenStream> {
    let name = &item.ident;
    if !item.generics.params.is_empty() {
        errors.help(
            &item.generics,
            format_args!("a linked route needs one concrete type, and `{name}` is generic"),
            format_args!(
                "remove `#[websocket(…)]` from the struct, keep `#[websocket]` on its impl, \
                 and mount it with `App::mount::<{name}<Concrete>>(path, options)`"
            ),
        );
        return None;
    }
    Route::read(arguments, name, errors).map(|route| route::expand(item, &route))
}

/// An impl with its dispatch.
fn dispatched(arguments: TokenStream, mut item: Impl, errors: &mut Errors) -> TokenStream {
    let krate = options::krate(arguments, errors);
    let callbacks = Handler::take(&mut item, errors);
    let handler = if errors.is_empty() {
        handler::expand(&item, &callbacks, &krate)
    } else {
        fallback::handler(&item, &krate)
    };
    quote!(#item #handler)
}

/// An item that cannot be a handler.
fn refuse(item: &TokenStream, keyword: Option<&Ident>, errors: &mut Errors) {
    let at: &dyn ToTokens = keyword.map_or(item, |keyword| keyword);
    let (kind, help) = match keyword.map(ToString::to_string).as_deref() {
        Some("mod") => {
            let message = "the module form of `#[websocket]` is not built yet; \
                           write it on a struct and its impl";
            return errors.at(at, message);
        }
        Some("impl") => ("the impl of a trait", "write `#[websocket] impl YourStruct { … }`"),
        Some("fn") => (
            "a function",
            "put the function in `#[websocket] impl YourStruct { … }`, marked as a callback: `#[text] fn …`",
        ),
        Some("enum") => {
            ("an enum", "make the enum a field of a struct, and write `#[websocket(\"/path\")]` on that")
        }
        Some("union") => {
            ("a union", "make it a field of a struct, and write `#[websocket(\"/path\")]` on that")
        }
        _ => (
            "this",
            "write `#[websocket(\"/path\")] struct YourStruct;` and `#[websocket] impl YourStruct { … }`",
        ),
    };
    errors.help(at, format_args!("`#[websocket]` is written on a struct and its impl, not on {kind}"), help);
}
