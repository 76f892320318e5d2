//! `rate_limit(…)` and `rate_limit = "off"`, and the same for `rate_limit_per_address`.

use super::entry::{Entry, distinct};
use super::limit::{count, size};
use crate::errors::Errors;

pub(crate) enum RateLimit {
    Off,
    /// `None` stands for ws-core's default.
    On {
        messages: Option<usize>,
        burst: Option<usize>,
        bytes: Option<usize>,
        bytes_burst: Option<usize>,
        /// The variant of `Exceeded`.
        exceeded: Option<&'static str>,
    },
}

const SETTINGS: [&str; 5] = ["messages", "burst", "bytes", "bytes_burst", "exceeded"];
/// Each burst, with its rate and an example.
const BURSTS: [(&str, &str, &str); 2] = [
    ("burst", "messages", "messages = 20, burst = 40"),
    ("bytes_burst", "bytes", "bytes = \"64KiB\", bytes_burst = \"1MiB\""),
];
/// Their names, which are also those of the setters.
pub(super) const NAMES: [&str; 2] = ["rate_limit", "rate_limit_per_address"];

pub(super) fn read(entry: &Entry, errors: &mut Errors) -> Option<RateLimit> {
    if entry.word().as_deref() == Some("off") {
        return Some(RateLimit::Off);
    }
    let (mut messages, mut burst, mut bytes, mut bytes_burst, mut exceeded) = (None, None, None, None, None);
    let before = errors.count();
    let name = &entry.key;
    let example = format!("{name}(messages = 20, bytes = \"64KiB\")");
    let settings = distinct(entry.nested(&example, errors)?, &SETTINGS, errors);
    let has = |name| settings.iter().any(|setting| setting.key == name);
    for setting in &settings {
        match setting.key.to_string().as_str() {
            "messages" => messages = number(setting, "messages = 20", errors),
            "burst" => burst = number(setting, "burst = 40", errors),
            "bytes" => bytes = size(setting, errors),
            "bytes_burst" => bytes_burst = size(setting, errors),
            _ => exceeded = policy(setting, errors),
        }
        for (burst, rate, example) in BURSTS {
            if setting.key == burst && !has(rate) {
                let message = format!("`{burst}` needs `{rate}`, the rate at which it is refilled");
                errors.help(&setting.key, message, format_args!("write `{name}({example})`"));
            }
        }
    }
    if errors.count() == before && messages.is_none() && bytes.is_none() {
        errors.help(
            name,
            format_args!("`{name}` needs a number of `messages` or `bytes` per second"),
            format_args!("write `{example}`"),
        );
    }
    Some(RateLimit::On { messages, burst, bytes, bytes_burst, exceeded })
}

fn number(entry: &Entry, example: &str, errors: &mut Errors) -> Option<usize> {
    let integer = entry.integer(example, errors)?;
    count(&integer, format_args!("`{integer}` is not a valid number of messages"), errors)
}

fn policy(entry: &Entry, errors: &mut Errors) -> Option<&'static str> {
    let text = entry.string("exceeded = \"wait\"", errors)?;
    match text.value().as_str() {
        "wait" => Some("Wait"),
        "drop" => Some("Drop"),
        "close" => Some("Close"),
        other => {
            errors.help(
                &text,
                format_args!("unknown behavior `{other}` of a rate limit"),
                "write `\"wait\"`, `\"drop\"` or `\"close\"`",
            );
            None
        }
    }
}
