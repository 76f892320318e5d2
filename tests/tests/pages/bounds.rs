//! The bounds of page sessions, and their options.

use std::time::Duration;

use serde_json::json;
use ws_core::prelude::*;
use ws_tests::{Server, jump, until};

use crate::{OTHER, PAGE, Page, VIEW, page_of};

fn app(pages: Pages) -> App {
    App::new().pages(pages)
}

#[tokio::test]
async fn the_page_that_was_lost_first_gives_way_to_a_new_one() {
    let server = Server::start(app(Pages::new().max_pages(2))).await;
    let (lost, welcome) = Page::plain(server.addr, "").await;
    let lost_id = page_of(&welcome);
    let (_other, welcome) = Page::plain(server.addr, "").await;
    let other = page_of(&welcome);
    let full = Page::to(server.addr, "/websocket", "").await.err().expect("both are connected");
    assert_eq!(full.status, 503);
    drop(lost);
    until(|| !server.app.page(lost_id).unwrap().is_connected()).await;
    let (_new, _) = Page::plain(server.addr, "").await;
    assert!(server.app.page(lost_id).is_none());
    assert!(server.app.page(other).unwrap().is_connected());
    let stats = server.app.stats();
    assert_eq!((stats.pages, stats.limited("max_pages"), stats.rejected(503)), (2, 2, 1));
}

#[tokio::test]
async fn one_browser_has_only_so_many_pages() {
    let server = Server::start(app(Pages::new().max_pages_per_session(1))).await;
    let (first, _) = Page::plain(server.addr, "").await;
    let full = Page::to(server.addr, "/websocket", &first.cookie).await.err().expect("one is connected");
    assert_eq!(full.status, 503);
    assert!(Page::to(server.addr, "/websocket", "").await.is_ok(), "another browser");
    let cookie = first.cookie.clone();
    drop(first);
    until(|| server.app.stats().open == 0).await;
    assert!(Page::to(server.addr, "/websocket", &cookie).await.is_ok());
    assert_eq!(server.app.stats().limited("max_pages_per_session"), 2);
}

#[tokio::test]
async fn the_queue_is_bounded_by_bytes_too() {
    let server = Server::start(app(Pages::new().queue_bytes(1000).queue_messages(1000))).await;
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    let session = server.app.page(ws_core::PageId::parse(PAGE).unwrap()).unwrap();
    for number in 0..30 {
        session.send_event("n", &number);
    }
    page.hello(0).await;
    let first = page.receive().await["data"].as_u64().unwrap();
    assert!((10..30).contains(&first), "{first}");
    for number in first + 1..30 {
        assert_eq!(page.receive().await, json!({"type": "n", "data": number}));
    }
}

#[test]
fn options_of_zero_and_short_keys_stop_the_start() {
    for (pages, wanted) in [
        (
            Pages::new().key("short"),
            "`Pages::key`: the key has 5 bytes, and it needs at least 32 random ones; `openssl rand -base64 48` prints \
             such a key",
        ),
        (Pages::new().queue_messages(0), "`Pages::queue_messages` must be more than 0"),
        (Pages::new().max_pages(0), "`Pages::max_pages` must be more than 0"),
        (
            Pages::new().session_lifetime(Duration::from_millis(5)),
            "`Pages::session_lifetime` must be at least 1 s",
        ),
    ] {
        assert_eq!(app(pages).try_into_router().unwrap_err().to_string(), wanted);
    }
}

#[tokio::test]
async fn events_that_cannot_be_sent_are_dropped() {
    let server = Server::start(app(Pages::new())).await;
    let (mut page, welcome) = Page::plain(server.addr, "").await;
    let session = server.app.page(page_of(&welcome)).unwrap();
    assert_eq!(session.send_event("ws:welcome", &1), ws_core::Delivery::Dropped);
    let bad = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert_eq!(session.send_event("bad", &bad), ws_core::Delivery::Dropped);
    assert_eq!(server.app.session(session.session_id()).send_event("ws:x", &1).dropped, 1);
    assert!(server.app.hub().publish_event("topic", "ws:x", &1).is_err());
    assert_eq!(server.app.stats().dropped, 3);
    session.send_event("good", &OTHER);
    assert_eq!(page.receive().await, json!({"type": "good", "data": OTHER}));
}

#[tokio::test]
async fn a_page_may_wait_for_ever() {
    let pages = Pages::new().linger(Duration::MAX).session_lifetime(Duration::MAX);
    let server = Server::start(app(pages)).await;
    let (page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(ws_core::PageId::parse(PAGE).unwrap()).unwrap();
    session.subscribe("topic");
    let cookie = page.cookie.clone();
    drop(page);
    until(|| server.app.hub().count("topic") == 0).await;
    jump(Duration::from_secs(1_000_000)).await;
    let (_, welcome) = Page::attach(server.addr, &cookie, 0).await;
    assert_eq!(welcome["resumed"], true);
}
