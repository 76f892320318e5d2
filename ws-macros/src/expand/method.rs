//! Generates a method of `Handler` or `Service` that runs callbacks.
//!
//! Rustc reports a future that is not `Send` at the whole method. If only one callback is `async`, the method takes its
//! spans from that callback. If several are, each is called through its own [`sender`](Method::sender) and reported
//! there.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Lifetime, parse_quote};

use super::callback::{callee, cfg};
use super::subject::Subject;
use crate::callbacks::{Callback, named};
use crate::role::Role;
use crate::tokens::{Crate, Place, without_self};

pub(super) struct Method<'a> {
    waiting: Vec<&'a Callback>,
    /// The span of the method.
    place: Span,
    role: Role,
}

impl<'a> Method<'a> {
    pub(super) fn new(callbacks: impl IntoIterator<Item = &'a Callback>, subject: &Subject) -> Self {
        let waiting: Vec<_> = callbacks.into_iter().filter(|callback| callback.awaits).collect();
        let place = place(waiting.iter().map(|callback| &callback.name), subject);
        Self { waiting, place, role: Role::Handler }
    }

    /// Makes this a method of a service, which returns a `Control`.
    pub(super) fn of_service(self) -> Self {
        Self { role: Role::Service, ..self }
    }

    pub(super) fn place(&self) -> Span {
        self.place
    }

    /// Generates the whole method. `signature` ends after the arguments, and `body` is the code in braces.
    pub(super) fn written(
        &self,
        signature: &TokenStream,
        body: &TokenStream,
        subject: &Subject,
        krate: &Crate,
    ) -> TokenStream {
        let sent = sent();
        if self.waiting.is_empty() && self.role == Role::Handler {
            // Rustc compiles a plain function in much less time than an async one. It is called for each message.
            return quote_spanned! {self.place=>
                #[inline]
                fn #signature -> ::core::future::Ready<()> #sent {
                    #body
                    ::core::future::ready(())
                }
            };
        }
        // Rustc points at the return type.
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

    /// Returns the name of a function that calls `callback` and declares its future as `Send`, if one is needed.
    pub(super) fn sender(&self, callback: &Callback) -> Option<TokenStream> {
        let mut name = sender(&callback.name);
        name.set_span(callback.reply.start);
        (callback.awaits && self.has_senders()).then(|| name.into_token_stream())
    }

    fn senders(&self, subject: &Subject, krate: &Crate) -> TokenStream {
        self.waiting.iter().map(|callback| self.send(callback, subject, krate)).collect()
    }

    /// Generates the function that [`sender`](Self::sender) names.
    fn send(&self, callback: &Callback, subject: &Subject, krate: &Crate) -> TokenStream {
        let self_ty = &subject.self_ty;
        let (cfg, name) = (cfg(&callback.cfgs), sender(&callback.name));
        // An answer is converted by its type, and it may borrow from the handler.
        let lifetime = callback.lifetime.clone();
        let lifetime =
            lifetime.or_else(|| callback.is_event.then(|| Lifetime::new("'this", Span::call_site())));
        let answer = callback.is_event.then(|| {
            let named =
                callback.returns.clone().zip(lifetime.as_ref()).map(|(ty, lifetime)| named(ty, lifetime));
            named.map_or(quote!(()), |ty| without_self(&ty, self_ty))
        });
        let types = callback.arguments.iter().map(|argument| match (argument.ty(), &callback.lifetime) {
            (None, _) => quote!(&#lifetime mut #self_ty),
            (Some(ty), Some(lifetime)) => without_self(&named(ty.clone(), lifetime), self_ty),
            (Some(ty), None) => without_self(ty, self_ty),
        });
        let variables = callback.variables("this", "payload");
        let callee = match &callback.owner {
            owner if owner == "Self" => {
                let name = &callback.name;
                quote!(<#self_ty>::#name)
            }
            owner => callee(owner, &callback.name, callback.reply),
        };
        let mut parameters = subject.generics.clone();
        if let Some(lifetime) = &lifetime {
            parameters.params.insert(0, parse_quote!(#lifetime));
        }
        let parameters = without_self(&parameters, self_ty);
        let bounds = subject.bounds_and_sent();
        // An invalid reply type is also reported here.
        let Place { start, end } = callback.reply;
        let krate = krate.at(start);
        let output = match (answer, self.role) {
            (Some(answer), _) => quote_spanned!(start=> = #answer),
            (None, Role::Handler) => quote_spanned!(start=> : #krate::IntoReply),
            (None, Role::Service) => quote_spanned!(start=> : #krate::IntoControl),
        };
        let future = quote_spanned!(start=> impl ::core::future::Future<Output #output>);
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

/// Returns the span of the only `async` callback, or else that of the handler's type.
pub(super) fn place<'a>(waiting: impl IntoIterator<Item = &'a Ident>, subject: &Subject) -> Span {
    let mut waiting = waiting.into_iter();
    match (waiting.next(), waiting.next()) {
        (Some(callback), None) => Place::of(callback).start,
        _ => Place::of(&subject.self_ty).start,
    }
}

/// Generates the bound `Self: Send` for methods of the impl; see [`Subject::bounds_and_sent`].
pub(super) fn sent() -> TokenStream {
    quote!(where for<'send> Self: ::core::marker::Send)
}

fn sender(callback: &Ident) -> Ident {
    format_ident!("send_{}", callback.unraw())
}
