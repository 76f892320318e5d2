//! Generates `message`, which passes each message to its callback.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use super::callback::{cfg, cfg_none};
use super::event::Receiver;
use super::method::Method;
use super::subject::Subject;
use crate::callbacks::{Callback, Frame, Handler};
use crate::tokens::{Crate, Place};

pub(super) fn message(handler: &Handler, item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if handler.frames.is_empty() && handler.handle.is_empty() && handler.messages.is_empty() {
        return None;
    }
    let callbacks =
        handler.frames.iter().map(|(_, callback)| callback).chain(&handler.handle).chain(&handler.messages);
    let method = Method::new(callbacks, item);
    let frames = handler.frames.iter().map(|(frame, callback)| frame_arm(*frame, callback, &method, krate));
    let events = (!handler.messages.is_empty()).then(|| {
        let receiver = Receiver {
            krate,
            to: quote!(&mut *reply),
            enter: &|callback| callback.enter(krate),
            failed: &|_, event| quote!(#krate::__private::fail_event::<Self>(reply, error, #event)),
            refused: &|event| quote!(#krate::__private::fail_event::<Self>(reply, bad, #event)),
            done: quote!({}),
            controls: false,
        };
        let (imports, dispatch) = (receiver.imports(), receiver.dispatch(&handler.messages, &method));
        quote!(#krate::Incoming::Text(payload) => { #imports #dispatch })
    });
    let others = handler.handle.iter().map(|callback| handle_arm(callback, &method, krate));
    let ignored = if handler.handle.is_empty() {
        Some(quote!(_ => {}))
    } else {
        cfg_none(handler.handle.iter().map(|callback| &callback.cfgs[..])).map(|cfg| quote!(#cfg _ => {}))
    };
    let signature = quote! {
        message(
            &mut self,
            message: #krate::Incoming<'_>,
            cx: &mut #krate::Context<Self>,
            reply: &mut #krate::Reply,
        )
    };
    let body = quote! {
        match message {
            #events
            #(#frames)*
            #(#others)*
            #ignored
        }
    };
    Some(method.written(&signature, &body, item, krate))
}

fn frame_arm(frame: Frame, callback: &Callback, method: &Method, krate: &Crate) -> TokenStream {
    let (variant, conversion, read) = match frame {
        Frame::Text => ("Text", "FromText", "from_text"),
        Frame::Binary => ("Binary", "FromBinary", "from_binary"),
        Frame::Ping => ("Ping", "FromControl", "from_control"),
        Frame::Pong => ("Pong", "FromControl", "from_control"),
    };
    let (cfg, variant) = (cfg(&callback.cfgs), format_ident!("{variant}"));
    let pattern = if callback.payload().is_some() { quote!(mut payload) } else { quote!(_) };
    let body = converted(callback, &quote!(&mut payload), conversion, read, method, krate);
    quote!(#cfg #krate::Incoming::#variant(#pattern) => #body)
}

fn handle_arm(callback: &Callback, method: &Method, krate: &Crate) -> TokenStream {
    let cfg = cfg(&callback.cfgs);
    let pattern = if callback.payload().is_some() { quote!(message) } else { quote!(_) };
    let body = converted(callback, &quote!(message), "FromMessage", "from_message", method, krate);
    quote!(#cfg #pattern => #body)
}

/// Generates the block of an arm: it converts the payload and calls the callback, or refuses an invalid payload.
fn converted(
    callback: &Callback,
    from: &TokenStream,
    conversion: &str,
    read: &str,
    method: &Method,
    krate: &Crate,
) -> TokenStream {
    let enter = callback.enter(krate);
    let reply = callback.reply("payload", method, krate);
    let Some(payload) = callback.payload() else { return quote!({ #enter #reply; }) };
    let converted = conversion_call(payload, conversion, read, krate);
    quote! {
        {
            #enter
            match #converted(#from) {
                ::core::result::Result::Ok(payload) => #reply,
                ::core::result::Result::Err(bad) => reply.refuse(bad),
            }
        }
    }
}

/// Generates `<T as FromText<'_>>::from_text`. If `T` does not implement the trait, the error is at `T`.
pub(super) fn conversion_call(payload: &Type, conversion: &str, read: &str, krate: &Crate) -> TokenStream {
    let Place { start, end } = Place::of(payload);
    let (conversion, read) = (format_ident!("{conversion}"), format_ident!("{read}", span = end));
    let krate = krate.at(start);
    let qualified = quote_spanned!(start=> <#payload as #krate::#conversion<'_>>);
    quote_spanned!(end=> #qualified::#read)
}
