//! The limits of a connection, which are options of a route. A new one needs a row in [`LIMITS`], and its declaration in
//! ws-core's `with_limits!`.

use std::fmt::Display;

use proc_macro2::Ident;
use syn::{LitInt, LitStr};

use super::entry::Entry;
use super::units;
use crate::errors::Errors;

/// A limit that is an option of a route.
pub(super) struct Limit {
    pub(super) name: &'static str,
    kind: Kind,
}

/// The form of a limit's value.
enum Kind {
    /// A duration, or the word that disables the limit.
    Period {
        example: &'static str,
        off: &'static str,
    },
    /// A duration. The limit cannot be disabled.
    Duration {
        example: &'static str,
    },
    Size,
    /// A number, or `"unlimited"`.
    Count {
        example: &'static str,
    },
}

/// The value of a limit.
pub(crate) enum LimitValue {
    /// A duration in milliseconds, or `None` if the limit is disabled.
    Period(Option<u64>),
    /// A duration in milliseconds.
    Duration(u64),
    Size(usize),
    /// `None` if the limit is disabled.
    Count(Option<usize>),
}

/// `close_timeout` cannot be disabled: a client that never answers the close frame would hold its connection forever.
const LIMITS: [Limit; 12] = [
    Limit { name: "idle_timeout", kind: Kind::Period { example: "60s", off: "never" } },
    Limit { name: "heartbeat", kind: Kind::Period { example: "25s", off: "off" } },
    Limit { name: "max_message_size", kind: Kind::Size },
    Limit { name: "max_frame_size", kind: Kind::Size },
    Limit { name: "max_fragments", kind: Kind::Count { example: "16384" } },
    Limit { name: "fragment_size", kind: Kind::Size },
    Limit { name: "send_buffer", kind: Kind::Size },
    Limit { name: "message_timeout", kind: Kind::Period { example: "60s", off: "never" } },
    Limit { name: "write_timeout", kind: Kind::Period { example: "10s", off: "never" } },
    Limit { name: "close_timeout", kind: Kind::Duration { example: "5s" } },
    Limit { name: "init_timeout", kind: Kind::Period { example: "30s", off: "never" } },
    Limit { name: "terminate_timeout", kind: Kind::Period { example: "30s", off: "never" } },
];

/// Lists the names of all limits.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    LIMITS.iter().map(|limit| limit.name)
}

/// Finds the limit with this name.
pub(super) fn find(name: &str) -> Option<&'static Limit> {
    LIMITS.iter().find(|limit| limit.name == name)
}

/// Reports a heartbeat that is not shorter than the idle timeout: a client that answers each ping would be idle.
pub(super) fn check_heartbeat(limits: &[(&'static str, LimitValue)], key: &Ident, errors: &mut Errors) {
    let millis = |name| {
        limits.iter().find_map(|(limit, value)| match value {
            LimitValue::Period(millis) if *limit == name => *millis,
            _ => None,
        })
    };
    if let (Some(heartbeat), Some(idle)) = (millis("heartbeat"), millis("idle_timeout"))
        && heartbeat >= idle
    {
        errors.help(
            key,
            "`heartbeat` must be shorter than `idle_timeout`",
            "remove `heartbeat`: the server then pings at half of the idle timeout",
        );
    }
}

impl Limit {
    /// Reads the value of `entry`. Returns `None`, with an error in `errors`, if it is invalid.
    pub(super) fn read(&self, entry: &Entry, errors: &mut Errors) -> Option<LimitValue> {
        match self.kind {
            Kind::Period { example, off } => period(entry, off, example, errors),
            Kind::Duration { example } => always(entry, example, errors).map(LimitValue::Duration),
            Kind::Size => size(entry, errors).map(LimitValue::Size),
            Kind::Count { example } => count_or_unlimited(entry, example, errors),
        }
    }
}

fn period(entry: &Entry, off: &str, example: &str, errors: &mut Errors) -> Option<LimitValue> {
    let key = &entry.key;
    let text = entry.string(&format!("{key} = \"{example}\"` or `{key} = \"{off}\""), errors)?;
    let value = text.value();
    if value == off {
        return Some(LimitValue::Period(None));
    }
    if is_off(&value) {
        errors.help(
            &text,
            format_args!("`\"{value}\"` does not disable `{key}`"),
            format_args!("write `\"{off}\"`"),
        );
        return None;
    }
    let or_off = if value.starts_with('0') { format!(", or `\"{off}\"`") } else { String::new() };
    duration(&text, &or_off, errors).map(|millis| LimitValue::Period(Some(millis)))
}

pub(super) fn always(entry: &Entry, example: &str, errors: &mut Errors) -> Option<u64> {
    let key = &entry.key;
    let text = entry.string(&format!("{key} = \"{example}\""), errors)?;
    if is_off(&text.value()) {
        errors.help(
            &text,
            format_args!("option `{key}` cannot be disabled"),
            format_args!("write a duration, such as `\"{example}\"`"),
        );
        return None;
    }
    duration(&text, "", errors)
}

/// Checks whether a value is a word that disables some limit.
fn is_off(value: &str) -> bool {
    matches!(
        value,
        "never"
            | "off"
            | "none"
            | "no"
            | "false"
            | "disabled"
            | "infinity"
            | "infinite"
            | "inf"
            | "unlimited"
            | "forever"
    )
}

/// Reads the duration in milliseconds. `or` is appended to the help text and names an alternative.
fn duration(text: &LitStr, or: &str, errors: &mut Errors) -> Option<u64> {
    let value = text.value();
    let millis = units::duration(&value);
    millis
        .map_err(|help| {
            errors.help(
                text,
                format_args!("`\"{value}\"` is not a valid duration"),
                format_args!("{help}{or}"),
            );
        })
        .ok()
}

fn count_or_unlimited(entry: &Entry, example: &str, errors: &mut Errors) -> Option<LimitValue> {
    if entry.word().as_deref() == Some("unlimited") {
        return Some(LimitValue::Count(None));
    }
    let key = &entry.key;
    let integer = entry.integer(&format!("{key} = {example}` or `{key} = \"unlimited\""), errors)?;
    count(&integer, format_args!("`{integer}` is not a valid value for `{key}`"), errors)
        .map(|count| LimitValue::Count(Some(count)))
}

pub(super) fn size(entry: &Entry, errors: &mut Errors) -> Option<usize> {
    let text = entry.string(&format!("{} = \"1MiB\"", entry.key), errors)?;
    let value = text.value();
    let size = units::size(&value);
    size.map_err(|help| errors.help(&text, format_args!("`\"{value}\"` is not a valid size"), help)).ok()
}

pub(super) fn count(integer: &LitInt, otherwise: impl Display, errors: &mut Errors) -> Option<usize> {
    let count = integer.base10_parse::<u32>().ok().filter(|&count| count > 0);
    if count.is_none() || !integer.suffix().is_empty() {
        errors.help(integer, otherwise, format_args!("write an integer from 1 to {}", u32::MAX));
    }
    count.and_then(|count| usize::try_from(count).ok())
}
