//! Combines the types of all infos and broadcasts into one enum.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;

use super::callback::cfg;
use super::method::Method;
use super::subject::Subject;
use crate::callbacks::{Info, Source};
use crate::role::Role;
use crate::tokens::{Crate, Names, Place, without_self};

/// The generated names for one kind of values.
pub(super) struct Receiver {
    role: Role,
    /// Suffix of the wrapper's name.
    suffix: &'static str,
    list: &'static str,
    by: &'static str,
}

/// The infos and broadcasts of a handler.
pub(super) const HANDLER_INFOS: Receiver =
    Receiver { role: Role::Handler, suffix: "Info", list: "Infos", by: "infos" };

/// The infos of a service.
pub(super) const SERVICE_INFOS: Receiver =
    Receiver { role: Role::Service, suffix: "Info", list: "Infos", by: "infos" };

/// The broadcasts of a service.
pub(super) const BROADCASTS: Receiver =
    Receiver { role: Role::Service, suffix: "Broadcast", list: "Broadcasts", by: "broadcasts" };

/// The enum of all infos. It is private and wrapped in a public struct, so that a public handler with private info
/// types triggers no lint.
pub(super) struct Infos<'a> {
    receiver: &'static Receiver,
    item: &'a Subject,
    wrapper: Ident,
    list: Ident,
    variants: Vec<(Ident, &'a Info)>,
    /// Generic handlers only: a variant that cannot be constructed and uses the type parameters that no info uses.
    unused: Option<Ident>,
}

impl<'a> Infos<'a> {
    pub(super) fn new(
        receiver: &'static Receiver,
        item: &'a Subject,
        infos: &'a [Info],
        names: &mut Names,
    ) -> Self {
        let wrapper =
            names.fresh(&format!("{}{}", base_name(&item.self_ty), receiver.suffix), Span::call_site());
        let list = names.fresh(receiver.list, Span::call_site());
        // Variants are named after their callbacks and can clash only with each other.
        let mut names = Names::default();
        let mut variant = |info: &'a Info| {
            let span = Place::of(&info.callback.name).start;
            (names.fresh(&variant_name(&info.callback.name), span), info)
        };
        let variants = infos.iter().map(&mut variant).collect();
        let is_generic = !item.generics.params.is_empty();
        let unused = is_generic.then(|| names.fresh("Never", Span::call_site()));
        Self { receiver, item, wrapper, list, variants, unused }
    }

    /// Generates the wrapper's type, with the handler's generic arguments.
    pub(super) fn wrapper(&self) -> TokenStream {
        let (wrapper, (_, arguments, _)) = (&self.wrapper, self.item.generics.split_for_impl());
        quote!(#wrapper #arguments)
    }

    pub(super) fn types(&self, krate: &Crate) -> TokenStream {
        let Self { receiver, item, wrapper, list, variants, unused } = self;
        let self_ty = &item.self_ty;
        let doc = format!(" The {1} that `{0}` receives.", base_name(self_ty), receiver.by);
        let (_, arguments, _) = item.generics.split_for_impl();
        let parameters = without_self(&item.generics, self_ty);
        let bounds = without_self(&item.generics.where_clause, self_ty);
        let unused = unused.iter().map(
            |name| quote!(#name(::core::convert::Infallible, ::core::marker::PhantomData<fn() -> #self_ty>)),
        );
        let cases = variants.iter().map(|(variant, info)| {
            let (cfg, payload) = (cfg(&info.callback.cfgs), without_self(&info.payload, self_ty));
            match info.source {
                Source::Info => quote!(#cfg #variant(#payload)),
                Source::Broadcast => quote!(#cfg #variant(#krate::__private::Arc<#payload>)),
            }
        });
        let cases = cases.chain(unused);
        let target = self.broadcast_target(krate);
        let conversions = variants.iter().map(|(variant, info)| self.conversion(variant, info, krate));
        quote! {
            #[doc = #doc]
            pub struct #wrapper #parameters (#list #arguments) #bounds;

            enum #list #parameters #bounds {
                #(#cases,)*
            }

            #(#conversions)*
            #target
        }
    }

    /// Implements the trait for broadcast targets, if there is a `#[broadcast]`.
    fn broadcast_target(&self, krate: &Crate) -> Option<TokenStream> {
        let Self { receiver, item, wrapper, variants, .. } = self;
        if variants.iter().all(|(_, info)| info.source == Source::Info) {
            return None;
        }
        let self_ty = &item.self_ty;
        let (impl_generics, arguments, _) = item.generics.split_for_impl();
        let bounds = item.bounds_and_sent();
        let send = match receiver.role {
            Role::Handler => quote!(broadcast),
            Role::Service => quote!(broadcast_to_service),
        };
        Some(quote! {
            #[automatically_derived]
            impl #impl_generics #krate::BroadcastTarget for #self_ty #bounds {
                type Broadcast = #wrapper #arguments;

                fn send(
                    app: &#krate::AppHandle,
                    broadcast: impl ::core::ops::FnMut() -> #wrapper #arguments,
                ) -> #krate::DeliveryCounts {
                    #krate::__private::#send::<Self>(app, broadcast)
                }
            }
        })
    }

    fn conversion(&self, variant: &Ident, info: &Info, krate: &Crate) -> TokenStream {
        let Self { receiver, item, wrapper, list, .. } = self;
        let self_ty = &item.self_ty;
        let (_, arguments, _) = item.generics.split_for_impl();
        // In the generated impl, `Self` is the info.
        let parameters = without_self(&item.generics, self_ty);
        let bounds = item.bounds_and_sent();
        let payload = without_self(&info.payload, self_ty);
        let cfg = cfg(&info.callback.cfgs);
        let place = Place::of(&info.payload).start;
        let krate = krate.at(place);
        let (name, taken, method) = match info.source {
            Source::Info if receiver.role == Role::Service => {
                ("ServiceInfo", quote_spanned!(place=> self), "into_info")
            }
            Source::Info => ("InfoFor", quote_spanned!(place=> self), "into_info"),
            Source::Broadcast => {
                let shared = quote_spanned!(place=> self: #krate::__private::Arc<Self>);
                ("BroadcastFor", shared, "into_broadcast")
            }
        };
        let target =
            (info.source == Source::Broadcast).then(|| quote_spanned!(place=> type Target = #self_ty;));
        let (name, method) = (Ident::new(name, place), Ident::new(method, place));
        // The spans are at the type, so that a second impl for the same type is reported there.
        quote_spanned! {place=>
            #cfg
            #[automatically_derived]
            impl #parameters #krate::#name<#self_ty> for #payload #bounds {
                #target
                fn #method(#taken) -> #wrapper #arguments {
                    #wrapper(#list::#variant(self))
                }
            }
        }
    }

    /// Generates the method that passes each info to its callback. Returns `None` if there are no infos.
    pub(super) fn dispatch(&self, krate: &Crate) -> Option<TokenStream> {
        let Self { list, variants, unused, .. } = self;
        if variants.is_empty() {
            return None;
        }
        let wrapper = self.wrapper();
        let method = Method::new(variants.iter().map(|(_, info)| &info.callback), self.item);
        let arms = variants.iter().map(|(variant, info)| {
            let callback = &info.callback;
            let (cfg, enter, reply) =
                (cfg(&callback.cfgs), callback.enter(krate), callback.reply("info", &method, krate));
            let shared = (info.source == Source::Broadcast).then(|| quote!(let info = &*info;));
            quote! {
                #cfg
                #list::#variant(info) => {
                    #enter
                    #shared
                    #reply;
                }
            }
        });
        let unused = unused.iter().map(|name| quote!(#list::#name(never, _) => match never {}));
        let arms = arms.map(ToTokens::into_token_stream).chain(unused);
        let signature = quote! {
            info(
                &mut self,
                info: #wrapper,
                cx: &mut #krate::Context<Self>,
                reply: &mut #krate::Reply,
            )
        };
        let body = quote! {
            match info.0 {
                #(#arms)*
            }
        };
        Some(method.written(&signature, &body, self.item, krate))
    }

    /// Generates the `method` that returns the heap size of an info or a broadcast. Returns `None` if there are none.
    pub(super) fn heap_size(&self, method: &str, krate: &Crate) -> Option<TokenStream> {
        let Self { list, variants, unused, .. } = self;
        if variants.is_empty() {
            return None;
        }
        let (wrapper, method) = (self.wrapper(), Ident::new(method, Span::call_site()));
        let arms = variants.iter().map(|(variant, info)| {
            let cfg = cfg(&info.callback.cfgs);
            let size = match info.source {
                Source::Info => quote!(#krate::__private::Measured(info).heap_size()),
                // The mailboxes share it, and each counts all of it.
                Source::Broadcast => quote! {
                    ::core::mem::size_of_val(&**info)
                        .saturating_add(#krate::__private::Measured(&**info).heap_size())
                },
            };
            quote!(#cfg #list::#variant(ref info) => #size,)
        });
        let unused = unused.iter().map(|name| quote!(#list::#name(ref never, _) => match *never {},));
        let arms = arms.chain(unused);
        Some(quote! {
            fn #method(info: &#wrapper) -> ::core::primitive::usize {
                // The fallback for types that do not state it: an inherent method takes precedence.
                #[allow(unused_imports)]
                use #krate::__private::NoHeapSize as _;
                // Not by reference: all variants may be configured out.
                match info.0 { #(#arms)* }
            }
        })
    }

    /// Generates the service's `method` that passes each value to its callback, in the same way.
    pub(super) fn dispatch_to_service(&self, method: &str, krate: &Crate) -> Option<TokenStream> {
        let Self { list, variants, unused, .. } = self;
        if variants.is_empty() {
            return None;
        }
        let (wrapper, name) = (self.wrapper(), Ident::new(method, Span::call_site()));
        let method = Method::new(variants.iter().map(|(_, info)| &info.callback), self.item).of_service();
        let arms = variants.iter().map(|(variant, info)| {
            let (cfg, call) = (cfg(&info.callback.cfgs), info.callback.control("info", &method, krate));
            match info.source {
                Source::Info => quote!(#cfg #list::#variant(info) => #call,),
                Source::Broadcast => quote!(#cfg #list::#variant(info) => { let info = &*info; #call }),
            }
        });
        let unused = unused.iter().map(|name| quote!(#list::#name(never, _) => match never {},));
        let arms = arms.chain(unused);
        let signature = quote!(#name(&mut self, info: #wrapper));
        Some(method.written(&signature, &quote!(match info.0 { #(#arms)* }), self.item, krate))
    }
}

/// Returns the last name of a path: `Relay` for `crate::relay::Relay<T>`.
pub(super) fn base_name(ty: &Type) -> String {
    match ty {
        Type::Path(ty) => {
            ty.path.segments.last().map_or_else(String::new, |last| last.ident.unraw().to_string())
        }
        Type::Group(group) => base_name(&group.elem),
        Type::Paren(paren) => base_name(&paren.elem),
        _ => String::new(),
    }
}

/// Converts a name to camel case: `greet_all` to `GreetAll`.
fn variant_name(callback: &Ident) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    let name: String = callback.unraw().to_string().split('_').map(capital).collect();
    match name.chars().next() {
        // `self_` would become a keyword, and `_1` a number.
        Some(first) if first.is_alphabetic() && name != "Self" => name,
        _ => format!("Info{name}"),
    }
}
