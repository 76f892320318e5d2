//! The output for an item with errors. The item itself is kept, so that other code still compiles and editors still
//! complete. An impl also gets a placeholder `Handler` or `Service`, so that one mistake causes one error.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::callbacks::Marker;
use crate::expand::Subject;
use crate::role::Role;
use crate::tokens::Crate;

/// Returns an unsupported item without the markers in it, which would be unknown attributes.
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

/// Writes a placeholder `Handler` without callbacks. Its `init` never returns; it is only compiled, never run.
pub(crate) fn handler(item: &Subject, krate: &Crate) -> TokenStream {
    implementation(
        item,
        &quote!(#krate::Handler),
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
pub(crate) fn service(item: &Subject, krate: &Crate) -> TokenStream {
    implementation(
        item,
        &quote!(#krate::Service),
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

fn implementation(item: &Subject, contract: &TokenStream, members: &TokenStream) -> TokenStream {
    let Subject { self_ty, generics, cfgs } = item;
    let (impl_generics, _, where_clause) = generics.split_for_impl();
    quote! {
        #(#[cfg(#cfgs)])*
        const _: () = {
            #[automatically_derived]
            impl #impl_generics #contract for #self_ty #where_clause {
                #members
            }
        };
    }
}
