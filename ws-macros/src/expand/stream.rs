//! Generates `stream`, which passes a message that arrives to its callback.

use proc_macro2::TokenStream;
use quote::quote;

use super::callback::{argument_call, cfg};
use super::method::Method;
use super::subject::Subject;
use crate::callbacks::{Callback, Frame, Handler};
use crate::tokens::Crate;

pub(super) fn stream(handler: &Handler, item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if handler.streams.is_empty() {
        return None;
    }
    let method = Method::new(handler.streams.iter().map(|(_, callback)| callback), item);
    // If a callback is removed by its `#[cfg]`, the constant keeps its default.
    let asked = handler.streams.iter().map(|(frame, callback)| {
        let cfg = cfg(&callback.cfgs);
        if *frame == Frame::Text {
            quote!(#cfg const STREAMS_TEXT: bool = true;)
        } else {
            quote!(#cfg const STREAMS_BINARY: bool = true;)
        }
    });
    let of = |text: bool| -> TokenStream {
        let callbacks = handler.streams.iter().filter(|(frame, _)| (*frame == Frame::Text) == text);
        callbacks.map(|(_, callback)| called(callback, &method, krate)).collect()
    };
    let (text, binary) = (of(true), of(false));
    let body = if text.is_empty() || binary.is_empty() {
        quote!(#text #binary)
    } else {
        quote!(if body.is_text() { #text } else { #binary })
    };
    let signature = quote! {
        stream(
            &mut self,
            body: #krate::MessageStream,
            cx: &mut #krate::Context<Self>,
            reply: &mut #krate::Reply,
        )
    };
    let written = method.written(&signature, &body, item, krate);
    Some(quote!(#(#asked)* #written))
}

fn called(callback: &Callback, method: &Method, krate: &Crate) -> TokenStream {
    let (enter, reply) = (callback.enter(krate), callback.reply("payload", method, krate));
    // A type of the same name that is another one is reported here.
    let payload = callback.payload().map(|ty| {
        let take = argument_call(ty, "StreamArgument", &TokenStream::new(), krate);
        quote!(let payload = #take(body);)
    });
    callback.block(&quote!(#enter #payload #reply;))
}
