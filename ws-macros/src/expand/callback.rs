//! The call of one callback.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

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

/// `Self::name(arguments).await` or `self::name(arguments).await`, placed where its result is declared: a result that does not fit is
/// reported there, as is a future that cannot be sent.
pub(super) fn call(owner: &Ident, name: &Ident, arguments: &[Ident], awaits: bool, at: Place) -> TokenStream {
    let Place { start, end } = at;
    let (mut owner, mut name) = (owner.clone(), name.clone());
    owner.set_span(start);
    name.set_span(start);
    let arguments = quote_spanned!(end=> (#(#arguments),*));
    let awaits = awaits.then(|| quote_spanned!(end=> .await));
    quote_spanned!(start=> #owner::#name #arguments #awaits)
}

/// Where a generated method stands that runs these callbacks. Rustc reports a future that cannot be sent at the
/// method as a whole: with a single callback that waits, that is the one to point at.
pub(super) fn place<'a>(
    waiting: impl IntoIterator<Item = (&'a Ident, bool)>,
    self_ty: &dyn ToTokens,
) -> Span {
    let mut waiting = waiting.into_iter().filter(|&(_, awaits)| awaits).map(|(name, _)| name);
    match (waiting.next(), waiting.next()) {
        (Some(callback), None) => Place::of(callback).start,
        _ => Place::of(self_ty).start,
    }
}

impl Callback {
    /// The call, with the payload, if it takes one, from the variable `payload`.
    pub(super) fn call(&self, payload: &str) -> TokenStream {
        let argument = |argument: &Argument| match argument {
            Argument::Handler => format_ident!("self"),
            Argument::Payload(ty) => Ident::new(payload, Place::of(ty).start),
            Argument::Context(ty) => Ident::new("cx", Place::of(ty).start),
        };
        let arguments: Vec<Ident> = self.arguments.iter().map(argument).collect();
        call(&self.owner, &self.name, &arguments, self.awaits, self.reply)
    }

    /// For [`place`].
    pub(super) fn waiting(&self) -> (&Ident, bool) {
        (&self.name, self.awaits)
    }

    /// The call, and its result put into the reply.
    pub(super) fn reply(&self, payload: &str, krate: &Crate) -> TokenStream {
        let call = self.call(payload);
        let start = self.reply.start;
        let krate = krate.at(start);
        quote_spanned!(start=> #krate::IntoReply::into_reply(#call, reply))
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
