//! The call of one callback.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use super::method::Method;
use crate::callbacks::{Argument, Callback};
use crate::tokens::{Crate, Place};

/// `#[cfg(…)]`, as the callback has it.
pub(super) fn cfg(cfgs: &[TokenStream]) -> TokenStream {
    quote!(#(#[cfg(#cfgs)])*)
}

/// `#[cfg(not(any(…)))]`: when none of `alternatives` is there. `None` if one of them always is.
pub(super) fn cfg_none<'a>(alternatives: impl IntoIterator<Item = &'a [TokenStream]>) -> Option<TokenStream> {
    let mut predicates = Vec::new();
    for cfgs in alternatives {
        match cfgs {
            [] => return None,
            [one] => predicates.push(one.clone()),
            all => predicates.push(quote!(all(#(#all),*))),
        }
    }
    match &predicates[..] {
        [] => None,
        [one] => Some(quote!(#[cfg(not(#one))])),
        all => Some(quote!(#[cfg(not(any(#(#all),*)))])),
    }
}

/// `callee(arguments).await`, placed where its result is declared: a result that does not fit is reported there.
pub(super) fn call(callee: &TokenStream, arguments: &[Ident], awaits: bool, at: Place) -> TokenStream {
    let Place { start, end } = at;
    let arguments = quote_spanned!(end=> (#(#arguments),*));
    let awaits = awaits.then(|| quote_spanned!(end=> .await));
    quote_spanned!(start=> #callee #arguments #awaits)
}

/// `Self::name` or `self::name`, placed.
pub(super) fn callee(owner: &Ident, name: &Ident, at: Place) -> TokenStream {
    let (mut owner, mut name) = (owner.clone(), name.clone());
    owner.set_span(at.start);
    name.set_span(at.start);
    quote_spanned!(at.start=> #owner::#name)
}

impl Callback {
    /// The call, with the payload, if it takes one, from the variable `payload`.
    pub(super) fn call(&self, payload: &str, method: &Method) -> TokenStream {
        let arguments = self.variables("self", payload);
        let callee = method.sender(self).unwrap_or_else(|| callee(&self.owner, &self.name, self.reply));
        call(&callee, &arguments, self.awaits, self.reply)
    }

    /// What is given to the callback, in its own order.
    pub(super) fn variables(&self, handler: &str, payload: &str) -> Vec<Ident> {
        let variable = |argument: &Argument| match argument {
            Argument::Handler => format_ident!("{handler}"),
            Argument::Payload(ty) => Ident::new(payload, Place::of(ty).start),
            Argument::Context(ty) => Ident::new("cx", Place::of(ty).start),
            Argument::Member(ty) => Ident::new("member", Place::of(ty).start),
        };
        self.arguments.iter().map(variable).collect()
    }

    /// The call, and its result put into the reply.
    pub(super) fn reply(&self, payload: &str, method: &Method, krate: &Crate) -> TokenStream {
        let call = self.call(payload, method);
        let start = self.reply.start;
        let krate = krate.at(start);
        quote_spanned!(start=> #krate::IntoReply::into_reply(#call, reply))
    }

    /// The call, and its result as a service's `Control`.
    pub(super) fn control(&self, payload: &str, method: &Method, krate: &Crate) -> TokenStream {
        let call = self.call(payload, method);
        let start = self.reply.start;
        let placed = krate.at(start);
        let control = quote_spanned!(start=> #placed::IntoControl::into_control(#call));
        let named = self.named(krate);
        quote!({ #named #control })
    }

    /// Says which callback of a service runs from here to the end of the block, in the same way: a service has no
    /// connection to tell.
    pub(super) fn named(&self, krate: &Crate) -> TokenStream {
        let name = self.name.unraw().to_string();
        quote!(let _named = #krate::__private::Named::new(#name);)
    }

    /// Tells the connection which callback runs: a panic or an error in it is reported by that name.
    pub(super) fn enter(&self, krate: &Crate) -> TokenStream {
        let name = self.name.unraw().to_string();
        quote!(#krate::__private::enter(cx, #name);)
    }

    /// `statements` as they are, or in a block of their own under the callback's `#[cfg]`.
    pub(super) fn block(&self, statements: &dyn ToTokens) -> TokenStream {
        if self.cfgs.is_empty() {
            return statements.to_token_stream();
        }
        let cfg = cfg(&self.cfgs);
        quote!(#cfg { #statements })
    }
}
