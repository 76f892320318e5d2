//! Reads and checks the attribute of a struct or a module.

use std::fmt::Display;
use std::iter;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Ident, LitStr, Type, parse2};

use super::compress::Compress;
use super::entry::{Entry, Strings, distinct, lacks_comma, split, with_colon};
use super::envelope::Envelope;
use super::limit::{self, LimitValue};
use super::queue::{INBOX, MAILBOX, Queue};
use super::rate::RateLimit;
use super::{compress, origin, path, rate, subprotocol};
use crate::errors::Errors;
use crate::role::Role;
use crate::tokens::Crate;

/// A route and its options. An option that was left out is `None` and takes ws-core's default.
pub(crate) struct Route {
    pub(crate) role: Role,
    pub(crate) krate: Crate,
    pub(crate) path: LitStr,
    pub(crate) name: Option<LitStr>,
    /// The limits that are set, by name.
    pub(crate) limits: Vec<(&'static str, LimitValue)>,
    pub(crate) subprotocols: Option<Vec<LitStr>>,
    pub(crate) mailbox: Queue,
    /// Services only.
    pub(crate) inbox: Queue,
    /// Services only: the path parameter whose values have instances.
    pub(crate) per: Option<LitStr>,
    /// Services only, in milliseconds.
    pub(crate) linger: Option<u64>,
    pub(crate) origins: Option<Origins>,
    pub(crate) compress: Option<Compress>,
    /// The rate limits that are set, by name.
    pub(crate) rate_limits: Vec<(&'static str, RateLimit)>,
    pub(crate) envelope: Option<Envelope>,
    /// The state that the extractors read.
    pub(crate) state: Option<Type>,
}

pub(crate) enum Origins {
    Any,
    Only(Vec<LitStr>),
}

/// The options of a handler besides its name and its limits.
const OPTIONS: [&str; 9] = [
    "subprotocols",
    "mailbox",
    "origins",
    "compress",
    rate::NAMES[0],
    rate::NAMES[1],
    "envelope",
    "state",
    "crate",
];
/// The options that only a service has.
const OF_SERVICES: [&str; 3] = ["inbox", "per", "linger"];

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
        let known: Vec<&str> = iter::once("name")
            .chain(limit::names())
            .chain(OPTIONS)
            .chain(OF_SERVICES.into_iter().filter(|_| role == Role::Service))
            .collect();
        let (mut plain, mut entries) = split(arguments);
        // One missing comma is one error.
        if plain.iter().any(|argument| lacks_comma(argument, errors))
            || entries.iter().any(|entry| entry.lacks_comma(errors))
        {
            return Err(Crate::named(None));
        }
        if let Some(named) = entries.iter().find(|entry| entry.key == "path" && plain.is_empty()) {
            let path = named.word().unwrap_or_else(|| "/path".to_owned());
            errors.help(
                &named.key,
                "the path is the first argument, without a name",
                format_args!("write `#[{}(\"{path}\")]`", role.attribute()),
            );
            return Err(Crate::named(None));
        }
        // An unknown name in the place of the path is reported as a path that is not a literal.
        if plain.is_empty()
            && let Some(constant) = entries.first().and_then(Entry::bare)
            && !known.iter().any(|option| constant == option)
        {
            plain.push(constant.to_token_stream());
            entries.remove(0);
        }
        let path = route_path(role, plain, kind, item, errors);
        let (mut heartbeat, mut linger) = (None, None);
        let mut route = Self {
            role,
            krate: Crate::named(None),
            path: path.unwrap_or_else(|| LitStr::new("/", item.span())),
            name: None,
            limits: Vec::new(),
            subprotocols: None,
            mailbox: Queue::default(),
            inbox: Queue::default(),
            per: None,
            linger: None,
            origins: None,
            compress: None,
            rate_limits: Vec::new(),
            envelope: None,
            state: None,
        };
        for entry in &distinct(entries, &known, errors) {
            route.set(entry, errors);
            if entry.key == "heartbeat" {
                heartbeat = Some(entry.key.clone());
            } else if entry.key == "linger" {
                linger = Some(entry.key.clone());
            }
        }
        if let (Some(linger), None) = (&linger, &route.per) {
            errors.help(
                linger,
                "only a service with `per` lingers: without it, a service runs as long as the app",
                "add `per = \"…\"` with the name of a path parameter, or remove `linger`",
            );
        }
        if let Some(heartbeat) = heartbeat {
            limit::check_heartbeat(&route.limits, &heartbeat, errors);
        }
        if errors.count() == before { Ok(route) } else { Err(route.krate) }
    }

    fn set(&mut self, entry: &Entry, errors: &mut Errors) {
        let key = entry.key.to_string();
        if let Some(limit) = limit::find(&key) {
            self.limits.extend(limit.read(entry, errors).map(|value| (limit.name, value)));
            return;
        }
        if let Some(name) = rate::NAMES.into_iter().find(|name| *name == key) {
            self.rate_limits.extend(rate::read(entry, errors).map(|limit| (name, limit)));
            return;
        }
        match key.as_str() {
            "name" => self.name = name(entry, errors),
            "subprotocols" => self.subprotocols = subprotocols(entry, errors),
            "inbox" => self.inbox = INBOX.read(entry, errors),
            "mailbox" => self.mailbox = MAILBOX.read(entry, errors),
            "per" => self.per = per(entry, &self.path, errors),
            "linger" => self.linger = limit::always(entry, "30s", errors),
            "origins" => self.origins = origins(entry, errors),
            "envelope" => self.envelope = Some(Envelope::read(entry, errors)),
            "compress" => self.compress = compress::read(entry, errors),
            "state" => self.state = entry.ty("state = YourState", errors),
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
        if let Some(option) = with_colon(&other) {
            errors.help(&other, "an option is written with `=`", format_args!("write `{option}`"));
            continue;
        }
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

fn per(entry: &Entry, path: &LitStr, errors: &mut Errors) -> Option<LitStr> {
    let per = entry.string("per = \"id\"", errors)?;
    let path = path.value();
    let parameters: Vec<&str> = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| name.strip_prefix('*').unwrap_or(name))
        .collect();
    let name = per.value();
    if !parameters.contains(&name.as_str()) {
        let help = match parameters.first() {
            Some(first) => format!("write `per = \"{first}\"`"),
            None => "add a parameter to the path, such as `\"/game/{id}\"`".to_owned(),
        };
        errors.help(&per, format_args!("the path `{path}` has no parameter `{name}`"), help);
    }
    Some(per)
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

fn report<P: Display>(texts: &[LitStr], problem: impl Fn(&str) -> Option<P>, errors: &mut Errors) {
    for text in texts {
        if let Some(problem) = problem(&text.value()) {
            errors.at(text, problem);
        }
    }
}
