//! Collects the callbacks of one handler or one service.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{LitStr, Signature};

use super::callback::Callback;
use super::foreign_types;
use super::form::{Form, Place};
use super::handler_arguments::refuse_context;
use super::init::Init;
use super::lifetimes;
use super::marker::{self, Marked, Marker};
use super::meant::lacks_handler;
use super::quiet;
use super::seen::{Of, Seen};
use super::signature::{cfgs, typed};
use super::types::mut_reference;
use crate::errors::Errors;
use crate::item::{Member, Method, is_outside_of_impls};
use crate::role::Role;
use crate::tokens::written;

/// The callbacks of a handler or a service.
pub(crate) trait Callbacks: Default {
    const ROLE: Role;

    /// Adds a callback. Returns the key that distinguishes it from other callbacks with the same marker.
    fn keep(&mut self, marker: Marker, callback: Callback, errors: &mut Errors) -> Of;

    fn keep_init(&mut self, init: Init);
}

/// Removes the markers from `members` and reads the marked functions. Afterwards the members can be emitted, even if
/// there were errors.
pub(crate) fn take<C: Callbacks>(members: &mut [Member], form: &Form, errors: &mut Errors) -> C {
    let mut callbacks = C::default();
    let mut seen = Vec::new();
    for member in members {
        match member {
            Member::Method(method) => {
                let markers = marker::take(&mut method.attrs, C::ROLE, errors);
                let before = errors.count();
                add(&mut callbacks, method, &markers, form, &mut seen, errors);
                if markers.is_empty() {
                    check_helper(&method.sig, form, errors);
                }
                if errors.count() > before {
                    quiet::arguments(&mut method.sig, form);
                    foreign_types::silence(method);
                }
                if let Some(&Marked { marker, .. }) = markers.first() {
                    method.is_callback = matches!(form.place, Place::Module(_));
                    method.lints = Some(allowed_lints(form));
                    if let Some(lifetime) = lifetimes::needed(marker, C::ROLE, method) {
                        lifetimes::name(method, &lifetime);
                    }
                }
                if !markers.is_empty() && form.refuses_self(method) {
                    *member = Member::nothing();
                }
            }
            Member::Unread { attrs, .. } => _ = marker::take(attrs, C::ROLE, errors),
            Member::Other { attrs, tokens } => {
                let is_of_rustc = matches!(form.place, Place::Impl) && is_outside_of_impls(tokens);
                for name in marker::take_misplaced(attrs, C::ROLE) {
                    if is_of_rustc {
                        errors.of_rustc();
                        continue;
                    }
                    errors.help(
                        &name,
                        format_args!("`#[{name}]` can only mark a {}", form.callee()),
                        "move it to a `fn`",
                    );
                }
            }
        }
    }
    callbacks
}

/// Reports a context without its handler in a method without a marker.
fn check_helper(sig: &Signature, form: &Form, errors: &mut Errors) {
    let contexts = typed(sig).filter(|ty| mut_reference(ty).is_some_and(|ty| lacks_handler(ty, "Context")));
    if let (Place::Impl, Role::Handler) = (&form.place, form.role) {
        contexts.for_each(|ty| refuse_context(ty, form, errors));
    }
}

fn add(
    callbacks: &mut impl Callbacks,
    method: &Method,
    markers: &[Marked],
    form: &Form,
    seen: &mut Vec<Seen>,
    errors: &mut Errors,
) {
    let Some(Marked { marker, name: first, event }) = markers.first() else { return };
    let marker = *marker;
    if let Some(Marked { name: second, .. }) = markers.get(1) {
        let name = &method.sig.ident;
        errors.help(
            second,
            format_args!("`{name}` already has the marker `#[{first}]`"),
            format_args!("write a separate {} for each marker", form.callee()),
        );
        return;
    }
    let of = if marker == Marker::Init {
        if let Some(init) = Init::check(method, form, errors) {
            callbacks.keep_init(init);
        }
        Of::Marker
    } else {
        match Callback::check(marker, method, form, errors) {
            Some(mut callback) => {
                callback.event = event.as_ref().map(LitStr::value).unwrap_or(callback.event);
                callbacks.keep(marker, callback, errors)
            }
            None if matches!(
                marker,
                Marker::Info | Marker::Broadcast | Marker::Incoming | Marker::Message | Marker::Error
            ) =>
            {
                Of::Nothing
            }
            None => Of::Marker,
        }
    };
    let cfgs = cfgs(&method.attrs).iter().map(|predicate| written(predicate)).collect();
    Seen { marker, name: method.sig.ident.clone(), cfgs, of }.join(seen, errors);
}

/// Allows the lints that the required signature of a callback triggers.
fn allowed_lints(form: &Form) -> TokenStream {
    let unused_self = match form.place {
        Place::Impl => Some(quote!(clippy::unused_self,)),
        Place::Module(_) => None,
    };
    quote! {
        #[allow(
            #unused_self
            clippy::unused_async,
            clippy::needless_pass_by_value,
            clippy::unnecessary_wraps,
            clippy::missing_const_for_fn,
            clippy::needless_pass_by_ref_mut
        )]
    }
}
