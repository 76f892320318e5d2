//! Z8: how a page attaches to its page session, is away, and comes back.

use std::time::Duration;

use serde_json::json;
use ws_core::prelude::*;
use ws_core::{BadPayload, Delivery, PageId};
use ws_tests::{Server, jump, pass, until};

use crate::{OTHER, PAGE, Page, VIEW, app, page_of};

fn event(name: &str, data: impl serde::Serialize) -> serde_json::Value {
    json!({"type": name, "data": data})
}

#[tokio::test]
async fn z8_a_page_receives_in_order_what_was_sent_while_it_was_away() {
    let server = Server::start(app()).await;
    let (mut page, welcome) = Page::attach(server.addr, "", 0).await;
    assert_eq!(welcome["resumed"], false);
    assert_eq!(welcome["page"], PAGE);
    let session = server.app.page(PageId::parse(PAGE).unwrap()).expect("the page session");
    assert!(session.send_event("now", &0).is_queued());
    assert_eq!(page.receive().await, event("now", 0));

    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session.is_connected()).await;
    for number in 1..=20 {
        assert_eq!(session.send_event("now", &number), Delivery::Queued);
    }
    let (mut page, welcome) = Page::attach(server.addr, &cookie, 0).await;
    assert_eq!(welcome["resumed"], true);
    for number in 1..=20 {
        assert_eq!(page.receive().await, event("now", number));
    }
    session.send_event("now", &21);
    assert_eq!(page.receive().await, event("now", 21));
}

#[tokio::test]
async fn z8_a_page_session_ends_two_minutes_after_the_last_detach() {
    let server = Server::start(app()).await;
    let (page, welcome) = Page::attach(server.addr, "", 0).await;
    let (id, cookie) = (page_of(&welcome), page.cookie.clone());
    // A page that is connected does not end, however long that is.
    pass(Duration::from_secs(50)).await;
    drop(page);
    let session = server.app.page(id).unwrap();
    until(|| !session.is_connected()).await;
    jump(Duration::from_secs(119)).await;
    let (page, welcome) = Page::attach(server.addr, &cookie, 0).await;
    assert_eq!(welcome["resumed"], true, "after 119 s");
    drop(page);
    until(|| !session.is_connected()).await;
    assert_eq!(server.app.stats().pages, 1);
    jump(Duration::from_secs(118)).await;
    tokio::task::yield_now().await;
    assert!(!session.has_ended(), "118 s after the second detach");
    jump(Duration::from_secs(3)).await;
    until(|| session.has_ended()).await;
    assert_eq!(session.send_event("late", &()), Delivery::Gone);
    assert!(server.app.page(id).is_none());
    assert_eq!(server.app.stats().pages, 0);
    let (_, welcome) = Page::attach(server.addr, &cookie, 7).await;
    assert_eq!((&welcome["resumed"], &welcome["received"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn z8_at_most_100_messages_wait_and_the_oldest_give_way() {
    let server = Server::start(app()).await;
    let (page, welcome) = Page::attach(server.addr, "", 0).await;
    let (session, cookie) = (server.app.page(page_of(&welcome)).unwrap(), page.cookie.clone());
    drop(page);
    until(|| !session.is_connected()).await;
    for number in 0..103 {
        assert!(session.send_event("n", &number).is_queued());
    }
    assert_eq!(server.app.stats().dropped, 3);
    assert_eq!(session.send_event("large", &"x".repeat(2 << 20)), Delivery::Dropped);
    let (mut page, _) = Page::attach(server.addr, &cookie, 0).await;
    for number in 3..103 {
        assert_eq!(page.receive().await, event("n", number));
    }
}

#[tokio::test]
async fn z8_messages_wait_until_the_hello() {
    let server = Server::start(app()).await;
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    assert!(session.send_event("early", &1).is_queued());
    assert_eq!(page.hello(0).await["type"], "ws:welcome");
    assert_eq!(page.receive().await, event("early", 1));
}

#[tokio::test]
async fn z8_sending_reaches_a_page_and_a_session() {
    let server = Server::start(app()).await;
    let (mut one, welcome) = Page::plain(server.addr, "").await;
    let (mut two, _) = Page::plain(server.addr, &one.cookie).await;
    let (mut stranger, _) = Page::plain(server.addr, "").await;
    let session = server.app.page(page_of(&welcome)).unwrap().session_id();
    let group = server.app.session(session);
    assert_eq!(group.pages().len(), 2);
    assert_eq!(group.send_event("both", &1).queued, 2);
    assert_eq!(one.receive().await, event("both", 1));
    assert_eq!(two.receive().await, event("both", 1));
    server.app.page(page_of(&welcome)).unwrap().send_event("one", &2);
    assert_eq!(one.receive().await, event("one", 2));
    two.send(json!({"type": "echo", "id": 1, "data": "x"})).await;
    assert_eq!(two.receive().await["id"], 1, "nothing in between");
    stranger.send(json!({"type": "echo", "id": 1, "data": "x"})).await;
    assert_eq!(stranger.receive().await["id"], 1);
    assert!(server.app.user("nobody").is_empty());
}

#[tokio::test]
async fn a_client_without_a_page_gets_one_and_is_welcome_at_once() {
    let server = Server::start(app()).await;
    let (mut page, welcome) = Page::plain(server.addr, "").await;
    assert_eq!(welcome["type"], "ws:welcome");
    assert!(server.app.page(page_of(&welcome)).unwrap().is_connected());
    page.send(json!({"type": "echo", "id": 1, "data": "hi"})).await;
    assert_eq!(page.receive().await, json!({"type": "echo", "id": 1, "data": "hi"}));
}

#[tokio::test]
async fn a_duplicated_tab_gets_a_page_of_its_own() {
    let server = Server::start(app()).await;
    let (mut first, _) = Page::attach(server.addr, "", 0).await;
    let mut second = Page::open(server.addr, &first.cookie, PAGE, OTHER).await;
    let welcome = second.hello(0).await;
    assert_ne!(welcome["page"], PAGE);
    assert_eq!(welcome["resumed"], false);
    first.send(json!({"type": "echo", "id": 1, "data": "still here"})).await;
    assert_eq!(first.receive().await["data"], "still here");
}

#[tokio::test]
async fn the_page_id_of_another_session_is_another_page() {
    let server = Server::start(app()).await;
    let (first, _) = Page::attach(server.addr, "", 0).await;
    let id = PageId::parse(PAGE).unwrap();
    let session = server.app.page(id).unwrap();
    let (mut thief, welcome) = Page::attach(server.addr, "", 0).await;
    assert_ne!(welcome["page"], PAGE);
    drop(first);
    until(|| !session.is_connected()).await;
    session.send_event("secret", &1);
    thief.send(json!({"type": "echo", "id": 1, "data": 1.5})).await;
    assert_eq!(thief.receive().await["type"], "error", "a number is no text, and nothing else arrived");
}

#[tokio::test]
async fn a_newer_connection_of_the_same_view_replaces_the_older() {
    let server = Server::start(app()).await;
    let (mut older, _) = Page::attach(server.addr, "", 0).await;
    let (mut newer, welcome) = Page::attach(server.addr, &older.cookie, 0).await;
    assert_eq!((&welcome["resumed"], &welcome["page"]), (&json!(true), &json!(PAGE)));
    assert_eq!(older.closed().await, (4409, "replaced by a newer connection".into()));
    drop(older);
    until(|| server.app.stats().open == 1).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    assert!(session.is_connected());
    session.send_event("n", &1);
    assert_eq!(newer.receive().await, event("n", 1));
}

#[tokio::test]
async fn a_client_that_sends_no_hello_is_closed() {
    let server = Server::start(app()).await;
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.closed().await, (4408, "`ws:hello` did not arrive in time".into()));
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    page.send(json!({"type": "echo", "data": "hi"})).await;
    assert_eq!(page.closed().await.0, 4400);
}

#[tokio::test]
async fn ids_that_are_none_are_400() {
    let server = Server::start(app()).await;
    for query in ["page=short&view=x", "page=PAGEpagePAGEpagePAGEpQ", "view=PAGEpagePAGEpagePAGEpQ"] {
        let response = Page::to(server.addr, &format!("/websocket?{query}"), "").await.err().unwrap();
        assert_eq!(response.status, 400, "{query}");
    }
}

/// Takes part in the page session of its client.
struct Own {
    page: PageSession,
}

#[websocket]
impl Own {
    #[init]
    fn init(page: PageSession, _again: PageSession, session: BrowserSession) -> Self {
        assert_eq!(page.session_id(), session.id());
        Self { page }
    }

    #[message]
    fn whoami(&mut self) -> String {
        self.page.id().to_string()
    }

    #[error]
    fn bad(&mut self, bad: BadPayload) -> String {
        json!({"type": "bad", "data": bad.to_string()}).to_string()
    }
}

#[tokio::test]
async fn z8_a_handler_of_the_users_takes_the_place_of_the_default_one() {
    let before = app().mount::<Own>("/websocket", ());
    let after = App::new().mount::<Own>("/websocket", ()).pages(Pages::new());
    for app in [before, after] {
        let server = Server::start(app).await;
        let (mut page, welcome) = Page::attach(server.addr, "", 0).await;
        assert_eq!(welcome["page"], PAGE);
        page.send(json!({"type": "ws:hello", "received": 0, "topics": {}})).await;
        page.send(json!({"type": "ws:ping"})).await;
        assert_eq!(page.receive().await, json!({"type": "ws:pong"}), "a second hello has no answer");
        page.send(json!({"type": "whoareyou"})).await;
        assert_eq!(page.receive().await, json!({"type": "bad", "data": "unknown type `whoareyou`"}));
        page.send(json!({"type": "whoami", "id": 1})).await;
        assert_eq!(page.receive().await, json!({"type": "whoami", "id": 1, "data": PAGE}));
        let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
        session.send_event("n", &1);
        assert_eq!(page.receive().await, event("n", 1));
        // The queue works for it too.
        let cookie = page.cookie.clone();
        drop(page);
        until(|| !session.is_connected()).await;
        session.send_event("n", &3);
        let (mut page, welcome) = Page::attach(server.addr, &cookie, 0).await;
        assert_eq!(welcome["resumed"], true);
        assert_eq!(page.receive().await, event("n", 3));
    }
}

#[test]
fn a_page_id_is_a_string_in_json() {
    let id = PageId::parse(PAGE).unwrap();
    assert_eq!(json!({"page": id}), json!({"page": PAGE}));
    assert_eq!(serde_json::from_value::<PageId>(json!(PAGE)).unwrap(), id);
    let bad = serde_json::from_value::<PageId>(json!("page 7")).unwrap_err();
    assert_eq!(bad.to_string(), "a page id has 22 characters of base64url");
}
