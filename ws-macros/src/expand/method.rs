//! A method of `Handler`, and the callbacks that it runs.
//!
//! Rustc reports a future that cannot be sent at the method as a whole. So the method stands at its callback if only one of
//! them waits; if several do, each is called through a [`sender`](Method::sender) of its own, and reported there.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use super::callback::{callee, cfg};
use super::handler::Subject;
use crate::callbacks::{Argument, Callback};
use crate::role::Role;
use crate::tokens::{Crate, Place, without_self};

pub(super) struct Method<'a> {
    waiting: Vec<&'a Callback>,
    /// Where it stands.
    place: Span,
    role: Role,
}

impl<'a> Method<'a> {
    pub(super) fn new(callbacks: impl IntoIterator<Item = &'a Callback>, subject: &Subject) -> Self {
        let waiting: Vec<_> = callbacks.into_iter().filter(|callback| callback.awaits).collect();
        let place = place(waiting.iter().map(|callback| &callback.name), subject);
        Self { waiting, place, role: Role::Handler }
    }

    /// The same of a service: it comes to a `Control`.
    pub(super) fn of_service(self) -> Self {
        Self { role: Role::Service, ..self }
    }

    pub(super) fn place(&self) -> Span {
        self.place
    }

    /// The whole of it: `signature` up to its arguments, and what is in its braces.
    pub(super) fn written(
        &self,
        signature: &TokenStream,
        body: &TokenStream,
        subject: &Subject,
        krate: &Crate,
    ) -> TokenStream {
        let sent = sent();
        // What rustc points at.
        let output = match self.role {
            Role::Handler => (self.waiting.len() == 1).then(|| quote_spanned!(self.place=> -> ())),
            Role::Service => Some(quote_spanned!(self.place=> -> #krate::service::Control)),
        };
        let senders = self.has_senders().then(|| self.senders(subject, krate));
        quote_spanned! {self.place=>
            async fn #signature #output #sent {
                #senders
                #body
            }
        }
    }

    fn has_senders(&self) -> bool {
        self.waiting.len() > 1
    }

    /// What is called in place of `callback`: a function that calls it, and says that its future can be sent.
    pub(super) fn sender(&self, callback: &Callback) -> Option<TokenStream> {
        let mut name = sender(&callback.name);
        name.set_span(callback.reply.start);
        (callback.awaits && self.has_senders()).then(|| name.into_token_stream())
    }

    fn senders(&self, subject: &Subject, krate: &Crate) -> TokenStream {
        self.waiting.iter().map(|callback| callback.send(self.role, subject, krate)).collect()
    }
}

/// At the only one that waits, otherwise at the handler.
pub(super) fn place<'a>(waiting: impl IntoIterator<Item = &'a Ident>, subject: &Subject) -> Span {
    let mut waiting = waiting.into_iter();
    match (waiting.next(), waiting.next()) {
        (Some(callback), None) => Place::of(callback).start,
        _ => Place::of(&subject.self_ty).start,
    }
}

/// As [`Subject::bounds_and_sent`] says it, for the methods of the impl.
pub(super) fn sent() -> TokenStream {
    quote!(where for<'send> Self: ::core::marker::Send)
}

fn sender(callback: &Ident) -> Ident {
    format_ident!("send_{}", callback.unraw())
}

impl Callback {
    /// The function that [`Method::sender`] names.
    fn send(&self, role: Role, subject: &Subject, krate: &Crate) -> TokenStream {
        let self_ty = &subject.self_ty;
        let (cfg, name) = (cfg(&self.cfgs), sender(&self.name));
        let types = self.arguments.iter().map(|argument| match argument {
            Argument::Handler => quote!(&mut #self_ty),
            Argument::Payload(ty) | Argument::Context(ty) | Argument::Member(ty) => without_self(ty, self_ty),
        });
        let variables = self.variables("this", "payload");
        let callee = match &self.owner {
            owner if owner == "Self" => {
                let name = &self.name;
                quote!(<#self_ty>::#name)
            }
            owner => callee(owner, &self.name, self.reply),
        };
        let parameters = without_self(&subject.generics, self_ty);
        let bounds = subject.bounds_and_sent();
        // Where a reply that is none is reported too.
        let Place { start, end } = self.reply;
        let krate = krate.at(start);
        let output = match role {
            Role::Handler => quote_spanned!(start=> IntoReply),
            Role::Service => quote_spanned!(start=> IntoControl),
        };
        let future = quote_spanned!(start=> impl ::core::future::Future<Output: #krate::#output>);
        let sent = quote_spanned!(end=> ::core::marker::Send);
        quote! {
            #cfg
            fn #name #parameters (#(#variables: #types),*) -> #future + #sent
            #bounds
            {
                #callee(#(#variables),*)
            }
        }
    }
}
