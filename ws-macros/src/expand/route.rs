//! Generates the registration of a route, which takes effect at link time.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::event;
use crate::options::{Compress, LimitValue, Origins, RateLimit, Route, Takeover};
use crate::role::Role;
use crate::tokens::{Crate, Place};

pub(super) fn expand(handler: &dyn ToTokens, cfgs: &[TokenStream], route: &Route) -> TokenStream {
    let Route { krate, path, role, .. } = route;
    // The spans are at the handler's name, so that a struct without its impl is reported there.
    let place = Place::of(handler).start;
    let placed = krate.at(place);
    let new = Ident::new(
        match role {
            Role::Handler => "new",
            Role::Service => "service",
        },
        place,
    );
    let linked = quote_spanned!(place=> #placed::__private::LinkedRoute::#new::<#handler>);
    let name = route.name.iter();
    let options = options(route);
    let options =
        (!options.is_empty()).then(|| quote!(.options(#krate::__private::RouteOptions::new() #(.#options)*)));
    let envelope = event::envelope(handler, cfgs, route);
    let state = route.state.iter();
    let number = number(&path.value());
    quote! {
        #envelope
        #(#[cfg(#cfgs)])*
        const _: () = {
            #[automatically_derived]
            impl #krate::__private::Routed<#number> for #handler {}
            #(
                #[automatically_derived]
                impl #krate::ExtractorState for #handler {
                    type State = #state;
                }
            )*
            #krate::__private::inventory::submit! {
                #linked(#path, ::core::module_path!(), ::core::file!(), ::core::line!())
                    #(.name(#name))*
                    #options
            }
        };
    }
}

/// Returns a number for the path, which tells the routes of one type apart.
fn number(path: &str) -> u64 {
    path.bytes().fold(0, |number, byte| number.wrapping_mul(31).wrapping_add(byte.into()))
}

/// Generates an empty module, named after the path, beside the annotated item. A second handler with the same path
/// defines the same module again, which rustc reports at the path, with the module's name. Paths that differ only in
/// the names of their parameters get the same name.
pub(super) fn guard(cfgs: &[TokenStream], route: &Route) -> TokenStream {
    let place = Place::of(&route.path).start;
    let name = Ident::new(&module_name(&route.path.value()), place);
    let module = quote_spanned!(place=> mod #name {});
    quote! {
        #(#[cfg(#cfgs)])*
        #[doc(hidden)]
        #module
    }
}

/// Returns the name of the module: `two_routes_have_path__rooms__any` for `/rooms/{id}`.
fn module_name(path: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{') {
        Some(name) if name.starts_with('*') => "_rest".to_owned(),
        Some(_) => "_any".to_owned(),
        None => segment.chars().map(letter).collect(),
    };
    path.split('/').skip(1).fold("two_routes_have_path".to_owned(), |name, text| name + "__" + &segment(text))
}

fn letter(letter: char) -> String {
    match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' => letter.to_string(),
        // The underscore is escaped too, so that different paths never get the same name.
        other => format!("_x{:x}_", u32::from(other)),
    }
}

/// Generates a builder call for each option that is set.
fn options(route: &Route) -> Vec<TokenStream> {
    let Route {
        krate,
        role: _,
        path: _,
        name: _,
        limits,
        subprotocols,
        mailbox,
        inbox,
        per,
        linger,
        origins,
        compress,
        rate_limits,
        envelope: _,
        state: _,
    } = route;
    let mut calls = Vec::new();
    calls.extend(limits.iter().map(|(name, value)| limit(name, value, krate)));
    calls.extend(subprotocols.as_ref().map(|names| quote!(subprotocols(&[#(#names),*]))));
    calls
        .extend(mailbox.messages.map(|count| quote!(mailbox_messages(::core::option::Option::Some(#count)))));
    calls.extend(mailbox.bytes.map(|size| quote!(mailbox_bytes(#size))));
    calls.extend(
        mailbox.overflow.map(ident).map(|variant| quote!(mailbox_overflow(#krate::Overflow::#variant))),
    );
    calls.extend(inbox.messages.map(|count| quote!(inbox_messages(#count))));
    calls.extend(inbox.bytes.map(|size| quote!(inbox_bytes(#size))));
    calls.extend(
        inbox.overflow.map(ident).map(|variant| quote!(inbox_overflow(#krate::InboxOverflow::#variant))),
    );
    calls.extend(per.as_ref().map(|per| quote!(per(#per))));
    calls.extend(linger.map(duration).map(|linger| quote!(linger(#linger))));
    calls.extend(origins.as_ref().map(|origins| match origins {
        Origins::Any => quote!(origins(#krate::Origins::Any)),
        Origins::Only(origins) => quote!(origins(#krate::Origins::These(&[#(#origins),*]))),
    }));
    calls.extend(compress.as_ref().map(|compress| compress_call(compress, krate)));
    calls.extend(rate_limits.iter().map(|(name, limit)| rate_limit_call(name, limit, krate)));
    calls
}

fn limit(name: &str, value: &LimitValue, krate: &Crate) -> TokenStream {
    let value = match *value {
        LimitValue::Period(None) => quote!(::core::option::Option::None),
        LimitValue::Period(Some(millis)) => {
            let duration = duration(millis);
            quote!(::core::option::Option::Some(#duration))
        }
        LimitValue::Duration(millis) => duration(millis),
        LimitValue::Size(size) | LimitValue::Count(Some(size)) => size.to_token_stream(),
        LimitValue::Count(None) => quote!(::core::primitive::usize::MAX),
    };
    let setter = ident(name);
    if name == "heartbeat" {
        quote!(#setter(#krate::__private::Heartbeat::of(#value)))
    } else {
        quote!(#setter(#value))
    }
}

fn duration(millis: u64) -> TokenStream {
    quote!(::core::time::Duration::from_millis(#millis))
}

fn compress_call(compress: &Compress, krate: &Crate) -> TokenStream {
    let Compress::On { min, level, takeover, window_bits } = compress else {
        return quote!(compress(::core::option::Option::None));
    };
    let mut settings = Vec::new();
    settings.extend(min.map(|bytes| quote!(min(#bytes))));
    settings.extend(level.map(|level| quote!(level(#level))));
    settings.extend(takeover.map(|takeover| match takeover {
        Takeover::Both => quote!(takeover(true)),
        Takeover::Server => quote!(server_takeover(true)),
        Takeover::Client => quote!(client_takeover(true)),
    }));
    settings.extend(window_bits.map(|bits| quote!(window_bits(#bits))));
    quote!(compress(::core::option::Option::Some(#krate::Compression::new()#(.#settings)*)))
}

fn rate_limit_call(name: &str, limit: &RateLimit, krate: &Crate) -> TokenStream {
    let setter = ident(name);
    let RateLimit::On { messages, burst, bytes, bytes_burst, exceeded } = limit else {
        return quote!(#setter(::core::option::Option::None));
    };
    // A literal without a suffix fits the `u32` of the setter.
    let count = |count: usize| Literal::usize_unsuffixed(count);
    let mut settings = Vec::new();
    settings.extend(messages.map(count).map(|count| quote!(messages(#count))));
    settings.extend(burst.map(count).map(|count| quote!(burst(#count))));
    settings.extend(bytes.map(|size| quote!(bytes(#size))));
    settings.extend(bytes_burst.map(|size| quote!(bytes_burst(#size))));
    settings.extend(exceeded.map(ident).map(|variant| quote!(exceeded(#krate::Exceeded::#variant))));
    quote!(#setter(::core::option::Option::Some(#krate::RateLimit::new()#(.#settings)*)))
}

fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}
