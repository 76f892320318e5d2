//! The markers, such as `#[text]`: their names and payloads, and the detection of misspelt or misplaced ones.

use proc_macro2::{Ident, TokenTree};
use syn::{Attribute, LitStr, Meta};

use super::foreign;
use crate::errors::Errors;
use crate::item::Member;
use crate::options::nearest;
use crate::role::Role;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Marker {
    Init,
    Open,
    Text,
    Binary,
    Ping,
    Pong,
    Handle,
    Message,
    Info,
    Broadcast,
    Outgoing,
    Error,
    Terminate,
    Join,
    Rejoin,
    Incoming,
    Timeout,
    Close,
}

/// Whether a callback takes a payload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    None,
    Optional,
    Required,
}

const OF_HANDLERS: [(&str, Marker); 13] = [
    ("init", Marker::Init),
    ("open", Marker::Open),
    ("text", Marker::Text),
    ("binary", Marker::Binary),
    ("ping", Marker::Ping),
    ("pong", Marker::Pong),
    ("handle", Marker::Handle),
    ("message", Marker::Message),
    ("info", Marker::Info),
    ("broadcast", Marker::Broadcast),
    ("outgoing", Marker::Outgoing),
    ("error", Marker::Error),
    ("terminate", Marker::Terminate),
];

const OF_SERVICES: [(&str, Marker); 11] = [
    ("init", Marker::Init),
    ("join", Marker::Join),
    ("rejoin", Marker::Rejoin),
    ("incoming", Marker::Incoming),
    ("message", Marker::Message),
    ("error", Marker::Error),
    ("broadcast", Marker::Broadcast),
    ("info", Marker::Info),
    ("timeout", Marker::Timeout),
    ("close", Marker::Close),
    ("terminate", Marker::Terminate),
];

/// Markers of services only, each with a help text for handlers.
const NOT_OF_HANDLERS: [(&str, &str); 5] = [
    ("incoming", "use `#[text]` and `#[binary]` to receive messages"),
    ("join", "use `#[init]` to accept or reject a client"),
    ("rejoin", "remove it: a handler ends with its connection and is never restarted"),
    ("timeout", "call `cx.notify_after` and receive the value with `#[info]`"),
    ("close", "use `#[terminate]`, which is called when the connection has ended"),
];

/// Markers of handlers only, each with a help text for services.
const NOT_OF_SERVICES: [(&str, &str); 7] = [
    ("open", "use `#[join]`, which is called when a client connects"),
    ("text", "use `#[incoming]` with a payload for text, such as `&str` or `Json<T>`"),
    ("binary", "use `#[incoming]` with a payload for bytes, such as `&[u8]` or `Bytes`"),
    ("ping", "remove it: pings are answered automatically and are not passed to a service"),
    ("pong", "remove it: pongs are not passed to a service"),
    ("handle", "use `#[incoming]` with a payload of type `Message`"),
    ("outgoing", "remove it: a service sends messages to its members itself, with `member.send(…)`"),
];

/// Other attributes that must not be taken for a misspelt marker.
const FOREIGN: &str = "allow async_trait automatically_derived bench cfg cfg_attr cold coverage deny deprecated \
                       derive diagnostic doc expect export_name forbid ignore inline instrument link \
                       link_section main must_use no_mangle non_exhaustive optimize pin repr should_panic \
                       target_feature test track_caller warn";

impl Marker {
    fn named(name: &Ident, role: Role) -> Option<Self> {
        Self::of(&name.to_string(), role)
    }

    /// Finds the marker of the attribute with this name.
    pub(super) fn of(name: &str, role: Role) -> Option<Self> {
        names(role).iter().find(|(known, _)| name == *known).map(|&(_, marker)| marker)
    }

    pub(crate) fn name(self) -> &'static str {
        let mut known = OF_HANDLERS.iter().chain(&OF_SERVICES);
        known.find(|&&(_, marker)| marker == self).map_or("", |&(name, _)| name)
    }

    /// Checks whether `name` is a marker of the attribute.
    pub(crate) fn is_ours(name: &Ident, role: Role) -> bool {
        Self::named(name, role).is_some()
    }

    pub(crate) fn payload(self) -> Payload {
        match self {
            Self::Init | Self::Open | Self::Rejoin | Self::Timeout => Payload::None,
            Self::Info | Self::Broadcast | Self::Outgoing | Self::Error => Payload::Required,
            Self::Text
            | Self::Binary
            | Self::Ping
            | Self::Pong
            | Self::Handle
            | Self::Terminate
            | Self::Join
            | Self::Incoming
            | Self::Message
            | Self::Close => Payload::Optional,
        }
    }

    /// States the reason why the payload is required, for the error text.
    pub(super) fn needs(self) -> &'static str {
        match self {
            Self::Outgoing => "the message that is about to be sent",
            Self::Broadcast => "its type selects the broadcasts to receive",
            Self::Error => "its type selects the errors to receive",
            _ => "its type selects the infos to receive",
        }
    }

    /// Returns an example signature for an impl.
    pub(super) fn example(self, role: Role) -> &'static str {
        match self {
            Self::Init if role == Role::Service => "fn init(State(db): State<Db>, app: AppHandle) -> Self",
            Self::Info if role == Role::Service => "fn info(&mut self, info: YourType)",
            Self::Broadcast if role == Role::Service => "fn broadcast(&mut self, news: &YourType)",
            Self::Error if role == Role::Service => {
                "fn error(&mut self, member: &Member<Self>, error: YourError)"
            }
            Self::Message if role == Role::Service => {
                "fn say(&mut self, member: &Member<Self>, say: YourType) -> YourAnswer"
            }
            Self::Terminate if role == Role::Service => "fn terminate(&mut self, reason: &Terminate)",
            Self::Init => "fn init(State(db): State<Db>, upgrade: &mut Upgrade<Self>) -> Self",
            Self::Open => "fn open(&mut self, cx: &mut Context<Self>)",
            Self::Text => "fn text(&mut self, text: &str, cx: &mut Context<Self>)",
            Self::Binary => "fn binary(&mut self, bytes: &[u8], cx: &mut Context<Self>)",
            Self::Ping => "fn ping(&mut self, bytes: &[u8], cx: &mut Context<Self>)",
            Self::Pong => "fn pong(&mut self, bytes: &[u8], cx: &mut Context<Self>)",
            Self::Handle => "fn handle(&mut self, message: Message, cx: &mut Context<Self>)",
            Self::Message => "fn say(&mut self, say: YourType, cx: &mut Context<Self>) -> YourAnswer",
            Self::Info => "fn info(&mut self, info: YourType, cx: &mut Context<Self>)",
            Self::Broadcast => "fn broadcast(&mut self, news: &YourType, cx: &mut Context<Self>)",
            Self::Outgoing => {
                "fn outgoing(&mut self, message: Message, cx: &mut Context<Self>) -> Option<Message>"
            }
            Self::Error => "fn error(&mut self, error: YourError, cx: &mut Context<Self>)",
            Self::Terminate => "fn terminate(&mut self, reason: &Terminate, cx: &mut Context<Self>)",
            Self::Join => "fn join(&mut self, Path(room): Path<String>, member: &Member<Self>)",
            Self::Rejoin => "fn rejoin(&mut self, member: &Member<Self>)",
            Self::Incoming => "fn incoming(&mut self, member: &Member<Self>, text: &str)",
            Self::Timeout => "fn timeout(&mut self)",
            Self::Close => "fn close(&mut self, member: &Member<Self>, reason: &Terminate)",
        }
    }
}

/// Finds the first marker among `attrs`.
pub(super) fn first(attrs: &[Attribute], role: Role) -> Option<Marker> {
    attrs.iter().find_map(|attr| marker(attr, role)).map(|(marker, _)| marker)
}

/// Finds the markers in `members` that only the other attribute has, and whether one is only this attribute's.
pub(crate) fn of_the_other(members: &[Member], role: Role) -> (Vec<Ident>, bool) {
    let attrs = members.iter().flat_map(|member| match member {
        Member::Method(method) => &method.attrs[..],
        Member::Unread { .. } | Member::Other { .. } => &[],
    });
    let (mut others, mut own) = (Vec::new(), false);
    for name in attrs.filter_map(|attr| attr.path().get_ident()) {
        match (Marker::named(name, role), Marker::named(name, role.other())) {
            (None, Some(_)) => others.push(name.clone()),
            (Some(_), None) => own = true,
            _ => {}
        }
    }
    (others, own)
}

/// Removes the markers from an item that is not a function, and returns them. Attributes that only resemble a marker
/// stay: they may belong to another macro.
pub(super) fn take_misplaced(attrs: &mut Vec<Attribute>, role: Role) -> Vec<Ident> {
    let taken = attrs.iter().filter_map(|attr| marker(attr, role)).map(|(_, name)| name.clone()).collect();
    attrs.retain(|attr| marker(attr, role).is_none());
    taken
}

fn marker(attr: &Attribute, role: Role) -> Option<(Marker, &Ident)> {
    // A path with several segments is an attribute of another crate, even if its last segment is a marker's name.
    let name = attr.path().get_ident()?;
    let marker = Marker::named(name, role)?;
    (matches!(attr.meta, Meta::Path(_)) || marker == Marker::Message).then_some((marker, name))
}

/// A marker of a function.
pub(crate) struct Marked {
    pub(crate) marker: Marker,
    /// The marker as written.
    pub(crate) name: Ident,
    /// The argument of `#[message("name")]`.
    pub(crate) event: Option<LitStr>,
}

/// Reads the argument of `#[message("name")]`. Reports a wrong one.
fn event(attr: &Attribute, errors: &mut Errors) -> Option<LitStr> {
    let help = "write `#[message]`, or `#[message(\"name\")]` for another type than the name of the method";
    let read = match &attr.meta {
        Meta::Path(_) => return None,
        Meta::List(list) => list.parse_args::<LitStr>().ok(),
        Meta::NameValue(_) => None,
    };
    match read {
        Some(name) if name.value().is_empty() => {
            errors.help(&name, "the type of an event cannot be empty", help);
        }
        Some(name) => return Some(name),
        None => errors.help(attr, "`#[message]` takes the type of the event as a string", help),
    }
    None
}

/// Removes the markers from `attrs` and returns them. Misspelt and unsupported markers are removed and reported. All
/// other attributes stay.
pub(crate) fn take(attrs: &mut Vec<Attribute>, role: Role, errors: &mut Errors) -> Vec<Marked> {
    let mut markers = Vec::new();
    let marked = first(attrs, role).is_some();
    attrs.retain(|attr| {
        if let Some((path, marker)) = foreign::with_path(attr, role) {
            errors.help(
                path,
                "a marker is written without a path",
                format_args!("write `#[{}]`", marker.name()),
            );
            return false;
        }
        if let Some(name) = in_cfg_attr(attr, role) {
            errors.help(
                &name,
                "a marker cannot be in a `cfg_attr`",
                format_args!(
                    "write `#[{name}]`, and `#[cfg(…)]` beside it if the whole callback depends on the condition"
                ),
            );
            return false;
        }
        // Any other path with several segments is an attribute of another crate, even if its last segment is a marker's
        // name.
        let Some(name) = attr.path().get_ident() else { return true };
        // `#[on]` alone may be another crate's.
        let is_event = name != "on" || matches!(attr.meta, Meta::List(_));
        if let Some(help) = stranger(name, role).filter(|_| !marked && is_event) {
            errors.help(name, format_args!("unknown marker `#[{name}]`"), help);
            return false;
        }
        if Marker::named(name, role) == Some(Marker::Message) {
            let event = event(attr, errors);
            markers.push(Marked { marker: Marker::Message, name: name.clone(), event });
            return false;
        }
        if !matches!(attr.meta, Meta::Path(_)) {
            if Marker::is_ours(name, role) {
                let path = attr.parse_args::<LitStr>().ok().filter(|path| path.value().starts_with('/'));
                if let Some(path) = path {
                    let with_path = role.with_path().replace("\"/path\"", &format!("\"{}\"", path.value()));
                    errors.help(
                        attr,
                        format_args!("the path belongs on the struct, not on a callback"),
                        format_args!("write `#[{name}]` here and `{with_path}` on the struct or the module"),
                    );
                    return false;
                }
                errors.help(
                    attr,
                    format_args!("`#[{name}]` takes no arguments"),
                    format_args!(
                        "write `#[{name}]`; for an attribute of another crate, write its path: \
                         `#[their_crate::{name}(…)]`"
                    ),
                );
            }
            return !Marker::is_ours(name, role);
        }
        if let Some(marker) = Marker::named(name, role) {
            markers.push(Marked { marker, name: name.clone(), event: None });
        } else if let Some((_, instead)) = strange(role).iter().find(|(known, _)| name == known) {
            errors.help(
                name,
                match role {
                    Role::Handler => format!("`#[{name}]` is for services, not for handlers"),
                    Role::Service => format!("`#[{name}]` is for handlers, not for services"),
                },
                instead,
            );
        } else if let Some(meant) = misspelt(name, role) {
            errors.help(
                name,
                format_args!("unknown marker `#[{name}]`"),
                format_args!("did you mean `#[{meant}]`?"),
            );
        } else if let Some(help) = misspelt_stranger(name, role) {
            errors.help(name, format_args!("unknown marker `#[{name}]`"), help);
        } else {
            return true;
        }
        false
    });
    markers
}

/// Finds the marker in `#[cfg_attr(…, marker)]`, which rustc expands only after the attribute macro.
fn in_cfg_attr(attr: &Attribute, role: Role) -> Option<Ident> {
    let list = attr.meta.require_list().ok().filter(|list| list.path.is_ident("cfg_attr"))?;
    let tokens: Vec<TokenTree> = list.tokens.clone().into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let ident = |attribute: &[TokenTree]| match attribute.first() {
        Some(TokenTree::Ident(name)) => Some(name.clone()),
        _ => None,
    };
    let mut names = tokens.split(is_comma).skip(1).filter_map(ident);
    names.find(|name| Marker::is_ours(name, role))
}

fn names(role: Role) -> &'static [(&'static str, Marker)] {
    match role {
        Role::Handler => &OF_HANDLERS,
        Role::Service => &OF_SERVICES,
    }
}

/// Lists the markers of the other attribute only, each with a help text.
fn strange(role: Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Handler => &NOT_OF_HANDLERS,
        Role::Service => &NOT_OF_SERVICES,
    }
}

/// Finds a help text for a name that other frameworks have for a callback.
fn stranger(name: &Ident, role: Role) -> Option<String> {
    let known = Marker::is_ours(name, role) || strange(role).iter().any(|(known, _)| name == known);
    if known { None } else { foreign::help(&name.to_string(), role) }
}

/// Finds a help text for a misspelt marker of the other attribute.
fn misspelt_stranger(name: &Ident, role: Role) -> Option<&'static str> {
    let name = name.to_string();
    if is_foreign(&name) {
        return None;
    }
    let meant = nearest(&name, strange(role).iter().map(|&(known, _)| known))?;
    strange(role).iter().find(|(known, _)| *known == meant).map(|&(_, instead)| instead)
}

fn is_foreign(name: &str) -> bool {
    FOREIGN.split_whitespace().any(|foreign| foreign == name)
}

fn misspelt(name: &Ident, role: Role) -> Option<&'static str> {
    let name = name.to_string();
    if is_foreign(&name) {
        return None;
    }
    nearest(&name, names(role).iter().map(|&(known, _)| known))
}
