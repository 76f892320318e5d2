//! The names that other frameworks and browsers have for callbacks, each with the marker or the call that does the same
//! here.

use syn::{Attribute, Path};

use super::marker::Marker;
use crate::role::Role;

/// Names of one kind of callback, without a leading `on_`, and a help text for a handler and for a service.
struct Kind {
    names: &'static [&'static str],
    of_handlers: &'static str,
    of_services: &'static str,
}

const KINDS: [Kind; 11] = [
    Kind {
        names: &[
            "message",
            "messages",
            "message_received",
            "msg",
            "receive",
            "received",
            "recv",
            "data",
            "frame",
            "packet",
        ],
        of_handlers: "write `#[text]` to receive text messages, `#[binary]` to receive bytes, or `#[message]` for typed events",
        of_services: "write `#[incoming]`, or `#[message]` for typed events",
    },
    Kind {
        names: &["text", "text_message", "string"],
        of_handlers: "write `#[text]`",
        of_services: "write `#[incoming]`, with a payload such as `&str`",
    },
    Kind {
        names: &["binary", "binary_message", "bytes", "blob"],
        of_handlers: "write `#[binary]`",
        of_services: "write `#[incoming]`, with a payload such as `&[u8]`",
    },
    Kind {
        names: &["open", "opened", "connect", "connected", "connection", "start", "started", "ready"],
        of_handlers: "write `#[open]`, which is called when the connection is open; `#[init]` accepts or rejects a client before that",
        of_services: "write `#[join]`, which is called when a client connects, or `#[init]`, which is called when the app starts",
    },
    Kind {
        names: &[
            "close",
            "closed",
            "closing",
            "disconnect",
            "disconnected",
            "disconnecting",
            "stop",
            "stopped",
            "stopping",
            "end",
            "ended",
            "leave",
            "left",
            "drop",
            "dropped",
            "shutdown",
            "destroy",
            "finished",
        ],
        of_handlers: "write `#[terminate]`, which is called with the reason when the connection has ended",
        of_services: "write `#[close]`, which is called with the reason when a member's connection has ended",
    },
    Kind {
        names: &["error", "errors", "exception", "failure", "failed", "catch"],
        of_handlers: "write `#[error]`, which receives the errors of callbacks that have the type of its argument; `#[terminate]` receives the reason for the end of the connection",
        of_services: "write `#[error]`, which receives the errors of callbacks that have the type of its argument; `#[close]` receives the reason for the end of a member's connection",
    },
    Kind {
        names: &[
            "event",
            "on",
            "handle_in",
            "handle_event",
            "command",
            "method",
            "action",
            "subscribe_message",
            "rpc",
            "match",
        ],
        of_handlers: "write `#[message]` on one callback for each type of event: its name is the type of the event",
        of_services: "write `#[message]` on one callback for each type of event: its name is the type of the event",
    },
    Kind {
        names: &["subscribe", "unsubscribe", "topic", "room", "channel"],
        of_handlers: "call `cx.subscribe(\"topic\")` in a callback, such as `#[open]`",
        of_services: "call `member.subscribe(\"topic\")` in a callback, such as `#[join]`",
    },
    Kind {
        names: &["interval", "tick", "timer", "every", "schedule", "cron", "heartbeat"],
        of_handlers: "call `cx.notify_after(duration, value)` in a callback, and receive the value with `#[info]`",
        of_services: "return `Control::Timeout(duration)` from a callback, and write `#[timeout]`",
    },
    Kind {
        names: &[
            "upgrade",
            "handshake",
            "auth",
            "authenticate",
            "authorize",
            "guard",
            "before_connect",
            "request",
        ],
        of_handlers: "write `#[init]`, which accepts or rejects a client",
        of_services: "write `#[join]`, which accepts or rejects a client",
    },
    Kind {
        names: &["notify", "notification", "signal", "event_received"],
        of_handlers: "write `#[info]` for a value that the program sends to this connection, or `#[broadcast]` for one to all",
        of_services: "write `#[info]` for a value that the program sends to this service",
    },
];

/// Finds the help text for an attribute with this name, if other frameworks have a callback of that name.
pub(super) fn help(name: &str, role: Role) -> Option<String> {
    let short = name.strip_prefix("on_").or_else(|| name.strip_prefix("handle_")).unwrap_or(name);
    // Elsewhere, `on_message` receives every text.
    if short != name
        && short != "message"
        && let Some(marker) = Marker::of(short, role)
    {
        return Some(format!("write `#[{}]`", marker.name()));
    }
    // `onmessage` is the name in browsers.
    let plain = name.strip_prefix("on").unwrap_or(name);
    let kind = KINDS.iter().find(|kind| kind.names.contains(&short) || kind.names.contains(&plain))?;
    let help = match role {
        Role::Handler => kind.of_handlers,
        Role::Service => kind.of_services,
    };
    Some(help.to_owned())
}

/// Finds the marker that is written with a path of ws-core, as in `#[ws_core::text]`.
pub(super) fn with_path(attr: &Attribute, role: Role) -> Option<(&Path, Marker)> {
    let path = attr.path();
    let mut segments = path.segments.iter();
    let (first, last) = (segments.next()?, segments.next_back()?);
    let is_ours = matches!(first.ident.to_string().as_str(), "ws_core" | "websocket" | "service");
    is_ours.then(|| Marker::of(&last.ident.to_string(), role)).flatten().map(|marker| (path, marker))
}
