//! Generates `impl Handler`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Generics, Type};

use super::callback::cfg;
use super::method::Method;
use super::{info, init, message};
use crate::callbacks::{Callback, Handler, Init};
use crate::tokens::{Crate, Names, without_self};

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
}

pub(super) fn expand(item: &Subject, handler: &Handler, krate: &Crate) -> TokenStream {
    let self_ty = &item.self_ty;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let frames = handler.frames.iter().map(|(_, callback)| callback);
    let infos = handler.info.iter().map(|info| &info.callback);
    let mut names =
        item.names(&handler.init, frames.chain(&handler.handle).chain(infos).chain(&handler.outgoing), krate);
    let infos = info::Infos::new(&info::HANDLER_INFOS, item, &handler.info, &mut names);
    let types = infos.types(krate);
    let wrapper = infos.wrapper();
    let needs = init::needs(&handler.init, krate);
    let init = init::init(&handler.init, item, krate);
    let open = open(handler, item, krate);
    let message = message::message(handler, item, krate);
    let info = infos.dispatch(krate);
    let outgoing = outgoing(handler, item, krate);
    let terminate = terminate(handler, item, krate);
    let cfgs = &item.cfgs;
    quote! {
        #(#[cfg(#cfgs)])*
        const _: () = {
            #types

            #[automatically_derived]
            #[allow(deprecated)]
            impl #impl_generics #krate::Handler for #self_ty #where_clause {
                type Info = #wrapper;

                #needs
                #init
                #open
                #message
                #info
                #outgoing
                #terminate
            }
        };
    }
}

fn open(handler: &Handler, item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if handler.open.is_empty() {
        return None;
    }
    let method = Method::new(&handler.open, item);
    let calls = handler.open.iter().map(|callback| {
        let (enter, reply) = (callback.enter(krate), callback.reply("", &method, krate));
        callback.block(&quote!(#enter #reply;))
    });
    let signature = quote!(open(&mut self, cx: &mut #krate::Context<Self>, reply: &mut #krate::Reply));
    Some(method.written(&signature, &quote!(#(#calls)*), item, krate))
}

fn outgoing(handler: &Handler, item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if handler.outgoing.is_empty() {
        return None;
    }
    let method = Method::new(&handler.outgoing, item);
    let calls = handler.outgoing.iter().map(|callback| {
        let (enter, reply) = (callback.enter(krate), callback.reply("message", &method, krate));
        callback.block(&quote!(#enter #reply;))
    });
    // If every `#[outgoing]` is removed by its `#[cfg]`, the constant keeps its default and the method is not called.
    let asked = handler.outgoing.iter().map(|callback| {
        let cfg = cfg(&callback.cfgs);
        quote!(#cfg const OUTGOING: bool = true;)
    });
    let signature = quote! {
        outgoing(
            &mut self,
            message: #krate::Message,
            cx: &mut #krate::Context<Self>,
            reply: &mut #krate::Reply,
        )
    };
    let written = method.written(&signature, &quote!(#(#calls)*), item, krate);
    Some(quote!(#(#asked)* #written))
}

fn terminate(handler: &Handler, item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if handler.terminate.is_empty() {
        return None;
    }
    let method = Method::new(&handler.terminate, item);
    let calls = handler.terminate.iter().map(|callback| {
        let (enter, call) = (callback.enter(krate), callback.call("reason", &method));
        let place = callback.reply.start;
        // A statement of its own, because the call may borrow the context too.
        let placed = krate.at(place);
        let ended = quote_spanned!(place=> #placed::__private::ended(cx, result));
        let taken = callback.taken(krate);
        callback.block(&quote!(#enter #taken let result = #call; #ended;))
    });
    let signature = quote!(terminate(&mut self, reason: &#krate::Terminate, cx: &mut #krate::Context<Self>));
    Some(method.written(&signature, &quote!(#(#calls)*), item, krate))
}
