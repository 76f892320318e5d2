//! The names that other frameworks have for the types of a callback's arguments, each with the argument here. Only names that
//! the file does not declare count: rustc would not find them.

use quote::quote;
use syn::{FnArg, Signature, Type, parse_quote};

use super::form::Form;
use super::marker::Marker;
use super::signature::typed;
use super::types::{bare, mut_reference, shared_reference};
use crate::errors::Errors;
use crate::item::Method;
use crate::role::Role;
use crate::source::declares;
use crate::tokens::mentions;

const CONTEXTS: &str = "WebsocketContext WebSocketContext WsContext";
const SOCKETS: &str = "WebSocket Websocket WebSocketStream SplitSink SplitStream SocketRef WsStream";
const REASONS: &str = "CloseFrame CloseReason DisconnectReason CloseEvent";
const REQUESTS: &str = "HttpRequest ServiceRequest";
const PAYLOADS: &str = "Data TryData";

/// Reports arguments of such a type. Returns whether there are any.
pub(super) fn refuse(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) -> bool {
    let before = errors.count();
    for ty in typed(sig) {
        let Some(name) = name(ty) else { continue };
        errors.help(ty, format_args!("ws-core has no type `{name}`"), instead(name, marker, form));
    }
    errors.count() > before
}

/// Writes such a function without its body, in which rustc would report each use of the argument.
pub(super) fn silence(method: &mut Method) {
    let mut is_foreign = false;
    for input in &mut method.sig.inputs {
        if let FnArg::Typed(typed) = input
            && name(&typed.ty).is_some()
        {
            is_foreign = true;
            *typed.pat = parse_quote!(_);
            *typed.ty = parse_quote!(());
        }
    }
    if is_foreign {
        method.body = quote!({ ::core::unreachable!() });
    }
}

fn name(ty: &Type) -> Option<&'static str> {
    let ty = mut_reference(ty).or_else(|| shared_reference(ty)).unwrap_or(ty);
    let is_option = matches!(bare(ty), Type::Path(path) if path.path.segments.last()?.ident == "Option");
    let mut names =
        [CONTEXTS, SOCKETS, REASONS, REQUESTS, PAYLOADS].into_iter().flat_map(str::split_whitespace);
    let Type::Path(path) = bare(ty) else { return None };
    let last = path.path.get_ident().or_else(|| path.path.segments.first().map(|first| &first.ident))?;
    let is_plain = path.path.segments.len() == 1;
    let name = names.find(|name| is_plain && (last == name || is_option && mentions(ty, name)))?;
    (!declares(last.span(), name, &[])).then_some(name)
}

fn instead(name: &str, marker: Marker, form: &Form) -> String {
    let is_in = |names: &str| names.split_whitespace().any(|known| known == name);
    let this = form.this();
    match (form.role, marker) {
        (_, Marker::Init) if is_in(PAYLOADS) => "write `State<T>` for a value from `App::state`".to_owned(),
        (_, Marker::Init | Marker::Join) => {
            "take extractors of axum, such as `HeaderMap`, `Uri`, `Path<T>` or `Query<T>`".to_owned()
        }
        (Role::Handler, Marker::Terminate) | (Role::Service, Marker::Close) if is_in(REASONS) => {
            "write `reason: &Terminate`".to_owned()
        }
        _ if is_in(PAYLOADS) => {
            "take the payload itself, such as `text: &str` or `Json(value): Json<T>`".to_owned()
        }
        (Role::Handler, _) if is_in(CONTEXTS) => format!("write `cx: &mut Context<{this}>`"),
        (Role::Handler, _) if is_in(REQUESTS) => {
            format!("the request is there in `#[init]`; here, take `cx: &mut Context<{this}>`")
        }
        (Role::Handler, _) => {
            format!(
                "write `cx: &mut Context<{this}>`, and call `cx.send(…)`; `cx.socket()` is a handle to keep"
            )
        }
        (Role::Service, _) => format!("write `member: &Member<{this}>`, and call `member.send(…)`"),
    }
}
