//! Reports items that cannot be a handler or a service.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Generics, Type, TypeParamBound, WherePredicate};

use crate::callbacks::{bare, compact, has_elided_lifetime};
use crate::errors::Errors;
use crate::item::{File, TraitImpl};
use crate::role::Role;
use crate::tokens::written;

/// Reports a type with a lifetime other than `'static`. Rustc would report errors in the generated code instead.
pub(super) fn refuse_lifetimes(role: Role, generics: &Generics, ty: &dyn ToTokens, errors: &mut Errors) {
    let lifetimes: Vec<_> = generics.lifetimes().collect();
    if lifetimes.is_empty() && !has_elided_lifetime(ty) {
        return;
    }
    let at: &dyn ToTokens = lifetimes.first().map_or(ty, |first| first);
    errors.help(
        at,
        match role {
            Role::Handler => "a handler lives as long as its connection, so it cannot contain borrowed data",
            Role::Service => "a service lives as long as the app, so it cannot contain borrowed data",
        },
        "use an owned type, `Arc<T>` or `&'static T`; take a state of the app as `State<T>` in `#[init]`",
    );
}

/// Reports type parameters that may be borrowed data. Rustc would report them at each place of the generated code. Returns
/// whether there is one.
pub(super) fn refuse_short_lived(role: Role, generics: &Generics, errors: &mut Errors) -> bool {
    /// Traits that have no supertrait `'static`. Any other may have it.
    const KNOWN: &str = "AsRef Clone Copy Debug Default Deserialize DeserializeOwned Display Eq Fn FnMut FnOnce From FromStr \
                         Future Hash Into Iterator Ord PartialEq PartialOrd Send Serialize Sized Sync ToString Unpin";
    let before = errors.count();
    for parameter in generics.type_params() {
        let name = &parameter.ident;
        let of_clause =
            generics.where_clause.iter().flat_map(|clause| &clause.predicates).filter_map(|predicate| {
                match predicate {
                    WherePredicate::Type(bound) if *name == written(&bound.bounded_ty) => Some(&bound.bounds),
                    _ => None,
                }
            });
        let is_short_lived = of_clause.chain([&parameter.bounds]).flatten().all(|bound| match bound {
            TypeParamBound::Trait(bound) => bound
                .path
                .segments
                .last()
                .is_some_and(|last| KNOWN.split_whitespace().any(|known| last.ident == known)),
            TypeParamBound::Lifetime(lifetime) => lifetime.ident != "static",
            _ => false,
        });
        if is_short_lived {
            errors.help(
                name,
                match role {
                    Role::Handler => {
                        format!("a handler lives as long as its connection, but `{name}` may contain borrowed data")
                    }
                    Role::Service => {
                        format!("a service lives as long as the app, but `{name}` may contain borrowed data")
                    }
                },
                format_args!("add `Send + 'static` to its bounds: `{name}: Send + 'static`"),
            );
        }
    }
    errors.count() > before
}

/// Reports an impl of a type that is not the user's own, such as `impl &Chat` or `impl dyn Chat`. Returns whether it is
/// one.
pub(super) fn refuse_type(role: Role, ty: &Type, errors: &mut Errors) -> bool {
    let attribute = role.attribute();
    let is_named = matches!(bare(ty), Type::Path(_) | Type::Macro(_));
    if !is_named {
        errors.help(
            ty,
            format_args!("`#[{attribute}]` goes on the impl of a struct that you define"),
            format_args!("write `#[{attribute}] impl YourStruct {{ … }}`"),
        );
    }
    !is_named
}

/// Reports an impl whose callbacks are all for the other attribute. `first` is one of them.
pub(super) fn refuse_other(role: Role, first: &Ident, errors: &mut Errors) {
    let (noun, other) = (role.noun(), role.other());
    errors.help(
        first,
        format_args!("`#[{first}]` is for {}s, not for {noun}s", other.noun()),
        format_args!(
            "write `#[{}]` instead of `#[{}]`, on the struct too",
            other.attribute(),
            role.attribute()
        ),
    );
}

/// Reports the impl of a trait.
pub(super) fn refuse_trait(role: Role, item: &TraitImpl, errors: &mut Errors) {
    let attribute = role.attribute();
    let ty = compact(&item.self_ty);
    if is_by_hand(item) {
        return errors.help(
            &item.keyword,
            format_args!("`#[{attribute}]` does not go on an impl that you write by hand"),
            format_args!("remove it, or write `#[{attribute}] impl {ty} {{ … }}` with callbacks"),
        );
    }
    errors.help(
        &item.keyword,
        format_args!(
            "`#[{attribute}]` goes on a struct and its impl, or on a module of functions, not on the impl of a trait"
        ),
        format_args!("write `#[{attribute}] impl {ty} {{ … }}`"),
    );
}

/// Checks whether the trait is called `Handler` or `Service`. For errors only.
pub(super) fn is_by_hand(item: &TraitImpl) -> bool {
    item.name.as_ref().is_some_and(|name| name == "Handler" || name == "Service")
}

pub(super) fn refuse_file(role: Role, item: &File, errors: &mut Errors) {
    let (name, attribute, with_path) = (&item.ident, role.attribute(), role.with_path());
    errors.help(
        &item.written(),
        format_args!("`#[{attribute}]` cannot see the file of `mod {name};`"),
        format_args!(
            "write the functions here, in `mod {name} {{ … }}`; or remove this attribute and write \
             `{with_path} struct YourStruct;` and `#[{attribute}] impl YourStruct {{ … }}` in the file"
        ),
    );
}

/// Reports an item that can be neither a handler nor a service.
pub(super) fn refuse(role: Role, item: &TokenStream, keyword: Option<&Ident>, errors: &mut Errors) {
    let at: &dyn ToTokens = keyword.map_or(item, |keyword| keyword);
    let (attribute, with_path, callback) = (role.attribute(), role.with_path(), role.callback());
    let both = format!("write `{with_path} struct YourStruct;` and `#[{attribute}] impl YourStruct {{ … }}`");
    let (kind, help) = match keyword.map(ToString::to_string).as_deref() {
        Some("fn") => (
            "a function",
            format!(
                "move the function into `#[{attribute}] impl YourStruct {{ … }}` or `{with_path} mod your_module \
                 {{ … }}` and mark it as a callback: `{callback} …`"
            ),
        ),
        Some("enum") => {
            ("an enum", format!("put the enum in a field of a struct, and write `{with_path}` on the struct"))
        }
        Some("union") => (
            "a union",
            format!("put the union in a field of a struct, and write `{with_path}` on the struct"),
        ),
        Some("trait") => ("a trait", both),
        Some("type") => ("a type alias", both),
        _ => ("this item", both),
    };
    errors.help(
        at,
        format_args!(
            "`#[{attribute}]` goes on a struct and its impl, or on a module of functions, not on {kind}"
        ),
        help,
    );
}
