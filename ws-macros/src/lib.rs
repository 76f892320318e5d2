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
    expand::page_message(&arguments.into(), &item.into()).into_tokens().into()
}
