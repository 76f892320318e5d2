//! The output for an item with errors. The item itself is kept, so that other code still compiles and editors still
//! complete. An impl also gets a placeholder `Handler` or `Service`, so that one mistake causes one error.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::callbacks::{Marker, Source, Value};
use crate::expand::Subject;
use crate::role::Role;
use crate::tokens::{Crate, without_self};

/// Removes the markers from an unsupported item. They would be unknown attributes.
pub(crate) fn without_markers(item: TokenStream, role: Role) -> TokenStream {
    let clean = |token: TokenTree| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
            let mut inner = Group::new(Delimiter::Brace, strip(group.stream(), role));
            inner.set_span(group.span());
            inner.into()
        }
        token => token,
    };
    item.into_iter().map(clean).collect()
}

/// Drops each `#` `[marker]` at this level. Deeper levels are function bodies.
fn strip(tokens: TokenStream, role: Role) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut kept = Vec::new();
    while let Some(token) = tokens.next() {
        let marked = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#')
            && tokens.next_if(|token| is_marker(token, role)).is_some();
        if !marked {
            kept.push(token);
        }
    }
    kept.into_iter().collect()
}

fn is_marker(token: &TokenTree, role: Role) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let mut inner = group.stream().into_iter();
    match (inner.next(), inner.next()) {
        (Some(TokenTree::Ident(name)), None) => Marker::is_ours(&name, role),
        (Some(TokenTree::Ident(name)), Some(TokenTree::Group(_))) => name == "message",
        _ => false,
    }
}

/// Writes the placeholder of an item, which receives `values`.
pub(crate) fn of(role: Role, item: &Subject, values: &[Value], krate: &Crate) -> TokenStream {
    let received = received(role, item, values, krate);
    match role {
        Role::Handler => handler(item, &received, krate),
        Role::Service => service(item, &received, krate),
    }
}

/// Writes the placeholder's trait alone.
pub(crate) fn alone(role: Role, item: &Subject, krate: &Crate) -> TokenStream {
    match role {
        Role::Handler => handler(item, &TokenStream::new(), krate),
        Role::Service => service(item, &TokenStream::new(), krate),
    }
}

/// Writes a placeholder `Handler` without callbacks, and the traits of the values that it receives. It is only compiled,
/// never run: its `init` never returns.
fn handler(item: &Subject, received: &TokenStream, krate: &Crate) -> TokenStream {
    implementation(
        item,
        &quote!(#krate::Handler),
        received,
        &quote! {
            type Info = ::core::convert::Infallible;

            async fn init(
                _parts: &mut #krate::__private::Parts,
                _upgrade: &mut #krate::Upgrade<Self>,
            ) -> ::core::result::Result<Self, #krate::__private::Response> {
                ::core::future::pending().await
            }
        },
    )
}

/// Writes a placeholder `Service`, in the same way.
fn service(item: &Subject, received: &TokenStream, krate: &Crate) -> TokenStream {
    implementation(
        item,
        &quote!(#krate::Service),
        received,
        &quote! {
            type Info = ::core::convert::Infallible;
            type Broadcast = ::core::convert::Infallible;
            type Asked = ();
            type Kept = ();

            async fn init(
                _app: &#krate::AppHandle,
                _key: ::core::option::Option<&#krate::service::ServiceKey>,
            ) -> ::core::result::Result<Self, #krate::BoxError> {
                ::core::future::pending().await
            }

            async fn ask(
                _parts: &mut #krate::__private::Parts,
                _upgrade: &mut #krate::Upgrade<Self>,
            ) -> ::core::result::Result<(), #krate::__private::Response> {
                ::core::future::pending().await
            }

            async fn join(
                &mut self,
                _asked: (),
                _member: &#krate::Member<Self>,
            ) -> ::core::result::Result<(), #krate::__private::Response> {
                ::core::future::pending().await
            }
        },
    )
}

/// Writes the traits of the infos that a second impl of a type takes, so that sending one is no second error.
pub(crate) fn of_second(role: Role, item: &Subject, values: &[Value], krate: &Crate) -> TokenStream {
    let Subject { self_ty, generics, .. } = item;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (info, contract) = match role {
        Role::Handler => (quote!(InfoFor), quote!(Handler)),
        Role::Service => (quote!(ServiceInfo), quote!(Service)),
    };
    let infos = values.iter().filter(|value| value.source == Source::Info);
    let conversions = infos.map(|Value { cfgs, ty, .. }| {
        let ty = without_self(ty, self_ty);
        quote! {
            #(#[cfg(#cfgs)])*
            #[automatically_derived]
            impl #impl_generics #krate::#info<#self_ty> for #ty #where_clause {
                fn into_info(self) -> <#self_ty as #krate::#contract>::Info {
                    ::core::unreachable!()
                }
            }
        }
    });
    quote!(const _: () = { #(#conversions)* };)
}

/// Implements the traits of the values that the program sends, so that sending one is no second error.
fn received(role: Role, item: &Subject, values: &[Value], krate: &Crate) -> TokenStream {
    let Subject { self_ty, generics, .. } = item;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let info = match role {
        Role::Handler => quote!(InfoFor),
        Role::Service => quote!(ServiceInfo),
    };
    let conversions = values.iter().map(|Value { cfgs, source, ty }| {
        let ty = without_self(ty, self_ty);
        let target = (*source == Source::Broadcast).then(|| quote!(type Target = #self_ty;));
        let (contract, method, taken) = match source {
            Source::Info => (info.clone(), quote!(into_info), quote!(self)),
            Source::Broadcast => {
                (quote!(BroadcastFor), quote!(into_broadcast), quote!(self: #krate::__private::Arc<Self>))
            }
        };
        quote! {
            #(#[cfg(#cfgs)])*
            #[automatically_derived]
            impl #impl_generics #krate::#contract<#self_ty> for #ty #where_clause {
                #target

                fn #method(#taken) -> ::core::convert::Infallible {
                    ::core::unreachable!()
                }
            }
        }
    });
    let target = values.iter().any(|value| value.source == Source::Broadcast).then(|| {
        quote! {
        #[automatically_derived]
        impl #impl_generics #krate::BroadcastTarget for #self_ty #where_clause {
            type Broadcast = ::core::convert::Infallible;

            fn send(
                _: &#krate::AppHandle,
                _: impl ::core::ops::FnMut() -> ::core::convert::Infallible,
            ) -> #krate::DeliveryCounts {
                ::core::unreachable!()
            }
        }
        }
    });
    // An `envelope` is no second error.
    let events = quote! {
        #[automatically_derived]
        impl #impl_generics #krate::__private::ReceivesEvents for #self_ty #where_clause {}
    };
    quote!(#(#conversions)* #target #events)
}

/// `received` are the traits of its values, and `members` the items of the `contract`.
fn implementation(
    item: &Subject,
    contract: &TokenStream,
    received: &TokenStream,
    members: &TokenStream,
) -> TokenStream {
    let Subject { self_ty, generics, cfgs } = item;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote! {
        #(#[cfg(#cfgs)])*
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #contract for #self_ty #where_clause {
                #members
            }

            #received
        };
    }
}
