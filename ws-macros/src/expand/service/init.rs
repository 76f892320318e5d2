//! Generates `init` of a service.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::callbacks::Init;
use crate::expand::callback::{call, callee, cfg};
use crate::expand::extractor::probe;
use crate::expand::init::{default, variables};
use crate::expand::method::{place, sent};
use crate::expand::subject::Subject;
use crate::tokens::{Crate, Place, without_self};

/// Generates `init`. Its arguments come from the app, and it runs again after a panic.
pub(super) fn init(inits: &[Init], item: &Subject, krate: &Crate) -> TokenStream {
    let (always, chosen): (Vec<_>, Vec<_>) = inits.iter().partition(|init| init.cfgs.is_empty());
    let made = |init: &Init| {
        let variables = variables(init);
        let taken = init.extractors.iter().map(|ty| {
            let Place { start, end } = Place::of(ty);
            let krate = krate.at(start);
            let callee =
                quote_spanned!(start=> <#ty as #krate::__private::ServiceInitArgument<Self>>::from_app);
            quote_spanned!(end=> #callee(app, key)?)
        });
        let callee = callee(&init.owner, &init.name, init.reply);
        let call = call(&callee, &variables, init.awaits, init.reply);
        let start = init.reply.start;
        let krate = krate.at(start);
        let made = quote_spanned!(start=> #krate::__private::ServiceInitReturn::<Self>::into_service(#call));
        (quote!(#(let #variables = #taken;)*), made)
    };
    let chosen = chosen.into_iter().map(|init| {
        let (cfg, (taken, made)) = (cfg(&init.cfgs), made(init));
        quote!(#cfg { #taken return #made; })
    });
    let always = always.into_iter().map(|init| {
        let (taken, made) = made(init);
        quote!(#taken #made)
    });
    let default = default(inits, &item.self_ty, krate);
    let place = place(inits.iter().filter(|init| init.awaits).map(|init| &init.name), item);
    let sent = sent();
    quote_spanned! {place=>
        async fn init(
            app: &#krate::AppHandle,
            key: ::core::option::Option<&#krate::service::ServiceKey>,
        ) -> ::core::result::Result<Self, #krate::BoxError>
        #sent
        {
            #(#chosen)*
            #(#always)*
            #default
        }
    }
}

/// Generates the declarations of the states that the arguments take.
pub(super) fn declared(inits: &[Init], item: &Subject, krate: &Crate) -> Vec<TokenStream> {
    let declared = |init: &Init| {
        let probes = init.extractors.iter().map(|ty| {
            let ty = without_self(ty, &item.self_ty);
            probe(&ty, &item.self_ty, Place::of(&ty), krate)
        });
        let cfg = cfg(&init.cfgs);
        quote!(#(#cfg #probes.declare(needs);)*)
    };
    inits.iter().map(declared).filter(|declared| !declared.is_empty()).collect()
}
