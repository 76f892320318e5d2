//! `compress`, `compress(…)` and `compress = "off"`.

use std::ops::RangeInclusive;

use super::entry::{Entry, distinct};
use super::limit::size;
use crate::errors::Errors;

pub(crate) enum Compress {
    Off,
    /// `None` stands for ws-core's default.
    On {
        min: Option<usize>,
        level: Option<u8>,
        takeover: Option<Takeover>,
        window_bits: Option<u8>,
    },
}

/// The sides that keep their compression context between messages.
#[derive(Clone, Copy)]
pub(crate) enum Takeover {
    Both,
    Server,
    Client,
}

const SETTINGS: [&str; 4] = ["min", "level", "takeover", "window_bits"];

pub(super) fn read(entry: &Entry, errors: &mut Errors) -> Option<Compress> {
    if entry.word().as_deref() == Some("off") {
        return Some(Compress::Off);
    }
    let (mut min, mut level, mut takeover, mut window_bits) = (None, None, None, None);
    if entry.bare().is_none() {
        let example = "compress`, `compress(min = \"1KiB\", level = 4)` or `compress = \"off\"";
        for setting in distinct(entry.nested(example, errors)?, &SETTINGS, errors) {
            match setting.key.to_string().as_str() {
                "min" => min = size(&setting, errors),
                "level" => level = integer(&setting, "level = 4", "a compression level", 0..=9, errors),
                "takeover" => takeover = side(&setting, errors),
                _ => {
                    let (example, what) = ("window_bits = 15", "a valid value for `window_bits`");
                    window_bits = integer(&setting, example, what, 9..=15, errors);
                }
            }
        }
    }
    Some(Compress::On { min, level, takeover, window_bits })
}

fn integer(
    entry: &Entry,
    example: &str,
    what: &str,
    range: RangeInclusive<u8>,
    errors: &mut Errors,
) -> Option<u8> {
    let integer = entry.integer(example, errors)?;
    let value = integer.base10_parse::<u8>().ok().filter(|value| range.contains(value));
    if value.is_none() || !integer.suffix().is_empty() {
        errors.help(
            &integer,
            format_args!("`{integer}` is not {what}"),
            format_args!("write an integer from {} to {}", range.start(), range.end()),
        );
    }
    value
}

fn side(entry: &Entry, errors: &mut Errors) -> Option<Takeover> {
    match entry.word().as_deref() {
        _ if entry.bare().is_some() => Some(Takeover::Both),
        Some("server") => Some(Takeover::Server),
        Some("client") => Some(Takeover::Client),
        _ => {
            let example = "takeover` for both sides, `takeover = \"server\"` or `takeover = \"client\"";
            entry.misfit("must have no value, or be `\"server\"` or `\"client\"`", example, errors);
            None
        }
    }
}
