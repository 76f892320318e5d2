//! How a handler comes to be: `needs` says at start what the extractors will ask for, `init` runs them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use super::callback::{call, callee, cfg, cfg_none};
use super::handler::Subject;
use super::method::{place, sent};
use crate::callbacks::Init;
use crate::tokens::{Crate, Place};

/// Which states the extractors need, so that a missing one stops the start and not the first client.
pub(super) fn needs(inits: &[Init], krate: &Crate) -> Option<TokenStream> {
    probes(inits.iter().map(|init| (&init.cfgs[..], init.extractors.iter().collect())), krate)
}

/// The same for extractors of any callbacks.
pub(super) fn probes<'a>(
    extractors: impl Iterator<Item = (&'a [TokenStream], Vec<&'a Type>)>,
    krate: &Crate,
) -> Option<TokenStream> {
    let declared: Vec<_> = extractors
        .filter(|(_, types)| !types.is_empty())
        .map(|(cfgs, types)| {
            let probes = quote!(#(#krate::__private::Probe::<#types>::new().declare(needs);)*);
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
            // For what is no state: a method of the probe itself goes before that of the trait.
            use #krate::__private::NeedsNothing as _;
            #(#declared)*
        }
    })
}

pub(super) fn init(inits: &[Init], item: &Subject, krate: &Crate) -> TokenStream {
    // Those under `#[cfg]` return, so that what comes last is there only without them.
    let (always, chosen): (Vec<_>, Vec<_>) = inits.iter().partition(|init| init.cfgs.is_empty());
    let chosen = chosen.into_iter().map(|init| {
        let (cfg, extracted, made) = (cfg(&init.cfgs), extracted(init, krate), made(init, krate));
        quote!(#cfg { #extracted return #made; })
    });
    let always = always.into_iter().map(|init| {
        let (extracted, made) = (extracted(init, krate), made(init, krate));
        quote!(#extracted #made)
    });
    let default = default(inits, "by_default", &item.self_ty, krate);
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

/// `let a0 = …; let a1 = …;`
fn extracted(init: &Init, krate: &Crate) -> TokenStream {
    let variables = variables(init);
    let calls = init.extractors.iter().map(|ty| {
        let Place { start, end } = Place::of(ty);
        let krate = krate.at(start);
        let callee = quote_spanned!(start=> #krate::__private::extract::<#ty, Self>);
        quote_spanned!(end=> #callee(parts, upgrade).await?)
    });
    quote!(#(let #variables = #calls;)*)
}

/// The call of the user's function, and what it returns as the trait wants it.
pub(super) fn made(init: &Init, krate: &Crate) -> TokenStream {
    let upgrade = init.upgrade.as_ref().map(|ty| Ident::new("upgrade", Place::of(ty).start));
    let arguments: Vec<Ident> = variables(init).into_iter().chain(upgrade).collect();
    let callee = callee(&init.owner, &init.name, init.reply);
    let call = call(&callee, &arguments, init.awaits, init.reply);
    let start = init.reply.start;
    let krate = krate.at(start);
    quote_spanned!(start=> #krate::__private::IntoInit::<Self>::into_init(#call))
}

pub(super) fn variables(init: &Init) -> Vec<Ident> {
    let variable = |(index, ty): (usize, &Type)| Ident::new(&format!("a{index}"), Place::of(ty).start);
    init.extractors.iter().enumerate().map(variable).collect()
}

/// `Default` where no `#[init]` is, reported at the handler's name if there is no such thing.
pub(super) fn default(inits: &[Init], make: &str, self_ty: &Type, krate: &Crate) -> Option<TokenStream> {
    let Place { start, .. } = Place::of(self_ty);
    let krate = krate.at(start);
    let make = Ident::new(make, start);
    let default = quote_spanned!(start=> #krate::__private::#make::<Self>());
    let default = quote!(::core::result::Result::Ok(#default));
    if inits.is_empty() {
        return Some(default);
    }
    let cfg = cfg_none(inits.iter().map(|init| &init.cfgs[..]))?;
    Some(quote!(#cfg { #default }))
}
