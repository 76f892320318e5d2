//! The origin check: pages of the same origin may connect by default, and options allow more origins.

use ws_core::prelude::*;
use ws_core::{Origins, Route};
use ws_tests::Server;
use ws_tests::raw::{HEADERS, Raw, Response};

#[websocket("/same")]
#[derive(Default)]
struct Same;

#[websocket]
impl Same {}

#[websocket("/some", origins = ["https://example.com", "https://*.example.org", "http://dev.test:3000"])]
#[derive(Default)]
struct Some;

#[websocket]
impl Some {}

#[websocket("/any", origins = "any")]
#[derive(Default)]
struct Any;

#[websocket]
impl Any {}

/// Sends a handshake with `host` as its `Host` and one `Origin` header for each of `origins`.
async fn shake(server: &Server, path: &str, host: &str, origins: &[&str]) -> Response {
    let headers: Vec<_> = HEADERS
        .into_iter()
        .map(|(name, value)| (name, if name == "Host" { host } else { value }))
        .chain(origins.iter().map(|origin| ("Origin", *origin)))
        .collect();
    Raw::open(server.addr).await.request("GET", path, &headers).await
}

async fn is_let_in(server: &Server, path: &str, host: &str, origin: &str) -> bool {
    let response = shake(server, path, host, &[origin]).await;
    if response.status == 403 {
        // The body names the rejected origin and the options that would allow it.
        assert!(response.body.contains(&format!("`{origin}`")), "{response:?}");
        assert!(
            response.body.contains("origins = [") && response.body.contains("public_url"),
            "{response:?}"
        );
        return false;
    }
    assert_eq!(response.status, 101, "{response:?}");
    true
}

// RFC 6455 4.2.2: "If the server does not wish to accept this connection, it MUST return an appropriate HTTP error code
// (e.g., 403 Forbidden) and abort the WebSocket handshake"
#[tokio::test]
async fn a_page_of_the_same_origin_may_connect_and_no_other() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let own = server.addr.to_string();
    assert!(is_let_in(&server, "/same", &own, &format!("http://{own}")).await);
    for (host, origin) in [
        ("localhost:8080", "http://localhost:8080"),
        ("Example.com", "https://example.COM"),
        ("example.com:443", "https://example.com"),
        ("example.com", "http://example.com:80"),
        ("[::1]:8080", "http://[::1]:8080"),
    ] {
        assert!(is_let_in(&server, "/same", host, origin).await, "{host} {origin}");
    }
    for (host, origin) in [
        ("localhost:8080", "null"),
        ("localhost:8080", "http://localhost:8081"),
        ("localhost:8080", "http://localhost"),
        ("localhost:8080", "http://127.0.0.1:8080"),
        ("example.com", "https://sub.example.com"),
        ("example.com", "https://example.com.evil.org"),
        ("example.com", "https://notexample.com"),
        ("example.com", "https://user@example.com"),
        ("example.com:80", "https://example.com"),
        ("example.com", "https://example.com https://evil.org"),
        ("example.com", "http://example.com:99999"),
        ("example.com", "file://"),
        ("example.com", "example.com"),
        ("example.com", ""),
    ] {
        assert!(!is_let_in(&server, "/same", host, origin).await, "{host} {origin}");
    }
    assert_eq!(server.app.stats().rejected(403), 14);
}

// RFC 6455 4.2.1: "A connection attempt lacking this header field SHOULD NOT be interpreted as coming from a browser
// client."
#[tokio::test]
async fn a_client_that_is_no_page_sends_no_origin_and_is_let_in() {
    let server = Server::start(App::discover_in(module_path!())).await;
    for path in ["/same", "/some", "/any"] {
        assert_eq!(shake(&server, path, "example.com", &[]).await.status, 101);
    }
}

#[tokio::test]
async fn two_origins_are_none() {
    let server = Server::start(App::discover_in(module_path!())).await;
    let twice = ["http://example.com", "http://example.com"];
    assert_eq!(shake(&server, "/same", "example.com", &twice).await.status, 403);
    assert_eq!(shake(&server, "/any", "example.com", &twice).await.status, 101);
}

#[tokio::test]
async fn a_route_takes_more_origins_or_any() {
    let server = Server::start(App::discover_in(module_path!())).await;
    for origin in [
        "https://example.com",
        "https://example.com:443",
        "https://a.example.org",
        "https://A.b.Example.org",
        "http://dev.test:3000",
        "http://inner",
    ] {
        assert!(is_let_in(&server, "/some", "inner", origin).await, "{origin}");
    }
    for origin in [
        "http://example.com",
        "https://example.com:8443",
        "https://www.example.com",
        "https://example.org",
        "https://.example.org",
        "https://evilexample.org",
        "https://a.example.org.evil.com",
        "http://a.example.org",
        "http://dev.test",
        "http://outer",
        "null",
    ] {
        assert!(!is_let_in(&server, "/some", "inner", origin).await, "{origin}");
    }
    for origin in ["https://evil.org", "null", "file://", "http://inner"] {
        assert!(is_let_in(&server, "/any", "inner", origin).await, "{origin}");
    }
}

#[tokio::test]
async fn public_urls_are_origins_of_every_route() {
    let app = App::discover_in(module_path!())
        .public_url("https://example.net/app/")
        .public_url("http://example.net:8443");
    let server = Server::start(app).await;
    for path in ["/same", "/some"] {
        for origin in ["https://example.net", "https://EXAMPLE.net:443", "http://example.net:8443"] {
            assert!(is_let_in(&server, path, "inner:8080", origin).await, "{origin}");
        }
        for origin in ["http://example.net", "https://example.net:8443", "https://www.example.net", "null"] {
            assert!(!is_let_in(&server, path, "inner:8080", origin).await, "{origin}");
        }
    }
}

#[tokio::test]
async fn a_route_that_is_mounted_by_hand_sets_its_origins_too() {
    let app = App::new()
        .route(Route::new::<Same>("/list").origins(Origins::These(&["https://example.com"])))
        .route(Route::new::<Same>("/any").origins(Origins::Any))
        .mount::<Some>("/same", ());
    let server = Server::start(app).await;
    assert!(is_let_in(&server, "/list", "inner", "https://example.com").await);
    assert!(!is_let_in(&server, "/list", "inner", "https://example.org").await);
    assert!(is_let_in(&server, "/any", "inner", "null").await);
    // The attribute's origins apply only to its own route.
    assert!(!is_let_in(&server, "/same", "inner", "https://example.com").await);
}

#[test]
fn an_origin_or_a_public_url_that_matches_nothing_stops_the_start() {
    let error = App::new()
        .route(Route::new::<Same>("/list").origins(Origins::These(&["https://ok.org", "example.com"])))
        .try_into_router()
        .unwrap_err()
        .to_string();
    let place = format!("{}:{}", file!(), line!() - 4);
    assert!(error.contains("origin `example.com`") && error.contains("`https://example.com`"), "{error}");
    assert!(error.contains(&place), "{error}");
    for url in ["example.com", "https://*.example.com", "/app", ""] {
        let error =
            App::discover_in(module_path!()).public_url(url).try_into_router().unwrap_err().to_string();
        assert!(error.contains(&format!("public_url `{url}`")), "{error}");
        assert!(error.contains("`https://example.com`"), "{error}");
    }
}
