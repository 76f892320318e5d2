//! Splits the arguments of the attribute, so that an error in one argument does not hide errors in the others.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{LitInt, LitStr, Path, Token, Type, bracketed, parse2};

use super::nearest;
use crate::errors::Errors;
use crate::role::Role;
use crate::tokens::Crate;

/// `key`, `key = value` or `key(…)`.
pub(super) struct Entry {
    pub(super) key: Ident,
    value: Value,
}

enum Value {
    Missing,
    Assigned(TokenStream),
    Nested(TokenStream),
}

/// Splits the arguments at their commas. Returns the arguments without a key, then those with one.
pub(super) fn split(arguments: TokenStream) -> (Vec<TokenStream>, Vec<Entry>) {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let tokens: Vec<TokenTree> = arguments.into_iter().collect();
    let (mut plain, mut entries) = (Vec::new(), Vec::new());
    for argument in tokens.split(is_comma).filter(|argument| !argument.is_empty()) {
        match Entry::read(argument) {
            Some(entry) => entries.push(entry),
            None => plain.push(argument.iter().cloned().collect()),
        }
    }
    (plain, entries)
}

/// Finds the option that other servers know under this name.
fn usual(name: &str, known: &[&str]) -> Option<&'static str> {
    const USUAL: [(&str, &[&str]); 11] = [
        ("heartbeat", &["ping_interval", "ping", "pings", "keepalive", "keep_alive", "heartbeat_interval"]),
        ("idle_timeout", &["timeout", "ping_timeout", "read_timeout", "pong_timeout", "client_timeout"]),
        (
            "max_message_size",
            &[
                "max_size",
                "max_payload",
                "max_payload_size",
                "max_payload_length",
                "max_length",
                "message_size",
                "limit",
            ],
        ),
        ("subprotocols", &["protocols", "protocol", "subprotocol"]),
        ("origins", &["cors", "origin", "allowed_origins", "allow_origin", "check_origin"]),
        ("compress", &["compression", "deflate", "permessage_deflate", "per_message_deflate", "gzip"]),
        (
            "mailbox",
            &["overflow", "queue", "buffer", "capacity", "channel", "channel_size", "backlog", "queue_size"],
        ),
        ("init_timeout", &["handshake_timeout", "upgrade_timeout", "connect_timeout", "open_timeout"]),
        ("send_buffer", &["write_buffer", "write_buffer_size", "send_buffer_size", "max_backpressure"]),
        ("close_timeout", &["close_grace", "closing_timeout"]),
        ("bytes", &["size", "max_bytes", "max_size"]),
    ];
    let mut meant = USUAL.iter().filter(|(option, names)| known.contains(option) && names.contains(&name));
    meant.next().map(|(option, _)| *option)
}

/// Keeps the entries with a key in `known`, and reports unknown keys and repeated keys.
pub(super) fn distinct(entries: Vec<Entry>, known: &[&str], errors: &mut Errors) -> Vec<Entry> {
    /// Limits that apply to all routes of an app together.
    const OF_THE_APP: [&str; 3] = ["max_connections", "max_connections_per_address", "trusted_proxies"];
    /// Options of services, each with the option that handlers have instead and a help text.
    const OF_SERVICES: [(&str, &str, &str); 3] = [
        ("inbox", "mailbox", "write `mailbox(…)` to bound the queue of a connection"),
        (
            "per",
            "mailbox",
            "a handler has one value for each connection; a `#[service]` may have one for each key",
        ),
        ("linger", "mailbox", "a handler ends with its connection; remove `linger`"),
    ];
    let mut kept: Vec<Entry> = Vec::new();
    for entry in entries {
        let key = entry.key.to_string();
        if OF_THE_APP.contains(&key.as_str()) {
            errors.help(
                &entry.key,
                format_args!("option `{key}` applies to the whole app, not to a route"),
                format_args!("call `App::discover().{key}(…)` where you start the app"),
            );
        } else if let Some((_, _, instead)) = OF_SERVICES
            .iter()
            .find(|(option, other, _)| key == *option && !known.contains(option) && known.contains(other))
        {
            errors.help(
                &entry.key,
                format_args!("option `{key}` is for services, not for handlers"),
                instead,
            );
        } else if !known.contains(&key.as_str()) {
            let help = match usual(&key, known).or_else(|| nearest(&key, known.iter().copied())) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("the options are `{}`", known.join("`, `")),
            };
            errors.help(&entry.key, format_args!("unknown option `{key}`"), help);
        } else if kept.iter().any(|other| other.key == entry.key) {
            errors.help(
                &entry.key,
                format_args!("option `{key}` is set more than once"),
                "remove all but one",
            );
        } else {
            kept.push(entry);
        }
    }
    kept
}

/// Reads the arguments of the attribute on an impl, which takes only `crate = path`.
pub(crate) fn krate(role: Role, arguments: TokenStream, errors: &mut Errors) -> Crate {
    let (plain, entries) = split(arguments);
    for argument in plain {
        errors.help(
            &argument,
            "the path belongs on the struct, not on its impl",
            format_args!("write `#[{0}]` here and `#[{0}(\"/path\")]` on the struct", role.attribute()),
        );
    }
    let (own, others): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.key == "crate");
    for Entry { key, .. } in others {
        errors.help(
            &key,
            format_args!("option `{key}` belongs on the struct, not on its impl"),
            "move it to the attribute of the struct; on an impl, only `crate = path` is allowed",
        );
    }
    let entry = distinct(own, &["crate"], errors).pop();
    Crate::named(entry.and_then(|entry| entry.path(errors)))
}

impl Entry {
    fn read(argument: &[TokenTree]) -> Option<Self> {
        let (key, value) = match argument {
            [TokenTree::Ident(key)] => (key, Value::Missing),
            [TokenTree::Ident(key), TokenTree::Punct(equals)] if equals.as_char() == '=' => {
                (key, Value::Missing)
            }
            [TokenTree::Ident(key), TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' => {
                (key, Value::Assigned(value.iter().cloned().collect()))
            }
            [TokenTree::Ident(key), TokenTree::Group(group)]
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                (key, Value::Nested(group.stream()))
            }
            _ => return None,
        };
        Some(Self { key: key.clone(), value })
    }

    /// Returns the key of an entry without a value.
    pub(super) fn bare(&self) -> Option<&Ident> {
        matches!(self.value, Value::Missing).then_some(&self.key)
    }

    /// Reports a value of the wrong kind. `problem` completes the sentence about the option. `example` is a correct
    /// entry, with its key.
    pub(super) fn misfit(&self, problem: &str, example: &str, errors: &mut Errors) {
        let at: &dyn ToTokens = match &self.value {
            Value::Assigned(tokens) | Value::Nested(tokens) if !tokens.is_empty() => tokens,
            _ => &self.key,
        };
        let message = format!("option `{}` {problem}", self.key);
        errors.help(at, message, format_args!("write `{example}`"));
    }

    /// Reports a missing comma after the value, as in `a = "1" b = "2"`.
    pub(super) fn lacks_comma(&self, errors: &mut Errors) -> bool {
        let Value::Assigned(tokens) = &self.value else { return false };
        lacks_comma(tokens, errors)
    }

    /// Parses the value after `=` with `read`. Returns `None` if there is no value or it does not parse.
    fn assigned<T>(&self, read: impl FnOnce(TokenStream) -> syn::Result<T>) -> Option<T> {
        match &self.value {
            Value::Assigned(tokens) => read(tokens.clone()).ok(),
            Value::Missing | Value::Nested(_) => None,
        }
    }

    pub(super) fn string(&self, example: &str, errors: &mut Errors) -> Option<LitStr> {
        let string = self.assigned(parse2);
        if string.is_none() {
            self.misfit("must be a string", example, errors);
        }
        string
    }

    /// Reads the value if it is a string, such as `"off"`. Reports no error otherwise.
    pub(super) fn word(&self) -> Option<String> {
        self.assigned(parse2::<LitStr>).map(|word| word.value())
    }

    /// Reads the last name of a value that is a path, such as `DropOldest` of `Overflow::DropOldest`.
    pub(super) fn path_end(&self) -> Option<Ident> {
        let path = self.assigned(|tokens| Path::parse_mod_style.parse2(tokens))?;
        path.segments.last().map(|last| last.ident.clone())
    }

    pub(super) fn integer(&self, example: &str, errors: &mut Errors) -> Option<LitInt> {
        let integer = self.assigned(parse2);
        if integer.is_none() {
            self.misfit("must be an integer", example, errors);
        }
        integer
    }

    /// Reads a list such as `["a", "b"]`. The string `or_word` is accepted instead of the list.
    pub(super) fn strings(
        &self,
        or_word: Option<&str>,
        example: &str,
        errors: &mut Errors,
    ) -> Option<Strings> {
        if or_word.is_some() && self.word().as_deref() == or_word {
            return Some(Strings::Word);
        }
        let list = |input: ParseStream| {
            let content;
            bracketed!(content in input);
            content.parse_terminated(<LitStr as Parse>::parse, Token![,])
        };
        match self.assigned(|tokens| list.parse2(tokens)) {
            Some(list) if !list.is_empty() => return Some(Strings::List(list.into_iter().collect())),
            Some(_) => self.misfit("must not be an empty list", example, errors),
            None => self.misfit("must be a list of strings", example, errors),
        }
        None
    }

    /// Reads the settings in the parentheses of `key(…)`.
    pub(super) fn nested(&self, example: &str, errors: &mut Errors) -> Option<Vec<Self>> {
        let Value::Nested(tokens) = &self.value else {
            self.misfit("needs its settings in parentheses", example, errors);
            return None;
        };
        let (plain, entries) = split(tokens.clone());
        for argument in plain {
            let message = format!(
                "`{argument}` is not a setting of `{}`: settings are written `name = value`",
                self.key
            );
            errors.help(&argument, message, format_args!("write `{example}`"));
        }
        Some(entries)
    }

    pub(super) fn ty(&self, example: &str, errors: &mut Errors) -> Option<Type> {
        let ty = self.assigned(parse2);
        if ty.is_none() {
            self.misfit("must be a type", example, errors);
        }
        ty
    }

    pub(super) fn path(&self, errors: &mut Errors) -> Option<Path> {
        let path = self.assigned(|tokens| Path::parse_mod_style.parse2(tokens));
        if path.is_none() {
            self.misfit("must be a path", "crate = renamed_ws_core", errors);
        }
        path
    }
}

/// Reports a literal with a name or a semicolon behind it, where a comma is missing.
pub(super) fn lacks_comma(tokens: &TokenStream, errors: &mut Errors) -> bool {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Literal(_)), Some(TokenTree::Ident(next))) => {
            errors.help(&next, "expected `,`", format_args!("write a comma before `{next}`"));
        }
        (Some(TokenTree::Literal(_)), Some(TokenTree::Punct(semicolon))) if semicolon.as_char() == ';' => {
            errors.help(&semicolon, "expected `,`, found `;`", "write a comma");
        }
        _ => return false,
    }
    true
}

/// Corrects an option that is written `name: value`.
pub(super) fn with_colon(tokens: &TokenStream) -> Option<String> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(key)), Some(TokenTree::Punct(colon))) if colon.as_char() == ':' => {
            Some(format!("{key} = {}", tokens.collect::<TokenStream>()))
        }
        _ => None,
    }
}

/// The value of an option that takes a list of strings.
pub(super) enum Strings {
    Word,
    List(Vec<LitStr>),
}
