//! Generates `incoming`.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use crate::callbacks::{Argument, Callback, Service, shared_reference};
use crate::expand::callback::cfg;
use crate::expand::event::Receiver;
use crate::expand::method::Method;
use crate::expand::subject::Subject;
use crate::tokens::{Crate, Place};

/// Generates `incoming`, which passes each message to the callback for its kind, or else to the one that takes any
/// message. The types of the arguments decide which one.
pub(super) fn incoming(service: &Service, item: &Subject, krate: &Crate) -> Option<TokenStream> {
    let Service { incoming, messages, error: errors, .. } = service;
    if incoming.is_empty() && messages.is_empty() {
        return None;
    }
    let method = Method::new(incoming.iter().chain(messages), item).of_service();
    let asked = |(index, callback): (usize, &Callback)| {
        Ident::new(&format!("asked{index}"), Place::of(&callback.name).start)
    };
    let asked: Vec<_> = incoming.iter().enumerate().map(asked).collect();
    let asks = incoming.iter().zip(&asked).map(|(callback, asked)| {
        let (cfg, arguments) = (cfg(&callback.cfgs), asks(callback, krate));
        quote!(#cfg let #asked = #arguments;)
    });
    let twice = incoming.iter().enumerate().flat_map(|(second, callback)| {
        let earlier = incoming.iter().zip(&asked).take(second);
        let asked = &asked;
        earlier.map(move |(first, first_asked)| {
            let place = Place::of(&callback.name).start;
            let (cfg, first_cfg, krate) = (cfg(&callback.cfgs), cfg(&first.cfgs), krate.at(place));
            // The error is at the second callback.
            let (mut first, second) = (first_asked.clone(), &asked[second]);
            first.set_span(place);
            quote_spanned!(place=> #cfg #first_cfg #krate::__private::IncomingArguments::beside(&#second, &#first);)
        })
    });
    let takes = incoming.iter().zip(&asked).enumerate().map(|(index, (callback, asked))| {
        let cfg = cfg(&callback.cfgs);
        quote!(#cfg (#index, #krate::__private::takes(&#asked)))
    });
    let arms = incoming.iter().zip(&asked).enumerate().map(|(index, (callback, asked))| {
        let cfg = cfg(&callback.cfgs);
        let variables = callback.variables("self", "payload");
        let variables =
            callback.arguments.iter().zip(&variables).filter_map(|(argument, variable)| {
                (!matches!(argument, Argument::Handler)).then_some(variable)
            });
        let failed = failed(callback, errors, krate);
        let refused =
            if errors.is_empty() { quote!(#krate::__private::refuse(member, &bad)) } else { refused(krate) };
        let control = callback.control_or("payload", &method, krate, &failed);
        quote! {
            #cfg
            ::core::option::Option::Some(#index) => {
                match #krate::__private::ReadArguments::read(#asked, member, &mut message) {
                    ::core::result::Result::Ok((#(#variables,)*)) => #control,
                    ::core::result::Result::Err(bad) => #refused,
                }
            }
        }
    });
    let beside = if messages.is_empty() {
        None
    } else {
        let checks = incoming.iter().zip(&asked).map(|(callback, asked)| {
            let place = Place::of(&callback.name).start;
            let (cfg, krate) = (cfg(&callback.cfgs), krate.at(place));
            quote_spanned!(place=> #cfg #krate::__private::IncomingArguments::beside_events(&#asked);)
        });
        Some(quote!(#(#checks)*))
    };
    let events = (!messages.is_empty()).then(|| events(service, &method, krate));
    let signature = quote!(incoming(&mut self, member: &#krate::Member<Self>, message: #krate::Message));
    let body = quote! {
        // A kind of argument is a method of one of these traits.
        #[allow(unused_imports)]
        use #krate::__private::{
            AsksAny as _, AsksBinary as _, AsksEither as _, AsksMember as _, AsksText as _, OtherArgument as _,
        };
        #(#asks)*
        #(#twice)*
        #beside
        #events
        #[allow(unused_mut)]
        let mut message =
            ::core::option::Option::Some(<#krate::Incoming<'static> as ::core::convert::From<#krate::Message>>::from(message));
        match #krate::__private::choose(message.as_ref(), [#(#takes,)*]) {
            #(#arms)*
            _ => #krate::service::Control::Continue,
        }
    };
    Some(method.written(&signature, &body, item, krate))
}

/// Generates the statement that passes a text to the `#[message]` for its event.
fn events(service: &Service, method: &Method, krate: &Crate) -> TokenStream {
    let Service { messages, error: errors, .. } = service;
    let reply = |error: &TokenStream, event: &TokenStream| {
        passed(&quote!(#krate::__private::reply_to_event(member, #error, #event)), krate)
    };
    let receiver = Receiver {
        krate,
        to: quote!(member),
        enter: &|callback| {
            let mut before = callback.named(krate);
            before.extend(callback.taken(krate));
            before
        },
        failed: &|callback, event| {
            if errors.is_empty() {
                let name = callback.name.unraw().to_string();
                return quote!(#krate::__private::fail_member_event(member, #name, error, #event));
            }
            reply(&quote!(error), event)
        },
        refused: &|event| reply(&quote!(bad), event),
        done: quote!(#krate::service::Control::Continue),
        controls: true,
    };
    let (imports, dispatch) = (receiver.imports(), receiver.dispatch(messages, method));
    quote! {
        let message = match message {
            #krate::Message::Text(payload) => return { #imports #dispatch },
            message => message,
        };
    }
}

/// Generates the control for an `error` of a callback.
fn failed(callback: &Callback, errors: &[Callback], krate: &Crate) -> TokenStream {
    if errors.is_empty() {
        let name = callback.name.unraw().to_string();
        return quote!(#krate::__private::fail(member, #name, error));
    }
    passed(&quote!(#krate::__private::reply_to(member, error)), krate)
}

/// Returns the control for an error that an `#[error]` receives, unless `reply` has answered it.
fn passed(reply: &TokenStream, krate: &Crate) -> TokenStream {
    quote! {
        match #reply {
            ::core::option::Option::Some(error) => #krate::Service::error(self, member, error).await,
            ::core::option::Option::None => #krate::service::Control::Continue,
        }
    }
}

/// Generates the control for a `bad` payload that an `#[error]` receives.
fn refused(krate: &Crate) -> TokenStream {
    let bad = quote!(<#krate::BoxError as ::core::convert::From<#krate::BadPayload>>::from(bad));
    quote!(#krate::Service::error(self, member, #bad).await)
}

/// Generates the types of a callback's arguments, asked what they are.
fn asks(callback: &Callback, krate: &Crate) -> TokenStream {
    let asks = callback.types().map(|ty| {
        // A type that cannot be an argument is reported at the name of the method.
        let place = Place::of(shared_reference(ty).unwrap_or(ty)).start;
        let krate = krate.at(place);
        quote_spanned!(place=> (&&&&&&#krate::__private::IncomingValue::<#ty>::new()).asks())
    });
    let place = Place::of(&callback.name).start;
    let krate = krate.at(place);
    quote_spanned!(place=> #krate::__private::IncomingArguments::same((#(#asks,)*)))
}
