//! A callback that is called with events: any except `#[init]`.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt;
use syn::{Lifetime, ReturnType, Type};

use super::argument::Argument;
use super::foreign_types;
use super::form::{self, Form};
use super::handler_arguments::{self, check_outgoing};
use super::lifetimes::{self, elided};
use super::marker::Marker;
use super::receiver;
use super::service_arguments::{self, check_kept};
use super::signature::{cfgs, check_answer, check_future, check_qualifiers, reply};
use super::streams;
use crate::errors::Errors;
use crate::item::Method;
use crate::role::Role;
use crate::tokens::Place;

/// Any callback except `#[init]`.
pub(crate) struct Callback {
    pub(crate) cfgs: Vec<TokenStream>,
    /// The prefix of the name in a call: `Self` or `self`.
    pub(crate) owner: Ident,
    pub(crate) name: Ident,
    /// The type of its events, for `#[message]`.
    pub(crate) event: String,
    pub(crate) is_event: bool,
    pub(crate) awaits: bool,
    /// It reads a message as it arrives.
    pub(crate) streams: bool,
    /// In the order of the signature. A lifetime that the function declares is elided in them.
    pub(crate) arguments: Vec<Argument>,
    /// If the reply may borrow from the arguments: a name for all of their lifetimes.
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) reply: Place,
    /// The return type, if there is one.
    pub(crate) returns: Option<Type>,
}

impl Callback {
    pub(crate) fn payload(&self) -> Option<&Type> {
        self.payloads().next()
    }

    /// Returns the extractors of a `#[join]`, or the payload of any other callback.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = &Type> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Payload(ty) => Some(ty),
            _ => None,
        })
    }

    /// Returns the types of all arguments except the handler.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        self.arguments.iter().filter_map(Argument::ty)
    }

    pub(super) fn check(marker: Marker, method: &Method, form: &Form, errors: &mut Errors) -> Option<Self> {
        let Method { attrs, sig, .. } = method;
        let before = errors.count();
        if foreign_types::refuse(marker, sig, form, errors) {
            return None;
        }
        check_qualifiers(marker, sig, form, errors);
        let received = receiver::check(marker, sig, form, errors);
        let mut arguments = match (&form.place, form.role) {
            // Without the state, the other arguments cannot be identified.
            (form::Place::Module(_), _) if !received => Vec::new(),
            (_, Role::Service) => service_arguments::arguments(marker, sig, form, errors),
            (_, Role::Handler) => handler_arguments::arguments(marker, sig, form, errors),
        };
        let streams = streams::check(marker, sig, form, errors);
        if lifetimes::is_undeclared(sig) {
            errors.of_rustc();
        }
        check_future(&sig.output, errors);
        match marker {
            Marker::Message => check_answer(&sig.output, errors),
            Marker::Join => check_kept(&sig.output, errors),
            Marker::Outgoing => check_outgoing(sig, errors),
            _ => {}
        }
        let mut lifetime = lifetimes::needed(marker, form.role, method);
        if !sig.generics.params.is_empty() {
            lifetime.get_or_insert_with(|| lifetimes::fresh(method));
        }
        if lifetime.is_some() {
            for ty in arguments.iter_mut().filter_map(Argument::ty_mut) {
                *ty = elided(ty.clone());
            }
        }
        (errors.count() == before).then(|| Self {
            cfgs: cfgs(attrs),
            owner: form.owner(),
            name: sig.ident.clone(),
            event: sig.ident.unraw().to_string(),
            is_event: marker == Marker::Message,
            awaits: sig.asyncness.is_some(),
            streams,
            arguments,
            lifetime,
            reply: reply(sig),
            returns: match &sig.output {
                ReturnType::Type(_, ty) => Some((**ty).clone()),
                ReturnType::Default => None,
            },
        })
    }
}
