//! Finds the callbacks that read a message as it arrives, by the name of their argument's type.

use syn::{PathArguments, Signature, Type};

use super::form::Form;
use super::marker::Marker;
use super::signature::typed;
use super::types::{bare, is_called, mut_reference, shared_reference};
use crate::errors::Errors;
use crate::role::Role;
use crate::tokens::mentions;

const NAME: &str = "MessageStream";

/// Returns whether the callback takes a `MessageStream`. Reports one that it cannot take.
pub(super) fn check(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) -> bool {
    let Some(ty) = typed(sig).find(|ty| mentions(ty, NAME)) else { return false };
    let name = marker.name();
    match marker {
        Marker::Text | Marker::Binary => {}
        Marker::Incoming | Marker::Message if form.role == Role::Service => {
            errors.help(
                ty,
                "a service receives complete messages only, so it cannot take a `MessageStream`",
                "receive large messages in a `#[websocket]` handler, with `#[binary]` or `#[text]`",
            );
            return false;
        }
        Marker::Handle | Marker::Message | Marker::Ping | Marker::Pong => {
            errors.help(
                ty,
                format_args!("`#[{name}]` cannot take a `MessageStream`"),
                "write `#[binary]` or `#[text]`, which can receive a message as it arrives",
            );
            return false;
        }
        _ => return false,
    }
    if mut_reference(ty).is_some() || shared_reference(ty).is_some() {
        errors.help(
            ty,
            format_args!("`#[{name}]` takes a `{NAME}` by value"),
            format_args!("write `mut body: {NAME}`"),
        );
    } else if !is_called(ty, NAME) {
        errors.help(
            ty,
            format_args!("a `{NAME}` cannot be part of another type in `#[{name}]`"),
            format_args!("write `mut body: {NAME}`, and read its parts with `body.next().await`"),
        );
    } else if without_parameters(ty).is_some() {
        errors.help(
            ty,
            format_args!("`{NAME}` has no lifetime and no type parameters"),
            format_args!("write `{NAME}`"),
        );
    } else if sig.asyncness.is_none() {
        errors.help(
            &sig.ident,
            format_args!("a callback that takes a `{NAME}` waits for its parts, so it must be `async`"),
            format_args!("write `async fn {}`", sig.ident),
        );
    } else {
        return true;
    }
    false
}

/// Returns a `MessageStream` without the parameters that it is written with.
pub(super) fn without_parameters(ty: &Type) -> Option<Type> {
    let Type::Path(path) = bare(ty) else { return None };
    let mut path = path.clone();
    let last = path.path.segments.last_mut().filter(|last| last.ident == NAME)?;
    let had = !matches!(std::mem::take(&mut last.arguments), PathArguments::None);
    had.then_some(Type::Path(path))
}
