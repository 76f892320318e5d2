//! The offers of real clients, invalid offers, and the parameters that are negotiated.

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
    for (agent, offer, by_default, with_takeover) in [
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
        assert_eq!(answered(&[offer], Compression::DEFAULT).as_deref(), Some(by_default), "{agent}");
        assert_eq!(answered(&[offer], takeover).as_deref(), Some(with_takeover), "{agent}");
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
    assert_eq!(offers(&HeaderMap::from_iter([(header::SEC_WEBSOCKET_EXTENSIONS, bytes)])), Err(Malformed));
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
