//! A connection that replaces another one of its page, before and after its greeting.

use std::time::Duration;

use serde_json::json;
use ws_core::prelude::*;
use ws_core::{PageId, Qos};
use ws_tests::{Server, pass, until};

use crate::{KEY, PAGE, Page, VIEW, app};

/// A handler of the user's.
#[websocket("/custom")]
struct Custom;

#[websocket]
impl Custom {
    #[init]
    fn attach(_page: PageSession) -> Self {
        Self
    }

    #[text]
    fn echo(&mut self, text: String) -> String {
        text
    }
}

#[tokio::test]
async fn z9_nothing_is_sent_again_to_a_new_connection_before_its_welcome() {
    let server = Server::start(app()).await;
    let (mut first, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    session.with_qos(Qos::AtLeastOnce).send_event("n", &"a");
    let event = first.receive().await;
    pass(Duration::from_secs(6)).await;
    let mut second = Page::open(server.addr, &first.cookie, PAGE, VIEW).await;
    assert_eq!(first.closed().await.0, 4409);
    // 10 s after the message was sent over the first connection.
    pass(Duration::from_secs(5)).await;
    assert_eq!(second.hello(0).await["type"], "ws:welcome");
    assert_eq!(second.receive().await, event);
    second.send(json!({"type": "echo", "data": "x"})).await;
    assert_eq!(second.receive().await["type"], "echo", "the event came once");
}

/// It is known by its view, so the client names its page.
#[tokio::test]
async fn z9_what_is_not_acknowledged_goes_to_the_connection_of_another_handler() {
    let server = Server::start(app().mount::<Custom>("/custom", ())).await;
    let (mut first, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    session.with_qos(Qos::AtLeastOnce).send_event("n", &"a");
    let event = first.receive().await;
    let path = format!("/custom?page={PAGE}&view={VIEW}");
    let mut second = Page::to(server.addr, &path, &first.cookie).await.expect("a successful handshake");
    assert_eq!(second.hello(0).await["type"], "ws:welcome");
    assert_eq!(second.receive().await, event);
    second.send(json!("an event of its own")).await;
    assert_eq!(second.receive().await, "an event of its own");
}

#[tokio::test]
async fn a_page_receives_more_than_16_mib_that_waited() {
    let pages = Pages::new().key(KEY).queue_bytes(64 << 20);
    let server = Server::start(app().pages(pages)).await;
    let (first, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    let cookie = first.cookie.clone();
    drop(first);
    until(|| !session.is_connected()).await;
    let large = "x".repeat(1 << 20);
    for number in 0..40 {
        let qos = if number % 2 == 0 { Qos::AtMostOnce } else { Qos::ExactlyOnce };
        assert!(session.with_qos(qos).send_event("n", &(number, &large)).is_queued());
    }
    let (mut page, _) = Page::attach(server.addr, &cookie, 0).await;
    for number in 0..40 {
        assert_eq!(page.receive().await["data"][0], number);
    }
}
