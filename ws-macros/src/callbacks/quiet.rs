//! Changes the signatures of functions that are already reported, so that rustc reports nothing more in their bodies.

use syn::{FnArg, ReceiverKind, Signature, Token, Type, parse_quote};

use super::form::{Form, Place};
use super::streams::without_parameters;
use super::types::{is_unsized, mut_reference, shared_reference};
use crate::role::Role;
use crate::tokens::{mentions, written};

/// Corrects how a function takes the handler, the context and a stream. Its body uses the first two as if they were `&mut`.
pub(super) fn arguments(sig: &mut Signature, form: &Form) {
    let is_handler = |ty: &Type| match &form.place {
        Place::Module(Some(state)) => written(ty) == written(&**state),
        _ => false,
    };
    for input in &mut sig.inputs {
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
