//! The topics that pages are subscribed to.

use serde_json::json;
use ws_core::PageId;
use ws_tests::{Server, until};

use crate::{PAGE, Page, app};

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
