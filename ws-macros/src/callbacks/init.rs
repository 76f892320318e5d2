//! The callback that creates the handler or the service.

use proc_macro2::{Ident, TokenStream};
use syn::Type;

use super::foreign_types;
use super::form::Form;
use super::marker::Marker;
use super::meant::{has_handler, lacks_handler};
use super::signature::{cfgs, check_owned, check_qualifiers, check_type, refuse_upgrade, reply, typed};
use super::types::{is_called, mut_reference, shared_reference};
use crate::errors::Errors;
use crate::item::Method;
use crate::role::Role;
use crate::tokens::Place;

/// An `#[init]`.
pub(crate) struct Init {
    pub(crate) cfgs: Vec<TokenStream>,
    pub(crate) owner: Ident,
    pub(crate) name: Ident,
    pub(crate) awaits: bool,
    pub(crate) extractors: Vec<Type>,
    pub(crate) upgrade: Option<Type>,
    pub(crate) reply: Place,
}

impl Init {
    pub(super) fn check(method: &Method, form: &Form, errors: &mut Errors) -> Option<Self> {
        let Method { attrs, sig, .. } = method;
        let before = errors.count();
        if foreign_types::refuse(Marker::Init, sig, form, errors) {
            return None;
        }
        check_qualifiers(Marker::Init, sig, form, errors);
        let this = form.this();
        if let Some(receiver) = sig.receiver() {
            errors.help(
                receiver,
                format_args!("`#[init]` cannot take `self`: it creates the {}", form.role.noun()),
                format_args!("remove `self` and return `{this}`"),
            );
        }
        let (mut extractors, mut upgrade) = (Vec::new(), None);
        let types: Vec<&Type> = typed(sig).collect();
        for (index, &ty) in types.iter().enumerate() {
            check_type(ty, errors);
            let inner = mut_reference(ty).or_else(|| shared_reference(ty)).unwrap_or(ty);
            let is_reference = matches!(ty, Type::Reference(_));
            let is_named = |name| has_handler(inner, name) || lacks_handler(inner, name);
            if form.role == Role::Service
                && is_named("ServiceContext")
                && (is_reference || lacks_handler(inner, "ServiceContext"))
            {
                errors.help(
                    ty,
                    "`#[init]` takes the context of the service by value, and its type names the service",
                    format_args!("write `cx: ServiceContext<{this}>`"),
                );
            } else if form.role == Role::Handler
                && is_named("Upgrade")
                && (lacks_handler(inner, "Upgrade") || !is_reference)
            {
                errors.help(
                    ty,
                    "`#[init]` takes the upgrade as `&mut`, and its type names the handler",
                    format_args!("write `upgrade: &mut Upgrade<{this}>`, as the last argument"),
                );
            } else if form.role == Role::Service && is_reference {
                errors.help(
                    ty,
                    "`#[init]` of a service cannot take references: it runs when the app starts, without a request",
                    "take `State<T>` for a state added with `App::state`, or `AppHandle`",
                );
            } else if is_called(ty, "WebSocketUpgrade") {
                let help = format!(
                    "remove this argument; `upgrade: &mut Upgrade<{this}>`, as the last one, sets the subprotocol, headers \
                     and limits"
                );
                refuse_upgrade(ty, help, errors);
            } else if mut_reference(ty).is_none() {
                check_owned(Marker::Init, ty, form, errors);
                extractors.push(ty.clone());
            } else if index + 1 == types.len() {
                upgrade = Some(ty.clone());
            } else {
                errors.help(
                    ty,
                    "only the last argument of `#[init]`, the upgrade, can be a `&mut` reference",
                    format_args!(
                        "move `upgrade: &mut Upgrade<{this}>` to the end; all other arguments are extractors"
                    ),
                );
            }
        }
        (errors.count() == before).then(|| Self {
            cfgs: cfgs(attrs),
            owner: form.owner(),
            name: sig.ident.clone(),
            awaits: sig.asyncness.is_some(),
            extractors,
            upgrade,
            reply: reply(sig),
        })
    }
}
