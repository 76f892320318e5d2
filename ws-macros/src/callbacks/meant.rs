//! Guesses from its name what an argument is meant to be, and how a handler's callback gets it. For error texts only: the
//! name may be another type's.

use syn::{GenericArgument, PathArguments, Type, parse_quote};

use super::form::Form;
use super::types::{bare, extractor_name, is_called, shared_reference};
use crate::source::declares;
use crate::tokens::written;

/// Finds the help text for an argument that a handler's callback does not take, if its name is known.
pub(super) fn elsewhere(ty: &Type, form: &Form) -> Option<String> {
    let ty = shared_reference(ty).unwrap_or(ty);
    let this = form.this();
    let of_the_context = |call: &str| format!("take `cx: &mut Context<{this}>`, and call `{call}`");
    if is_called(ty, "Context") {
        return Some(format!("write `cx: &mut Context<{this}>`"));
    }
    for (name, call) in [("Socket", "cx.socket()"), ("Hub", "cx.app().hub()"), ("AppHandle", "cx.app()")] {
        if is_called(ty, name) {
            return Some(of_the_context(call));
        }
    }
    if is_called(ty, "Member") {
        return Some(format!(
            "members are those of a service; to send to this client, {}",
            of_the_context("cx.send(…)")
        ));
    }
    let extractor = extractor_name(ty)?;
    let handler = if this == "Self" { "`self`".to_owned() } else { format!("`{this}`") };
    Some(format!("take `{extractor}` in `#[init]`, and keep the value in a field of {handler}"))
}

/// Checks whether the type is written `Context`, with the name of ws-core's type but without its handler. An alias or
/// another type is declared in the file, or has a path such as `self::Context`.
pub(super) fn lacks_handler(ty: &Type, name: &str) -> bool {
    let Type::Path(path) = bare(ty) else { return false };
    let segments = &path.path.segments;
    let is_ours = segments.len() == 1 || segments.first().is_some_and(|first| first.ident == "ws_core");
    let last = segments.last().filter(|last| is_ours && last.ident == name && last.arguments.is_none());
    last.is_some_and(|last| !declares(last.ident.span(), name, &["ws_core"]))
}

/// Checks whether the type is written `Context<…>`.
pub(super) fn has_handler(ty: &Type, name: &str) -> bool {
    is_called(ty, name) && written(ty).contains('<')
}

/// Adds the handler to a type that [lacks](lacks_handler) it.
pub(super) fn with_handler(ty: &Type, handler: &Type) -> Type {
    let path = bare(ty);
    parse_quote!(#path<#handler>)
}

/// Checks whether the type is written `Context<Self>`, or with the name of the state in a module.
pub(super) fn is_the_context(ty: &Type, form: &Form) -> bool {
    let Type::Path(path) = bare(ty) else { return false };
    let Some(last) = path.path.segments.last().filter(|last| last.ident == "Context") else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    let mut arguments = arguments.args.iter();
    match (arguments.next(), arguments.next()) {
        (Some(GenericArgument::Type(ty)), None) => written(ty) == form.written_this(),
        _ => false,
    }
}
