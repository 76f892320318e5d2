//! A marker that rustc expands itself, because no `#[websocket]` or `#[service]` is around it. The prelude exports the
//! markers for this alone: otherwise rustc would report each as an unknown attribute, and suggest `#[test]` for
//! `#[text]`.
//!
//! `info` and `error` are not exported: `tracing` and `log` have macros of these names, and `thiserror` an attribute.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::Signature;
use syn::parse::{ParseStream, Parser};

use crate::callbacks::Marker;
use crate::errors::Errors;
use crate::role::Role;
use crate::source::earlier;
use crate::tokens::mentions;

/// A method, or a function of a module, with its body as raw tokens.
struct Function {
    before: TokenStream,
    sig: Signature,
    body: Group,
}

/// Expands the marker `name` on `item`. A method checks its type, so that an `impl` without `#[websocket]` is one
/// error, at the struct.
pub(crate) fn marker(name: &str, item: &TokenStream) -> TokenStream {
    let Ok(function) = Function::read.parse2(item.clone()) else { return refused(name, item) };
    // One error for each impl and module.
    if earlier("marker".to_owned(), Span::call_site(), "#").is_some() {
        return item.clone();
    }
    if !function.is_method() {
        return refused(name, item);
    }
    let Function { before, sig, body } = function;
    let inner = body.stream();
    let check = quote! {{
        use ::ws_core::__private::strays::*;
        (&&&&::ws_core::__private::Stray::<Self>::new()).__check();
    }};
    let mut checked = Group::new(Delimiter::Brace, quote!(#check #inner));
    checked.set_span(body.span());
    quote!(#before #sig #checked)
}

/// Returns whether `item` is a method.
pub(crate) fn is_method(item: &TokenStream) -> bool {
    Function::read.parse2(item.clone()).is_ok_and(|function| function.is_method())
}

impl Function {
    fn is_method(&self) -> bool {
        self.sig.receiver().is_some() || mentions(&self.sig, "Self")
    }

    fn read(input: ParseStream) -> syn::Result<Self> {
        let attrs = input.call(syn::Attribute::parse_outer)?;
        let vis: syn::Visibility = input.parse()?;
        let sig = input.parse()?;
        match input.parse()? {
            TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                Ok(Self { before: quote!(#(#attrs)* #vis), sig, body })
            }
            other => Err(syn::Error::new(other.span(), "expected a body")),
        }
    }
}

/// Reports a marker of a function without a handler: in a module, or on no function at all.
fn refused(name: &str, item: &TokenStream) -> TokenStream {
    let marker = Ident::new(name, Span::call_site());
    let of = |role| Marker::is_ours(&marker, role);
    let role = if of(Role::Handler) { Role::Handler } else { Role::Service };
    let mut errors = Errors::default();
    if Function::read.parse2(item.clone()).is_err() {
        errors.help(
            &marker,
            format_args!("`#[{name}]` marks a callback, which is a function"),
            format_args!("write it on a method of the `#[{}] impl`", role.attribute()),
        );
        return quote!(#item #errors);
    }
    if name == "message" {
        // With the feature `pages`, this is a function of pages, and not a marker.
        errors.help(
            &marker,
            "a function with `#[message]` receives events of pages, and needs the feature `pages` of ws-core",
            "enable it in `Cargo.toml`: `features = [\"pages\"]`; for a callback of a handler, write `#[websocket]` on the \
             `impl` or the module around it",
        );
        return quote!(#item #errors);
    }
    errors.help(
        &marker,
        format_args!("`#[{name}]` marks a callback, in a module or an `impl` with `#[{}]`", role.attribute()),
        format_args!(
            "write `{}` on the module, or `#[{}]` on the `impl`",
            role.with_path(),
            role.attribute()
        ),
    );
    quote!(#item #errors)
}
