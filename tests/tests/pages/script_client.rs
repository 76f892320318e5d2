//! Z8, Z10: requests of the client script to a handler that knows nothing of pages: a page session at the path of pages,
//! and answers to its pings everywhere.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::extract::Query;
use serde::Deserialize;
use serde_json::json;
use ws_core::prelude::*;
use ws_core::{Delivery, PageId, Qos};
use ws_tests::gate::Gate;
use ws_tests::raw::Raw;
use ws_tests::{Server, until};

use crate::{KEY, OTHER, PAGE, Page, VIEW};

#[derive(Default)]
struct Seen {
    texts: Mutex<Vec<String>>,
    refuses: AtomicBool,
    ended: AtomicU64,
    gate: Gate,
}

/// Takes no page session.
struct Plain(Arc<Seen>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[expect(dead_code, reason = "the name has to be known")]
    page: Option<String>,
    #[expect(dead_code, reason = "the name has to be known")]
    view: Option<String>,
}

#[websocket]
impl Plain {
    #[init]
    fn init(State(seen): State<Arc<Seen>>, _: Query<Parameters>) -> Result<Self, &'static str> {
        if seen.refuses.load(Ordering::Relaxed) { Err("not now") } else { Ok(Self(seen)) }
    }

    #[text]
    async fn received(&mut self, text: &str) -> String {
        if text == "wait" {
            self.0.gate.passed().await;
        }
        self.0.texts.lock().unwrap().push(text.to_owned());
        text.to_uppercase()
    }

    #[outgoing]
    fn outgoing(&mut self, _: Message) -> &'static str {
        "changed"
    }

    #[terminate]
    fn terminate(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

struct Members(Arc<Seen>);

#[service]
impl Members {
    #[init]
    fn init(State(seen): State<Arc<Seen>>) -> Self {
        Self(seen)
    }

    #[incoming]
    fn received(&mut self, text: &str) {
        self.0.texts.lock().unwrap().push(text.to_owned());
    }
}

async fn server(pages: Pages) -> (Server, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let app = App::new().pages(pages.key(KEY)).state(seen.clone());
    let app = app.mount::<Plain>("/websocket", ()).mount::<Plain>("/plain", ());
    let app = app.route(ws_core::Route::service::<Members>("/members"));
    (Server::start(app).await, seen)
}

async fn open(server: &Server, path: &str) -> Raw {
    Page::to(server.addr, path, "").await.expect("a successful handshake").raw
}

async fn text(raw: &mut Raw) -> String {
    raw.read().await.expect("an open connection").text().to_owned()
}

async fn say(raw: &mut Raw, text: &str) {
    raw.frame(ws_tests::raw::TEXT, text.as_bytes()).await;
}

const PING: &str = r#"{"type":"ws:ping"}"#;
const PONG: &str = r#"{"type":"ws:pong"}"#;

#[tokio::test]
async fn z8_the_page_of_the_script_is_attached_to_a_handler_of_the_users() {
    let (server, seen) = server(Pages::new()).await;
    let (mut page, welcome) = Page::attach(server.addr, "", 0).await;
    assert_eq!((&welcome["type"], &welcome["page"]), (&json!("ws:welcome"), &json!(PAGE)));
    let event = json!({"type": "say", "seq": 1, "qos": 2});
    page.send(event.clone()).await;
    assert_eq!(page.receive().await, json!({"type": "ws:ack", "seq": 1}));
    until(|| *seen.texts.lock().unwrap() == [event.to_string()]).await;
    page.raw.read().await.expect("the reply");
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    assert_eq!(session.with_qos(Qos::ExactlyOnce).send_event("now", &1), Delivery::Queued);
    assert_eq!(page.receive().await, json!({"seq": 1, "qos": 2, "type": "now", "data": 1}));
    // `#[outgoing]` replaces only events that the client does not acknowledge.
    assert_eq!(session.send_event("now", &2), Delivery::Queued);
    assert_eq!(text(&mut page.raw).await, "changed");
    // On another path, the handler has to ask for it.
    let mut other = open(&server, &format!("/plain?page={OTHER}&view={VIEW}")).await;
    say(&mut other, "hello").await;
    assert_eq!(text(&mut other).await, "HELLO");
    assert!(server.app.page(PageId::parse(OTHER).unwrap()).is_none());
}

#[tokio::test]
async fn a_query_that_names_no_page_is_the_handlers_own() {
    let (server, _) = server(Pages::new()).await;
    for query in ["", "?page=3", "?page=3&view=full"] {
        let mut raw = open(&server, &format!("/websocket{query}")).await;
        say(&mut raw, r#"{"type":"ws:hello"}"#).await;
        assert_eq!(text(&mut raw).await, r#"{"TYPE":"WS:HELLO"}"#);
    }
    assert_eq!(server.app.stats().pages, 0);
}

#[tokio::test]
async fn a_handshake_that_init_refuses_leaves_the_page_alone() {
    let (server, seen) = server(Pages::new()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    seen.refuses.store(true, Ordering::Relaxed);
    let path = format!("/websocket?page={PAGE}&view={VIEW}");
    assert!(Page::to(server.addr, &path, &page.cookie).await.is_err());
    page.send(json!({"type": "ws:ping"})).await;
    assert_eq!(page.receive().await, json!({"type": "ws:pong"}));
}

#[tokio::test]
async fn a_page_too_many_is_refused_after_init_and_terminate_runs() {
    let (server, seen) = server(Pages::new().max_pages(1)).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let path = format!("/websocket?page={OTHER}&view={OTHER}");
    let refused = Page::to(server.addr, &path, "").await.err().expect("no room for a page");
    assert_eq!((refused.status, &*refused.body), (503, "too many pages"));
    until(|| seen.ended.load(Ordering::Relaxed) == 1).await;
    page.send(json!({"type": "ws:ping"})).await;
    assert_eq!(page.receive().await, json!({"type": "ws:pong"}));
}

#[tokio::test]
async fn z10_pings_of_the_script_are_answered_on_every_connection() {
    let (server, seen) = server(Pages::new()).await;
    let mut raw = open(&server, "/plain?ws-ping=1").await;
    assert_eq!(text(&mut raw).await, PONG, "the server says that it answers");
    say(&mut raw, PING).await;
    assert_eq!(text(&mut raw).await, PONG);
    // Also while a callback is pending.
    say(&mut raw, "wait").await;
    say(&mut raw, PING).await;
    assert_eq!(text(&mut raw).await, PONG);
    seen.gate.open();
    assert_eq!(text(&mut raw).await, "WAIT");
    // Nothing else is kept from the handler.
    for other in [r#"{"type": "ws:ping"}"#, r#"{"type":"ws:ping","id":1}"#, PONG] {
        say(&mut raw, other).await;
        assert_eq!(text(&mut raw).await, other.to_uppercase());
    }

    let mut member = open(&server, "/members?ws-ping=1").await;
    assert_eq!(text(&mut member).await, PONG);
    seen.texts.lock().unwrap().clear();
    say(&mut member, "one").await;
    say(&mut member, PING).await;
    assert_eq!(text(&mut member).await, PONG);
    until(|| *seen.texts.lock().unwrap() == ["one"]).await;
}

#[tokio::test]
async fn pings_are_messages_to_a_handler_whose_client_asks_for_no_answers() {
    let (server, _) = server(Pages::new()).await;
    let mut raw = open(&server, "/plain").await;
    say(&mut raw, PING).await;
    assert_eq!(text(&mut raw).await, PING.to_uppercase());
}
