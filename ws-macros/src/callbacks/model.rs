//! Collects all callbacks of one handler or one service.

use proc_macro2::Ident;
use quote::quote;
use syn::{Attribute, Type, parse_quote};

use super::form::{Form, Place, compact};
use super::marker::{self, Marker};
use super::signature::{Callback, Init, cfgs};
use super::types::{has_elided_lifetime, is_static, shared_reference};
use crate::errors::Errors;
use crate::item::{Member, Method};
use crate::role::Role;
use crate::tokens::written;

/// A handler's callbacks. There are several for one marker only if `#[cfg]` chooses between them, except for `info`.
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

/// A kind of message that has its own marker.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    Text,
    Binary,
    Ping,
    Pong,
}

/// A callback for an info or a broadcast.
pub(crate) struct Info {
    pub(crate) callback: Callback,
    /// The type of the value. For a broadcast, the type behind the reference.
    pub(crate) payload: Type,
    pub(crate) source: Source,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Sent to one connection or to a service, which owns the value.
    Info,
    /// Sent to all receivers, which share the value.
    Broadcast,
}

/// A service's callbacks. There are several for one marker only if `#[cfg]` chooses between them, except for
/// `incoming`, `broadcast` and `info`.
#[derive(Default)]
pub(crate) struct Service {
    pub(crate) init: Vec<Init>,
    pub(crate) join: Vec<Callback>,
    pub(crate) rejoin: Vec<Callback>,
    pub(crate) incoming: Vec<Callback>,
    pub(crate) broadcast: Vec<Info>,
    pub(crate) info: Vec<Info>,
    pub(crate) timeout: Vec<Callback>,
    pub(crate) close: Vec<Callback>,
    pub(crate) terminate: Vec<Callback>,
}

/// The callbacks of a handler or a service.
pub(crate) trait Callbacks: Default {
    const ROLE: Role;

    /// Adds a callback. Returns the key that distinguishes it from other callbacks with the same marker.
    fn keep(&mut self, marker: Marker, callback: Callback, errors: &mut Errors) -> Of;

    fn keep_init(&mut self, init: Init);
}

/// The key that distinguishes callbacks with the same marker.
pub(crate) enum Of {
    Marker,
    Type(Box<Type>),
    /// The callback is invalid, which is already reported; or rustc finds the duplicates.
    Nothing,
}

impl Callbacks for Handler {
    const ROLE: Role = Role::Handler;

    fn keep(&mut self, marker: Marker, callback: Callback, errors: &mut Errors) -> Of {
        let payload = callback.payload().cloned();
        match marker {
            Marker::Open => self.open.push(callback),
            Marker::Text => self.frames.push((Frame::Text, callback)),
            Marker::Binary => self.frames.push((Frame::Binary, callback)),
            Marker::Ping => self.frames.push((Frame::Ping, callback)),
            Marker::Pong => self.frames.push((Frame::Pong, callback)),
            Marker::Handle => self.handle.push(callback),
            Marker::Info => {
                self.info.extend(Info::check(callback, errors));
                return of_type(payload);
            }
            Marker::Broadcast => {
                self.info.extend(Info::check_broadcast(callback, errors));
                return of_type(payload);
            }
            Marker::Outgoing => self.outgoing.push(callback),
            Marker::Terminate => self.terminate.push(callback),
            Marker::Init
            | Marker::Join
            | Marker::Rejoin
            | Marker::Incoming
            | Marker::Timeout
            | Marker::Close => {}
        }
        Of::Marker
    }

    fn keep_init(&mut self, init: Init) {
        self.init.push(init);
    }
}

impl Callbacks for Service {
    const ROLE: Role = Role::Service;

    fn keep(&mut self, marker: Marker, callback: Callback, errors: &mut Errors) -> Of {
        let payload = callback.payload().cloned();
        match marker {
            Marker::Join => self.join.push(callback),
            Marker::Incoming => {
                self.incoming.push(callback);
                return Of::Nothing;
            }
            Marker::Broadcast => {
                self.broadcast.extend(Info::check_broadcast(callback, errors));
                return of_type(payload);
            }
            Marker::Info => {
                self.info.extend(Info::check(callback, errors));
                return of_type(payload);
            }
            Marker::Rejoin => self.rejoin.push(callback),
            Marker::Timeout => self.timeout.push(callback),
            Marker::Close => self.close.push(callback),
            _ => self.terminate.push(callback),
        }
        Of::Marker
    }

    fn keep_init(&mut self, init: Init) {
        self.init.push(init);
    }
}

fn of_type(payload: Option<Type>) -> Of {
    payload.map_or(Of::Nothing, |ty| Of::Type(Box::new(ty)))
}

/// A callback that was read, for finding duplicates.
struct Seen {
    marker: Marker,
    name: Ident,
    under_cfg: bool,
    of: Of,
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
                add(&mut callbacks, method, &markers, form, &mut seen, errors);
                if !markers.is_empty() {
                    method.attrs.insert(0, allowed_lints(form));
                }
                if !markers.is_empty() && C::ROLE == Role::Handler {
                    form.quiet(method);
                }
                if !markers.is_empty() && form.refuses_self(method) {
                    *member = Member::nothing();
                }
            }
            Member::Unread { attrs, .. } => _ = marker::take(attrs, C::ROLE, errors),
            Member::Other { attrs, .. } => {
                for name in marker::take_misplaced(attrs, C::ROLE) {
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

fn add(
    callbacks: &mut impl Callbacks,
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
            Some(callback) => callbacks.keep(marker, callback, errors),
            None if matches!(marker, Marker::Info | Marker::Broadcast | Marker::Incoming) => Of::Nothing,
            None => Of::Marker,
        }
    };
    let under_cfg = !cfgs(&method.attrs).is_empty();
    Seen { marker, name: method.sig.ident.clone(), under_cfg, of }.join(seen, errors);
}

impl Info {
    fn check(callback: Callback, errors: &mut Errors) -> Option<Self> {
        let payload = callback.payload()?.clone();
        let is_borrowed = matches!(&payload, Type::Reference(reference) if !is_static(reference));
        if is_borrowed || has_elided_lifetime(&payload) {
            errors.help(
                &payload,
                "an info waits in a queue, so it cannot be borrowed",
                "take an owned type, or a `&'static` reference",
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
                "a broadcast is shared by all its receivers, so the callback takes it by reference",
                format_args!("write `&{written}`"),
            );
            return None;
        };
        if has_elided_lifetime(shared) {
            errors.help(
                shared,
                "a broadcast waits in a queue, so it cannot contain borrowed data",
                "use a type without lifetimes, or with `'static`",
            );
            return None;
        }
        let payload = shared.clone();
        Some(Self { callback, payload, source: Source::Broadcast })
    }
}

impl Seen {
    /// Adds this callback to `seen`, and reports it if it is a duplicate.
    fn join(self, seen: &mut Vec<Self>, errors: &mut Errors) {
        if let Some(Self { name: first, .. }) = seen.iter().find(|other| self.repeats(other)) {
            let (marker, help) =
                (self.marker.name(), format!("merge both into `{first}`, or remove one of them"));
            match &self.of {
                Of::Type(ty) => {
                    errors.help(ty, format_args!("`{first}` already receives {marker}s of this type"), help);
                }
                Of::Marker | Of::Nothing => {
                    errors.help(
                        &self.name,
                        format_args!("`{first}` is already the `#[{marker}]` callback"),
                        help,
                    );
                }
            }
        }
        seen.push(self);
    }

    /// Returns whether this callback duplicates `other`. If either has a `#[cfg]`, only one of them may be compiled, so
    /// they are no duplicates. Types are compared as written; rustc reports the same type in another spelling.
    fn repeats(&self, other: &Self) -> bool {
        let same = match (&self.of, &other.of) {
            (Of::Type(this), Of::Type(other)) => written(this) == written(other),
            (Of::Marker, Of::Marker) => true,
            _ => false,
        };
        self.marker == other.marker && same && !self.under_cfg && !other.under_cfg
    }
}

/// Allows the lints that the required signature of a callback triggers.
fn allowed_lints(form: &Form) -> Attribute {
    let unused_self = match form.place {
        Place::Impl => Some(quote!(clippy::unused_self,)),
        Place::Module(_) => None,
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
