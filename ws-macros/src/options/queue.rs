//! `mailbox(…)` and `inbox(…)`: bounds of a queue, by bytes and by messages.

use super::entry::{Entry, distinct};
use super::limit::{count, size};
use crate::errors::Errors;

#[derive(Default)]
pub(crate) struct Queue {
    pub(crate) bytes: Option<usize>,
    pub(crate) messages: Option<usize>,
    /// The variant of `Overflow` or `InboxOverflow`.
    pub(crate) overflow: Option<&'static str>,
}

/// The names, examples and overflow policies of one of the two options.
pub(super) struct Kind {
    name: &'static str,
    example: &'static str,
    messages: &'static str,
    overflow: &'static str,
    /// Each policy as written in the attribute, and its variant.
    overflows: &'static [(&'static str, &'static str)],
}

const OVERFLOWS: [(&str, &str); 4] =
    [("wait", "Wait"), ("close", "Close"), ("drop_oldest", "DropOldest"), ("drop_newest", "DropNewest")];

pub(super) const MAILBOX: Kind = Kind {
    name: "a mailbox",
    example: "mailbox(bytes = \"1MiB\", overflow = \"close\")",
    messages: "messages = 256",
    overflow: "overflow = \"close\"",
    overflows: OVERFLOWS.split_at(1).1,
};

pub(super) const INBOX: Kind = Kind {
    name: "an inbox",
    example: "inbox(bytes = \"4MiB\", overflow = \"wait\")",
    messages: "messages = 1024",
    overflow: "overflow = \"wait\"",
    overflows: &OVERFLOWS,
};

impl Kind {
    pub(super) fn read(&self, entry: &Entry, errors: &mut Errors) -> Queue {
        let mut queue = Queue::default();
        let settings = entry.nested(self.example, errors).unwrap_or_default();
        for setting in distinct(settings, &["bytes", "messages", "overflow"], errors) {
            match setting.key.to_string().as_str() {
                "messages" => queue.messages = self.messages(&setting, errors),
                "bytes" => queue.bytes = size(&setting, errors),
                _ => queue.overflow = self.overflow(&setting, errors),
            }
        }
        queue
    }

    fn messages(&self, entry: &Entry, errors: &mut Errors) -> Option<usize> {
        let integer = entry.integer(self.messages, errors)?;
        count(
            &integer,
            format_args!("`{integer}` is not a valid number of messages for {}", self.name),
            errors,
        )
    }

    fn overflow(&self, entry: &Entry, errors: &mut Errors) -> Option<&'static str> {
        if let Some(variant) = entry.path_end()
            && let Some((written, _)) = self.overflows.iter().find(|(_, known)| variant == known)
        {
            entry.misfit("must be a string", &format!("overflow = \"{written}\""), errors);
            return None;
        }
        let text = entry.string(self.overflow, errors)?;
        let value = text.value();
        let known = self.overflows.iter().find(|(written, _)| *written == value);
        if known.is_none() {
            let words: Vec<_> =
                self.overflows.iter().map(|(written, _)| format!("`\"{written}\"`")).collect();
            let (last, others) = words.split_last().expect("there are some");
            let help = format!("write {} or {last}", others.join(", "));
            errors.help(&text, format_args!("unknown overflow policy `{value}`"), help);
        }
        known.map(|(_, variant)| *variant)
    }
}
