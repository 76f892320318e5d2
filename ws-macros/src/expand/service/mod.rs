//! Generates `impl Service`: [`init`], [`join`] and [`incoming`] in files of their own, and here the other methods.

mod incoming;
mod init;
mod join;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use self::incoming::incoming;
use self::join::{Join, no_join};
use super::callback::cfg;
use super::extractor::needs;
use super::info::{self, Infos};
use super::method::{Method, sent};
use super::subject::Subject;
use super::{error, event};
use crate::callbacks::{Callback, Service, is_named_somehow, written_result};
use crate::tokens::Crate;

pub(super) fn expand(item: &Subject, service: &Service, krate: &Crate) -> TokenStream {
    let self_ty = &item.self_ty;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let infos = service.info.iter().chain(&service.broadcast).map(|info| &info.callback);
    let mut names = item.names(
        &service.init,
        service
            .join
            .iter()
            .chain(&service.incoming)
            .chain(&service.messages)
            .chain(&service.error)
            .chain(infos),
        krate,
    );
    let infos = Infos::new(&info::SERVICE_INFOS, item, &service.info, &mut names);
    let broadcasts = Infos::new(&info::BROADCASTS, item, &service.broadcast, &mut names);
    let (info_types, broadcast_types) = (infos.types(krate), broadcasts.types(krate));
    let (info_wrapper, broadcast_wrapper) = (infos.wrapper(), broadcasts.wrapper());
    let joins: Vec<_> = service.join.iter().map(|callback| Join::new(callback, item, &mut names)).collect();
    let asked_types = joins.iter().map(|join| join.asked_type(item));
    let extractors = || joins.iter().flat_map(|join| &join.extractors);
    let sources = extractors().map(|extractor| extractor.written(item, krate));
    let mut declared = init::declared(&service.init, item, krate);
    declared.extend(extractors().map(|extractor| extractor.declared(item)));
    let needs = needs(&declared, krate);
    let init = init::init(&service.init, item, krate);
    let join = joins.iter().map(|join| join.written(item, krate));
    let no_join = no_join(&service.join, krate);
    // The constant and the function for a type that is no `Result`.
    let asks_type = |ty: &Type| is_named_somehow(ty) && written_result(ty).is_none();
    let is_result = service.join.iter().filter_map(|join| join.returns.as_ref()).any(asks_type).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #krate::__private::IsNoResult as _;
        }
    });
    let rejoin = service.rejoin.iter().map(|callback| rejoin(callback, item, krate));
    let incoming = incoming(service, item, krate);
    let receives_events = (!service.messages.is_empty()).then(|| event::received(item, krate));
    let events = event::infos(&service.messages, krate);
    let error_types = error::types(&service.error, item, krate);
    let error = error::of_service(&service.error, item, krate);
    let broadcast = broadcasts.dispatch_to_service("broadcast", krate);
    let info = infos.dispatch_to_service("info", krate);
    let heap_sizes =
        [infos.heap_size("info_heap_size", krate), broadcasts.heap_size("broadcast_heap_size", krate)];
    let heap_sizes = heap_sizes.iter().flatten();
    let member = quote!(member: &#krate::Member<Self>);
    let reason = quote!(reason: &#krate::Terminate);
    let timeout =
        service.timeout.iter().map(|callback| single(callback, &quote!(timeout(&mut self)), item, krate));
    let close = quote!(close(&mut self, #member, #reason));
    let close = service.close.iter().map(|callback| single(callback, &close, item, krate));
    let terminate = service.terminate.iter().map(|callback| terminate(callback, item, krate));
    let cfgs = &item.cfgs;
    quote! {
        #(#[cfg(#cfgs)])*
        const _: () = {
            #is_result
            #info_types
            #broadcast_types
            #error_types
            #(#asked_types)*
            #(#sources)*
            #receives_events

            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl #impl_generics #krate::Service for #self_ty #where_clause {
                type Info = #info_wrapper;
                type Broadcast = #broadcast_wrapper;

                #events
                #needs
                #init
                #(#join)*
                #no_join
                #(#rejoin)*
                #incoming
                #error
                #broadcast
                #info
                #(#heap_sizes)*
                #(#timeout)*
                #(#close)*
                #(#terminate)*
            }
        };
    }
}

fn rejoin(callback: &Callback, item: &Subject, krate: &Crate) -> TokenStream {
    let method = Method::new([callback], item);
    let (cfg, sent, call) = (cfg(&callback.cfgs), sent(), callback.call("", &method, krate));
    let (named, taken) = (callback.named(krate), callback.taken(krate));
    let start = callback.reply.start;
    let placed = krate.at(start);
    let joined = quote_spanned!(start=> #placed::__private::RejoinReturn::into_rejoin(#call));
    let method = quote_spanned! {method.place()=>
        async fn rejoin(
            &mut self,
            member: &#krate::Member<Self>,
        ) -> ::core::result::Result<(), #krate::Close>
        #sent
        {
            #named
            #taken
            #joined
        }
    };
    quote!(#cfg #method)
}

/// Generates a method that runs one callback.
fn single(callback: &Callback, signature: &TokenStream, item: &Subject, krate: &Crate) -> TokenStream {
    let method = Method::new([callback], item).of_service();
    let (cfg, body) = (cfg(&callback.cfgs), callback.control("reason", &method, krate));
    let written = method.written(signature, &body, item, krate);
    quote!(#cfg #written)
}

fn terminate(callback: &Callback, item: &Subject, krate: &Crate) -> TokenStream {
    let method = Method::new([callback], item);
    let (cfg, ended) = (cfg(&callback.cfgs), callback.control("reason", &method, krate));
    let signature = quote!(terminate(&mut self, reason: &#krate::Terminate));
    // The service has ended, so its `Control` has no effect.
    let written = method.written(&signature, &quote!(let _ = #ended;), item, krate);
    quote!(#cfg #written)
}
