//! Upgrades on a server of ours, with layers and with routers beside it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{MatchedPath, OriginalUri, RawPathParams, Request};
use axum::http::{Extensions, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use ws_core::prelude::*;
use ws_tests::raw::{self, HEADERS, Raw};
use ws_tests::{Server, until, within};

/// Greets the client, and echoes.
#[derive(Default)]
struct Greeter;

#[websocket]
impl Greeter {
    #[open]
    fn open(&mut self) -> &'static str {
        "welcome"
    }

    #[text]
    fn text(&mut self, text: Text) -> Text {
        text
    }
}

fn app() -> App {
    App::new().mount::<Greeter>("/", ())
}

#[tokio::test]
async fn frames_that_come_with_the_request_are_read_and_the_response_goes_first() {
    let server = Server::start(app()).await;
    let mut client = Raw::open(server.addr).await;
    let mut bytes = raw::request("GET", "/", &HEADERS);
    for text in ["one", "two"] {
        bytes.extend(raw::frame(true, raw::TEXT, text.as_bytes()));
    }
    client.send(&bytes).await;
    assert_eq!(client.response().await.status, 101);
    for expected in ["welcome", "one", "two"] {
        assert_eq!(client.read().await.unwrap().text(), expected);
    }
}

#[tokio::test]
async fn a_client_that_leaves_before_the_response_ends_the_session_although_a_layer_keeps_the_extensions() {
    let kept = Arc::new(Mutex::new(Vec::<Extensions>::new()));
    let keeps = kept.clone();
    let app = app().layer(from_fn(move |request: Request, next: Next| {
        keeps.lock().unwrap().push(request.extensions().clone());
        async move {
            let _response = next.run(request).await;
            std::future::pending::<Response>().await
        }
    }));
    let handle = app.handle();
    let server = Server::start(app).await;
    let mut client = Raw::open(server.addr).await;
    client.send(&raw::request("GET", "/", &HEADERS)).await;
    until(|| handle.stats().open == 1).await;
    drop(client);
    until(|| handle.stats().ended("abandoned") == 1 && handle.stats().open == 0).await;
    assert_eq!(kept.lock().unwrap().len(), 1);
}

/// hyper hands over no stream then, and reports it only once the connection ends.
#[tokio::test]
async fn a_layer_that_replaces_the_response_ends_the_session_at_once() {
    let ended = Arc::new(Mutex::new(None));
    let note = ended.clone();
    let app = app().layer(from_fn(move |request: Request, next: Next| {
        let is_hidden = request.uri().query().is_some();
        let started = std::time::Instant::now();
        let note = note.clone();
        async move {
            let response = next.run(request).await;
            if is_hidden {
                *note.lock().unwrap() = Some(started);
                return StatusCode::FORBIDDEN.into_response();
            }
            // One without the extensions of ours is an upgrade all the same.
            let (parts, body) = response.into_parts();
            let mut response = Response::new(body);
            *response.status_mut() = parts.status;
            *response.headers_mut() = parts.headers;
            response
        }
    }));
    let server = Server::start(app).await;
    let mut client = Raw::open(server.addr).await;
    assert_eq!(client.request("GET", "/?hidden", &HEADERS).await.status, 403);
    until(|| server.app.stats().ended("abandoned") == 1 && server.app.stats().open == 0).await;
    let replaced = ended.lock().unwrap().expect("the layer ran");
    assert!(replaced.elapsed() < std::time::Duration::from_secs(5), "{:?}", replaced.elapsed());
    // The HTTP connection goes on, and its next request may be a handshake.
    assert_eq!(client.request("GET", "/", &HEADERS).await.status, 101);
    assert_eq!(client.read().await.unwrap().text(), "welcome");
    assert_eq!(server.app.stats().open, 1);
}

#[tokio::test]
async fn a_router_beside_upgrades_to_a_protocol_of_its_own() {
    async fn shout(mut request: Request) -> Response {
        let upgrading = request.extensions_mut().remove::<OnUpgrade>().expect("an upgrade");
        tokio::spawn(async move {
            let mut stream = TokioIo::new(upgrading.await.unwrap());
            let mut bytes = [0; 5];
            stream.read_exact(&mut bytes).await.unwrap();
            bytes.make_ascii_uppercase();
            stream.write_all(&bytes).await.unwrap();
        });
        let headers = [("connection", "upgrade"), ("upgrade", "shout")];
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
    let server = Server::start(app().fallback(Router::new().route("/shout", get(shout)))).await;
    let mut client = Raw::open(server.addr).await;
    let headers = [("Host", "localhost"), ("Connection", "upgrade"), ("Upgrade", "shout")];
    assert_eq!(client.request("GET", "/shout", &headers).await.status, 101);
    client.send(b"hello").await;
    let mut answer = [0; 5];
    within(client.stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"HELLO");
}

/// Sends the extensions that axum adds to a request.
struct Routed(String);

#[websocket]
impl Routed {
    #[init]
    fn new(matched: MatchedPath, OriginalUri(uri): OriginalUri, params: RawPathParams) -> Self {
        Self(format!("{} {uri} {:?}", matched.as_str(), params.iter().collect::<Vec<_>>()))
    }

    #[open]
    fn open(&mut self) -> String {
        self.0.clone()
    }
}

/// Without layers, a handshake does not go through axum's router.
#[tokio::test]
async fn init_extracts_the_same_with_and_without_a_layer() {
    let app = || App::new().base_url("/ws").mount::<Routed>("/a%20b", ()).mount::<Routed>("/room/{name}", ());
    let pass = from_fn(async |request: Request, next: Next| next.run(request).await);
    for app in [app(), app().layer(pass), app().hosts(["localhost"])] {
        let server = Server::start(app).await;
        for (target, expected) in [
            ("/ws/a%20b?x=1", "/ws/a%20b /ws/a%20b?x=1 []"),
            ("/ws/room/a%20b", "/ws/room/{name} /ws/room/a%20b [(\"name\", \"a b\")]"),
            ("http://localhost/ws/a%20b", "/ws/a%20b http://localhost/ws/a%20b []"),
        ] {
            let mut client = Raw::open(server.addr).await;
            assert_eq!(client.request("GET", target, &HEADERS).await.status, 101, "{target}");
            assert_eq!(client.read().await.unwrap().text(), expected);
        }
        let mut client = Raw::open(server.addr).await;
        for other in ["/ws/a%20b/", "/ws/a b", "/a%20b", "/ws/A%20b"] {
            assert_ne!(
                client.request("GET", &other.replace(' ', "+"), &HEADERS).await.status,
                101,
                "{other}"
            );
        }
    }
}
