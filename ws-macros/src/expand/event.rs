//! Generates the code of typed events: the dispatch to the `#[message]` callbacks, their description, and the envelope that
//! a route declares.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::callback::cfg;
use super::method::Method;
use super::subject::Subject;
use crate::callbacks::Callback;
use crate::options::Route;
use crate::tokens::{Crate, Place};

/// The differences between a handler and a service.
pub(super) struct Receiver<'a> {
    pub(super) krate: &'a Crate,
    /// The place that an answer goes to.
    pub(super) to: TokenStream,
    /// The statements before a callback.
    pub(super) enter: &'a dyn Fn(&Callback) -> TokenStream,
    /// The code for an `error` of a callback. The arguments after it are the id and the envelope of the event.
    pub(super) failed: &'a dyn Fn(&Callback, &TokenStream) -> TokenStream,
    /// The code for a `bad` payload that the `#[error]` for it receives, with the same arguments.
    pub(super) refused: &'a dyn Fn(&TokenStream) -> TokenStream,
    /// The value of a message that reaches no callback.
    pub(super) done: TokenStream,
    /// A callback may return a `Control`.
    pub(super) controls: bool,
}

impl Receiver<'_> {
    /// Generates the dispatch of the text in the variable `payload`.
    pub(super) fn dispatch(&self, messages: &[Callback], method: &Method) -> TokenStream {
        let krate = self.krate;
        let envelope = self.envelope();
        let arms = messages.iter().map(|callback| self.arm(callback, method));
        let refused = self.refuse();
        quote! {
            match #krate::__private::Call::read(&payload, #envelope) {
                ::core::result::Result::Ok(call) => match call.name() {
                    #(#arms)*
                    _ => {
                        let problem = call.unknown();
                        #refused
                    }
                },
                ::core::result::Result::Err(problem) => { #refused }
            }
        }
    }

    /// Generates the code for a `problem`, a message that reaches no callback: the `#[error]` for bad payloads receives it,
    /// or the client does.
    fn refuse(&self) -> TokenStream {
        let Self { krate, to, done, .. } = self;
        let envelope = self.envelope();
        let refused = (self.refused)(&quote!(id, #envelope));
        quote! {
            if problem.is_for_handler()
                && (#krate::__private::BadPayloadsOf::<Self>::RECEIVED
                    || #krate::__private::BadEventsOf::<Self>::RECEIVED)
            {
                let id = problem.id();
                let bad = problem.into_bad_payload();
                #refused
            } else {
                #krate::__private::answer_problem(&problem, #envelope, #to);
                #done
            }
        }
    }

    fn envelope(&self) -> TokenStream {
        let krate = self.krate;
        quote!(#krate::__private::EventsOf::<Self>::ENVELOPE)
    }

    fn arm(&self, callback: &Callback, method: &Method) -> TokenStream {
        let Self { krate, to, done, .. } = self;
        let (cfg, name, envelope) = (cfg(&callback.cfgs), &callback.event, self.envelope());
        let of_event = quote!(id, #envelope);
        let (enter, failed) = ((self.enter)(callback), (self.failed)(callback, &of_event));
        // The more references there are, the more kinds of return values are known.
        let kind = if self.controls { quote!(&&&&&returned) } else { quote!(&&&returned) };
        let (control, answered) =
            if self.controls { (quote!(control), quote!(control)) } else { (quote!(_), done.clone()) };
        let Place { start, end } = callback.reply;
        let placed = krate.at(start);
        let call = callback.call("payload", method, krate);
        let returned = quote_spanned!(end=> (#call));
        let returned = quote_spanned!(start=> #placed::__private::Returned::new #returned);
        let answer = quote_spanned!(start=> #placed::__private::MessageReturn::answer);
        let value = Ident::new("value", start);
        let body = quote! {
            // Nothing of it lives while the error is handled.
            let #value = {
                let returned = #returned;
                (#kind).take_answer()
            };
            let answered = #answer(#value, #name, id, #envelope, #to);
            match answered {
                ::core::result::Result::Ok(#control) => #answered,
                ::core::result::Result::Err(error) => #failed,
            }
        };
        let body = match callback.payload() {
            None => body,
            Some(payload) => {
                let Place { start, end } = Place::of(payload);
                let placed = krate.at(start);
                let read = quote_spanned!(start=> <#payload as #placed::EventPayload<'_>>);
                let read = quote_spanned!(end=> #read::read);
                let refused = self.refuse();
                quote! {
                    match #read(call, #envelope) {
                        ::core::result::Result::Ok(payload) => { #body }
                        ::core::result::Result::Err(bad) => {
                            let problem = #krate::__private::Problem::of_payload(id, bad);
                            #refused
                        }
                    }
                }
            }
        };
        quote! {
            #cfg
            #name => {
                #enter
                let id = call.id();
                #body
            }
        }
    }

    /// Generates the traits whose methods and constants stand for the types that have none of their own.
    pub(super) fn imports(&self) -> TokenStream {
        let krate = self.krate;
        let controls = self.controls.then(|| quote!(ReturnsControl as _, ReturnsControlOrError as _,));
        quote! {
            #[allow(unused_imports)]
            use #krate::__private::{
                DefaultEnvelope as _, NotReceived as _, #controls ReturnsKept as _, ReturnsSent as _, ReturnsValue as _,
            };
        }
    }
}

/// Generates the description of the events.
pub(super) fn infos(messages: &[Callback], krate: &Crate) -> Option<TokenStream> {
    if messages.is_empty() {
        return None;
    }
    let infos = messages.iter().map(|callback| {
        let (cfg, name) = (cfg(&callback.cfgs), &callback.event);
        let named = |ty: &dyn ToTokens| quote!(::core::any::type_name::<#ty>());
        let payload = callback.payload().map_or(quote!(::core::option::Option::None), |ty| {
            let ty = named(ty);
            quote!(::core::option::Option::Some(#ty))
        });
        let answer = callback.returns.as_ref().map_or_else(|| named(&quote!(())), |ty| named(ty));
        quote!(#cfg #krate::EventInfo::new(#name, #payload, #answer))
    });
    Some(quote! {
        fn events() -> #krate::__private::Events {
            #krate::__private::events([#(#infos),*])
        }
    })
}

/// Generates the trait of a type that receives events, for the check of an `envelope`.
pub(super) fn received(item: &Subject, krate: &Crate) -> TokenStream {
    let self_ty = &item.self_ty;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::__private::ReceivesEvents for #self_ty #where_clause {}
    }
}

/// Generates the envelope that a route declares for its handler.
pub(super) fn envelope(handler: &dyn ToTokens, cfgs: &[TokenStream], route: &Route) -> Option<TokenStream> {
    let (envelope, krate) = (route.envelope.as_ref()?, &route.krate);
    let setting = |name: &str, value: &Option<syn::LitStr>| {
        let name = Ident::new(name, proc_macro2::Span::call_site());
        value.as_ref().map(|value| quote!(.#name(#value)))
    };
    let settings =
        [setting("tag", &envelope.tag), setting("id", &envelope.id), setting("payload", &envelope.payload)];
    let settings = settings.iter().flatten();
    let base = if envelope.is_of_pages { quote!(of_pages) } else { quote!(new) };
    let key = Place::of(&envelope.key).start;
    let placed = krate.at(key);
    let check = quote_spanned!(key=> (&&&&#placed::__private::EnvelopeFor::<#handler>::new()).__check());
    Some(quote! {
        #(#[cfg(#cfgs)])*
        const _: () = {
            #[automatically_derived]
            impl #krate::WithEnvelope for #handler {
                const ENVELOPE: #krate::Envelope = #krate::Envelope::#base() #(#settings)*;
            }

            const _: fn() = || {
                use #krate::__private::envelopes::*;
                #check;
            };
        };
    })
}
