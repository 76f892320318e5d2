//! Reads and checks the attribute of a struct or a module.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Ident, LitInt, LitStr, parse2};

use super::compress::Compress;
use super::entry::{Entry, Strings, distinct, split};
use super::queue::{INBOX, MAILBOX, Queue};
use super::{compress, origin, path, subprotocol, units};
use crate::errors::Errors;
use crate::role::Role;
use crate::tokens::Crate;

/// A route and its options. An option that was left out is `None` and takes ws-core's default.
pub(crate) struct Route {
    pub(crate) role: Role,
    pub(crate) krate: Crate,
    pub(crate) path: LitStr,
    pub(crate) name: Option<LitStr>,
    pub(crate) idle_timeout: Option<Period>,
    pub(crate) heartbeat: Option<Period>,
    pub(crate) max_message_size: Option<usize>,
    pub(crate) max_frame_size: Option<usize>,
    pub(crate) max_fragments: Option<Fragments>,
    pub(crate) message_timeout: Option<Period>,
    pub(crate) write_timeout: Option<Period>,
    /// In milliseconds.
    pub(crate) close_timeout: Option<u64>,
    pub(crate) subprotocols: Option<Vec<LitStr>>,
    pub(crate) mailbox: Queue,
    /// Services only.
    pub(crate) inbox: Queue,
    pub(crate) origins: Option<Origins>,
    pub(crate) compress: Option<Compress>,
}

pub(crate) enum Period {
    Millis(u64),
    /// `"never"`, `"off"`.
    Off,
}

pub(crate) enum Fragments {
    AtMost(usize),
    Unlimited,
}

pub(crate) enum Origins {
    Any,
    Only(Vec<LitStr>),
}

/// The options of a handler. A service also has `inbox`.
const OPTIONS: [&str; 14] = [
    "name",
    "idle_timeout",
    "heartbeat",
    "max_message_size",
    "max_frame_size",
    "max_fragments",
    "message_timeout",
    "write_timeout",
    "close_timeout",
    "subprotocols",
    "mailbox",
    "origins",
    "compress",
    "crate",
];

impl Route {
    /// Reads the arguments of the attribute on `item`, a `kind` such as "struct".
    ///
    /// # Errors
    /// Returns only the path of ws-core if an argument is invalid. The problems are added to `errors`.
    pub(crate) fn read(
        role: Role,
        arguments: TokenStream,
        kind: &str,
        item: &Ident,
        errors: &mut Errors,
    ) -> Result<Self, Crate> {
        let before = errors.count();
        let known: Vec<&str> =
            OPTIONS.into_iter().chain((role == Role::Service).then_some("inbox")).collect();
        let (mut plain, mut entries) = split(arguments);
        // An unknown name in the place of the path is reported as a path that is not a literal.
        if plain.is_empty()
            && let Some(constant) = entries.first().and_then(Entry::bare)
            && !known.iter().any(|option| constant == option)
        {
            plain.push(constant.to_token_stream());
            entries.remove(0);
        }
        let path = route_path(role, plain, kind, item, errors);
        let mut route = Self {
            role,
            krate: Crate::named(None),
            path: path.unwrap_or_else(|| LitStr::new("/", item.span())),
            name: None,
            idle_timeout: None,
            heartbeat: None,
            max_message_size: None,
            max_frame_size: None,
            max_fragments: None,
            message_timeout: None,
            write_timeout: None,
            close_timeout: None,
            subprotocols: None,
            mailbox: Queue::default(),
            inbox: Queue::default(),
            origins: None,
            compress: None,
        };
        for entry in distinct(entries, &known, errors) {
            route.set(&entry, errors);
        }
        if errors.count() == before { Ok(route) } else { Err(route.krate) }
    }

    fn set(&mut self, entry: &Entry, errors: &mut Errors) {
        match entry.key.to_string().as_str() {
            "name" => self.name = name(entry, errors),
            "idle_timeout" => self.idle_timeout = period(entry, "never", "60s", errors),
            "heartbeat" => self.heartbeat = period(entry, "off", "25s", errors),
            "max_message_size" => self.max_message_size = size(entry, errors),
            "max_frame_size" => self.max_frame_size = size(entry, errors),
            "max_fragments" => self.max_fragments = fragments(entry, errors),
            "message_timeout" => self.message_timeout = period(entry, "never", "60s", errors),
            "write_timeout" => self.write_timeout = period(entry, "never", "10s", errors),
            "close_timeout" => self.close_timeout = close_timeout(entry, errors),
            "subprotocols" => self.subprotocols = subprotocols(entry, errors),
            "inbox" => self.inbox = INBOX.read(entry, errors),
            "mailbox" => self.mailbox = MAILBOX.read(entry, errors),
            "origins" => self.origins = origins(entry, errors),
            "compress" => self.compress = compress::read(entry, errors),
            _ => self.krate = Crate::named(entry.path(errors)),
        }
    }
}

fn route_path(
    role: Role,
    plain: Vec<TokenStream>,
    kind: &str,
    item: &Ident,
    errors: &mut Errors,
) -> Option<LitStr> {
    let mut plain = plain.into_iter();
    let Some(first) = plain.next() else {
        if role == Role::Service {
            let path = format!("/websocket/{}", snake_case(&item.unraw().to_string()));
            return Some(LitStr::new(&path, item.span()));
        }
        errors.help(
            item,
            format_args!("`#[websocket]` on {kind} `{item}` needs a path"),
            format_args!("write `#[websocket(\"/path\")]`"),
        );
        return None;
    };
    for other in plain {
        errors.help(
            &other,
            format_args!("unexpected argument `{other}`"),
            "write one path, followed by options as `name = value`",
        );
    }
    let Ok(path) = parse2::<LitStr>(first.clone()) else {
        let attribute = role.attribute();
        errors.help(
            &first,
            "the path must be a string literal",
            format_args!("write `#[{attribute}(\"/path\")]`"),
        );
        return None;
    };
    for problem in path::problems(&path.value()) {
        errors.at(&path, problem);
    }
    Some(path)
}

/// Converts a name to snake case: `FoobarList` to `foobar_list`, `HTTPLog` to `http_log`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let begins = before.is_some_and(|before| {
            before.is_lowercase()
                || before.is_numeric()
                || before.is_uppercase() && letters.get(index + 1).is_some_and(|next| next.is_lowercase())
        });
        if letter.is_uppercase() && begins {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn name(entry: &Entry, errors: &mut Errors) -> Option<LitStr> {
    let name = entry.string("name = \"chat\"", errors)?;
    if name.value().trim().is_empty() {
        errors.help(
            &name,
            "option `name` cannot be empty",
            "write a name, such as `name = \"chat\"`, or remove the option",
        );
    }
    Some(name)
}

fn period(entry: &Entry, off: &str, example: &str, errors: &mut Errors) -> Option<Period> {
    let key = &entry.key;
    let text = entry.string(&format!("{key} = \"{example}\"` or `{key} = \"{off}\""), errors)?;
    let value = text.value();
    if value == off {
        return Some(Period::Off);
    }
    if value == "never" || value == "off" || value == "none" {
        errors.help(
            &text,
            format_args!("`\"{value}\"` does not disable `{key}`"),
            format_args!("write `\"{off}\"`"),
        );
        return None;
    }
    let or_off = if value.starts_with('0') { format!(", or `\"{off}\"`") } else { String::new() };
    duration(&text, &or_off, errors).map(Period::Millis)
}

/// This timeout cannot be switched off: a client that never answers the close frame would hold its connection
/// forever.
fn close_timeout(entry: &Entry, errors: &mut Errors) -> Option<u64> {
    let text = entry.string("close_timeout = \"5s\"", errors)?;
    let value = text.value();
    if value == "never" || value == "off" || value == "none" {
        errors.help(&text, "option `close_timeout` cannot be disabled", "write a duration, such as `\"5s\"`");
        return None;
    }
    duration(&text, "", errors)
}

/// Returns the duration in milliseconds. `or` is appended to the help text and names an alternative.
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

fn fragments(entry: &Entry, errors: &mut Errors) -> Option<Fragments> {
    let word = entry.word();
    if word.as_deref() == Some("unlimited") {
        return Some(Fragments::Unlimited);
    }
    let integer = entry.integer("max_fragments = 16384` or `max_fragments = \"unlimited\"", errors)?;
    count(&integer, format_args!("`{integer}` is not a valid value for `max_fragments`"), errors)
        .map(Fragments::AtMost)
}

pub(super) fn size(entry: &Entry, errors: &mut Errors) -> Option<usize> {
    let text = entry.string(&format!("{} = \"1MiB\"", entry.key), errors)?;
    let value = text.value();
    let size = units::size(&value);
    size.map_err(|help| errors.help(&text, format_args!("`\"{value}\"` is not a valid size"), help)).ok()
}

fn subprotocols(entry: &Entry, errors: &mut Errors) -> Option<Vec<LitStr>> {
    let Strings::List(names) = entry.strings(None, "subprotocols = [\"v2\", \"v1\"]", errors)? else {
        return None;
    };
    report(&names, subprotocol::problem, errors);
    for (index, name) in names.iter().enumerate() {
        if names[..index].iter().any(|other| other.value() == name.value()) {
            let message = format!("subprotocol `{}` is listed twice", name.value());
            errors.help(name, message, "remove one of them");
        }
    }
    Some(names)
}

fn origins(entry: &Entry, errors: &mut Errors) -> Option<Origins> {
    let example = "origins = [\"https://example.com\"]` or `origins = \"any\"";
    match entry.strings(Some("any"), example, errors)? {
        Strings::Word => Some(Origins::Any),
        Strings::List(origins) => {
            report(&origins, origin::problem, errors);
            Some(Origins::Only(origins))
        }
    }
}

pub(super) fn count(integer: &LitInt, otherwise: impl Display, errors: &mut Errors) -> Option<usize> {
    let count = integer.base10_parse::<u32>().ok().filter(|&count| count > 0);
    if count.is_none() || !integer.suffix().is_empty() {
        errors.help(integer, otherwise, format_args!("write an integer from 1 to {}", u32::MAX));
    }
    count.and_then(|count| usize::try_from(count).ok())
}

fn report<P: Display>(texts: &[LitStr], problem: impl Fn(&str) -> Option<P>, errors: &mut Errors) {
    for text in texts {
        if let Some(problem) = problem(&text.value()) {
            errors.at(text, problem);
        }
    }
}
