//! Checks how a callback takes its handler: as `&mut self`, or in a module as the state.

use syn::{ReceiverKind, Signature, Type};

use super::form::{Form, Place, compact, state};
use super::marker::Marker;
use super::signature::typed;
use crate::errors::Errors;
use crate::role::Role;
use crate::tokens::written;

/// Checks whether the callback takes the handler correctly, and reports it if not.
pub(super) fn check(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) -> bool {
    let before = errors.count();
    match &form.place {
        Place::Impl => check_self(marker, sig, form, errors),
        Place::Module(common) => check_state(marker, sig, common.as_deref(), form, errors),
    }
    errors.count() == before
}

fn check_self(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) {
    let (name, example) = (marker.name(), form.example(marker));
    let Some(receiver) = sig.receiver() else {
        return errors.help(
            &sig.ident,
            format_args!("`#[{name}]` must take `&mut self` as its first argument"),
            format_args!("write `{example}`"),
        );
    };
    let noun = form.role.noun();
    let problem = match &receiver.kind {
        ReceiverKind::Reference(_, _, Some(_)) => return,
        ReceiverKind::Reference(_, _, None) => format!("`&mut self`, even if it does not change the {noun}"),
        ReceiverKind::Value => format!("the {noun} by reference: {} owns it", keeper(form)),
        _ => "`&mut self` in its short form".to_owned(),
    };
    errors.help(receiver, format_args!("`#[{name}]` must take {problem}"), "write `&mut self`");
}

/// Names the owner of the handler, for error texts.
fn keeper(form: &Form) -> &'static str {
    match form.role {
        Role::Handler => "the connection",
        Role::Service => "the service's task",
    }
}

/// Checks that the first `&mut` argument has the type `common`, the state of all callbacks.
fn check_state(marker: Marker, sig: &Signature, common: Option<&Type>, form: &Form, errors: &mut Errors) {
    let (name, receiver, example) = (marker.name(), form.receiver(), form.example(marker));
    if let Some(this) = sig.receiver() {
        return errors.help(
            this,
            format_args!("`#[{name}]` cannot take `self` in a module: the state is an argument"),
            format_args!("write `{receiver}`"),
        );
    }
    let own = state(sig);
    let is_common = |ty: &Type| common.is_some_and(|common| written(common) == written(ty));
    // A `Self` is reported already.
    if own.is_some_and(|own| is_common(own) || written(own) == "Self") {
        return;
    }
    // The state is an argument, but not `&mut`.
    for ty in typed(sig) {
        let (by, inner) = match ty {
            Type::Reference(shared) if shared.mutability.is_none() => {
                ("as `&mut`, even if it does not change it".to_owned(), &*shared.elem)
            }
            _ => (format!("by reference: {} owns it", keeper(form)), ty),
        };
        if is_common(inner) {
            return errors.help(
                ty,
                format_args!("`#[{name}]` must take the state {by}"),
                format_args!("write `{receiver}`"),
            );
        }
    }
    match own {
        None => errors.help(
            &sig.ident,
            format_args!("`#[{name}]` must take the state as its first `&mut` argument"),
            format_args!("write `{example}`"),
        ),
        Some(own) => errors.help(
            own,
            format_args!(
                "`{}` takes `{}` as the state, but other callbacks of this module take `{}`",
                sig.ident,
                compact(own),
                form.this()
            ),
            format_args!(
                "take `{receiver}` as the first `&mut` argument, before {}",
                match form.role {
                    Role::Handler => "the context",
                    Role::Service => "the member and the payload",
                }
            ),
        ),
    }
}
