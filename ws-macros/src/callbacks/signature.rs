//! Checks that apply to the signatures of all callbacks.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, FnArg, ReturnType, Safety, Signature, Type, TypeReference, parse2};

use super::form::{self, Form, compact};
use super::lifetimes::has_only_lifetimes;
use super::marker::{Marker, Payload};
use super::types::{
    borrowed_anything, extractor_name, is_called, is_future, is_static, is_unsized, mut_reference,
    shared_reference,
};
use crate::errors::Errors;
use crate::role::Role;
use crate::tokens::{Place, mentions, without_self};

/// Reports qualifiers, generic parameters and `where` clauses, which callbacks cannot have.
pub(super) fn check_qualifiers(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) {
    let may_borrow = form.role == Role::Handler && marker != Marker::Init;
    let marker = marker.name();
    let (parameters, bounds) = match &form.place {
        form::Place::Impl => ("move the parameters to the impl", "move the bounds to the impl"),
        form::Place::Module(_) => ("use concrete types", "remove the `where` clause: all types are concrete"),
    };
    if let form::Place::Module(state) = &form.place {
        let output = match &sig.output {
            ReturnType::Type(_, ty) => Some(&**ty),
            ReturnType::Default => None,
        };
        let types = typed(sig).map(|ty| mut_reference(ty).unwrap_or(ty)).chain(output);
        for ty in types.filter(|ty| mentions(ty, "Self")) {
            let correct = state.as_ref().filter(|state| !mentions(state, "Self"));
            let correct = correct.and_then(|state| parse2(without_self(ty, state)).ok());
            let help = correct.map(|ty| format!("write `{}`", compact(&ty)));
            errors.help(
                ty,
                "`Self` does not exist in a module",
                help.unwrap_or_else(|| "write the name of the state's type".to_owned()),
            );
        }
    }
    let mut refuse = |tokens: &dyn ToTokens, what: &str| {
        let written = tokens.to_token_stream();
        errors.help(
            tokens,
            format_args!("`#[{marker}]` cannot be {what}"),
            format_args!("remove `{written}`"),
        );
    };
    if let Some(constness) = &sig.constness {
        refuse(constness, "`const`");
    }
    if let Safety::Unsafe(unsafety) = &sig.safety {
        refuse(unsafety, "`unsafe`");
    }
    if let Some(abi) = &sig.abi {
        refuse(abi, "`extern`");
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic, "variadic");
    }
    if !(sig.generics.params.is_empty() || may_borrow && has_only_lifetimes(sig)) {
        errors.help(
            &sig.generics,
            format_args!("`#[{marker}]` cannot be generic"),
            format_args!("{parameters}{}", if may_borrow { "" } else { ", and leave out lifetimes" }),
        );
    }
    let clause = sig.generics.where_clause.as_ref().filter(|clause| !clause.predicates.is_empty());
    if let Some(clause) = clause {
        errors.help(clause, format_args!("`#[{marker}]` cannot have a `where` clause"), bounds);
    }
}

/// Reports a returned future. Rustc would report it too, but without a correction.
pub(super) fn check_future(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = output else { return };
    if is_future(ty) {
        errors.help(
            ty,
            "a callback cannot return a future",
            "write `async fn`, and return the output of the future",
        );
    }
}

/// Reports an `impl Trait` as the answer to an event. The answer is described by its type.
pub(super) fn check_answer(output: &ReturnType, errors: &mut Errors) {
    let ReturnType::Type(_, ty) = output else { return };
    if mentions(ty, "impl") && !is_future(ty) {
        errors.help(ty, "`#[message]` cannot return `impl Trait`", "write the concrete type");
    }
}

/// Reports a missing payload if the marker requires one.
pub(super) fn check_needed(marker: Marker, sig: &Signature, form: &Form, errors: &mut Errors) {
    if marker.payload() == Payload::Required {
        errors.help(
            &sig.ident,
            format_args!("`#[{}]` needs a payload: {}", marker.name(), marker.needs()),
            format_args!("write `{}`", form.example(marker)),
        );
    }
}

/// Reports a payload that is borrowed for `'static`, unless it is an info. All other payloads are dropped after the
/// callback.
pub(super) fn check_payload(marker: Marker, ty: &Type, errors: &mut Errors) {
    if is_unsized(ty) {
        let name = compact(ty);
        errors.help(
            ty,
            format_args!("`{name}` has no size of its own, so a callback takes it by reference"),
            format_args!("write `&{name}`"),
        );
    }
    if let Type::Reference(reference) = ty
        && is_static(reference)
        && marker != Marker::Info
    {
        let short = Type::Reference(TypeReference { lifetime: None, ..reference.clone() });
        errors.help(
            ty,
            format_args!(
                "the payload of `#[{}]` is borrowed only while the callback runs, so it cannot be `'static`",
                marker.name()
            ),
            format_args!("write `{}`", compact(&short)),
        );
    }
}

/// Reports axum's `WebSocketUpgrade`. It compiles, but rejects every client: the connection is no longer its to upgrade.
pub(super) fn refuse_upgrade(ty: &Type, help: impl Display, errors: &mut Errors) {
    errors.help(
        ty,
        "`WebSocketUpgrade` upgrades a connection by itself, but ws-core upgrades this one",
        help,
    );
}

/// Reports an extractor that is or contains a reference, such as `&Db` or `Path<&str>`.
pub(super) fn check_owned(marker: Marker, ty: &Type, form: &Form, errors: &mut Errors) {
    let name = marker.name();
    match (borrowed_anything(ty), shared_reference(ty)) {
        (Some(_), Some(upgrade)) if is_called(upgrade, "Upgrade") => errors.help(
            ty,
            format_args!("`#[{name}]` takes the upgrade as `&mut`"),
            format_args!("write `upgrade: &mut Upgrade<{}>`, as the last argument", form.this()),
        ),
        (Some(_), Some(extractor)) if is_generic_extractor(extractor) => errors.help(
            ty,
            format_args!("`#[{name}]` takes owned values from the request and the app, not references"),
            format_args!("write `{}`", compact(extractor)),
        ),
        (Some(_), Some(state)) => errors.help(
            ty,
            format_args!("`#[{name}]` takes owned values from the request and the app, not references"),
            format_args!("for a value from `App::state`, write `State<{}>`", compact(state)),
        ),
        (Some(borrowed), None) => errors.help(
            borrowed,
            "an extractor owns the value that it takes from the request, so it cannot contain a reference",
            "write an owned type, such as `Path<String>`",
        ),
        (None, _) => {}
    }
}

/// Checks whether the type is written like `State<T>` or `Path<T>`. A state may have the name of another extractor.
fn is_generic_extractor(ty: &Type) -> bool {
    extractor_name(ty).is_some() && compact(ty).contains('<')
}

/// Reports an `impl Trait` argument. It is a hidden generic parameter, so there is no type to convert the payload to.
pub(super) fn check_type(ty: &Type, errors: &mut Errors) {
    if mentions(ty, "impl") {
        errors.help(ty, "an argument of a callback cannot be `impl Trait`", "write the concrete type");
    }
}

pub(super) fn typed(sig: &Signature) -> impl Iterator<Item = &Type> {
    sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    })
}

/// Finds the place for errors about the reply: the return type, or the function's name if there is none.
pub(super) fn reply(sig: &Signature) -> Place {
    match &sig.output {
        ReturnType::Type(_, ty) => Place::of(ty),
        ReturnType::Default => Place::of(&sig.ident),
    }
}

/// Collects the predicates of all `#[cfg(…)]` attributes.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<TokenStream> {
    let predicate = |attr: &Attribute| attr.meta.require_list().ok().map(|list| list.tokens.clone());
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).filter_map(predicate).collect()
}
