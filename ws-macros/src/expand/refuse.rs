//! Reports items that cannot be a handler or a service.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Generics, LitStr, Type, TypeParamBound, WherePredicate};

use crate::callbacks::{bare, compact, has_elided_lifetime};
use crate::errors::Errors;
use crate::item::{File, Impl, TraitImpl};
use crate::role::Role;
use crate::source::{declares, earlier};
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
    if let Some(name) = foreign(ty) {
        errors.help(
            ty,
            format_args!("`{name}` is not a type that you define, so it cannot be a {}", role.noun()),
            format_args!(
                "write `#[{attribute}] impl YourStruct {{ … }}`; a field of your struct can be a `{name}`"
            ),
        );
        return true;
    }
    if !is_named {
        errors.help(
            ty,
            format_args!("`#[{attribute}]` goes on the impl of a struct that you define"),
            format_args!("write `#[{attribute}] impl YourStruct {{ … }}`"),
        );
    }
    !is_named
}

/// Returns the name of a type of the standard library or of ws-core. Rustc would report each part of the impl.
fn foreign(ty: &Type) -> Option<&'static str> {
    const NAMES: &str =
        "bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 String AppHandle";
    const GENERIC: &str = "Vec Box Arc Rc Mutex RwLock RefCell Option HashMap HashSet BTreeMap VecDeque Socket Context Upgrade \
                           Member";
    let Type::Path(path) = bare(ty) else { return None };
    let last = path.path.segments.last()?;
    let first = path.path.segments.first().map(|first| first.ident.to_string());
    let is_known = path.path.segments.len() == 1 || matches!(first?.as_str(), "std" | "core" | "ws_core");
    let names = if last.arguments.is_none() { NAMES } else { GENERIC };
    let name = names.split_whitespace().find(|name| is_known && last.ident == name)?;
    (!declares(last.ident.span(), name, &["std", "core", "ws_core"])).then_some(name)
}

/// Reports an attribute that an impl has twice. Returns whether it has.
pub(super) fn refuse_again(role: Role, attrs: &[Attribute], errors: &mut Errors) -> bool {
    let attribute = role.attribute();
    let again = attrs.iter().find(|attr| attr.path().is_ident(attribute));
    if let Some(again) = again {
        errors.help(again, format_args!("this `impl` already has `#[{attribute}]`"), "remove one of them");
    }
    again.is_some()
}

/// Reports the second impl of a type. Returns whether it is one. Rustc reports a second one in another block or file, as
/// conflicting implementations.
pub(super) fn refuse_second(role: Role, item: &Impl, errors: &mut Errors) -> bool {
    let attribute = role.attribute();
    let ty = compact(&item.self_ty);
    // One of them may not be compiled.
    if item.attrs.iter().any(|attr| attr.path().is_ident("cfg")) {
        return false;
    }
    let first = earlier(format!("{attribute} {ty}"), item.keyword.span, "impl");
    if let Some(line) = first {
        errors.help(
            &item.self_ty,
            format_args!("`{ty}` already has a `#[{attribute}] impl`, in line {line}"),
            "move these callbacks into it; methods without a marker can be in other `impl` blocks, which have no attribute",
        );
    }
    first.is_some()
}

/// Reports a path that a struct has twice. Returns whether it has.
pub(super) fn refuse_same_path(role: Role, attrs: &[Attribute], path: &LitStr, errors: &mut Errors) -> bool {
    let others = attrs.iter().filter(|attr| attr.path().is_ident(role.attribute()));
    let others = others.filter_map(|attr| attr.meta.require_list().ok()?.tokens.clone().into_iter().next());
    let again = others.into_iter().find(|other| other.to_string() == path.token().to_string());
    if let Some(again) = &again {
        errors.help(
            again,
            format_args!("this struct already has the path {again}"),
            "remove one of the attributes; a struct can have several attributes with different paths",
        );
    }
    again.is_some()
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
