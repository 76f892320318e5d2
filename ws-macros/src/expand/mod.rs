//! Generates the code: the [`route`] of a struct, the [`handler`] or [`service`] of an impl, and both for a module.
//! Generated code is thin and calls functions of ws-core, which can be read and debugged.
//!
//! Every path is `#krate::…` or `::core::…`, and all code except [`route::guard`] is inside `const _: () = { … }`, so
//! that names of the user and generated names cannot clash.

mod callback;
mod error;
mod event;
mod handler;
mod info;
mod init;
mod message;
mod method;
mod route;
mod service;
mod subject;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::Generics;

use crate::callbacks::{self, Form, Place, cfgs, has_elided_lifetime, take};
use crate::errors::Errors;
use crate::fallback;
use crate::item::{File, Impl, Item, Member, Module, Struct};
use crate::options::{self, Route};
use crate::role::Role;
use crate::tokens::Crate;

pub(crate) use self::subject::Subject;

/// The generated code, and the errors to emit beside it.
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

/// Expands `#[websocket]` or `#[service]`.
pub(crate) fn attribute(role: Role, arguments: TokenStream, item: TokenStream) -> Expansion {
    let mut errors = Errors::default();
    let code = match Item::read(item.clone(), &mut errors) {
        Some(Item::Struct(read)) => {
            let route = linked(role, arguments, &read, &mut errors);
            quote!(#item #route)
        }
        Some(Item::Impl(read)) => dispatched(role, arguments, *read, &mut errors),
        Some(Item::Module(read)) => both(role, arguments, *read, &mut errors),
        Some(Item::File(read)) => {
            refuse_file(role, &read, &mut errors);
            read.emptied()
        }
        Some(Item::Other(keyword)) => {
            refuse(role, &item, keyword.as_ref(), &mut errors);
            fallback::without_markers(item, role)
        }
        None => fallback::without_markers(item, role),
    };
    Expansion { code, errors }
}

/// Generates the route of a struct. Returns `None` on errors, so that an incomplete route is never registered.
fn linked(role: Role, arguments: TokenStream, item: &Struct, errors: &mut Errors) -> Option<TokenStream> {
    let (name, attribute) = (&item.ident, role.attribute());
    if refuse_lifetimes(role, &item.generics, name, errors) {
        return None;
    }
    if !item.generics.params.is_empty() {
        errors.help(
            &item.generics,
            format_args!("a route needs a concrete type, but `{name}` is generic"),
            format_args!(
                "remove `#[{attribute}{}]` from the struct, keep `#[{attribute}]` on its impl, and call `App::{}`",
                match role {
                    Role::Handler => "(…)",
                    Role::Service => "",
                },
                match role {
                    Role::Handler => format!("mount::<{name}<Concrete>>(path, options)"),
                    Role::Service => format!("mount_service::<{name}<Concrete>>(path)"),
                }
            ),
        );
        return None;
    }
    let route = Route::read(role, arguments, "struct", name, errors).ok()?;
    let cfgs = cfgs(&item.attrs);
    let (registered, guard) = (route::expand(name, &cfgs, &route), route::guard(&cfgs, &route));
    Some(quote!(#registered #guard))
}

/// Returns an impl and the trait impl that dispatches to its callbacks.
fn dispatched(role: Role, arguments: TokenStream, mut item: Impl, errors: &mut Errors) -> TokenStream {
    let krate = options::krate(role, arguments, errors);
    let subject =
        Subject { self_ty: item.self_ty.clone(), generics: item.generics.clone(), cfgs: cfgs(&item.attrs) };
    let form = Form { role, place: Place::Impl };
    let dispatch = Dispatch::take(&mut item.members, &form, errors);
    if refuse_lifetimes(role, &item.generics, &item.self_ty, errors) {
        return item.into_token_stream();
    }
    let dispatch = dispatch.expand(&subject, &krate, errors);
    quote!(#item #dispatch)
}

/// Reports a type with a lifetime other than `'static`. Rustc would report errors in the generated code instead.
fn refuse_lifetimes(role: Role, generics: &Generics, ty: &dyn ToTokens, errors: &mut Errors) -> bool {
    let lifetimes: Vec<_> = generics.lifetimes().collect();
    if lifetimes.is_empty() && !has_elided_lifetime(ty) {
        return false;
    }
    let at: &dyn ToTokens = lifetimes.first().map_or(ty, |first| first);
    errors.help(
        at,
        match role {
            Role::Handler => "a handler lives as long as its connection, so it cannot contain borrowed data",
            Role::Service => "a service lives as long as the app, so it cannot contain borrowed data",
        },
        "use an owned type, `Arc<T>` or `&'static T`; take a state of the app as `State<T>` in `#[init]`",
    );
    true
}

/// The callbacks of a handler or a service.
enum Dispatch {
    Handler(Box<callbacks::Handler>),
    Service(Box<callbacks::Service>),
}

impl Dispatch {
    fn take(members: &mut [Member], form: &Form, errors: &mut Errors) -> Self {
        match form.role {
            Role::Handler => Self::Handler(Box::new(take(members, form, errors))),
            Role::Service => Self::Service(Box::new(take(members, form, errors))),
        }
    }

    fn expand(&self, subject: &Subject, krate: &Crate, errors: &Errors) -> TokenStream {
        match self {
            Self::Handler(_) if !errors.is_empty() => fallback::handler(subject, krate),
            Self::Service(_) if !errors.is_empty() => fallback::service(subject, krate),
            Self::Handler(callbacks) => handler::expand(subject, callbacks, krate),
            Self::Service(callbacks) => service::expand(subject, callbacks, krate),
        }
    }
}

/// Returns a module with its route and its dispatch. Both are generated inside the module, where private types are
/// visible.
fn both(role: Role, arguments: TokenStream, mut item: Module, errors: &mut Errors) -> TokenStream {
    let route = Route::read(role, arguments, "module", &item.ident, errors);
    let before = errors.count();
    let form = Form::of_module(role, &item.members);
    let dispatch = Dispatch::take(&mut item.members, &form, errors);
    let name = &item.ident;
    let Place::Module(Some(self_ty)) = form.place else {
        // Callbacks without the state are already reported.
        if errors.count() == before {
            errors.help(
                name,
                format_args!("module `{name}` has no state: no callback takes one"),
                match role {
                    Role::Handler => {
                        "write a callback such as `#[text] fn text(state: &mut YourState, text: &str)`; the type of \
                         its first `&mut` argument is the state"
                    }
                    Role::Service => {
                        "write a callback such as `#[incoming] fn received(state: &mut YourState, text: &str)`; the type \
                         of its first `&mut` argument is the state"
                    }
                },
            );
        }
        return item.into_token_stream();
    };
    // The `#[cfg]` of the module already applies to its content.
    let subject = Subject { self_ty: *self_ty, generics: Generics::default(), cfgs: Vec::new() };
    let krate = match &route {
        Ok(route) => &route.krate,
        Err(krate) => krate,
    };
    let handler = dispatch.expand(&subject, krate, errors);
    let route = route.as_ref().ok().filter(|_| errors.is_empty());
    let registered = route.map(|route| route::expand(&subject.self_ty, &[], route));
    let guard = route.map(|route| route::guard(&cfgs(&item.attrs), route));
    item.generated = quote!(#registered #handler);
    quote!(#item #guard)
}

fn refuse_file(role: Role, item: &File, errors: &mut Errors) {
    let (name, attribute, with_path) = (&item.ident, role.attribute(), role.with_path());
    errors.help(
        &item.written(),
        format_args!("`#[{attribute}]` cannot see the file of `mod {name};`"),
        format_args!(
            "write the functions here, in `mod {name} {{ … }}`; or remove this attribute and write \
             `{with_path} struct YourStruct;` and `#[{attribute}] impl YourStruct {{ … }}` in the file"
        ),
    );
}

/// Reports an item that can be neither a handler nor a service.
fn refuse(role: Role, item: &TokenStream, keyword: Option<&Ident>, errors: &mut Errors) {
    let at: &dyn ToTokens = keyword.map_or(item, |keyword| keyword);
    let (attribute, with_path, callback) = (role.attribute(), role.with_path(), role.callback());
    let both = format!("write `{with_path} struct YourStruct;` and `#[{attribute}] impl YourStruct {{ … }}`");
    let (kind, help) = match keyword.map(ToString::to_string).as_deref() {
        Some("impl") => ("the impl of a trait", format!("write `#[{attribute}] impl YourStruct {{ … }}`")),
        Some("fn") => (
            "a function",
            format!(
                "move the function into `#[{attribute}] impl YourStruct {{ … }}` or `{with_path} mod your_module \
                 {{ … }}` and mark it as a callback: `{callback} …`"
            ),
        ),
        Some("enum") => {
            ("an enum", format!("put the enum in a field of a struct, and write `{with_path}` on the struct"))
        }
        Some("union") => (
            "a union",
            format!("put the union in a field of a struct, and write `{with_path}` on the struct"),
        ),
        Some("trait") => ("a trait", both),
        Some("type") => ("a type alias", both),
        _ => ("this item", both),
    };
    errors.help(
        at,
        format_args!(
            "`#[{attribute}]` goes on a struct and its impl, or on a module of functions, not on {kind}"
        ),
        help,
    );
}
