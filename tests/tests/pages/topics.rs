//! The topics that pages are subscribed to.

use serde_json::json;
use ws_core::{History, PageId, TopicError};
use ws_tests::{Server, until};

use crate::{PAGE, Page, app, page_of};

#[tokio::test]
async fn a_page_stays_subscribed_over_a_reconnect() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    assert!(session.subscribe("chat/red"));
    assert!(!session.subscribe("chat/red"));
    let hub = server.app.hub();
    assert_eq!(hub.publish_event("chat/red", "said", &"hi").unwrap().queued, 1);
    let said = json!({"type": "said", "data": "hi", "topic": "chat/red"});
    assert_eq!(page.receive().await, said);

    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session.is_connected()).await;
    assert_eq!(hub.count("chat/red"), 0);
    assert!(session.subscribe("chat/blue"), "while it is away");
    let (mut page, welcome) = Page::attach(server.addr, &cookie, 0).await;
    let topics = json!({"chat/blue": {"recovered": false}, "chat/red": {"recovered": false}});
    assert_eq!(welcome["topics"], topics);
    hub.publish_event("chat/red", "said", &"hi").unwrap();
    assert_eq!(page.receive().await, said);
    assert_eq!(hub.publish_event("chat/blue", "said", &"hi").unwrap().queued, 1);
    assert_eq!(page.receive().await["topic"], "chat/blue");

    assert!(session.unsubscribe("chat/red"));
    assert!(!session.unsubscribe("chat/red"));
    assert_eq!(hub.publish_event("chat/red", "said", &"hi").unwrap().queued, 0);
}

#[tokio::test]
async fn a_name_that_is_too_long_does_not_close_the_page_again_and_again() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    let long = "x".repeat(257);
    assert!(!session.subscribe(&long));
    assert!(matches!(session.subscribe_from(&long, None), Err(TopicError::NoHistory(_))));
    assert!(session.subscribe(&long[1..]));
    for _ in 0..2 {
        page.send(json!({"type": "echo", "id": 1, "data": "x"})).await;
        assert_eq!(page.receive().await["type"], "echo");
        let cookie = page.cookie.clone();
        drop(page);
        until(|| !session.is_connected()).await;
        (page, _) = Page::attach(server.addr, &cookie, 0).await;
    }
}

#[tokio::test]
async fn a_page_that_is_not_subscribed_is_told_so() {
    let server = Server::start(app().history("*", History::new())).await;
    let (_page, welcome) = Page::plain(server.addr, "").await;
    let session = server.app.page(page_of(&welcome)).unwrap();
    for number in 0..1024 {
        assert!(session.subscribe(&number.to_string()));
    }
    assert!(!session.subscribe("one more"));
    assert!(matches!(session.subscribe_from("one more", None), Err(TopicError::OutOfBounds)));
    assert!(session.is_connected());
    assert_eq!(server.app.hub().count("one more"), 0);
    session.unsubscribe("7");
    assert!(session.subscribe_from("one more", None).is_ok());
    assert_eq!(server.app.hub().count("one more"), 1);
}
