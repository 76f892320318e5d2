//! The types of the infos and broadcasts that an item's functions take, as far as they can be read in spite of errors.

use proc_macro2::TokenStream;
use syn::Type;

use super::form::{Form, Place};
use super::info::{Source, local_name};
use super::marker::{self, Marker};
use super::signature::{cfgs, typed};
use super::types::{borrowed_anything, has_elided_lifetime, mut_reference, shared_reference};
use crate::item::{Member, Method};
use crate::tokens::{mentions, written};

/// A type that a handler or a service receives.
pub(crate) struct Value {
    pub(crate) cfgs: Vec<TokenStream>,
    pub(crate) source: Source,
    pub(crate) ty: Type,
}

/// Collects the types that the marked functions receive, each once.
pub(crate) fn values(members: &[Member], form: &Form) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for member in members {
        let Member::Method(method) = member else { continue };
        let source = match marker::first(&method.attrs, form.role) {
            Some(Marker::Info) => Source::Info,
            Some(Marker::Broadcast) => Source::Broadcast,
            _ => continue,
        };
        let Some(ty) = payload(method, source, form) else { continue };
        let is_known = |value: &Value| value.source == source && written(&value.ty) == written(&ty);
        if !values.iter().any(is_known) {
            values.push(Value { cfgs: cfgs(&method.attrs), source, ty });
        }
    }
    values
}

fn payload(method: &Method, source: Source, form: &Form) -> Option<Type> {
    let is_state = |ty: &Type| match &form.place {
        Place::Module(Some(state)) => written(shared_reference(ty).unwrap_or(ty)) == written(&**state),
        _ => false,
    };
    let ty = typed(&method.sig).find(|ty| mut_reference(ty).is_none() && !is_state(ty))?;
    let ty = match source {
        Source::Info => ty,
        Source::Broadcast => shared_reference(ty).unwrap_or(ty),
    };
    let is_generic = !method.sig.generics.params.is_empty() || mentions(ty, "impl");
    let is_borrowed = borrowed_anything(ty).is_some() || has_elided_lifetime(ty);
    let is_local = local_name(ty, &["Rc", "RefCell"]).is_some();
    (!is_generic && !is_borrowed && !is_local).then(|| ty.clone())
}
