//! What is written: for a struct its [`route`], for an impl its [`handler`], in a module both. Generated code is thin, and
//! calls what can be read and debugged in ws-core.
//!
//! Every path is `#krate::…` or `::core::…`, and everything stands in `const _: () = { … }`: user types of
//! any name neither hide ours nor meet them.

mod callback;
mod handler;
mod info;
mod init;
mod message;
mod method;
mod route;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::Generics;

use crate::callbacks::{Form, Handler, cfgs};
use crate::errors::Errors;
use crate::fallback;
use crate::item::{File, Impl, Item, Module, Struct};
use crate::options::{self, Route};
use crate::tokens::Crate;

pub(crate) use self::handler::Subject;

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
        Some(Item::Module(read)) => both(arguments, *read, &mut errors),
        Some(Item::File(read)) => {
            refuse_file(&read, &mut errors);
            read.emptied()
        }
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
    let route = Route::read(arguments, "struct", name, errors).ok()?;
    let cfgs = cfgs(&item.attrs);
    let (registered, guard) = (route::expand(name, &cfgs, &route), route::guard(&cfgs, &route));
    Some(quote!(#registered #guard))
}

/// An impl with its dispatch.
fn dispatched(arguments: TokenStream, mut item: Impl, errors: &mut Errors) -> TokenStream {
    let krate = options::krate(arguments, errors);
    let callbacks = Handler::take(&mut item.members, &Form::Impl, errors);
    let subject =
        Subject { self_ty: item.self_ty.clone(), generics: item.generics.clone(), cfgs: cfgs(&item.attrs) };
    let handler = dispatch(&subject, &callbacks, &krate, errors);
    quote!(#item #handler)
}

fn dispatch(subject: &Subject, callbacks: &Handler, krate: &Crate, errors: &Errors) -> TokenStream {
    if errors.is_empty() {
        handler::expand(subject, callbacks, krate)
    } else {
        fallback::handler(subject, krate)
    }
}

/// A module with its route and its dispatch, which stand in it, so that what is private there is in sight.
fn both(arguments: TokenStream, mut item: Module, errors: &mut Errors) -> TokenStream {
    let route = Route::read(arguments, "module", &item.ident, errors);
    let before = errors.count();
    let form = Form::of_module(&item.members);
    let callbacks = Handler::take(&mut item.members, &form, errors);
    let name = &item.ident;
    let Form::Module(Some(self_ty)) = form else {
        // Callbacks that take no state are reported already.
        if errors.count() == before {
            errors.help(
                name,
                format_args!("nothing in `{name}` says what the state of a connection is: no callback takes it"),
                "write a callback: `#[text] fn text(state: &mut YourState, text: &str)`; the type of its first \
                 `&mut` argument is the state",
            );
        }
        return item.into_token_stream();
    };
    // A `#[cfg]` of the module is one of all that is in it.
    let subject = Subject { self_ty: *self_ty, generics: Generics::default(), cfgs: Vec::new() };
    let krate = match &route {
        Ok(route) => &route.krate,
        Err(krate) => krate,
    };
    let handler = dispatch(&subject, &callbacks, krate, errors);
    let route = route.as_ref().ok().filter(|_| errors.is_empty());
    let registered = route.map(|route| route::expand(&subject.self_ty, &[], route));
    let guard = route.map(|route| route::guard(&cfgs(&item.attrs), route));
    item.generated = quote!(#registered #handler);
    quote!(#item #guard)
}

fn refuse_file(item: &File, errors: &mut Errors) {
    let name = &item.ident;
    errors.help(
        &item.written(),
        format_args!("`#[websocket]` does not see what is in the file of `mod {name};`"),
        format_args!(
            "write `mod {name} {{ … }}` with its functions here; or remove the attribute here, and write \
             `#[websocket(\"/path\")] struct YourStruct;` and `#[websocket] impl YourStruct {{ … }}` in the file"
        ),
    );
}

/// An item that cannot be a handler.
fn refuse(item: &TokenStream, keyword: Option<&Ident>, errors: &mut Errors) {
    let at: &dyn ToTokens = keyword.map_or(item, |keyword| keyword);
    let (kind, help) = match keyword.map(ToString::to_string).as_deref() {
        Some("impl") => ("the impl of a trait", "write `#[websocket] impl YourStruct { … }`"),
        Some("fn") => (
            "a function",
            "put the function in `#[websocket] impl YourStruct { … }` or in `#[websocket(\"/path\")] mod your_module \
             { … }`, marked as a callback: `#[text] fn …`",
        ),
        Some("enum") => {
            ("an enum", "make the enum a field of a struct, and write `#[websocket(\"/path\")]` on that")
        }
        Some("union") => {
            ("a union", "make it a field of a struct, and write `#[websocket(\"/path\")]` on that")
        }
        other => (
            match other {
                Some("trait") => "a trait",
                Some("type") => "another name of a type",
                _ => "this",
            },
            "write `#[websocket(\"/path\")] struct YourStruct;` and `#[websocket] impl YourStruct { … }`",
        ),
    };
    errors.help(
        at,
        format_args!(
            "`#[websocket]` is written on a struct and its impl, or on a module with its functions, not on {kind}"
        ),
        help,
    );
}
