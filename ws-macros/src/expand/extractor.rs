//! Generates the code of the extractors of `#[init]` and `#[join]`: a function for each, which finds out how it is
//! extracted, and its calls, at startup and in each handshake.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::callback::cfg;
use super::subject::Subject;
use crate::callbacks::is_called;
use crate::tokens::{Crate, Names, Place, without_self};

/// An extractor, and the name of its function.
pub(super) struct Extractor<'a> {
    cfgs: &'a [TokenStream],
    ty: &'a Type,
    /// The trait that reports a type that is no extractor.
    contract: &'static str,
    source: Ident,
}

impl<'a> Extractor<'a> {
    /// `any` is the trait of the arguments that are not called `State`: all extract the same types, but their errors
    /// differ.
    pub(super) fn new(cfgs: &'a [TokenStream], ty: &'a Type, any: &'static str, names: &mut Names) -> Self {
        let contract = if is_called(ty, "State") { "StateArgument" } else { any };
        let mut source = names.fresh("source", Span::call_site());
        source.set_span(Place::of(ty).start);
        Self { cfgs, ty, contract, source }
    }

    /// Generates the function. It is called at two places, so that a wrong type is one error.
    pub(super) fn written(&self, item: &Subject, krate: &Crate) -> TokenStream {
        let (self_ty, source) = (&item.self_ty, &self.source);
        let (cfg, ty) = (cfg(self.cfgs), without_self(self.ty, self_ty));
        let parameters = without_self(&item.generics, self_ty);
        let bounds = without_self(&item.generics.where_clause, self_ty);
        let Place { start, end } = Place::of(self.ty);
        let (probe, placed) = (probe(&ty, self_ty, Place { start, end }, krate), krate.at(start));
        let contract = Ident::new(self.contract, start);
        let callee = quote_spanned!(start=> <#ty as #placed::__private::#contract<_>>::source);
        let found = quote_spanned!(end=> #callee(#probe));
        quote! {
            #cfg
            #[allow(deprecated)]
            fn #source #parameters () -> #krate::__private::Source<#ty> #bounds {
                #found
            }
        }
    }

    /// Generates the declaration of its state, so that a missing state stops the start and does not fail the first client.
    pub(super) fn declared(&self, item: &Subject) -> TokenStream {
        let (cfg, call) = (cfg(self.cfgs), self.call(item));
        quote!(#cfg #call.declare(needs);)
    }

    /// Generates the statement that extracts it into `variable`.
    pub(super) fn extracted(&self, variable: &Ident, item: &Subject) -> TokenStream {
        let call = self.call(item);
        quote!(let #variable = #call.extract(parts, upgrade).await?;)
    }

    fn call(&self, item: &Subject) -> TokenStream {
        let source = &self.source;
        let (_, arguments, _) = item.generics.split_for_impl();
        let arguments = arguments.as_turbofish();
        quote!(#source #arguments ())
    }
}

/// Generates `needs` from the declarations.
pub(super) fn needs(declarations: &[TokenStream], krate: &Crate) -> Option<TokenStream> {
    (!declarations.is_empty()).then(|| {
        quote! {
            fn needs(needs: &mut #krate::Needs) {
                #(#declarations)*
            }
        }
    })
}

/// Generates the expression that finds out which state the extractor `ty` reads. If several states fit, the closure
/// that never returns makes rustc take the type `!` for them, and the error is about that.
pub(super) fn probe(ty: &TokenStream, handler: &Type, place: Place, krate: &Crate) -> TokenStream {
    let Place { start, end } = place;
    let krate = krate.at(start);
    let probe = quote_spanned!(start=> #krate::__private::Probe::<#ty, #handler>::new());
    let source = quote_spanned!(end=> (&&&&&#probe).__source(|| #krate::__private::never()));
    quote!({
        use #krate::__private::sources::*;
        #source
    })
}
