//! Generates `impl Handler`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::callback::{argument_call, cfg};
use super::extractor::{Extractor, needs};
use super::method::Method;
use super::subject::Subject;
use super::{error, event, info, init, message, stream};
use crate::callbacks::{Callback, Handler, is_called};
use crate::tokens::Crate;

pub(super) fn expand(item: &Subject, handler: &Handler, krate: &Crate) -> TokenStream {
    let self_ty = &item.self_ty;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let frames = handler.frames.iter().chain(&handler.streams).map(|(_, callback)| callback);
    let infos = handler.info.iter().map(|info| &info.callback);
    let receiving = frames
        .chain(&handler.handle)
        .chain(&handler.messages)
        .chain(infos)
        .chain(&handler.outgoing)
        .chain(&handler.error);
    let awaits = receiving.clone().chain(&handler.open).any(|callback| callback.awaits);
    let awaits = (!awaits).then(|| {
        quote!(
            const AWAITS: bool = false;
        )
    });
    let mut names = item.names(&handler.init, receiving, krate);
    let infos = info::Infos::new(&info::HANDLER_INFOS, item, &handler.info, &mut names);
    let types = infos.types(krate);
    let wrapper = infos.wrapper();
    let receives_events = (!handler.messages.is_empty()).then(|| event::received(item, krate));
    let events = event::infos(&handler.messages, krate);
    let extractors: Vec<Vec<_>> = handler
        .init
        .iter()
        .map(|init| {
            let extractor = |ty| Extractor::new(&init.cfgs, ty, "InitArgument", &mut names);
            init.extractors.iter().map(extractor).collect()
        })
        .collect();
    let sources = extractors.iter().flatten().map(|extractor| extractor.written(item, krate));
    let declared: Vec<_> = extractors.iter().flatten().map(|extractor| extractor.declared(item)).collect();
    let needs = needs(&declared, krate);
    let init = init::init(&handler.init, &extractors, item, krate);
    let open = open(handler, item, krate);
    let message = message::message(handler, item, krate);
    let stream = stream::stream(handler, item, krate);
    let info = infos.dispatch(krate);
    let heap_size = infos.heap_size("info_heap_size", krate);
    let outgoing = outgoing(handler, item, krate);
    let (error_types, error) =
        (error::types(&handler.error, item, krate), error::of_handler(&handler.error, item, krate));
    let terminate = terminate(handler, item, krate);
    let cfgs = &item.cfgs;
    quote! {
        #(#[cfg(#cfgs)])*
        const _: () = {
            #types
            #error_types
            #(#sources)*
            #receives_events

            #[automatically_derived]
            #[allow(deprecated, refining_impl_trait, unreachable_code)]
            impl #impl_generics #krate::Handler for #self_ty #where_clause {
                type Info = #wrapper;

                #awaits
                #events
                #needs
                #init
                #open
                #message
                #stream
                #info
                #heap_size
                #outgoing
                #error
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
    let calls = handler.open.iter().map(|callback| replied(callback, "", &method, krate));
    let signature = quote!(open(&mut self, cx: &mut #krate::Context<Self>, reply: &mut #krate::Reply));
    Some(method.written(&signature, &quote!(#(#calls)*), item, krate))
}

/// Calls a callback whose return value is added to the reply. `payload` is the variable of its payload.
fn replied(callback: &Callback, payload: &str, method: &Method, krate: &Crate) -> TokenStream {
    let (enter, reply) = (callback.enter(krate), callback.reply(payload, method, krate));
    callback.block(&quote!(#enter #reply;))
}

fn outgoing(handler: &Handler, item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if handler.outgoing.is_empty() {
        return None;
    }
    let method = Method::new(&handler.outgoing, item);
    let calls = handler.outgoing.iter().map(|callback| {
        let (enter, reply) = (callback.enter(krate), callback.reply("message", &method, krate));
        // A type of another name may be an alias.
        let taken = callback.payload().filter(|ty| !is_called(ty, "Message")).map(|ty| {
            let take = argument_call(ty, "OutgoingArgument", &TokenStream::new(), krate);
            quote!(let message = #take(message);)
        });
        callback.block(&quote!(#enter #taken #reply;))
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
        let (enter, call) = (callback.enter(krate), callback.call("reason", &method, krate));
        let place = callback.reply.start;
        // A statement of its own, because the call may borrow the context too.
        let placed = krate.at(place);
        let error = quote_spanned!(place=> #placed::__private::TerminateReturn::into_error(result));
        let ended = quote!(#krate::__private::ended(cx, #error));
        let taken = callback.taken(krate);
        callback.block(&quote!(#enter #taken let result = #call; #ended;))
    });
    let signature = quote!(terminate(&mut self, reason: &#krate::Terminate, cx: &mut #krate::Context<Self>));
    Some(method.written(&signature, &quote!(#(#calls)*), item, krate))
}
