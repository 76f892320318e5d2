//! Serving by itself, in an axum app, and with an axum router beside, and handles, figures, state and startup errors.

mod axum_app;
mod beside;
mod extractors;
mod listeners;
mod refused;
mod state;
mod stats;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use futures_util::SinkExt;
use http::{HeaderValue, StatusCode};
use tokio::sync::oneshot;
use tokio_websockets::Message as Sent;
use ws_core::prelude::*;
use ws_core::{Delivery, Error};
use ws_tests::process::{connect, free_addr};
use ws_tests::raw::{HEADERS, Raw};
use ws_tests::{Server, closed, text, within};

/// Sends its path and the peer's address, and reaches the other connections through the app.
#[websocket("/here/{place}")]
#[derive(Default)]
struct Here;

#[websocket]
impl Here {
    #[open]
    fn open(&mut self, cx: &mut Context<Self>) -> String {
        format!("{} {:?}", cx.path(), cx.peer_addr())
    }

    #[text]
    fn received(&mut self, text: &str, cx: &mut Context<Self>) -> String {
        let app = cx.app();
        let others = app.sockets::<Self>();
        for other in others.iter().filter(|other| other.id() != cx.id()) {
            other.send(text);
        }
        format!("{} here, {:?}", others.len(), app.url::<Self>([("place", text)]))
    }
}

fn app() -> App {
    App::new().mount::<Here>("/here/{place}", ())
}

#[tokio::test]
async fn a_bound_server_knows_its_port_and_serves_until_its_shutdown() {
    let server = app().bind("127.0.0.1:0").await.unwrap();
    let (addr, handle) = (server.local_addr().unwrap(), server.handle());
    assert!(addr.port() != 0 && addr.ip().is_loopback(), "{addr}");
    let (stop, stopping) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve_until(async { drop(stopping.await) }));
    let mut client = connect(addr, "/here/now").await;
    assert!(text(&mut client).await.starts_with("/here/now Some(127.0.0.1:"));
    assert!(!handle.is_draining());
    stop.send(()).unwrap();
    let (code, _) = closed(&mut client).await;
    assert_eq!(code, 1001);
    drop(client);
    within(serving).await.unwrap();
    assert!(handle.is_draining());
    assert_eq!(handle.stats().ended("drained"), 1);
    assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "the listener is closed");
}

#[tokio::test]
async fn it_serves_on_the_callers_runtime_until_it_is_drained() {
    let app = app();
    let (addr, handle) = (free_addr(), app.handle());
    let serving = tokio::spawn(app.serve(addr));
    within(async { while tokio::net::TcpStream::connect(addr).await.is_err() {} }).await;
    let mut client = connect(addr, "/here/served").await;
    assert!(text(&mut client).await.starts_with("/here/served "));
    let draining = tokio::spawn(async move { handle.drain(Duration::from_secs(5)).await });
    assert_eq!(closed(&mut client).await.0, 1001);
    drop(client);
    let drained = within(draining).await.unwrap();
    assert_eq!((drained.ended, drained.aborted, drained.left), (1, 0, 0));
    within(serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_router_beside_answers_where_no_handler_is() {
    let beside = Router::new()
        .route("/page", get(|| async { "a page" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "not here") });
    let server = Server::start(app().base_url("/ws").fallback(beside)).await;
    let mut raw = Raw::open(server.addr).await;
    for (path, status, body) in [("/page", 200, "a page"), ("/here/x", 404, "not here")] {
        let response = raw.request("GET", path, &[("Host", "localhost")]).await;
        assert_eq!((response.status, response.body.as_str()), (status, body));
    }
    let mut client = server.connect("/ws/here/x").await;
    assert!(text(&mut client).await.starts_with("/ws/here/x "));
}

async fn outer(request: Request, next: Next) -> Response {
    if request.uri().path() == "/barred" {
        return Response::builder().status(StatusCode::UNAUTHORIZED).body("who?".into()).unwrap();
    }
    mark(next.run(request).await, "outer")
}

async fn inner(request: Request, next: Next) -> Response {
    mark(next.run(request).await, "inner")
}

fn mark(mut response: Response, value: &'static str) -> Response {
    response.headers_mut().append("x-layer", HeaderValue::from_static(value));
    response
}

#[tokio::test]
async fn layers_wrap_handlers_and_the_router_beside() {
    let beside = Router::new().route("/page", get(|| async { "a page" }));
    let app = app().mount::<Here>("/barred", ()).fallback(beside).layer(from_fn(inner)).layer(from_fn(outer));
    let server = Server::start(app).await;
    let mut raw = Raw::open(server.addr).await;
    let barred = raw.request("GET", "/barred", &HEADERS).await;
    assert_eq!((barred.status, barred.body.as_str()), (401, "who?"));
    for (path, status) in [("/page", 200), ("/nothing", 404), ("/here/x", 101)] {
        let response = raw.request("GET", path, &HEADERS).await;
        assert_eq!(response.status, status, "{response:?}");
        let marks = response.head.lines().filter_map(|line| line.strip_prefix("x-layer: "));
        assert_eq!(marks.collect::<Vec<_>>(), ["inner", "outer"], "the last layer is outermost");
    }
    assert!(raw.read().await.unwrap().text().starts_with("/here/x "));
}

#[tokio::test]
async fn the_app_is_reached_from_its_handle_and_from_its_handlers() {
    let app = app().base_url("/b");
    let handle = app.handle();
    assert!(handle.sockets::<Here>().is_empty());
    let server = Server::start(app).await;
    let (mut one, mut two) = (server.connect("/b/here/1").await, server.connect("/b/here/2").await);
    for client in [&mut one, &mut two] {
        text(client).await;
    }
    within(one.send(Sent::text("to all"))).await.unwrap();
    assert_eq!(text(&mut two).await, "to all");
    assert_eq!(text(&mut one).await, "2 here, Ok(\"/b/here/to%20all\")");

    // A thread without a runtime can send, too.
    let sockets = handle.sockets::<Here>();
    assert_eq!(sockets.len(), 2);
    let sent = std::thread::spawn(move || {
        let sent: Vec<_> = sockets.iter().map(|socket| socket.send("from a thread")).collect();
        (sent, sockets)
    });
    let (sent, sockets) = sent.join().unwrap();
    assert_eq!(sent, [Delivery::Queued; 2]);
    for client in [&mut one, &mut two] {
        assert_eq!(text(client).await, "from a thread");
        within(client.close()).await.unwrap();
    }
    ws_tests::until(|| handle.sockets::<Here>().is_empty()).await;
    assert!(sockets.iter().all(|socket| !socket.is_open() && socket.send("late") == Delivery::Gone));
}

#[tokio::test]
async fn an_address_in_use_is_a_readable_error() {
    let server = Server::start(app()).await;
    let error = app().bind(server.addr).await.unwrap_err();
    assert!(matches!(error, Error::Bind { .. }));
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot listen on {}: ", server.addr)), "{text}");
    assert!(text.contains("another program uses this address"), "{text}");
    let error = app().serve(server.addr.to_string()).await.unwrap_err().to_string();
    assert!(error.contains("another program uses this address"), "{error}");
}
