//! Generates `error`, which passes the error of a callback to the `#[error]` for its type.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use super::callback::cfg;
use super::method::Method;
use super::subject::Subject;
use crate::callbacks::Callback;
use crate::tokens::{Crate, Place, mentions, without_self};

/// Generates the constant and the method of a handler.
pub(super) fn of_handler(callbacks: &[Callback], item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if callbacks.is_empty() {
        return None;
    }
    let method = Method::new(callbacks, item);
    let arm = |callback: &Callback| {
        let (enter, reply) = (callback.enter(krate), callback.reply("error", &method, krate));
        quote!(#enter #reply;)
    };
    let body = body(callbacks, krate, arm, &quote!(reply.fail(error)));
    let signature = quote! {
        error(
            &mut self,
            error: #krate::BoxError,
            cx: &mut #krate::Context<Self>,
            reply: &mut #krate::Reply,
        )
    };
    let written = method.written(&signature, &body, item, krate);
    // If every `#[error]` is removed by its `#[cfg]`, the constant keeps its default and the method is not called.
    let asked = any_cfg(callbacks).map(|value| quote!(const ERRORS: bool = #value;));
    Some(quote!(#asked #written))
}

/// Generates the method of a service.
pub(super) fn of_service(callbacks: &[Callback], item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if callbacks.is_empty() {
        return None;
    }
    let method = Method::new(callbacks, item).of_service();
    let arm = |callback: &Callback| {
        let name = callback.name.unraw().to_string();
        let failed = quote!(#krate::__private::fail(member, #name, error));
        callback.control_or("error", &method, krate, &failed)
    };
    let body = body(callbacks, krate, arm, &quote!(#krate::__private::fail(member, "incoming", error)));
    let signature = quote!(error(&mut self, member: &#krate::Member<Self>, error: #krate::BoxError));
    Some(method.written(&signature, &body, item, krate))
}

/// Checks whether one of the callbacks is compiled, as an expression.
fn any_cfg(callbacks: &[Callback]) -> Option<TokenStream> {
    let mut predicates = Vec::new();
    for callback in callbacks {
        match &callback.cfgs[..] {
            [] => return Some(quote!(true)),
            cfgs => predicates.push(quote!(all(#(#cfgs),*))),
        }
    }
    (!predicates.is_empty()).then(|| quote!(::core::cfg!(any(#(#predicates),*))))
}

/// Generates the choice among `callbacks`, each with the code of its `arm`.
fn body(
    callbacks: &[Callback],
    krate: &Crate,
    arm: impl Fn(&Callback) -> TokenStream,
    otherwise: &TokenStream,
) -> TokenStream {
    let kind = |(index, callback): (usize, &Callback)| {
        Ident::new(&format!("kind{index}"), Place::of(&callback.name).start)
    };
    let kinds: Vec<_> = callbacks.iter().enumerate().map(kind).collect();
    let asks = callbacks.iter().zip(&kinds).map(|(callback, kind)| {
        let (cfg, ty) = (cfg(&callback.cfgs), callback.payload());
        let Place { start, end } = Place::of(&ty);
        let placed = krate.at(start);
        let ask = quote_spanned!(start=> <#ty as #placed::ReceivedError<_>>);
        let ask = quote_spanned!(end=> #ask::kind);
        // The name only causes the check.
        let check = ty.filter(|ty| mentions(ty, "Close")).map(|_| {
            let check = quote_spanned!(start=> #placed::__private::ErrorArgument::<#ty>::check);
            let check = quote_spanned!(end=> #check());
            quote!(#cfg { use #krate::__private::NoClose as _; #check; })
        });
        quote!(#check #cfg let #kind = #ask();)
    });
    let fits = callbacks.iter().zip(&kinds).enumerate().map(|(index, (callback, kind))| {
        let cfg = cfg(&callback.cfgs);
        quote!(#cfg (#index, #kind.fit(&error)))
    });
    let arms = callbacks.iter().zip(&kinds).enumerate().map(|(index, (callback, kind))| {
        let (cfg, arm) = (cfg(&callback.cfgs), arm(callback));
        quote! {
            #cfg
            ::core::option::Option::Some(#index) => {
                let error = #kind.take(error);
                #arm
            }
        }
    });
    quote! {
        #(#asks)*
        match #krate::__private::choose_error([#(#fits,)*]) {
            #(#arms)*
            _ => #otherwise,
        }
    }
}

/// Declares the types of the errors, so that rustc reports two callbacks for one type.
pub(super) fn types(callbacks: &[Callback], item: &Subject, krate: &Crate) -> TokenStream {
    let self_ty = &item.self_ty;
    let parameters = without_self(&item.generics, self_ty);
    let bounds = item.bounds_and_sent();
    let one = |callback: &Callback| {
        let cfg = cfg(&callback.cfgs);
        // A bare parameter may be any type, so rustc cannot compare it with the others.
        let payload = callback.payload().filter(|payload| !item.is_parameter(payload))?;
        let place = Place::of(payload).start;
        let (payload, krate) = (without_self(payload, self_ty), krate.at(place));
        // The spans are at the type, so that a second impl for the same type is reported there.
        Some(quote_spanned! {place=>
            #cfg
            #[automatically_derived]
            impl #parameters #krate::ErrorFor<#self_ty> for #payload #bounds {}
        })
    };
    callbacks.iter().filter_map(one).collect()
}
