//! Each `snapshots/NAME.in.rs` is expanded, formatted, and compared with `snapshots/NAME.rs`.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, File, Item, Meta};

use super::assert_snapshot;
use crate::expand::{attribute, page_message};
use crate::role::Role;

#[track_caller]
fn snapshot(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/tests/snapshots/{name}.in.rs"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let input = syn::parse_file(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let items: TokenStream = input.items.into_iter().map(expanded).collect();
    let file: File =
        syn::parse2(items).unwrap_or_else(|error| panic!("{name} is not Rust any more: {error}"));
    let text = prettyplease::unparse(&file);
    assert_snapshot(&format!("{name}.rs"), &text);
    text
}

fn expanded(mut item: Item) -> TokenStream {
    let attrs = match &mut item {
        Item::Struct(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Fn(item) if item.attrs.iter().any(|attr| attr.path().is_ident("message")) => {
            let arguments = match item.attrs.remove(0).meta {
                Meta::List(list) => list.tokens,
                _ => quote!(),
            };
            return page_message(&arguments, &item.to_token_stream()).into_tokens();
        }
        _ => return item.into_token_stream(),
    };
    let role = |attr: &Attribute| {
        [Role::Handler, Role::Service].into_iter().find(|role| attr.path().is_ident(role.attribute()))
    };
    let Some((at, role)) = attrs.iter().enumerate().find_map(|(at, attr)| Some((at, role(attr)?))) else {
        return item.into_token_stream();
    };
    let arguments = match attrs.remove(at).meta {
        Meta::List(list) => list.tokens,
        _ => quote!(),
    };
    attribute(role, arguments, item.into_token_stream()).into_tokens()
}

#[test]
fn custom() {
    snapshot("custom");
}

#[test]
fn every_option() {
    snapshot("options");
}

#[test]
fn empty_impl() {
    snapshot("empty");
}

#[test]
fn error_callbacks() {
    snapshot("error_callbacks");
}

#[test]
fn events_of_a_handler() {
    snapshot("events");
}

#[test]
fn events_of_a_service() {
    snapshot("service_events");
}

#[test]
fn functions_for_events_of_pages() {
    snapshot("page_messages");
}

#[test]
fn every_frame() {
    snapshot("frames");
}

#[test]
fn messages_as_they_arrive() {
    snapshot("streams");
}

#[test]
fn borrowed_replies() {
    snapshot("borrowed");
}

#[test]
fn init_with_extractors() {
    snapshot("init");
}

#[test]
fn module() {
    snapshot("module");
}

#[test]
fn broadcasts_and_outgoing() {
    snapshot("hub");
}

#[test]
fn generic_handler() {
    snapshot("generic");
}

#[test]
fn callbacks_under_cfg() {
    snapshot("cfg");
}

/// User types named like generated ones, raw identifiers, and names that would become keywords.
#[test]
fn clashing_names() {
    snapshot("names");
}

#[test]
fn renamed_crate_leaks_no_default_path() {
    assert!(!snapshot("renamed").contains("ws_core"));
}

/// The item without markers, a placeholder impl, no route, and all errors.
#[test]
fn errors() {
    snapshot("errors");
}

#[test]
fn service() {
    snapshot("service");
}

#[test]
fn service_as_a_module() {
    snapshot("service_module");
}

/// The generated code asks the types.
#[test]
fn aliases_in_a_service() {
    snapshot("aliases");
}
