//! `envelope(…)`: the names of the fields around the payload of an event; `envelope = "pages"`: those of the client script.

use proc_macro2::Ident;
use syn::LitStr;

use super::entry::{Entry, distinct};
use crate::errors::Errors;

pub(crate) struct Envelope {
    /// The option's name, for the error of a handler without events.
    pub(crate) key: Ident,
    /// It is that of the client script, without settings of its own.
    pub(crate) is_of_pages: bool,
    pub(crate) tag: Option<LitStr>,
    pub(crate) id: Option<LitStr>,
    pub(crate) payload: Option<LitStr>,
}

/// The names of the fields that are not set. Those of `payload` are beside the tag.
const DEFAULTS: [&str; 2] = ["type", "id"];

const EXAMPLE: &str = "envelope(tag = \"type\", id = \"id\", payload = \"payload\")";

impl Envelope {
    pub(super) fn read(entry: &Entry, errors: &mut Errors) -> Self {
        let is_of_pages = entry.word().as_deref() == Some("pages");
        let mut envelope = Self { key: entry.key.clone(), is_of_pages, tag: None, id: None, payload: None };
        if is_of_pages {
            if cfg!(not(feature = "pages")) {
                let help = "enable it in `Cargo.toml`: `features = [\"pages\"]`";
                errors.help(&entry.key, "the envelope of pages needs the feature `pages` of ws-core", help);
            }
            return envelope;
        }
        let settings = entry.nested(EXAMPLE, errors).unwrap_or_default();
        for setting in distinct(settings, &["tag", "id", "payload"], errors) {
            let key = setting.key.to_string();
            let Some(name) = setting.string(&format!("{key} = \"name\""), errors) else { continue };
            if name.value().is_empty() {
                errors.help(&name, "the name of a field cannot be empty", format_args!("write `{EXAMPLE}`"));
            }
            match key.as_str() {
                "tag" => envelope.tag = Some(name),
                "id" => envelope.id = Some(name),
                _ => envelope.payload = Some(name),
            }
        }
        envelope.check_distinct(errors);
        envelope
    }

    fn check_distinct(&self, errors: &mut Errors) {
        let [tag, id] = DEFAULTS;
        let name = |set: &Option<LitStr>, default: &str| {
            set.as_ref().map_or_else(|| default.to_owned(), LitStr::value)
        };
        let mut names = vec![name(&self.tag, tag), name(&self.id, id)];
        names.extend(self.payload.as_ref().map(LitStr::value));
        let set = [&self.payload, &self.id, &self.tag];
        for name in set.into_iter().flatten() {
            if names.iter().filter(|other| **other == name.value()).count() > 1 {
                let message = format!("two fields of the envelope are named `{}`", name.value());
                errors.help(name, message, "give each its own name; the defaults are `type` and `id`");
                return;
            }
        }
    }
}
