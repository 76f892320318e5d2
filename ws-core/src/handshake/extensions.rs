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
    Unsaid,
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
                    None => Hint::Unsaid,
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
            Some(Hint::Unsaid) => settings.client_window_bits,
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
mod tests {
    use super::*;

    const NEITHER: &str = "; server_no_context_takeover; client_no_context_takeover";

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |value: &&str| HeaderValue::from_str(value).unwrap();
        values.iter().map(|text| (header::SEC_WEBSOCKET_EXTENSIONS, value(text))).collect()
    }

    /// Returns the parameters in the response, or `None` if it has no extension.
    fn answered(values: &[&str], settings: Compression) -> Option<String> {
        let (_, answer) = agree(&offers(&headers(values)).expect("a list"), &settings)?;
        Some(answer.to_str().unwrap().strip_prefix(NAME).unwrap().to_owned())
    }

    /// The offers of today's clients, and those of Autobahn's cases 13.1 to 13.7.
    // RFC 7692 5: "This set of elements MAY include multiple PMCEs with the same extension name"
    // RFC 7692 5: "It is recommended that a server accepts PMCEs with higher preference if the server supports them."
    // RFC 7692 7.1.1.1: "by including the 'server_no_context_takeover' extension parameter in the corresponding
    // extension negotiation response to send back to the client."
    #[test]
    fn c10_offers_of_real_clients_are_accepted_as_they_ask() {
        const AUTOBAHN: &str = "permessage-deflate; client_no_context_takeover; client_max_window_bits";
        let takeover = Compression::DEFAULT.takeover(true);
        for (who, offer, by_default, with_takeover) in [
            ("Chromium", "permessage-deflate; client_max_window_bits", NEITHER, ""),
            ("Firefox", "permessage-deflate", NEITHER, ""),
            ("Safari", "permessage-deflate", NEITHER, ""),
            ("Node's ws", "permessage-deflate; client_max_window_bits", NEITHER, ""),
            ("Python's websockets", "permessage-deflate; client_max_window_bits", NEITHER, ""),
            ("aiohttp", "permessage-deflate; client_max_window_bits", NEITHER, ""),
            (
                "gorilla",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
                NEITHER,
                NEITHER,
            ),
            ("13.1", AUTOBAHN, NEITHER, "; client_no_context_takeover"),
            ("13.2", &format!("{AUTOBAHN}; server_no_context_takeover"), NEITHER, NEITHER),
            (
                "13.3",
                &format!("{AUTOBAHN}; server_max_window_bits=9"),
                &format!("{NEITHER}; server_max_window_bits=9"),
                "; client_no_context_takeover; server_max_window_bits=9",
            ),
            (
                "13.4",
                &format!("{AUTOBAHN}; server_max_window_bits=15"),
                &format!("{NEITHER}; server_max_window_bits=15"),
                "; client_no_context_takeover; server_max_window_bits=15",
            ),
            (
                "13.5",
                &format!("{AUTOBAHN}; server_no_context_takeover; server_max_window_bits=9"),
                &format!("{NEITHER}; server_max_window_bits=9"),
                &format!("{NEITHER}; server_max_window_bits=9"),
            ),
            (
                "13.6",
                &format!("{AUTOBAHN}; server_no_context_takeover; server_max_window_bits=15"),
                &format!("{NEITHER}; server_max_window_bits=15"),
                &format!("{NEITHER}; server_max_window_bits=15"),
            ),
            (
                "13.7",
                &format!(
                    "{AUTOBAHN}; server_no_context_takeover; server_max_window_bits=9, \
                     {AUTOBAHN}; server_no_context_takeover, {AUTOBAHN}"
                ),
                &format!("{NEITHER}; server_max_window_bits=9"),
                &format!("{NEITHER}; server_max_window_bits=9"),
            ),
        ] {
            assert_eq!(answered(&[offer], Compression::DEFAULT).as_deref(), Some(by_default), "{who}");
            assert_eq!(answered(&[offer], takeover).as_deref(), Some(with_takeover), "{who}");
        }
    }

    // RFC 7692 7: "The negotiation offer contains an extension parameter not defined for use in an offer."
    // RFC 7692 7: "The negotiation offer contains an extension parameter with an invalid value."
    // RFC 7692 7: "The negotiation offer contains multiple extension parameters with the same name."
    #[test]
    fn c10_an_offer_that_is_not_valid_is_declined_and_the_next_one_tried() {
        for bad in [
            "foo",
            "x-webkit-deflate-frame",
            "permessage-deflate; unknown",
            "permessage-deflate; server_no_context_takeover=true",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=09",
            "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=015",
            "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
        ] {
            assert_eq!(answered(&[bad], Compression::DEFAULT), None, "{bad}");
            for both in [&[format!("{bad}, permessage-deflate").as_str()][..], &[bad, "permessage-deflate"]] {
                assert_eq!(answered(both, Compression::DEFAULT).as_deref(), Some(NEITHER), "{both:?}");
            }
        }
        assert_eq!(answered(&[], Compression::DEFAULT), None);
        assert_eq!(answered(&[""], Compression::DEFAULT), None);
    }

    #[test]
    fn c10_the_list_is_read_as_rfc_6455_writes_it() {
        for spelling in [
            "permessage-deflate;server_max_window_bits=10",
            " , permessage-deflate ;\tserver_max_window_bits = 10 , ,",
            r#"permessage-deflate; server_max_window_bits="10""#,
            r#"permessage-deflate; server_max_window_bits="1\0""#,
            r#"other; with="token"; and=more, permessage-deflate; server_max_window_bits=10"#,
        ] {
            let expected = format!("{NEITHER}; server_max_window_bits=10");
            assert_eq!(answered(&[spelling], Compression::DEFAULT), Some(expected), "{spelling}");
        }
        for malformed in [
            "permessage-deflate;",
            "permessage-deflate; =9",
            "permessage-deflate; server_max_window_bits=",
            "permessage-deflate client_max_window_bits",
            r#"permessage-deflate; a="9"#,
            r#"permessage-deflate; a="9\"#,
            r#"permessage-deflate; a="""#,
            r#"permessage-deflate; a="b c""#,
            r#"permessage-deflate; a="9"b"#,
            "permessage/deflate",
            ";",
        ] {
            assert_eq!(offers(&headers(&[malformed])), Err(Malformed), "{malformed}");
        }
        let bytes = HeaderValue::from_bytes(b"permessage-deflate; \xff").unwrap();
        assert_eq!(
            offers(&HeaderMap::from_iter([(header::SEC_WEBSOCKET_EXTENSIONS, bytes)])),
            Err(Malformed)
        );
    }

    // RFC 7692 7.1.2.1: "by including the 'server_max_window_bits' extension parameter in the extension negotiation
    // response to send back to the client with the same or smaller value as the offer."
    // RFC 7692 7.1.2.2: "in the corresponding extension negotiation response to the offer with a value equal to or
    // smaller than the received value."
    // RFC 7692 7.1.2.2: "If a received extension negotiation offer doesn't have the 'client_max_window_bits' extension
    // parameter, the corresponding extension negotiation response to the offer MUST NOT include the
    // 'client_max_window_bits' extension parameter."
    #[test]
    fn c10_windows_are_the_smaller_of_both() {
        let small = Compression::DEFAULT.takeover(true).window_bits(11);
        for (offer, expected) in [
            ("; client_max_window_bits", "; server_max_window_bits=11; client_max_window_bits=11"),
            ("; client_max_window_bits=10", "; server_max_window_bits=11; client_max_window_bits=10"),
            ("; client_max_window_bits=8", "; server_max_window_bits=11; client_max_window_bits=8"),
            ("; client_max_window_bits=12", "; server_max_window_bits=11; client_max_window_bits=11"),
            (
                "; server_max_window_bits=9; client_max_window_bits",
                "; server_max_window_bits=9; client_max_window_bits=11",
            ),
            ("", "; server_max_window_bits=11"),
        ] {
            assert_eq!(answered(&[&format!("{NAME}{offer}")], small).as_deref(), Some(expected), "{offer}");
        }
    }
}
