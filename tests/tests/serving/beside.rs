//! Handlers and plain routes at the same path.

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Path};
use axum::routing::{any, get, post};
use http::StatusCode;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use ws_tests::Server;
use ws_tests::raw::{HEADERS, Raw, Response};

use super::{Here, app};

const HOST: [(&str, &str); 1] = [("Host", "localhost")];

async fn ask(addr: SocketAddr, method: &str, path: &str) -> Response {
    Raw::open(addr).await.request(method, path, &HOST).await
}

fn beside() -> Router {
    Router::new()
        .route("/graphql", post(|body: String| async move { format!("posted {body}") }))
        .route("/page", get(|| async { "a page" }))
        .route(
            "/here/{id}",
            get(
                async |Path(id): Path<String>, path: MatchedPath, ConnectInfo(_): ConnectInfo<SocketAddr>| {
                    if id == "none" {
                        return (StatusCode::NOT_FOUND, "none".to_owned());
                    }
                    (StatusCode::OK, format!("{id} of {}", path.as_str()))
                },
            ),
        )
        .fallback(|| async { (StatusCode::NOT_FOUND, "not here") })
}

#[tokio::test]
async fn requests_that_are_no_handshake_go_to_the_router_beside() {
    let beside = beside();
    // ANCHOR: beside
    let beside = beside.route("/chat", get(|| async { "a page" }).post(|body: String| async move { body }));
    let app = app().mount::<Here>("/chat", ()).fallback(beside);
    // ANCHOR_END: beside
    let app = app.mount::<Here>("/graphql", ()).mount::<Here>("/page", ());
    let server = Server::start(app).await;
    let mut raw = Raw::open(server.addr).await;
    let posted = raw.request("POST", "/graphql", &[HOST[0], ("Content-Length", "0")]).await;
    assert_eq!((posted.status, posted.body.as_str()), (200, "posted "), "{posted:?}");
    assert_eq!(posted.header("allow"), None, "{posted:?}");
    raw.send(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nquery").await;
    assert_eq!(raw.response().await.body, "posted query");
    // The router's own parameters, and not those of the handler's path.
    for (method, path, status, body) in [
        ("GET", "/page", 200, "a page"),
        ("GET", "/chat", 200, "a page"),
        ("GET", "/here/42", 200, "42 of /here/{id}"),
        ("GET", "/here/none", 404, "none"),
        ("GET", "/other", 404, "not here"),
    ] {
        let response = ask(server.addr, method, path).await;
        assert_eq!((response.status, response.body.as_str()), (status, body), "{method} {path}");
    }
    // Handshakes never do.
    for path in ["/graphql", "/page", "/chat", "/here/42"] {
        let response = Raw::open(server.addr).await.request("GET", path, &HEADERS).await;
        assert_eq!(response.status, 101, "{response:?}");
    }
    assert_eq!(server.app.stats().rejected(404), 0, "these answers are the router's");
}

#[tokio::test]
async fn without_a_route_beside_the_answer_is_that_of_the_handler() {
    let app = app().mount::<Here>("/graphql", ()).mount::<Here>("/bare", ()).fallback(beside());
    let server = Server::start(app).await;
    for (method, path, status, allow) in [
        ("GET", "/bare", 426, None),
        ("POST", "/bare", 405, Some("GET")),
        // The router has a route for another method.
        ("GET", "/graphql", 426, None),
        ("PUT", "/graphql", 405, Some("GET, POST")),
        ("DELETE", "/here/42", 405, Some("GET, HEAD")),
    ] {
        let response = ask(server.addr, method, path).await;
        assert_eq!(response.status, status, "{method} {path}: {response:?}");
        assert_eq!(response.header("allow"), allow, "{method} {path}: {response:?}");
        assert!(response.body.contains("WebSocket"), "{response:?}");
    }
    let broken = [HEADERS[0], HEADERS[1], HEADERS[2]];
    let response = Raw::open(server.addr).await.request("GET", "/here/42", &broken).await;
    assert_eq!(response.status, 426, "a handshake without a version is not a plain request: {response:?}");
    // A router without routes only answers elsewhere.
    let empty = super::app().fallback(Router::new().fallback(|| async { "elsewhere" }));
    let server = Server::start(empty).await;
    assert_eq!(ask(server.addr, "GET", "/here/x").await.status, 426);
    assert_eq!(ask(server.addr, "GET", "/other").await.body, "elsewhere");
}

#[tokio::test]
async fn in_an_axum_app_the_router_beside_answers_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let router = Router::new()
        .route("/here/{id}/x", get(|| async { "merged" }))
        .route("/bare/{id}", post(|| async { "posted" }))
        .merge(app().mount::<Here>("/bare/{id}", ()).fallback(beside()).into_router());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = tokio::spawn(async { axum::serve(listener, service).await });
    for (method, path, status, body) in [
        ("GET", "/here/42", 200, "42 of /here/{id}"),
        ("GET", "/here/42/x", 200, "merged"),
        ("POST", "/bare/1", 200, "posted"),
    ] {
        let response = ask(addr, method, path).await;
        assert_eq!((response.status, response.body.as_str()), (status, body), "{method} {path}");
    }
    for path in ["/here/42", "/bare/1"] {
        let response = Raw::open(addr).await.request("GET", path, &HEADERS).await;
        assert_eq!(response.status, 101, "{response:?}");
    }
    serving.abort();
}

#[tokio::test]
async fn parameters_of_a_path_that_the_app_is_nested_under_stay() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let house = post(async |Path(house): Path<String>| house);
    let ours = app().mount::<Here>("/graphql", ()).fallback(Router::new().route("/graphql", house));
    let router = Router::new().nest("/deep/{house}", ours.into_router());
    let serving = tokio::spawn(async { axum::serve(listener, router).await });
    let response = ask(addr, "POST", "/deep/blue/graphql").await;
    assert_eq!((response.status, response.body.as_str()), (200, "blue"));
    assert_eq!(ask(addr, "GET", "/deep/blue/graphql").await.status, 426);
    serving.abort();
}

#[test]
fn a_route_that_would_take_the_handshakes_stops_the_start() {
    async fn page() -> &'static str {
        "a page"
    }
    let merged: [fn() -> Router; 4] = [
        || Router::new().route("/here/{place}", get(page)).merge(app().into_router()),
        || app().into_router().route("/here/{place}", get(page)),
        || Router::new().route("/here/{place}", any(page)).merge(app().into_router()),
        || Router::new().route("/ws/here/{place}", get(page)).nest("/ws", app().into_router()),
    ];
    for (number, merge) in merged.into_iter().enumerate() {
        let panic = std::panic::catch_unwind(merge).expect_err(&format!("merge {number} panics"));
        let text = panic.downcast::<String>().map(|text| *text);
        let text = text.unwrap_or_else(|panic| (*panic.downcast::<&str>().unwrap()).to_owned());
        assert!(
            text.contains("/here/{place}` already exists") || text.contains("both have a fallback"),
            "{text}"
        );
    }
}
