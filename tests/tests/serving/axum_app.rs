//! The routes of ws-core in an axum app that `axum::serve` serves.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use ws_core::prelude::*;
use ws_tests::process::connect;
use ws_tests::raw::{self, HEADERS, Raw, TEXT};
use ws_tests::{closed, text, within};

use super::Here;

/// Echoes text.
#[derive(Default)]
struct Echo;

#[websocket]
impl Echo {
    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }
}

/// Stops serving when dropped.
struct Served {
    addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(router: Router, with_peers: bool) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let served = if with_peers {
            axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await
        } else {
            axum::serve(listener, router).await
        };
        served.unwrap();
    });
    Served { addr, task }
}

#[tokio::test]
async fn our_router_is_mounted_in_an_axum_app() {
    let ours = super::app().into_router();
    let router = Router::new().route("/page", get(|| async { "a page" })).merge(ours);
    let served = serve(router, true).await;
    let mut raw = Raw::open(served.addr).await;
    let page = raw.request("GET", "/page", &[("Host", "localhost")]).await;
    assert_eq!((page.status, page.body.as_str()), (200, "a page"));
    let response = raw.request("GET", "/here/there", &HEADERS).await;
    assert_eq!(response.status, 101, "{response:?}");
    let peer = raw.stream.local_addr().unwrap();
    assert_eq!(raw.read().await.unwrap().text(), format!("/here/there Some({peer})"));
}

#[tokio::test]
async fn without_connect_info_the_peer_is_unknown() {
    let served = serve(super::app().into_router(), false).await;
    let mut client = connect(served.addr, "/here/there").await;
    assert_eq!(text(&mut client).await, "/here/there None");
}

#[tokio::test]
async fn our_router_is_nested_under_a_path() {
    let ours = super::app().base_url("/ws").into_router();
    let served = serve(Router::new().nest("/deep/{house}", ours), false).await;
    let mut client = connect(served.addr, "/deep/blue/ws/here/there").await;
    assert_eq!(text(&mut client).await, "/deep/blue/ws/here/there None");
    let without = Raw::open(served.addr).await.request("GET", "/ws/here/there", &HEADERS).await;
    assert_eq!(without.status, 404, "{without:?}");
}

#[tokio::test]
async fn frames_sent_together_with_the_handshake_are_not_lost_here_either() {
    let served = serve(App::new().mount::<Echo>("/echo", ()).into_router(), false).await;
    let mut raw = Raw::open(served.addr).await;
    let mut bytes = raw::request("GET", "/echo", &HEADERS);
    for number in 0..100 {
        bytes.extend(raw::frame(true, TEXT, format!("{number:0>200}").as_bytes()));
    }
    raw.send(&bytes).await;
    assert_eq!(raw.response().await.status, 101);
    for number in 0..100 {
        assert_eq!(raw.read().await.unwrap().text(), format!("{number:0>200}"));
    }
}

#[tokio::test]
async fn the_drain_is_the_handles() {
    let app = super::app();
    let handle = app.handle();
    let served = serve(app.into_router(), false).await;
    let mut client = connect(served.addr, "/here/there").await;
    text(&mut client).await;
    let mut raw = Raw::open(served.addr).await;
    let draining = {
        let handle = handle.clone();
        tokio::spawn(async move { handle.drain(Duration::from_secs(5)).await })
    };
    assert_eq!(closed(&mut client).await.0, 1001);
    drop(client);
    assert_eq!(within(draining).await.unwrap().ended, 1);
    // axum keeps serving, but ws-core accepts no new connections.
    let late = raw.request("GET", "/here/there", &HEADERS).await;
    assert_eq!(late.status, 503, "{late:?}");
    assert!(late.body.contains("shutting down"), "{late:?}");
    assert_eq!(handle.stats().rejected(503), 1);
}

#[test]
fn a_router_that_cannot_be_made_panics_with_the_errors_text() {
    let app = || super::app().mount::<Here>("/here/{other}", ());
    let error = app().try_into_router().unwrap_err().to_string();
    assert!(error.contains("conflicting routes"), "{error}");
    let panic = std::panic::catch_unwind(|| app().into_router()).expect_err("a panic");
    let text = *panic.downcast::<String>().unwrap();
    // Both apps are built at the same source location.
    assert_eq!(text, error);
}
