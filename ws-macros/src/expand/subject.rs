//! The type that an attribute is about.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, GenericParam, Generics, Type, parse2};

use crate::callbacks::{Callback, Init, cfgs, has_elided_lifetime};
use crate::tokens::{Crate, Names, mentions, with_static, without_self, written};

/// The type that becomes a handler or a service.
pub(crate) struct Subject {
    pub(crate) self_ty: Type,
    pub(crate) generics: Generics,
    pub(crate) cfgs: Vec<TokenStream>,
}

impl Subject {
    /// Creates the subject of an impl. Its lifetimes become `'static`: any other is an error.
    pub(crate) fn new(self_ty: &Type, generics: &Generics, attrs: &[Attribute]) -> Self {
        let cfgs = cfgs(attrs);
        let has_lifetimes = generics.lifetimes().next().is_some() || has_elided_lifetime(self_ty);
        let forever = |tokens: TokenStream| if has_lifetimes { with_static(tokens) } else { tokens };
        let mut generics = generics.clone();
        let params = generics.params.into_iter().filter(|param| !matches!(param, GenericParam::Lifetime(_)));
        generics.params = params.collect();
        generics.where_clause =
            generics.where_clause.and_then(|clause| parse2(forever(clause.to_token_stream())).ok());
        let self_ty = parse2(forever(self_ty.to_token_stream())).unwrap_or_else(|_| self_ty.clone());
        Self { self_ty, generics, cfgs }
    }

    /// Generates the bounds of the impl and `Self: Send`, for items outside of the impl. The trait already requires
    /// `Send` and reports a type without it, so here it is only assumed. Without the otherwise unused `for<'send>`,
    /// rustc would check the bound here too and report the same error again.
    pub(super) fn bounds_and_sent(&self) -> TokenStream {
        let self_ty = &self.self_ty;
        let bounds = self.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let bounds = bounds.map(|bound| without_self(bound, self_ty));
        quote!(where #(#bounds,)* for<'send> #self_ty: ::core::marker::Send)
    }

    /// Collects all names in the user's types, which share a scope with the generated types.
    pub(super) fn names<'a>(
        &self,
        inits: &[Init],
        callbacks: impl Iterator<Item = &'a Callback>,
        krate: &Crate,
    ) -> Names {
        let mut names = Names::default();
        names.take_all(&self.self_ty);
        names.take_all(&self.generics);
        names.take_all(&self.generics.where_clause);
        names.take_all(krate);
        for ty in inits.iter().flat_map(|init| &init.extractors) {
            names.take_all(ty);
        }
        for callback in callbacks {
            for ty in callback.types() {
                names.take_all(ty);
            }
            names.take_all(&callback.returns);
        }
        names
    }

    /// Checks whether `ty` is a type parameter of the impl.
    pub(super) fn is_parameter(&self, ty: &Type) -> bool {
        let written = written(ty);
        self.generics.type_params().any(|parameter| parameter.ident == written)
    }

    /// Checks whether `ty` may have a type parameter of the impl.
    pub(super) fn is_named_in(&self, ty: &Type) -> bool {
        let parameters = self.generics.type_params().map(|parameter| &parameter.ident);
        let constants = self.generics.const_params().map(|parameter| &parameter.ident);
        let mut parameters = parameters.chain(constants).map(ToString::to_string).peekable();
        parameters.peek().is_some()
            && (mentions(ty, "Self") || parameters.any(|parameter| mentions(ty, &parameter)))
    }
}
