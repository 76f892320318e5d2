//! Generates `init`, which runs the extractors and creates the handler.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use super::callback::{argument_call, call, callee, cfg, cfg_none};
use super::extractor::Extractor;
use super::method::{place, sent};
use super::subject::Subject;
use crate::callbacks::Init;
use crate::tokens::{Crate, Place};

/// `extractors` are those of each `#[init]`.
pub(super) fn init(
    inits: &[Init],
    extractors: &[Vec<Extractor<'_>>],
    item: &Subject,
    krate: &Crate,
) -> TokenStream {
    let extracted = |init: &Init, extractors: &[Extractor<'_>]| -> TokenStream {
        let variables = variables(init);
        extractors
            .iter()
            .zip(&variables)
            .map(|(extractor, variable)| extractor.extracted(variable, item))
            .collect()
    };
    // Each `#[init]` with a `#[cfg]` returns early, so the last expression runs only if none of them is compiled.
    let (always, chosen): (Vec<_>, Vec<_>) =
        inits.iter().zip(extractors).partition(|(init, _)| init.cfgs.is_empty());
    let chosen = chosen.into_iter().map(|(init, extractors)| {
        let (cfg, extracted, (taken, made)) =
            (cfg(&init.cfgs), extracted(init, extractors), made(init, krate));
        quote!(#cfg { #extracted #taken return #made; })
    });
    let always = always.into_iter().map(|(init, extractors)| {
        let (extracted, (taken, made)) = (extracted(init, extractors), made(init, krate));
        quote!(#extracted #taken #made)
    });
    let default = default(inits, &item.self_ty, krate);
    let extracts = inits.iter().any(|init| !init.extractors.is_empty());
    let upgrades = extracts || inits.iter().any(|init| init.upgrade.is_some());
    let parts = format_ident!("{}", if extracts { "parts" } else { "_parts" });
    let upgrade = format_ident!("{}", if upgrades { "upgrade" } else { "_upgrade" });
    let place = place(inits.iter().filter(|init| init.awaits).map(|init| &init.name), item);
    let sent = (extracts || inits.iter().any(|init| init.awaits)).then(sent);
    quote_spanned! {place=>
        async fn init(
            #parts: &mut #krate::__private::Parts,
            #upgrade: &mut #krate::Upgrade<Self>,
        ) -> ::core::result::Result<Self, #krate::__private::Response>
        #sent
        {
            #(#chosen)*
            #(#always)*
            #default
        }
    }
}

/// Generates the upgrade's statement, and the call of the user's function, with its result converted to the one of the
/// trait.
fn made(init: &Init, krate: &Crate) -> (Option<TokenStream>, TokenStream) {
    let upgrade = init.upgrade.as_ref().map(|ty| Ident::new("upgrade", Place::of(ty).start));
    let taken = init.upgrade.as_ref().map(|ty| {
        let take = argument_call(ty, "UpgradeArgument", &quote!('_, Self), krate);
        quote!(let upgrade = #take(upgrade);)
    });
    let arguments: Vec<Ident> = variables(init).into_iter().chain(upgrade).collect();
    let callee = callee(&init.owner, &init.name, init.reply);
    let call = call(&callee, &arguments, init.awaits, init.reply);
    let start = init.reply.start;
    let krate = krate.at(start);
    let made = quote_spanned!(start=> #krate::__private::InitReturn::<Self>::into_init(#call));
    (taken, made)
}

pub(super) fn variables(init: &Init) -> Vec<Ident> {
    let variable = |(index, ty): (usize, &Type)| Ident::new(&format!("a{index}"), Place::of(ty).start);
    init.extractors.iter().enumerate().map(variable).collect()
}

/// Creates the value with `Default` if there is no `#[init]`. A missing `Default` is reported at the type's name.
pub(super) fn default(inits: &[Init], self_ty: &Type, krate: &Crate) -> Option<TokenStream> {
    let Place { start, .. } = Place::of(self_ty);
    let krate = krate.at(start);
    let default = quote_spanned!(start=> <Self as #krate::__private::InitOrDefault>::by_default());
    let default = quote!(::core::result::Result::Ok(#default));
    if inits.is_empty() {
        return Some(default);
    }
    let cfg = cfg_none(inits.iter().map(|init| &init.cfgs[..]))?;
    Some(quote!(#cfg { #default }))
}
