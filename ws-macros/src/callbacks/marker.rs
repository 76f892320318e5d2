//! `#[text]` and the others: which there are, which attributes are meant to be one, and what each may take.

use proc_macro2::Ident;
use syn::{Attribute, Meta};

use crate::errors::Errors;
use crate::options::nearest;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Marker {
    Init,
    Open,
    Text,
    Binary,
    Ping,
    Pong,
    Handle,
    Info,
    Broadcast,
    Outgoing,
    Terminate,
}

/// What a callback may take beside its context.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    None,
    Optional,
    Required,
}

const NAMES: [(&str, Marker); 11] = [
    ("init", Marker::Init),
    ("open", Marker::Open),
    ("text", Marker::Text),
    ("binary", Marker::Binary),
    ("ping", Marker::Ping),
    ("pong", Marker::Pong),
    ("handle", Marker::Handle),
    ("info", Marker::Info),
    ("broadcast", Marker::Broadcast),
    ("outgoing", Marker::Outgoing),
    ("terminate", Marker::Terminate),
];

/// Markers of later work.
const LATER: [&str; 1] = ["message"];

/// Markers of a service, and the callbacks that a handler has instead.
const OF_SERVICES: [(&str, &str); 5] = [
    ("incoming", "what a client sends comes to `#[text]` and `#[binary]`"),
    ("join", "who may connect is decided by `#[init]`"),
    ("rejoin", "a handler lives as long as its connection"),
    ("timeout", "send yourself an info with `cx.send_after`, and take it with `#[info]`"),
    ("close", "the end of a connection comes to `#[terminate]`"),
];

/// Attributes that are known to be something else, however close to one of ours they are written.
const FOREIGN: &str = "allow async_trait automatically_derived bench cfg cfg_attr cold coverage deny deprecated \
                       derive diagnostic doc expect export_name forbid ignore inline instrument link \
                       link_section main must_use no_mangle non_exhaustive optimize pin repr should_panic \
                       target_feature test track_caller warn";

impl Marker {
    fn named(name: &Ident) -> Option<Self> {
        NAMES.iter().find(|(known, _)| name == known).map(|&(_, marker)| marker)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|&&(_, marker)| marker == self).map_or("", |&(name, _)| name)
    }

    /// Whether `name` is a marker, of now or of later.
    pub(crate) fn is_ours(name: &Ident) -> bool {
        Self::named(name).is_some() || LATER.iter().any(|later| name == later)
    }

    pub(crate) fn payload(self) -> Payload {
        match self {
            Self::Init | Self::Open => Payload::None,
            Self::Info | Self::Broadcast | Self::Outgoing => Payload::Required,
            Self::Text | Self::Binary | Self::Ping | Self::Pong | Self::Handle | Self::Terminate => {
                Payload::Optional
            }
        }
    }

    /// Why it cannot do without its payload.
    pub(super) fn needs(self) -> &'static str {
        match self {
            Self::Outgoing => "the message that is about to go out",
            Self::Broadcast => "the type says which broadcasts come here",
            _ => "the type says which infos come here",
        }
    }

    /// How such a callback is written in an impl.
    pub(super) fn example(self) -> &'static str {
        match self {
            Self::Init => "fn init(State(db): State<Db>, upgrade: &mut Upgrade<Self>) -> Self",
            Self::Open => "fn open(&mut self, cx: &mut Context<Self>)",
            Self::Text => "fn text(&mut self, text: &str, cx: &mut Context<Self>)",
            Self::Binary => "fn binary(&mut self, bytes: &[u8], cx: &mut Context<Self>)",
            Self::Ping => "fn ping(&mut self, bytes: &[u8], cx: &mut Context<Self>)",
            Self::Pong => "fn pong(&mut self, bytes: &[u8], cx: &mut Context<Self>)",
            Self::Handle => "fn handle(&mut self, message: Message, cx: &mut Context<Self>)",
            Self::Info => "fn info(&mut self, info: YourType, cx: &mut Context<Self>)",
            Self::Broadcast => "fn broadcast(&mut self, news: &YourType, cx: &mut Context<Self>)",
            Self::Outgoing => {
                "fn outgoing(&mut self, message: Message, cx: &mut Context<Self>) -> Option<Message>"
            }
            Self::Terminate => "fn terminate(&mut self, reason: &Terminate, cx: &mut Context<Self>)",
        }
    }
}

/// The first marker among `attrs`.
pub(super) fn first(attrs: &[Attribute]) -> Option<Marker> {
    attrs.iter().find_map(marker).map(|(marker, _)| marker)
}

/// Takes our markers out of the attributes of what is no function. What looks like one is somebody else's there.
pub(super) fn take_misplaced(attrs: &mut Vec<Attribute>) -> Vec<Ident> {
    let taken = attrs.iter().filter_map(marker).map(|(_, name)| name.clone()).collect();
    attrs.retain(|attr| marker(attr).is_none());
    taken
}

fn marker(attr: &Attribute) -> Option<(Marker, &Ident)> {
    // A path of several segments names somebody else's attribute, even if it ends like one of ours.
    let name = attr.path().get_ident().filter(|_| matches!(attr.meta, Meta::Path(_)))?;
    Some((Marker::named(name)?, name))
}

/// Takes our markers out of `attrs`, and what was meant to be one; all other attributes stay.
pub(crate) fn take(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<(Marker, Ident)> {
    let mut markers = Vec::new();
    attrs.retain(|attr| {
        // A path of several segments names somebody else's attribute, even if it ends like one of ours.
        let Some(name) = attr.path().get_ident() else { return true };
        if !matches!(attr.meta, Meta::Path(_)) {
            if Marker::is_ours(name) {
                errors.help(
                    attr,
                    format_args!("`#[{name}]` takes no arguments"),
                    format_args!(
                        "write `#[{name}]`; an attribute of another crate is written with its path: \
                         `#[their_crate::{name}(…)]`"
                    ),
                );
            }
            return !Marker::is_ours(name);
        }
        if let Some(marker) = Marker::named(name) {
            markers.push((marker, name.clone()));
        } else if Marker::is_ours(name) {
            errors.at(name, format_args!("callback `#[{name}]` is not built yet"));
        } else if let Some((_, instead)) = OF_SERVICES.iter().find(|(known, _)| name == known) {
            errors.help(
                name,
                format_args!("`#[{name}]` is a callback of services, not of handlers"),
                instead,
            );
        } else if let Some(meant) = misspelt(name) {
            errors.help(
                name,
                format_args!("unknown marker `#[{name}]`"),
                format_args!("did you mean `#[{meant}]`?"),
            );
        } else {
            return true;
        }
        false
    });
    markers
}

fn misspelt(name: &Ident) -> Option<&'static str> {
    let name = name.to_string();
    if FOREIGN.split_whitespace().any(|foreign| foreign == name) {
        return None;
    }
    nearest(&name, NAMES.iter().map(|&(known, _)| known))
}
