//! The hosts that an app serves, origins of clients that are no browsers, and lists that are known at run time.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use tokio::net::TcpListener;
use ws_core::prelude::*;
use ws_core::{Origins, Route};
use ws_tests::Server;
use ws_tests::raw::{HEADERS, Raw, Response};

#[derive(Default)]
struct Plain;

#[websocket]
impl Plain {}

/// The attribute takes the origins of apps and extensions, too.
#[websocket("/apps", origins = ["capacitor://localhost", "chrome-extension://abcdef", "ionic://localhost"])]
#[derive(Default)]
struct Apps;

#[websocket]
impl Apps {}

#[websocket("/files", origins = ["null", "file://"])]
#[derive(Default)]
struct Files;

#[websocket]
impl Files {}

fn app() -> App {
    App::discover_in(module_path!()).mount::<Plain>("/", ())
}

async fn shake(server: &Server, path: &str, host: &str, more: &[(&str, &str)]) -> Response {
    let headers = HEADERS.into_iter().map(|(name, value)| (name, if name == "Host" { host } else { value }));
    let headers: Vec<_> = headers.chain(more.iter().copied()).collect();
    Raw::open(server.addr).await.request("GET", path, &headers).await
}

async fn status(server: &Server, path: &str, host: &str, origin: &str) -> u16 {
    shake(server, path, host, &[("Origin", origin)]).await.status
}

#[tokio::test]
async fn the_websocket_url_of_the_server_itself_is_its_own_origin() {
    let server = Server::start(app().public_url("https://example.net")).await;
    let own = server.addr.to_string();
    for (host, origin, wanted) in [
        (own.as_str(), format!("ws://{own}"), 101),
        ("example.com", "wss://example.com".to_owned(), 101),
        ("example.com", "ws://example.com/chat".to_owned(), 101),
        ("inner", "wss://example.net".to_owned(), 101),
        ("example.com", "wss://example.org".to_owned(), 403),
        ("example.com", "wss://example.com:8443".to_owned(), 403),
    ] {
        assert_eq!(status(&server, "/", host, &origin).await, wanted, "{host} {origin}");
    }
}

#[tokio::test]
async fn origins_of_apps_and_extensions_can_be_listed() {
    let listed = ["tauri://localhost", "file://", "null", "app://obsidian.md", "https://*.example.com"];
    let server = Server::start(app().route(Route::new::<Plain>("/list").origins(listed))).await;
    for origin in ["tauri://localhost", "file://", "null", "app://obsidian.md", "https://a.example.com"] {
        assert_eq!(status(&server, "/list", "inner", origin).await, 101, "{origin}");
        assert_eq!(status(&server, "/apps", "inner", origin).await, 403, "{origin}");
    }
    for origin in ["null", "file://"] {
        assert_eq!(status(&server, "/files", "inner", origin).await, 101, "{origin}");
    }
    for origin in ["capacitor://localhost", "chrome-extension://abcdef", "ionic://localhost"] {
        assert_eq!(status(&server, "/apps", "inner", origin).await, 101, "{origin}");
        assert_eq!(status(&server, "/list", "inner", origin).await, 403, "{origin}");
    }
}

#[tokio::test]
async fn origins_and_subprotocols_may_come_from_configuration() {
    let configured = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<String>>();
    let [origins, subprotocols] = ["https://a.org https://*.b.org", "v2 v1"].map(configured);
    // ANCHOR: configured
    let app = App::new()
        // For every route that has no list of its own.
        .origins(origins)
        .route(Route::new::<Plain>("/app").subprotocols(subprotocols))
        // ANCHOR_END: configured
        .route(Route::new::<Plain>("/own").origins(configured("https://c.org")))
        .route(Route::new::<Plain>("/any").origins(Origins::Any));
    let server = Server::start(app).await;
    for (path, origin, wanted) in [
        ("/app", "https://a.org", 101),
        ("/app", "https://x.b.org", 101),
        ("/app", "https://c.org", 403),
        // The setting of a route replaces that of the app.
        ("/own", "https://c.org", 101),
        ("/own", "https://a.org", 403),
        ("/any", "https://d.org", 101),
    ] {
        assert_eq!(status(&server, path, "inner", origin).await, wanted, "{path} {origin}");
    }
    let response = shake(&server, "/app", "inner", &[("Sec-WebSocket-Protocol", "v1, v2")]).await;
    assert_eq!(response.header("sec-websocket-protocol"), Some("v2"), "{response:?}");
    let error = App::new().mount::<Plain>("/", ()).origins(["example.com"]).try_into_router().unwrap_err();
    assert!(error.to_string().contains("`App::origins`: origin `example.com`"), "{error}");
}

#[tokio::test]
async fn other_hosts_than_those_of_the_app_get_421() {
    let page = Router::new().route("/page", get(|| async { "a page" }));
    // ANCHOR: hosts
    let app = app().fallback(page).hosts(["example.com", "*.example.org:8443", "localhost"]);
    // ANCHOR_END: hosts
    let server = Server::start(app).await;
    for (host, served) in [
        ("example.com", true),
        ("EXAMPLE.com.:8080", true),
        ("a.example.org:8443", true),
        ("localhost:1", true),
        ("a.example.org", false),
        ("example.org:8443", false),
        ("evil.org", false),
        ("127.0.0.1", false),
    ] {
        for (path, success) in [("/", 101), ("/page", 200), ("/nothing", 404)] {
            let response = shake(&server, path, host, &[]).await;
            assert_eq!(response.status, if served { success } else { 421 }, "{path}: {response:?}");
            if !served {
                assert!(response.body.contains(&format!("`{host}`")), "{response:?}");
                assert!(response.body.contains("`App::hosts`"), "{response:?}");
            }
        }
    }
    assert_eq!(server.app.stats().rejected(421), 12);
    for bad in ["http://example.com", "", "a.*.b"] {
        let error = self::app().hosts([bad]).try_into_router().unwrap_err().to_string();
        assert!(error.contains(&format!("hosts: `{bad}`")), "{error}");
    }
}

#[tokio::test]
async fn the_application_reads_the_host_of_an_absolute_target() {
    async fn host(headers: HeaderMap) -> String {
        headers.get_all("Host").iter().map(|host| host.to_str().unwrap()).collect()
    }
    let page = || Router::new().route("/page", get(host));
    let server = Server::start(app().fallback(page()).hosts(["good.example"])).await;
    // In a server of your own, `Host` is replaced together with its check.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router = app().fallback(page()).hosts(["good.example"]).into_router();
    let serving = tokio::spawn(async { axum::serve(listener, router).await });
    for addr in [server.addr, addr] {
        for (target, host, status) in [
            ("http://good.example/page", "evil.example", 200),
            ("http://good.example/page", "good.example", 200),
            ("http://good.example/page", "", 200),
            ("/page", "good.example", 200),
            ("http://evil.example/page", "good.example", 421),
        ] {
            let response = Raw::open(addr).await.request("GET", target, &[("Host", host)]).await;
            assert_eq!(response.status, status, "{target} {host}: {response:?}");
            if status == 200 {
                assert_eq!(response.body, "good.example", "{target} {host}");
            }
        }
    }
    serving.abort();
}

#[tokio::test]
async fn a_host_without_a_port_is_on_a_default_port() {
    let server = Server::start(app().hosts(["example.com:443", "example.org:80", "example.net:8080"])).await;
    for (host, status) in
        [("example.com", 101), ("example.org", 101), ("example.net", 421), ("example.com:80", 421)]
    {
        assert_eq!(shake(&server, "/", host, &[]).await.status, status, "{host}");
    }
}

#[tokio::test]
async fn in_an_axum_app_only_the_routes_of_ws_core_check_the_host() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router = Router::new().route("/page", get(|| async { "a page" }));
    let router = router.merge(app().hosts(["example.com"]).into_router());
    let serving = tokio::spawn(async { axum::serve(listener, router).await });
    for (path, host, status) in
        [("/", "example.com", 101), ("/", "localhost", 421), ("/page", "localhost", 200)]
    {
        let headers = HEADERS.map(|(name, value)| (name, if name == "Host" { host } else { value }));
        let response = Raw::open(addr).await.request("GET", path, &headers).await;
        assert_eq!(response.status, status, "{path} {host}: {response:?}");
    }
    serving.abort();
}

/// A page of a public name that was led to this machine by its DNS server sends that name in `Host` and in `Origin`.
#[tokio::test]
async fn a_public_name_with_the_port_of_a_loopback_listener_is_no_origin_of_its_own() {
    let server = Server::start(app()).await;
    let port = server.addr.port();
    let evil = format!("evil.example.com:{port}");
    let response = shake(&server, "/", &evil, &[("Origin", &format!("http://{evil}"))]).await;
    assert_eq!(response.status, 403, "{response:?}");
    assert!(response.body.contains("DNS rebinding"), "{response:?}");
    assert!(response.body.contains("`App::hosts([\"evil.example.com\"])`"), "{response:?}");
    // Names that nobody can register, and clients that are no browsers.
    for host in ["localhost", "127.0.0.1", "[::1]", "app.localhost", "app.test", "mymachine"] {
        let host = format!("{host}:{port}");
        assert_eq!(status(&server, "/", &host, &format!("http://{host}")).await, 101, "{host}");
    }
    assert_eq!(shake(&server, "/", &evil, &[]).await.status, 101);
    // Behind a proxy on this machine: it listens on another port, has TLS, or names itself in a header.
    for (host, origin, more) in [
        ("example.com", "https://example.com".to_owned(), None),
        ("example.com", "http://example.com".to_owned(), None),
        ("example.com:8443", "https://example.com:8443".to_owned(), None),
        (evil.as_str(), format!("https://{evil}"), None),
        (evil.as_str(), format!("http://{evil}"), Some(("X-Forwarded-For", "192.0.2.1"))),
        (evil.as_str(), format!("http://{evil}"), Some(("Forwarded", "for=192.0.2.1"))),
        (evil.as_str(), format!("http://{evil}"), Some(("Via", "1.1 proxy"))),
    ] {
        let headers: Vec<_> = [("Origin", origin.as_str())].into_iter().chain(more).collect();
        let response = shake(&server, "/", host, &headers).await;
        assert_eq!(response.status, 101, "{host} {headers:?}: {response:?}");
    }
}

#[tokio::test]
async fn the_app_can_name_its_public_hosts_on_a_loopback_listener() {
    let apps: [fn(App, &str) -> App; 3] = [
        |app, _| app.hosts(["*"]),
        |app, _| app.hosts(["dev.example.com"]),
        |app, url| app.origins([url.to_owned()]),
    ];
    for set in apps {
        let addr = ws_tests::process::free_addr();
        let url = format!("http://dev.example.com:{}", addr.port());
        let server = set(app(), &url).bind(addr).await.unwrap();
        let serving = tokio::spawn(server.serve_until(std::future::pending()));
        let host = url.strip_prefix("http://").unwrap();
        let headers =
            HEADERS.into_iter().map(|(name, value)| (name, if name == "Host" { host } else { value }));
        let headers: Vec<_> = headers.chain([("Origin", url.as_str())]).collect();
        let response = Raw::open(addr).await.request("GET", "/", &headers).await;
        assert_eq!(response.status, 101, "{response:?}");
        serving.abort();
    }
}
