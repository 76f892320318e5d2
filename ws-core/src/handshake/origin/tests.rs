//! The origin check, without a server.

use std::sync::LazyLock;

use super::*;
use crate::handshake::origins::{IntoOrigins, OriginList, Origins};

fn asked(headers: &HeaderMap) -> Asked<'_> {
    static TARGET: LazyLock<Uri> = LazyLock::new(|| Uri::from_static("/chat"));
    Asked { uri: &TARGET, headers, version: 13, scheme: None, loopback: None }
}

fn allowed(origins: impl IntoOrigins) -> Allowed {
    OriginList::of(origins).parse().unwrap()
}

fn let_through(origin: &str, host: &str, origins: impl IntoOrigins, public: &[&str]) -> bool {
    let mut headers = HeaderMap::new();
    if !origin.is_empty() {
        headers.insert(header::ORIGIN, origin.parse().unwrap());
    }
    headers.insert(header::HOST, host.parse().unwrap());
    let public: Vec<_> = public.iter().map(|url| Origin::parse(url).unwrap()).collect();
    check(&asked(&headers), &allowed(origins), &public).is_ok()
}

#[test]
fn the_same_host_and_port_and_no_other() {
    let same = |origin, host| let_through(origin, host, Origins::Same, &[]);
    assert!(same("http://localhost:8080", "localhost:8080"));
    assert!(same("https://Example.com", "example.com"));
    assert!(same("https://example.com", "example.com:443"));
    assert!(same("http://[::1]:8080", "[::1]:8080"));
    assert!(same("", "example.com"));
    assert!(!same("http://localhost:8081", "localhost:8080"));
    assert!(!same("https://example.com", "example.com:80"));
    assert!(!same("https://example.com.evil.org", "example.com"));
    assert!(!same("https://user@example.com", "example.com"));
    assert!(!same("null", "example.com"));
    assert!(!same("file://", "example.com"));
    assert!(!same("http://example.com:99999", "example.com"));
    assert!(!same("http://example.com", "example.com:99999"));
    assert!(!same("app://example.com:80", "example.com:80"));
}

#[test]
fn a_websocket_url_is_the_origin_of_its_server() {
    let same = |origin, host| let_through(origin, host, Origins::Same, &[]);
    assert!(same("ws://localhost:8080", "localhost:8080"));
    assert!(same("wss://example.com/chat?x", "example.com"));
    assert!(same("WSS://example.com", "example.com:443"));
    assert!(!same("wss://example.org", "example.com"));
    assert!(!same("wss://example.com", "example.com:8080"));
    assert!(let_through("wss://a.org", "inner", Origins::Same, &["https://a.org"]));
    assert!(let_through("wss://a.org", "inner", ["https://a.org"], &[]));
}

#[test]
fn public_urls_and_patterns_widen_it() {
    assert!(let_through("https://a.org", "inner:8080", Origins::Same, &["https://a.org/app"]));
    let these = Origins::These(&["https://a.org", "https://*.b.org"]);
    assert!(let_through("https://a.org", "x", these, &[]));
    assert!(let_through("https://deep.sub.b.org", "x", these, &[]));
    assert!(!let_through("https://b.org", "x", these, &[]));
    assert!(!let_through("https://evilb.org", "x", these, &[]));
    assert!(!let_through("http://sub.b.org", "x", these, &[]));
    assert!(!let_through("null", "x", these, &[]));
    assert!(let_through("null", "x", Origins::Any, &[]));
}

#[test]
fn whatever_a_client_may_send_can_be_listed() {
    for origin in [
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "app://obsidian.md",
        "chrome-extension://abcdefghijklmnop",
        "moz-extension://1f8e-22",
        "vscode-webview://1q2w",
        "file://",
        "null",
        "http://[::1]:3000",
    ] {
        assert!(let_through(origin, "x", [origin], &[]), "{origin}");
        assert!(!let_through(origin, "x", ["https://a.org"], &[]), "{origin}");
    }
    assert!(let_through("chrome-extension://ABC", "x", vec!["Chrome-Extension://abc".to_owned()], &[]));
    assert!(!let_through("chrome-extension://xyz", "x", ["chrome-extension://abc"], &[]));
    for (bad, words) in [
        ("*", "`Origins::Any`"),
        ("example.com", "origin `example.com`"),
        ("https://a.*.org", "`https://*.example.com`"),
        ("https://*.", "`https://*.example.com`"),
        ("https://", "is invalid"),
        ("1x://a", "is invalid"),
        ("https://u@a.org", "is invalid"),
    ] {
        let problem = OriginList::of([bad]).parse().unwrap_err();
        assert!(problem.contains(words), "{problem}");
    }
    assert!(!let_through("https://*.example.com", "x", ["https://*.example.com"], &[]));
}

#[test]
fn where_the_scheme_is_known_it_must_be_the_same() {
    let let_through = |origin: &str, scheme| {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.insert(header::HOST, "example.com".parse().unwrap());
        check(&Asked { scheme, ..asked(&headers) }, &allowed(Origins::Same), &[]).is_ok()
    };
    for (origin, other, scheme) in [
        ("https://example.com", "http://example.com", Scheme::Https),
        ("http://example.com", "https://example.com", Scheme::Http),
    ] {
        assert!(let_through(origin, Some(scheme)) && !let_through(other, Some(scheme)));
        assert!(let_through(origin, None) && let_through(other, None));
    }
}

#[test]
fn c9_versions_8_and_7_send_it_in_a_header_of_their_own() {
    let mut headers = HeaderMap::new();
    headers.insert("sec-websocket-origin", "http://example.com".parse().unwrap());
    headers.insert(header::HOST, "other.org".parse().unwrap());
    let refused = |headers: &HeaderMap, version| {
        check(&Asked { version, ..asked(headers) }, &allowed(Origins::Same), &[]).is_err()
    };
    assert!(refused(&headers, 8) && refused(&headers, 7) && !refused(&headers, 13));
    headers.insert(header::HOST, "example.com".parse().unwrap());
    assert!(!refused(&headers, 8) && !refused(&headers, 7));
    headers.insert(header::ORIGIN, "http://example.com".parse().unwrap());
    assert!(refused(&headers, 8), "two origins are none");
}

#[test]
fn the_refusal_names_the_setting() {
    let mut headers = HeaderMap::new();
    headers.insert(header::ORIGIN, "https://evil.org".parse().unwrap());
    let rejection = check(&asked(&headers), &allowed(Origins::Same), &[]).unwrap_err();
    assert_eq!(rejection.status, 403);
    assert!(rejection.why().contains("origins = ["), "{}", rejection.why());
}
