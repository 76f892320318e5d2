//! Changes the signatures of functions that are already reported, so that rustc reports nothing more in their bodies.

use syn::{FnArg, ReceiverKind, ReturnType, Signature, Token, Type, parse_quote, parse2};

use super::form::{Form, Place};
use super::meant::{lacks_handler, with_handler};
use super::streams::without_parameters;
use super::types::{is_unsized, mut_reference, shared_reference};
use crate::role::Role;
use crate::tokens::{mentions, without_self, written};

/// Corrects how a function takes the handler, the context and a stream. Its body uses the first two as if they were `&mut`.
pub(super) fn arguments(sig: &mut Signature, form: &Form) {
    let is_handler = |ty: &Type| match &form.place {
        Place::Module(Some(state)) => written(ty) == written(&**state),
        _ => false,
    };
    let this: Type = match &form.place {
        Place::Module(Some(state)) => (**state).clone(),
        _ => parse_quote!(Self),
    };
    let names: &[&str] = match form.role {
        Role::Handler => &["Context", "Upgrade", "Socket"],
        Role::Service => &["Context", "ServiceContext"],
    };
    if let (Place::Module(Some(state)), ReturnType::Type(_, ty)) = (&form.place, &mut sig.output) {
        name_self(ty, state);
    }
    for input in &mut sig.inputs {
        if let (Place::Module(Some(state)), FnArg::Typed(typed)) = (&form.place, &mut *input) {
            name_self(&mut typed.ty, state);
        }
        if let FnArg::Typed(typed) = input {
            complete(&mut typed.ty, names, &this);
        }
        match input {
            FnArg::Receiver(receiver) => match &mut receiver.kind {
                ReceiverKind::Reference(_, _, mutability) => *mutability = Some(<Token![mut]>::default()),
                ReceiverKind::Value => receiver.mutability = Some(<Token![mut]>::default()),
                _ => {}
            },
            FnArg::Typed(typed) => {
                let ty = &typed.ty;
                if mut_reference(ty).is_some() {
                    continue;
                }
                if let Some(stream) = without_parameters(ty) {
                    *typed.ty = stream;
                    continue;
                }
                let inner = shared_reference(ty).unwrap_or(ty);
                if form.role == Role::Handler && mentions(inner, "Context") || is_handler(inner) {
                    *typed.ty = parse_quote!(&mut #inner);
                } else if is_unsized(ty) {
                    *typed.ty = parse_quote!(&#ty);
                }
            }
        }
    }
}

/// Replaces `Self` in a module.
fn name_self(ty: &mut Type, state: &Type) {
    if let Ok(named) = parse2(without_self(ty, state)) {
        *ty = named;
    }
}

/// Adds the handler to a type of ws-core's that lacks it.
fn complete(ty: &mut Type, names: &[&str], handler: &Type) {
    match ty {
        // A payload of the user's may be called `Member`, but it is no reference.
        Type::Reference(reference) if lacks_handler(&reference.elem, "Member") => {
            *reference.elem = with_handler(&reference.elem, handler);
        }
        Type::Reference(reference) => complete(&mut reference.elem, names, handler),
        _ if names.iter().any(|name| lacks_handler(ty, name)) => *ty = with_handler(ty, handler),
        _ => {}
    }
}
