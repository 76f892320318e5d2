//! Generates `impl Service`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;

use super::callback::{call, callee, cfg, cfg_none};
use super::handler::Subject;
use super::info::{self, Infos, base_name};
use super::init::{default, probes, variables};
use super::method::{Method, place, sent};
use crate::callbacks::{
    Argument, Callback, Init, Service, is_named_somehow, shared_reference, written_result,
};
use crate::tokens::{Crate, Names, Place, mentions, without_self};

pub(super) fn expand(item: &Subject, service: &Service, krate: &Crate) -> TokenStream {
    let self_ty = &item.self_ty;
    let (impl_generics, _, where_clause) = item.generics.split_for_impl();
    let infos = service.info.iter().chain(&service.broadcast).map(|info| &info.callback);
    let mut names =
        item.names(&service.init, service.join.iter().chain(&service.incoming).chain(infos), krate);
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
    // The constant and the function for a type that is no `Result`.
    let asks_type = |ty: &Type| is_named_somehow(ty) && written_result(ty).is_none();
    let is_result = service.join.iter().filter_map(|join| join.returns.as_ref()).any(asks_type).then(|| {
        quote! {
            #[allow(unused_imports)]
            use #krate::__private::IsNoResult as _;
        }
    });
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
            #is_result
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
                Argument::Member(ty) => Some(Ident::new("member", Place::of(ty).start)),
                _ => extractors.next().cloned(),
            })
            .collect();
        let called = call(
            &callee(&callback.owner, &callback.name, callback.reply),
            &given,
            callback.awaits,
            callback.reply,
        );
        let (kept, called) = kept(callback, &called, item, krate);
        let (named, taken) = (callback.named(krate), callback.taken(krate));
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
                #taken
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
fn kept(
    callback: &Callback,
    call: &TokenStream,
    item: &Subject,
    krate: &Crate,
) -> (TokenStream, TokenStream) {
    let Place { start, end } = callback.reply;
    let placed = krate.at(start);
    let joined = |callee: TokenStream| {
        let result = quote_spanned!(end=> #callee(#call));
        let joined = quote_spanned!(start=> #placed::__private::joined);
        quote_spanned!(end=> #joined(#result))
    };
    match &callback.returns {
        None => (quote!(()), quote!(::core::result::Result::Ok(#call))),
        Some(ty) if !is_named_somehow(ty) => (quote!(#ty), quote!(::core::result::Result::Ok(#call))),
        Some(ty) => match written_result(ty) {
            // The type of the error may be private, so the kept type does not name it.
            Some(kept) => {
                let result = quote_spanned!(start=> #placed::__private::WrittenResult::<#kept>::into_result);
                (quote!(#kept), joined(result))
            }
            // A constant of a type with parameters is no constant to rustc.
            None if item.is_named_in(ty) => {
                let keep = quote_spanned!(start=> #placed::__private::IsResult::<#ty>::keep);
                (quote!(#ty), quote_spanned!(end=> #keep(#call)))
            }
            None => {
                let whole = without_self(ty, &item.self_ty);
                let is_result = quote_spanned!(start=> { #placed::__private::IsResult::<#whole>::YES });
                let kept = quote_spanned!(start=> <#ty as #placed::__private::Joined<#is_result>>::Kept);
                let result = quote_spanned!(start=> #placed::__private::Joined::<#is_result>::into_result);
                (kept, joined(result))
            }
        },
    }
}

impl Subject {
    /// Returns whether `ty` may have a type parameter of the impl.
    fn is_named_in(&self, ty: &Type) -> bool {
        let parameters = self.generics.type_params().map(|parameter| &parameter.ident);
        let constants = self.generics.const_params().map(|parameter| &parameter.ident);
        let mut parameters = parameters.chain(constants).map(ToString::to_string).peekable();
        parameters.peek().is_some()
            && (mentions(ty, "Self") || parameters.any(|parameter| mentions(ty, &parameter)))
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
    let (named, taken) = (callback.named(krate), callback.taken(krate));
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

/// Generates `incoming`, which passes each message to the callback for its kind, or else to the one that takes any
/// message. The types of the arguments decide which one.
fn incoming(incoming: &[Callback], item: &Subject, krate: &Crate) -> Option<TokenStream> {
    if incoming.is_empty() {
        return None;
    }
    let method = Method::new(incoming, item).of_service();
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
            quote_spanned!(place=> #cfg #first_cfg #krate::__private::beside(&#first, &#second);)
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
        let control = callback.control("payload", &method, krate);
        quote! {
            #cfg
            ::core::option::Option::Some(#index) => {
                match #krate::__private::ReadArguments::read(#asked, member, &mut message) {
                    ::core::result::Result::Ok((#(#variables,)*)) => #control,
                    ::core::result::Result::Err(bad) => #krate::__private::refuse(member, &bad),
                }
            }
        }
    });
    let signature = quote!(incoming(&mut self, member: &#krate::Member<Self>, message: #krate::Message));
    let body = quote! {
        // A kind of argument is a method of one of these traits.
        #[allow(unused_imports)]
        use #krate::__private::{AsksAny as _, AsksBinary as _, AsksMember as _, AsksNothing as _, AsksText as _};
        #(#asks)*
        #(#twice)*
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

/// Returns the types of a callback's arguments, asked what they are.
fn asks(callback: &Callback, krate: &Crate) -> TokenStream {
    let asks = callback.types().map(|ty| {
        // A type that cannot be an argument is reported at the name of the method.
        let place = Place::of(shared_reference(ty).unwrap_or(ty)).start;
        let krate = krate.at(place);
        quote_spanned!(place=> (&&&&&#krate::__private::Argument::<#ty>::new()).asks())
    });
    let place = Place::of(&callback.name).start;
    let krate = krate.at(place);
    quote_spanned!(place=> #krate::__private::asked((#(#asks,)*)))
}
