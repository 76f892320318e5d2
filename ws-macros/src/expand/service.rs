//! Generates `impl Service`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use super::callback::{call, callee, cfg, cfg_none};
use super::handler::Subject;
use super::info::{self, Infos, base_name};
use super::init::{default, probes, variables};
use super::message::conversion_call;
use super::method::{Method, place, sent};
use crate::callbacks::{Argument, Callback, Incoming, Init, Service, first_argument, is_result};
use crate::tokens::{Crate, Names, Place, without_self};

pub(super) fn expand(item: &Subject, service: &Service, krate: &Crate) -> TokenStream {
    let self_ty = &item.self_ty;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let told = service.info.iter().chain(&service.broadcast).map(|info| &info.callback);
    let heard = service.incoming.iter().map(|(_, callback)| callback);
    let mut names = item.names(&service.init, service.join.iter().chain(heard).chain(told), krate);
    let infos = Infos::new(&info::SERVICE_INFOS, item, &service.info, &mut names);
    let broadcasts = Infos::new(&info::BROADCASTS, item, &service.broadcast, &mut names);
    let (info_types, broadcast_types) = (infos.types(krate), broadcasts.types(krate));
    let (info_wrapper, broadcast_wrapper) = (infos.wrapper(), broadcasts.wrapper());
    let joins: Vec<_> = service.join.iter().map(|callback| Join::new(callback, item, &mut names)).collect();
    let asked_types = joins.iter().map(|join| join.asked_type(item));
    let extractors = service.init.iter().map(|init| (&init.cfgs[..], init.extractors.iter().collect()));
    let needs = probes(
        extractors.chain(joins.iter().map(|join| (&join.callback.cfgs[..], join.extractors()))),
        krate,
    );
    let init = init(&service.init, item, krate);
    let join = joins.iter().map(|join| join.written(item, krate));
    let no_join = no_join(&service.join, krate);
    let rejoin = service.rejoin.iter().map(|callback| rejoin(callback, item, krate));
    let incoming = incoming(&service.incoming, item, krate);
    let broadcast = broadcasts.dispatch_to_service("broadcast", krate);
    let info = infos.dispatch_to_service("info", krate);
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
            #info_types
            #broadcast_types
            #(#asked_types)*

            #[automatically_derived]
            #[allow(deprecated, unused_variables)]
            impl #impl_generics #krate::Service for #self_ty #where_clause {
                type Info = #info_wrapper;
                type Broadcast = #broadcast_wrapper;

                #needs
                #init
                #(#join)*
                #no_join
                #(#rejoin)*
                #incoming
                #broadcast
                #info
                #(#timeout)*
                #(#close)*
                #(#terminate)*
            }
        };
    }
}

/// Generates `init`. Its arguments come from the app, and it runs again after a panic.
fn init(inits: &[Init], item: &Subject, krate: &Crate) -> TokenStream {
    let (always, chosen): (Vec<_>, Vec<_>) = inits.iter().partition(|init| init.cfgs.is_empty());
    let made = |init: &Init| {
        let variables = variables(init);
        let taken = init.extractors.iter().map(|ty| {
            let Place { start, end } = Place::of(ty);
            let krate = krate.at(start);
            let callee = quote_spanned!(start=> #krate::__private::from_app::<#ty>);
            quote_spanned!(end=> #callee(app)?)
        });
        let callee = callee(&init.owner, &init.name, init.reply);
        let call = call(&callee, &variables, init.awaits, init.reply);
        let start = init.reply.start;
        let krate = krate.at(start);
        let made = quote_spanned!(start=> #krate::__private::IntoService::<Self>::into_service(#call));
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
    let default = default(inits, "started_by_default", &item.self_ty, krate);
    let place = place(inits.iter().filter(|init| init.awaits).map(|init| &init.name), item);
    let sent = sent();
    quote_spanned! {place=>
        async fn init(
            app: &#krate::AppHandle,
        ) -> ::core::result::Result<Self, #krate::BoxError>
        #sent
        {
            #(#chosen)*
            #(#always)*
            #default
        }
    }
}

/// A `#[join]`, and the generated struct that holds its extracted arguments. The struct lets a public service take
/// private types without a lint.
struct Join<'a> {
    callback: &'a Callback,
    asked: Ident,
}

impl<'a> Join<'a> {
    fn new(callback: &'a Callback, item: &Subject, names: &mut Names) -> Self {
        Self {
            callback,
            asked: names.fresh(&format!("{}Asked", base_name(&item.self_ty)), Span::call_site()),
        }
    }

    fn extractors(&self) -> Vec<&'a Type> {
        self.callback.payloads().collect()
    }

    fn variables(&self) -> Vec<Ident> {
        let variable = |(index, ty): (usize, &Type)| Ident::new(&format!("a{index}"), Place::of(ty).start);
        self.extractors().into_iter().enumerate().map(variable).collect()
    }

    fn asked_type(&self, item: &Subject) -> TokenStream {
        let (asked, cfg, self_ty) = (&self.asked, cfg(&self.callback.cfgs), &item.self_ty);
        let doc = format!(
            " The arguments that the `#[join]` of `{}` extracts from the request.",
            base_name(self_ty)
        );
        let types = self.extractors().into_iter().map(|ty| without_self(ty, self_ty));
        let parameters = without_self(&item.generics, self_ty);
        let bounds = without_self(&item.generics.where_clause, self_ty);
        quote! {
            #cfg
            #[doc = #doc]
            pub struct #asked #parameters (#(#types,)* ::core::marker::PhantomData<fn() -> #self_ty>) #bounds;
        }
    }

    fn written(&self, item: &Subject, krate: &Crate) -> TokenStream {
        let (callback, asked, cfg) = (self.callback, &self.asked, cfg(&self.callback.cfgs));
        let (_, arguments, _) = item.generics.split_for_impl();
        let (variables, sent) = (self.variables(), sent());
        let extracted = self.extractors().into_iter().map(|ty| {
            let Place { start, end } = Place::of(ty);
            let krate = krate.at(start);
            let callee = quote_spanned!(start=> #krate::__private::ask::<#ty, Self>);
            quote_spanned!(end=> #callee(parts, upgrade).await?)
        });
        let mut extractors = variables.iter();
        let given: Vec<_> = callback
            .arguments
            .iter()
            .filter_map(|argument| match argument {
                Argument::Handler => Some(format_ident!("self")),
                Argument::Payload(_) => extractors.next().cloned(),
                Argument::Context(ty) | Argument::Member(ty) => {
                    Some(Ident::new("member", Place::of(ty).start))
                }
            })
            .collect();
        let called = call(
            &callee(&callback.owner, &callback.name, callback.reply),
            &given,
            callback.awaits,
            callback.reply,
        );
        let (kept, called) = kept(callback, &called, krate);
        let named = callback.named(krate);
        let place = place(callback.awaits.then_some(&callback.name), item);
        let method = quote_spanned! {place=>
            async fn join(
                &mut self,
                asked: Self::Asked,
                member: &#krate::Member<Self>,
            ) -> ::core::result::Result<Self::Kept, #krate::__private::Response>
            #sent
            {
                let #asked(#(#variables,)* _) = asked;
                #named
                #called
            }
        };
        // A type that is less public than the service is reported at the return type.
        let kept = quote_spanned!(callback.reply.start=> type Kept = #kept;);
        quote! {
            #cfg
            type Asked = #asked #arguments;
            #cfg
            #kept

            #cfg
            async fn ask(
                parts: &mut #krate::__private::Parts,
                upgrade: &mut #krate::Upgrade<Self>,
            ) -> ::core::result::Result<Self::Asked, #krate::__private::Response>
            #sent
            {
                #(let #variables = #extracted;)*
                ::core::result::Result::Ok(#asked(#(#variables,)* ::core::marker::PhantomData))
            }

            #cfg
            #method
        }
    }
}

/// Returns the type of the kept value, and the call with its result converted to the one of the trait.
fn kept(callback: &Callback, call: &TokenStream, krate: &Crate) -> (TokenStream, TokenStream) {
    let start = callback.reply.start;
    let placed = krate.at(start);
    match &callback.returns {
        None => (quote!(()), quote!(::core::result::Result::Ok(#call))),
        Some(ty) if is_result(ty) => {
            let (kept, result) = match first_argument(ty) {
                Some(kept) => (quote!(#kept), call.clone()),
                None => (
                    quote_spanned!(start=> <#ty as #placed::__private::Joined>::Kept),
                    quote_spanned!(start=> #placed::__private::Joined::into_result(#call)),
                ),
            };
            (kept, quote_spanned!(start=> #placed::__private::joined(#result)))
        }
        Some(ty) => (quote!(#ty), quote!(::core::result::Result::Ok(#call))),
    }
}

/// Generates a `join` that accepts every client, for services without a `#[join]`.
fn no_join(joins: &[Callback], krate: &Crate) -> Option<TokenStream> {
    let cfg = if joins.is_empty() {
        TokenStream::new()
    } else {
        cfg_none(joins.iter().map(|callback| &callback.cfgs[..]))?
    };
    Some(quote! {
        #cfg
        type Asked = ();
        #cfg
        type Kept = ();

        #cfg
        async fn ask(
            _parts: &mut #krate::__private::Parts,
            _upgrade: &mut #krate::Upgrade<Self>,
        ) -> ::core::result::Result<(), #krate::__private::Response> {
            ::core::result::Result::Ok(())
        }

        #cfg
        async fn join(
            &mut self,
            _asked: (),
            _member: &#krate::Member<Self>,
        ) -> ::core::result::Result<(), #krate::__private::Response> {
            ::core::result::Result::Ok(())
        }
    })
}

fn rejoin(callback: &Callback, item: &Subject, krate: &Crate) -> TokenStream {
    let method = Method::new([callback], item);
    let (cfg, sent, call) = (cfg(&callback.cfgs), sent(), callback.call("", &method));
    let named = callback.named(krate);
    let start = callback.reply.start;
    let placed = krate.at(start);
    let joined = quote_spanned!(start=> #placed::__private::IntoRejoin::into_rejoin(#call));
    let method = quote_spanned! {method.place()=>
        async fn rejoin(
            &mut self,
            member: &#krate::Member<Self>,
        ) -> ::core::result::Result<(), #krate::Close>
        #sent
        {
            #named
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

/// Generates `incoming`, which passes each message to the callback for its kind, or else to the one that takes any
/// message.
fn incoming(incoming: &[(Incoming, Callback)], item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if incoming.is_empty() {
        return None;
    }
    let method = Method::new(incoming.iter().map(|(_, callback)| callback), item).of_service();
    let (others, kinds): (Vec<_>, Vec<_>) = incoming.iter().partition(|(kind, _)| *kind == Incoming::Any);
    let arms = kinds.iter().chain(&others).map(|(kind, callback)| arm(*kind, callback, &method, krate));
    let ignored = quote!(_ => #krate::service::Control::Continue,);
    let ignored = if others.is_empty() {
        Some(ignored)
    } else {
        cfg_none(others.iter().map(|(_, callback)| &callback.cfgs[..])).map(|cfg| quote!(#cfg #ignored))
    };
    let signature = quote!(incoming(&mut self, member: &#krate::Member<Self>, message: #krate::Message));
    let body = quote! {
        match <#krate::Incoming<'_> as ::core::convert::From<#krate::Message>>::from(message) {
            #(#arms)*
            #ignored
        }
    };
    Some(method.written(&signature, &body, item, krate))
}

fn arm(kind: Incoming, callback: &Callback, method: &Method, krate: &Crate) -> TokenStream {
    let (conversion, read) = match kind {
        Incoming::Text => ("FromText", "from_text"),
        Incoming::Binary => ("FromBinary", "from_binary"),
        Incoming::Any => ("FromMessage", "from_message"),
    };
    let (cfg, control) = (cfg(&callback.cfgs), callback.control("payload", method, krate));
    let Some(payload) = callback.payload() else { return quote!(#cfg _ => #control,) };
    let (pattern, from) = match kind {
        Incoming::Text => (quote!(#krate::Incoming::Text(mut payload)), quote!(&mut payload)),
        Incoming::Binary => (quote!(#krate::Incoming::Binary(mut payload)), quote!(&mut payload)),
        Incoming::Any => (quote!(payload), quote!(payload)),
    };
    let converted = conversion_call(payload, conversion, read, krate);
    quote! {
        #cfg
        #pattern => match #converted(#from) {
            ::core::result::Result::Ok(payload) => #control,
            ::core::result::Result::Err(bad) => #krate::__private::refuse(member, &bad),
        },
    }
}
