//! All callbacks of one handler.

use proc_macro2::Ident;
use quote::quote;
use syn::{Attribute, Type, parse_quote};

use super::form::{Form, compact};
use super::marker::{self, Marker};
use super::signature::{Callback, Init, cfgs};
use crate::errors::Errors;
use crate::item::{Member, Method};
use crate::tokens::written;

/// A handler's callbacks. There are several of a kind only where `#[cfg]` chooses between them.
#[derive(Default)]
pub(crate) struct Handler {
    pub(crate) init: Vec<Init>,
    pub(crate) open: Vec<Callback>,
    pub(crate) frames: Vec<(Frame, Callback)>,
    pub(crate) handle: Vec<Callback>,
    pub(crate) info: Vec<Info>,
    pub(crate) outgoing: Vec<Callback>,
    pub(crate) terminate: Vec<Callback>,
}

/// A kind of frame that has a callback of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    Text,
    Binary,
    Ping,
    Pong,
}

/// What the program says to a handler, and the callback that hears it.
pub(crate) struct Info {
    pub(crate) callback: Callback,
    /// Of a broadcast what is behind the reference.
    pub(crate) payload: Type,
    pub(crate) source: Source,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Said to one connection, and given to it.
    Info,
    /// Said to all connections, which share it.
    Broadcast,
}

/// A callback that was seen, for finding the next one of its kind.
struct Seen {
    marker: Marker,
    name: Ident,
    under_cfg: bool,
    info: Option<Type>,
}

impl Handler {
    /// Takes the markers out of `members` and reads what they mark. The members are fit to be emitted
    /// afterwards, whether there were errors or not.
    pub(crate) fn take(members: &mut [Member], form: &Form, errors: &mut Errors) -> Self {
        let mut handler = Self::default();
        let mut seen = Vec::new();
        for member in members {
            match member {
                Member::Method(method) => {
                    let markers = marker::take(&mut method.attrs, errors);
                    handler.add(method, &markers, form, &mut seen, errors);
                    if !markers.is_empty() {
                        method.attrs.insert(0, allowed_lints(form));
                    }
                    if !markers.is_empty() {
                        form.quiet(method);
                    }
                    if !markers.is_empty() && form.refuses_self(method) {
                        *member = Member::nothing();
                    }
                }
                Member::Unread { attrs, .. } => _ = marker::take(attrs, errors),
                Member::Other { attrs, .. } => {
                    for name in marker::take_misplaced(attrs) {
                        errors.help(
                            &name,
                            format_args!("`#[{name}]` marks a {}", form.callee()),
                            "write it on a `fn`",
                        );
                    }
                }
            }
        }
        handler
    }

    fn add(
        &mut self,
        method: &Method,
        markers: &[(Marker, Ident)],
        form: &Form,
        seen: &mut Vec<Seen>,
        errors: &mut Errors,
    ) {
        let Some(&(marker, ref first)) = markers.first() else { return };
        if let Some((_, second)) = markers.get(1) {
            let name = &method.sig.ident;
            errors.help(
                second,
                format_args!("`{name}` is marked `#[{first}]` already"),
                format_args!("write one {} for each callback", form.callee()),
            );
            return;
        }
        let this = Seen {
            marker,
            name: method.sig.ident.clone(),
            under_cfg: !cfgs(&method.attrs).is_empty(),
            info: None,
        };
        if marker == Marker::Init {
            self.init.extend(Init::check(method, form, errors));
            return this.join(seen, errors);
        }
        let Some(callback) = Callback::check(marker, method, form, errors) else {
            return this.join(seen, errors);
        };
        let by_type = matches!(marker, Marker::Info | Marker::Broadcast);
        let info = callback.payload().filter(|_| by_type).cloned();
        Seen { info, ..this }.join(seen, errors);
        match marker {
            Marker::Init => {}
            Marker::Open => self.open.push(callback),
            Marker::Text => self.frames.push((Frame::Text, callback)),
            Marker::Binary => self.frames.push((Frame::Binary, callback)),
            Marker::Ping => self.frames.push((Frame::Ping, callback)),
            Marker::Pong => self.frames.push((Frame::Pong, callback)),
            Marker::Handle => self.handle.push(callback),
            Marker::Info => self.info.extend(Info::check(callback, errors)),
            Marker::Broadcast => self.info.extend(Info::check_broadcast(callback, errors)),
            Marker::Outgoing => self.outgoing.push(callback),
            Marker::Terminate => self.terminate.push(callback),
        }
    }
}

impl Info {
    fn check(callback: Callback, errors: &mut Errors) -> Option<Self> {
        let payload = callback.payload()?.clone();
        if let Type::Reference(reference) = &payload
            && reference.lifetime.as_ref().is_none_or(|lifetime| lifetime.ident != "static")
        {
            errors.help(
                &payload,
                "an info is kept until the handler takes it, so it cannot be borrowed",
                "take an owned type, or `&'static`",
            );
            return None;
        }
        Some(Self { callback, payload, source: Source::Info })
    }

    fn check_broadcast(callback: Callback, errors: &mut Errors) -> Option<Self> {
        let payload = callback.payload()?;
        let Some(shared) = shared_reference(payload) else {
            let written = compact(payload);
            errors.help(
                payload,
                "a broadcast is shared by all who hear it, so it is borrowed",
                format_args!("write `&{written}`"),
            );
            return None;
        };
        let payload = shared.clone();
        Some(Self { callback, payload, source: Source::Broadcast })
    }
}

impl Seen {
    /// Reports a callback that is there already.
    fn join(self, seen: &mut Vec<Self>, errors: &mut Errors) {
        if let Some(Self { name: first, .. }) = seen.iter().find(|other| self.repeats(other)) {
            let help = format!("put both into `{first}`, or remove one of them");
            if let Some(ty) = &self.info {
                errors.help(
                    ty,
                    format_args!("`{first}` takes {}s of this type already", self.marker.name()),
                    help,
                );
            } else {
                let marker = self.marker.name();
                errors.help(&self.name, format_args!("there is a `#[{marker}]` already: `{first}`"), help);
            }
        }
        seen.push(self);
    }

    /// With `#[cfg]` on one of the two there may be only one left. Infos are the same if their types are written
    /// the same; other spellings of one type are left to rustc.
    fn repeats(&self, other: &Self) -> bool {
        let same_info = match (&self.info, &other.info) {
            (Some(this), Some(other)) => written(this) == written(other),
            _ => !matches!(self.marker, Marker::Info | Marker::Broadcast),
        };
        self.marker == other.marker && same_info && !self.under_cfg && !other.under_cfg
    }
}

/// What is behind a `&`, also through the groups that `macro_rules!` leaves.
fn shared_reference(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Reference(reference) => reference.mutability.is_none().then_some(&*reference.elem),
        Type::Group(group) => shared_reference(&group.elem),
        Type::Paren(paren) => shared_reference(&paren.elem),
        _ => None,
    }
}

/// The fixed shape of a callback provokes these lints; they are not the user's fault.
fn allowed_lints(form: &Form) -> Attribute {
    let unused_self = match form {
        Form::Impl => Some(quote!(clippy::unused_self,)),
        Form::Module(_) => None,
    };
    parse_quote! {
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
