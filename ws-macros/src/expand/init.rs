//! Generates `needs`, which declares the required states at startup, and `init`, which runs the extractors and
//! creates the handler.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use super::callback::{argument_call, call, callee, cfg, cfg_none};
use super::method::{place, sent};
use super::subject::Subject;
use crate::callbacks::{Init, is_called};
use crate::tokens::{Crate, Place};

/// Generates `needs`, so that a missing state stops the start and does not fail the first client.
pub(super) fn needs(inits: &[Init], krate: &Crate) -> Option<TokenStream> {
    probes(inits.iter().map(|init| (&init.cfgs[..], init.extractors.iter().collect())), krate)
}

/// Generates `needs` for the extractors of any callbacks.
pub(super) fn probes<'a>(
    extractors: impl Iterator<Item = (&'a [TokenStream], Vec<&'a Type>)>,
    krate: &Crate,
) -> Option<TokenStream> {
    let declared: Vec<_> = extractors
        .filter(|(_, types)| !types.is_empty())
        .map(|(cfgs, types)| {
            let sources = types.into_iter().map(|ty| source(ty, krate));
            let probes = quote!(#(#sources.declare(needs);)*);
            if cfgs.is_empty() {
                return probes;
            }
            let cfg = cfg(cfgs);
            quote!(#cfg { #probes })
        })
        .collect();
    if declared.is_empty() {
        return None;
    }
    Some(quote! {
        fn needs(needs: &mut #krate::Needs) {
            #(#declared)*
        }
    })
}

/// Returns the expression that finds out which state the extractor `ty` reads.
pub(super) fn source(ty: &Type, krate: &Crate) -> TokenStream {
    let Place { start, end } = Place::of(ty);
    let krate = krate.at(start);
    let probe = quote_spanned!(start=> #krate::__private::Probe::<#ty, Self>::new());
    let source = quote_spanned!(end=> (&&&&&#probe).__source());
    quote!({
        use #krate::__private::sources::*;
        #source
    })
}

pub(super) fn init(inits: &[Init], item: &Subject, krate: &Crate) -> TokenStream {
    // Each `#[init]` with a `#[cfg]` returns early, so the last expression runs only if none of them is compiled.
    let (always, chosen): (Vec<_>, Vec<_>) = inits.iter().partition(|init| init.cfgs.is_empty());
    let chosen = chosen.into_iter().map(|init| {
        let (cfg, extracted, (taken, made)) = (cfg(&init.cfgs), extracted(init, krate), made(init, krate));
        quote!(#cfg { #extracted #taken return #made; })
    });
    let always = always.into_iter().map(|init| {
        let (extracted, (taken, made)) = (extracted(init, krate), made(init, krate));
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

/// Returns `let a0 = …; let a1 = …;`, one for each extractor.
fn extracted(init: &Init, krate: &Crate) -> TokenStream {
    let variables = variables(init);
    let calls = init.extractors.iter().map(|ty| {
        let (Place { start, end }, source) = (Place::of(ty), source(ty, krate));
        let krate = krate.at(start);
        let name = Ident::new(argument_trait(ty, "InitArgument"), start);
        let callee = quote_spanned!(start=> <#ty as #krate::__private::#name<_>>::extract);
        quote_spanned!(end=> #callee(parts, upgrade, #source).await?)
    });
    quote!(#(let #variables = #calls;)*)
}

/// Returns the name of the trait that extracts an argument. Both extract all types, but their errors differ.
pub(super) fn argument_trait<'a>(ty: &Type, any: &'a str) -> &'a str {
    if is_called(ty, "State") { "StateArgument" } else { any }
}

/// Returns the upgrade's statement, and the call of the user's function, with its result converted to the one of the
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
