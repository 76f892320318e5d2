//! The attribute macros of ws-core. Depend on `ws-core`, which re-exports them.
//!
//! An item passes through three stages. `item` parses it and keeps function bodies as raw tokens. `options` and
//! `callbacks` check the attribute's arguments and the marked functions, and build a model that cannot be
//! invalid. `expand` turns the model into code. Every stage adds its errors to one list (`errors`), so several
//! mistakes are reported at once; `fallback` provides the code for an item that has errors. The docs of the macros are in
//! `docs`.

mod callbacks;
mod errors;
mod expand;
mod fallback;
mod item;
mod options;
mod role;
mod source;
mod stray;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro::TokenStream;

use self::role::Role;

#[doc = include_str!("docs/websocket.md")]
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Role::Handler, arguments.into(), item.into()).into_tokens().into()
}

#[doc = include_str!("docs/service.md")]
#[proc_macro_attribute]
pub fn service(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(Role::Service, arguments.into(), item.into()).into_tokens().into()
}

#[doc = include_str!("docs/message.md")]
#[proc_macro_attribute]
pub fn message(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let (arguments, item) = (arguments.into(), item.into());
    // `callbacks` reads the markers of methods; see `stray`.
    if stray::is_method(&item) || cfg!(not(feature = "pages")) {
        return stray::marker("message", &item).into();
    }
    expand::page_message(&arguments, &item).into_tokens().into()
}

macro_rules! markers {
    ($($name:ident)*) => { $(
        #[doc(hidden)]
        #[proc_macro_attribute]
        pub fn $name(_: TokenStream, item: TokenStream) -> TokenStream {
            stray::marker(stringify!($name), &item.into()).into()
        }
    )* };
}

// `callbacks` reads the markers. These are for those that it does not see; see `stray`.
markers! {
    init open text binary ping pong handle broadcast outgoing terminate join rejoin incoming timeout close
}
