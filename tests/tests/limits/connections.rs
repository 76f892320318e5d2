//! The limit on all connections: one connection too many is rejected, and every permit is returned.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Query;
use http::StatusCode;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, request};
use ws_tests::{Server, until};

use super::{Echo, assert_full, echoes, shake};

/// Is created as the query requests, and closes when it is notified.
struct Made(Arc<Notify>);

#[websocket]
impl Made {
    #[init]
    async fn new(
        Query(query): Query<HashMap<String, String>>,
        State(notes): State<Notes>,
        State(end): State<Arc<Notify>>,
    ) -> Result<Self, StatusCode> {
        match query.get("how").map(String::as_str) {
            Some("refuses") => Err(StatusCode::IM_A_TEAPOT),
            Some("panics") => panic!("requested by the client"),
            Some("waits") => {
                let _left = notes.on_drop("left");
                notes.add("waits");
                std::future::pending().await
            }
            _ => Ok(Self(end)),
        }
    }

    #[text]
    fn received(&mut self, text: Text) -> Text {
        text
    }

    #[terminate]
    async fn gone(&mut self, cx: &mut Context<Self>) {
        cx.state::<Notes>().add("terminating");
        self.0.notified().await;
    }
}

#[tokio::test]
async fn one_too_many_is_rejected_and_counted() {
    let app = App::new().mount::<Echo>("/a", ()).mount::<Echo>("/b", ()).max_connections(2);
    let server = Server::start(app).await;
    let (mut one, response) = shake(&server, "/a", &[]).await;
    assert_eq!(response.status, 101);
    let (mut other, response) = shake(&server, "/b", &[]).await;
    assert_eq!(response.status, 101);
    for path in ["/a", "/b"] {
        assert_full(&shake(&server, path, &[]).await.1, "max_connections");
    }
    echoes(&mut one).await;
    echoes(&mut other).await;
    let stats = server.app.stats();
    assert_eq!((stats.open, stats.rejected(503), stats.limited("max_connections")), (2, 2, 2));
    drop(one);
    until(|| server.app.stats().open == 1).await;
    let (mut next, response) = shake(&server, "/a", &[]).await;
    assert_eq!(response.status, 101, "{response:?}");
    echoes(&mut next).await;
    assert_full(&shake(&server, "/a", &[]).await.1, "max_connections");
}

#[tokio::test]
async fn of_many_that_come_at_once_exactly_as_many_are_let_in() {
    let app = App::new().mount::<Echo>("/", ()).max_connections(10);
    let server = Server::start(app).await;
    let mut coming = JoinSet::new();
    for _ in 0..60 {
        let addr = server.addr;
        coming.spawn(async move {
            let mut raw = Raw::open(addr).await;
            (raw.request("GET", "/", &HEADERS).await.status, raw)
        });
    }
    let came = coming.join_all().await;
    let let_in = came.iter().filter(|(status, _)| *status == 101).count();
    assert_eq!((let_in, came.iter().filter(|(status, _)| *status == 503).count()), (10, 50));
    assert_eq!(server.app.stats().limited("max_connections"), 50);
}

#[tokio::test]
async fn a_permit_comes_back_however_its_handshake_ends() {
    let notes = Notes::default();
    let app = App::new().state(notes.clone()).state(Arc::new(Notify::new()));
    let app = app.mount::<Made>("/made", ()).mount::<Echo>("/echo", ()).max_connections(1);
    let server = Server::start(app.max_connections_per_address(1)).await;
    for _ in 0..3 {
        assert_eq!(shake(&server, "/made?how=refuses", &[]).await.1.status, 418);
        assert_eq!(shake(&server, "/made?how=panics", &[]).await.1.status, 500);
        // Rejected before the handler is created. This takes no permit.
        assert_eq!(shake(&server, "/made", &[("Origin", "null")]).await.1.status, 403);
    }
    let mut leaves = Raw::open(server.addr).await;
    leaves.send(&request("GET", "/made?how=waits", &HEADERS)).await;
    notes.seen("waits").await;
    assert_full(&shake(&server, "/echo", &[]).await.1, "max_connections");
    drop(leaves);
    notes.seen("left").await;
    let (mut next, response) = shake(&server, "/echo", &[]).await;
    assert_eq!(response.status, 101, "{response:?}");
    echoes(&mut next).await;
}

#[tokio::test]
async fn a_connection_has_its_place_until_terminate_has_run() {
    let (notes, end) = (Notes::default(), Arc::new(Notify::new()));
    let app = App::new().state(notes.clone()).state(end.clone());
    let server = Server::start(app.mount::<Made>("/made", ()).max_connections(1)).await;
    let (client, response) = shake(&server, "/made", &[]).await;
    assert_eq!(response.status, 101);
    drop(client);
    notes.seen("terminating").await;
    assert_full(&shake(&server, "/made", &[]).await.1, "max_connections");
    end.notify_one();
    until(|| server.app.stats().open == 0).await;
    assert_eq!(shake(&server, "/made", &[]).await.1.status, 101);
}

#[test]
fn a_bound_of_zero_stops_the_start() {
    let app = || App::new().mount::<Echo>("/", ());
    for (app, wanted) in [
        (app().max_connections(0), "`max_connections` must be at least 1"),
        (app().max_connections_per_address(0), "`max_connections_per_address` must be at least 1"),
        (app().max_half_open(0), "`max_half_open` must be at least 1"),
    ] {
        let error = app.try_into_router().unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    assert!(app().max_connections(None).max_connections_per_address(None).try_into_router().is_ok());
}
