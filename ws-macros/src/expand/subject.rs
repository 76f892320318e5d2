//! The type that an attribute is about.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Type};

use crate::callbacks::{Callback, Init};
use crate::tokens::{Crate, Names, mentions, without_self, written};

/// The type that becomes a handler or a service.
pub(crate) struct Subject {
    pub(crate) self_ty: Type,
    pub(crate) generics: Generics,
    pub(crate) cfgs: Vec<TokenStream>,
}

impl Subject {
    /// Returns the bounds of the impl and `Self: Send`, for items outside of the impl. The trait already requires
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

    /// Returns whether `ty` is a type parameter of the impl.
    pub(super) fn is_parameter(&self, ty: &Type) -> bool {
        let written = written(ty);
        self.generics.type_params().any(|parameter| parameter.ident == written)
    }

    /// Returns whether `ty` may have a type parameter of the impl.
    pub(super) fn is_named_in(&self, ty: &Type) -> bool {
        let parameters = self.generics.type_params().map(|parameter| &parameter.ident);
        let constants = self.generics.const_params().map(|parameter| &parameter.ident);
        let mut parameters = parameters.chain(constants).map(ToString::to_string).peekable();
        parameters.peek().is_some()
            && (mentions(ty, "Self") || parameters.any(|parameter| mentions(ty, &parameter)))
    }
}
