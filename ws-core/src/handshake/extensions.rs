//! The server's half of negotiating permessage-deflate (RFC 7692 5 and 7.1).

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header};

use super::request::is_token;
use crate::protocol::Compression;
use crate::protocol::deflate::Parameters;

const NAME: &str = "permessage-deflate";

/// A valid offer of permessage-deflate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_max_window_bits: Option<u8>,
    client_max_window_bits: Option<Hint>,
}

/// The parameter `client_max_window_bits`: the client accepts a limit on its window, and may state the window that it
/// uses without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    Unspecified,
    Bits(u8),
}

/// `Sec-WebSocket-Extensions` is not a list of extensions, so the handshake fails (RFC 6455 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Returns the valid offers in the client's order of preference. Ignores other extensions, and offers with a parameter
/// that is unknown, repeated or invalid (RFC 7692 5.1, 7.1).
pub(crate) fn offers(headers: &HeaderMap) -> Result<Vec<Offer>, Malformed> {
    let mut offers = Vec::new();
    for value in headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS) {
        let mut rest = value.to_str().map_err(|_| Malformed)?;
        loop {
            // A list may have empty elements (RFC 9110 5.6.1).
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let (offer, after) = extension(rest)?;
            offers.extend(offer);
            rest = after;
        }
    }
    Ok(offers)
}

/// Splits off the first extension in `text`. Returns its offer, or `None` if it is not a valid offer of
/// permessage-deflate, and the rest of `text`.
fn extension(text: &str) -> Result<(Option<Offer>, &str), Malformed> {
    let (name, mut rest) = token(text)?;
    let mut offer = Some(Offer::default()).filter(|_| name == NAME);
    let mut seen = Seen::default();
    loop {
        if rest.is_empty() || rest.starts_with(',') {
            return Ok((offer, rest));
        }
        let (name, after) = token(rest.strip_prefix(';').ok_or(Malformed)?)?;
        let (value, after) = match after.strip_prefix('=') {
            Some(after) => value(after).map(|(value, after)| (Some(value), after))?,
            None => (None, after),
        };
        rest = after;
        offer = offer.and_then(|offer| offer.with(name, value.as_deref(), &mut seen));
    }
}

/// Splits off the token at the start of `text`, with the white space around it.
fn token(text: &str) -> Result<(&str, &str), Malformed> {
    let text = trim(text);
    let end = text.find([';', ',', '=', ' ', '\t']).unwrap_or(text.len());
    let (token, rest) = text.split_at(end);
    if is_token(token) { Ok((token, trim(rest))) } else { Err(Malformed) }
}

/// Splits off a token, or a quoted string that contains one (RFC 6455 9.1).
fn value(text: &str) -> Result<(Cow<'_, str>, &str), Malformed> {
    let Some(quoted) = trim(text).strip_prefix('"') else {
        return token(text).map(|(value, rest)| (value.into(), rest));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    loop {
        match letters.next().ok_or(Malformed)? {
            (end, '"') if is_token(&value) => return Ok((value.into(), trim(&quoted[end + 1..]))),
            (_, '"') => return Err(Malformed),
            (_, '\\') => value.push(letters.next().ok_or(Malformed)?.1),
            (_, letter) => value.push(letter),
        }
    }
}

fn trim(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// The parameters of an offer that were read so far.
#[derive(Default)]
struct Seen([bool; 4]);

impl Seen {
    /// Records a parameter. Returns `None` if it is repeated.
    fn first(&mut self, kind: usize) -> Option<()> {
        (!std::mem::replace(&mut self.0[kind], true)).then_some(())
    }
}

impl Offer {
    /// Adds a parameter. Returns `None` if it makes the offer invalid.
    fn with(mut self, name: &str, value: Option<&str>, seen: &mut Seen) -> Option<Self> {
        match (name, value) {
            ("server_no_context_takeover", None) => {
                seen.first(0)?;
                self.server_no_context_takeover = true;
            }
            ("client_no_context_takeover", None) => {
                seen.first(1)?;
                self.client_no_context_takeover = true;
            }
            ("server_max_window_bits", Some(value)) => {
                seen.first(2)?;
                self.server_max_window_bits = Some(bits(value)?);
            }
            ("client_max_window_bits", value) => {
                seen.first(3)?;
                self.client_max_window_bits = Some(match value {
                    Some(value) => Hint::Bits(bits(value)?),
                    None => Hint::Unspecified,
                });
            }
            _ => return None,
        }
        Some(self)
    }

    /// Combines this offer with our settings. Returns `None` if the offer cannot be accepted.
    fn agree(self, settings: &Compression) -> Option<Parameters> {
        let server_max_window_bits =
            self.server_max_window_bits.unwrap_or(15).min(settings.server_window_bits);
        if server_max_window_bits < 9 {
            // zlib has no smaller window than 9 bits, so the offer is declined.
            return None;
        }
        let client_max_window_bits = match self.client_max_window_bits {
            Some(Hint::Bits(bits)) => bits.min(settings.client_window_bits),
            Some(Hint::Unspecified) => settings.client_window_bits,
            // The client accepts no limit.
            None => 15,
        };
        Some(Parameters {
            server_no_context_takeover: self.server_no_context_takeover || !settings.server_takeover,
            client_no_context_takeover: self.client_no_context_takeover || !settings.client_takeover,
            server_max_window_bits,
            client_max_window_bits,
        })
    }
}

/// Parses the base-2 logarithm of a window: 8 to 15, without a sign or a leading zero (RFC 7692 7.1.2).
fn bits(text: &str) -> Option<u8> {
    text.parse().ok().filter(|bits| (8..=15).contains(bits) && text.starts_with(['1', '8', '9']))
}

/// Returns the parameters for the first offer that can be accepted, and the response header.
pub(crate) fn agree(offers: &[Offer], settings: &Compression) -> Option<(Parameters, HeaderValue)> {
    offers.iter().find_map(|offer| {
        let parameters = offer.agree(settings)?;
        Some((parameters, answer(*offer, parameters)))
    })
}

fn answer(offer: Offer, parameters: Parameters) -> HeaderValue {
    let mut answer = NAME.to_owned();
    if parameters.server_no_context_takeover {
        answer += "; server_no_context_takeover";
    }
    if parameters.client_no_context_takeover {
        answer += "; client_no_context_takeover";
    }
    // A limit that the client asked for is confirmed even if it is 15.
    if offer.server_max_window_bits.is_some() || parameters.server_max_window_bits < 15 {
        answer = format!("{answer}; server_max_window_bits={}", parameters.server_max_window_bits);
    }
    if parameters.client_max_window_bits < 15 {
        answer = format!("{answer}; client_max_window_bits={}", parameters.client_max_window_bits);
    }
    HeaderValue::try_from(answer).expect("tokens are a header value")
}

#[cfg(test)]
mod tests;
