//! Generates the code: the [`route`] of a struct, the [`handler`] or [`service`] of an impl, both for a module, and the
//! registration of a [`page_message`]. Generated code is thin and calls functions of ws-core, which can be read and
//! debugged.
//!
//! Every path is `#krate::…` or `::core::…`, and all code except [`route::guard`] is inside `const _: () = { … }`, so
//! that names of the user and generated names cannot clash.

mod callback;
mod error;
mod event;
mod extractor;
mod handler;
mod info;
mod init;
mod message;
mod method;
mod page_message;
mod refuse;
mod route;
mod service;
mod stream;
mod subject;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Generics, parse_quote};

use self::refuse::{
    is_by_hand, refuse, refuse_again, refuse_file, refuse_lifetimes, refuse_other, refuse_same_path,
    refuse_second, refuse_short_lived, refuse_trait, refuse_type,
};
use crate::callbacks::{self, Form, Place, cfgs, of_the_other, take, values};
use crate::errors::Errors;
use crate::fallback;
use crate::item::{Impl, Item, Member, Module, Struct};
use crate::options::{self, Route};
use crate::role::Role;
use crate::tokens::{self, Crate};

pub(crate) use self::page_message::page_message;
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
        Some(Item::Impl(read)) if refuse_again(role, &read.attrs, &mut errors) => item,
        Some(Item::Impl(read)) => dispatched(role, arguments, *read, &mut errors),
        Some(Item::TraitImpl(read)) => {
            refuse_trait(role, &read, &mut errors);
            let krate = options::krate(role, arguments, &mut errors);
            let written = fallback::without_markers(item.clone(), role);
            if written.to_string() == item.to_string() {
                return Expansion { code: item, errors };
            }
            // Its markers are the only ones of the type. The functions of a trait that you implement by hand are its own.
            let written = (!is_by_hand(&read)).then_some(written);
            let subject = Subject::new(&read.self_ty, &read.generics, &[]);
            let placeholder = fallback::of(role, &subject, &[], &krate);
            quote!(#written #placeholder)
        }
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
    let place = tokens::Place::of(name).start;
    let mut lifetimes = item.generics.lifetimes().map(|_| quote_spanned!(place=> 'static)).peekable();
    // Lifetimes are reported at the impl.
    let ty = if lifetimes.peek().is_some() {
        quote_spanned!(place=> #name<#(#lifetimes),*>)
    } else {
        name.to_token_stream()
    };
    if item.generics.type_params().next().is_some() || item.generics.const_params().next().is_some() {
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
    if refuse_same_path(role, &item.attrs, &route.path, errors) {
        return None;
    }
    let cfgs = cfgs(&item.attrs);
    let (registered, guard) = (route::expand(&ty, &cfgs, &route), route::guard(&cfgs, &route));
    Some(quote!(#registered #guard))
}

/// Generates an impl and the trait impl that dispatches to its callbacks.
fn dispatched(role: Role, arguments: TokenStream, mut item: Impl, errors: &mut Errors) -> TokenStream {
    let krate = options::krate(role, arguments, errors);
    if refuse_type(role, &item.self_ty, errors) {
        return TokenStream::new();
    }
    let is_second = refuse_second(role, &item, errors);
    let mut subject = Subject::new(&item.self_ty, &item.generics, &item.attrs);
    let form = Form { role, place: Place::Impl };
    let values = values(&item.members, &form);
    let (others, own) = of_the_other(&item.members, role);
    if let [first, _, ..] = &others[..]
        && !own
    {
        refuse_other(role, first, errors);
        // Removes the markers. The errors would be about the other attribute.
        let form = Form { role: role.other(), place: Place::Impl };
        Dispatch::take(&mut item.members, &form, &mut Errors::default());
    }
    let dispatch = Dispatch::take(&mut item.members, &form, errors);
    refuse_lifetimes(role, &item.generics, &item.self_ty, errors);
    if refuse_short_lived(role, &item.generics, errors) {
        subject.generics.type_params_mut().for_each(|parameter| {
            parameter.bounds.push(parse_quote!(::core::marker::Send));
            parameter.bounds.push(parse_quote!('static));
        });
    }
    if errors.is_empty() {
        item.lints = Member::take_common_lints(&mut item.members);
        let dispatch = dispatch.expand(&subject, &krate);
        return quote!(#item #dispatch);
    }
    if is_second {
        let infos = fallback::of_second(role, &subject, &values, &krate);
        return quote!(#item #infos);
    }
    let placeholder = fallback::of(role, &subject, &values, &krate);
    // The struct may have either attribute.
    let other = (!others.is_empty()).then(|| fallback::alone(role.other(), &subject, &krate));
    quote!(#item #placeholder #other)
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

    fn expand(&self, subject: &Subject, krate: &Crate) -> TokenStream {
        match self {
            Self::Handler(callbacks) => handler::expand(subject, callbacks, krate),
            Self::Service(callbacks) => service::expand(subject, callbacks, krate),
        }
    }
}

/// Generates a module with its route and its dispatch. Both are generated inside the module, where private types are
/// visible.
fn both(role: Role, arguments: TokenStream, mut item: Module, errors: &mut Errors) -> TokenStream {
    let route = Route::read(role, arguments, "module", &item.ident, errors);
    let before = errors.count();
    let form = Form::of_module(role, &item.members);
    let values = values(&item.members, &form);
    let dispatch = Dispatch::take(&mut item.members, &form, errors);
    let name = &item.ident;
    let Place::Module(Some(self_ty)) = form.place else {
        // Callbacks without the state are already reported.
        if errors.count() == before && !errors.is_of_rustc() {
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
    let handler = if errors.is_empty() {
        dispatch.expand(&subject, krate)
    } else {
        fallback::of(role, &subject, &values, krate)
    };
    let route = route.as_ref().ok().filter(|_| errors.is_empty());
    let registered = route.map(|route| route::expand(&subject.self_ty, &[], route));
    let guard = route.map(|route| route::guard(&cfgs(&item.attrs), route));
    item.generated = quote!(#registered #handler);
    quote!(#item #guard)
}
