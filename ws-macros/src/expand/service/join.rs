//! Generates `ask`, which extracts the arguments of `#[join]` from the request, and `join`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use crate::callbacks::{Argument, Callback, is_named_somehow, written_result};
use crate::expand::callback::{call, callee, cfg, cfg_none};
use crate::expand::extractor::Extractor;
use crate::expand::info::base_name;
use crate::expand::method::{place, sent};
use crate::expand::subject::Subject;
use crate::tokens::{Crate, Names, Place, without_self};

/// A `#[join]`, and the generated struct that holds its extracted arguments. The struct lets a public service take
/// private types without a lint.
pub(super) struct Join<'a> {
    pub(super) callback: &'a Callback,
    pub(super) extractors: Vec<Extractor<'a>>,
    asked: Ident,
}

impl<'a> Join<'a> {
    pub(super) fn new(callback: &'a Callback, item: &Subject, names: &mut Names) -> Self {
        let asked = names.fresh(&format!("{}Asked", base_name(&item.self_ty)), Span::call_site());
        let extractor = |ty| Extractor::new(&callback.cfgs, ty, "JoinArgument", names);
        Self { callback, extractors: callback.payloads().map(extractor).collect(), asked }
    }

    fn variables(&self) -> Vec<Ident> {
        let variable = |(index, ty): (usize, &Type)| Ident::new(&format!("a{index}"), Place::of(ty).start);
        self.callback.payloads().enumerate().map(variable).collect()
    }

    pub(super) fn asked_type(&self, item: &Subject) -> TokenStream {
        let (asked, cfg, self_ty) = (&self.asked, cfg(&self.callback.cfgs), &item.self_ty);
        let doc = format!(
            " The arguments that the `#[join]` of `{}` extracts from the request.",
            base_name(self_ty)
        );
        let types = self.callback.payloads().map(|ty| without_self(ty, self_ty));
        let parameters = without_self(&item.generics, self_ty);
        let bounds = without_self(&item.generics.where_clause, self_ty);
        quote! {
            #cfg
            #[doc = #doc]
            pub struct #asked #parameters (#(#types,)* ::core::marker::PhantomData<fn() -> #self_ty>) #bounds;
        }
    }

    pub(super) fn written(&self, item: &Subject, krate: &Crate) -> TokenStream {
        let (callback, asked, cfg) = (self.callback, &self.asked, cfg(&self.callback.cfgs));
        let (_, arguments, _) = item.generics.split_for_impl();
        let (variables, sent) = (self.variables(), sent());
        let extracted = self.extractors.iter().zip(&variables);
        let extracted = extracted.map(|(extractor, variable)| extractor.extracted(variable, item));
        let mut extractors = variables.iter();
        let given: Vec<_> = callback
            .arguments
            .iter()
            .filter_map(|argument| match argument {
                Argument::Handler => Some(format_ident!("self")),
                Argument::Member(ty) => Some(Ident::new("member", Place::of(ty).start)),
                _ => extractors.next().cloned(),
            })
            .collect();
        let called = call(
            &callee(&callback.owner, &callback.name, callback.reply),
            &given,
            callback.awaits,
            callback.reply,
        );
        let (kept, called) = kept(callback, &called, item, krate);
        let (named, taken) = (callback.named(krate), callback.taken(krate));
        let place = place(callback.awaits.then_some(&callback.name), item);
        let method = quote_spanned! {place=>
            async fn join(
                &mut self,
                asked: Self::Asked,
                member: &#krate::Member<Self>,
            ) -> ::core::result::Result<Self::Kept, #krate::__private::Response>
            #sent
            {
                let #asked(#(#variables,)* _) = asked;
                #named
                #taken
                #called
            }
        };
        // A type that is less public than the service is reported at the return type.
        let kept = quote_spanned!(callback.reply.start=> type Kept = #kept;);
        quote! {
            #cfg
            type Asked = #asked #arguments;
            #cfg
            #kept

            #cfg
            async fn ask(
                parts: &mut #krate::__private::Parts,
                upgrade: &mut #krate::Upgrade<Self>,
            ) -> ::core::result::Result<Self::Asked, #krate::__private::Response>
            #sent
            {
                #(#extracted)*
                ::core::result::Result::Ok(#asked(#(#variables,)* ::core::marker::PhantomData))
            }

            #cfg
            #method
        }
    }
}

/// Generates the type of the kept value, and the call with its result converted to the one of the trait.
fn kept(
    callback: &Callback,
    call: &TokenStream,
    item: &Subject,
    krate: &Crate,
) -> (TokenStream, TokenStream) {
    let Place { start, end } = callback.reply;
    let placed = krate.at(start);
    let joined = |callee: TokenStream| {
        let result = quote_spanned!(end=> #callee(#call));
        let joined = quote_spanned!(start=> #placed::__private::JoinRejection::joined);
        quote_spanned!(end=> #joined(#result))
    };
    match &callback.returns {
        None => (quote!(()), quote!(::core::result::Result::Ok(#call))),
        Some(ty) if !is_named_somehow(ty) => (quote!(#ty), quote!(::core::result::Result::Ok(#call))),
        Some(ty) => match written_result(ty) {
            // The type of the error may be private, so the kept type does not name it.
            Some(kept) => {
                let result = quote_spanned!(start=> #placed::__private::JoinResult::<#kept>::into_result);
                (quote!(#kept), joined(result))
            }
            // A constant of a type with parameters is no constant to rustc.
            None if item.is_named_in(ty) => {
                let keep = quote_spanned!(start=> #placed::__private::JoinReturn::<#ty>::keep);
                (quote!(#ty), quote_spanned!(end=> #keep(#call)))
            }
            None => {
                let whole = without_self(ty, &item.self_ty);
                let is_result =
                    quote_spanned!(start=> { #placed::__private::JoinReturn::<#whole>::IS_RESULT });
                let kept = quote_spanned!(start=> <#ty as #placed::__private::Joined<#is_result>>::Kept);
                let result = quote_spanned!(start=> #placed::__private::Joined::<#is_result>::into_result);
                (kept, joined(result))
            }
        },
    }
}

/// Generates a `join` that accepts every client, for services without a `#[join]`.
pub(super) fn no_join(joins: &[Callback], krate: &Crate) -> Option<TokenStream> {
    let cfg = if joins.is_empty() {
        TokenStream::new()
    } else {
        cfg_none(joins.iter().map(|callback| &callback.cfgs[..]))?
    };
    Some(quote! {
        #cfg
        type Asked = ();
        #cfg
        type Kept = ();

        #cfg
        async fn ask(
            _parts: &mut #krate::__private::Parts,
            _upgrade: &mut #krate::Upgrade<Self>,
        ) -> ::core::result::Result<(), #krate::__private::Response> {
            ::core::result::Result::Ok(())
        }

        #cfg
        async fn join(
            &mut self,
            _asked: (),
            _member: &#krate::Member<Self>,
        ) -> ::core::result::Result<(), #krate::__private::Response> {
            ::core::result::Result::Ok(())
        }
    })
}
