//! Inspects types as written: their references, lifetimes and names.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type, TypeReference};

use crate::tokens::{mentions, written};

/// Returns the type behind a `&mut`, also inside the invisible groups that `macro_rules!` adds.
pub(super) fn mut_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => reference.mutability.map(|_| &*reference.elem),
        Type::Group(group) => mut_reference(&group.elem),
        Type::Paren(paren) => mut_reference(&paren.elem),
        _ => None,
    }
}

/// Returns the type behind a `&`, also inside the invisible groups that `macro_rules!` adds.
pub(super) fn shared_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => reference.mutability.is_none().then_some(&*reference.elem),
        Type::Group(group) => shared_reference(&group.elem),
        Type::Paren(paren) => shared_reference(&paren.elem),
        _ => None,
    }
}

/// Returns a `&str` that is not `'static`, also inside the compound types that may be replies.
pub(super) fn borrowed_str(ty: &Type) -> Option<&Type> {
    borrowed(ty, &|behind| matches!(behind, Type::Path(path) if path.path.is_ident("str")))
}

/// Returns a reference that is not `'static` and points to a type that matches `of`. Looks into arrays, tuples and the
/// first argument of `Option`, `Result` and `Vec`.
pub(super) fn borrowed<'a>(ty: &'a Type, of: &dyn Fn(&Type) -> bool) -> Option<&'a Type> {
    match ty {
        Type::Reference(reference) => (!is_static(reference) && of(&reference.elem)).then_some(ty),
        Type::Group(group) => borrowed(&group.elem, of),
        Type::Paren(paren) => borrowed(&paren.elem, of),
        Type::Array(array) => borrowed(&array.elem, of),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(|elem| borrowed(elem, of)),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            // Other types may use a `&str` argument in any way.
            let known = ["Option", "Result", "Vec"].iter().any(|known| last.ident == known);
            match arguments.args.first() {
                Some(GenericArgument::Type(first)) if known => borrowed(first, of),
                _ => None,
            }
        }
        _ => None,
    }
}

pub(super) fn is_static(reference: &TypeReference) -> bool {
    reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static")
}

/// Returns whether the type has an elided lifetime `'_`. Types with function types are exempt, because there `'_` is a
/// fresh lifetime at each call.
pub(crate) fn has_elided_lifetime(ty: &dyn ToTokens) -> bool {
    let of_a_function = ["fn", "Fn", "FnMut", "FnOnce"].iter().any(|word| mentions(ty, word));
    !of_a_function && written(ty).contains("'_")
}

pub(super) fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.segments.last().is_some_and(|last| last.ident == name && last.arguments.is_empty()))
}

/// Returns the type without references and without the invisible groups that `macro_rules!` adds.
pub(super) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Reference(reference) => bare(&reference.elem),
        Type::Group(group) => bare(&group.elem),
        Type::Paren(paren) => bare(&paren.elem),
        other => other,
    }
}

/// Returns whether a type's name ends in `Result`: `Result<T, E>`, or an alias.
pub(crate) fn is_result(ty: &Type) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.segments.last().is_some_and(|last| {
        last.ident.to_string().ends_with("Result")
    }))
}

/// Returns the first generic argument: `T` of `Result<T, E>`. An alias may have none.
pub(crate) fn first_argument(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = bare(ty) else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(first) => Some(first),
        _ => None,
    }
}
