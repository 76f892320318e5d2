//! Messages of a page that the rate limit drops.

use std::time::Duration;

use serde_json::json;
use ws_core::prelude::*;
use ws_core::{Exceeded, PageId, RateLimit};
use ws_tests::{Server, pass, until};

use crate::messages::functions::Numbers;
use crate::{KEY, PAGE, Page, VIEW, app};

/// Lets three messages pass at once.
const THREE: RateLimit = RateLimit::new().messages(1).burst(3).exceeded(Exceeded::Drop);

/// Keeps the numbers that it receives.
struct Own;

#[websocket]
impl Own {
    #[init]
    fn init(_page: PageSession) -> Self {
        Self
    }

    #[text]
    fn received(&mut self, text: &str, cx: &mut Context<Self>) {
        let event: serde_json::Value = serde_json::from_str(text).expect("an event");
        cx.state::<Numbers>().0.lock().unwrap().push(event["data"].as_u64().expect("a number"));
    }
}

/// The client sends it again, since it is not acknowledged.
#[tokio::test]
async fn z9_an_event_that_the_rate_limit_drops_is_handled_once_in_its_place() {
    let own = App::new().pages(Pages::new().key(KEY)).mount::<Own>("/websocket", ());
    for app in [app(), own.state(Numbers::default())] {
        let server = Server::start(app.rate_limit(THREE)).await;
        let (mut page, _) = Page::attach(server.addr, "", 0).await;
        let sent = |seq: u64| json!({"type": "number", "data": seq, "seq": seq, "qos": 2});
        for seq in 1..=3 {
            page.send(sent(seq)).await;
        }
        until(|| server.app.stats().limited("rate_limit") == 1).await;
        pass(Duration::from_secs(3)).await;
        page.send(sent(4)).await;
        for seq in 3..=4 {
            page.send(sent(seq)).await;
        }
        let Numbers(numbers) = server.app.state::<Numbers>().unwrap();
        until(|| numbers.lock().unwrap().len() == 4).await;
        assert_eq!(*numbers.lock().unwrap(), [1, 2, 3, 4]);
        while page.receive().await != json!({"type": "ws:ack", "seq": 4}) {}
    }
}

/// The script comes back, as it does not after the 4408 of a client that sends none.
#[tokio::test]
async fn a_page_whose_hello_the_rate_limit_drops_may_come_back() {
    let server = Server::start(app().rate_limit(THREE.burst(1))).await;
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    page.send(json!({"type": "ws:ping"})).await;
    page.send(json!({"type": "ws:hello", "received": 0})).await;
    assert_eq!(page.receive().await["type"], "ws:pong");
    until(|| server.app.stats().limited("rate_limit") == 1).await;
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.closed().await.0, 1013);
    assert!(server.app.page(PageId::parse(PAGE).unwrap()).is_some());
}

/// The connections of an address take turns, and a new one reads nothing before its first.
#[tokio::test]
async fn a_page_that_waits_for_its_turn_is_not_late() {
    let limit = RateLimit::new().bytes(100);
    let server = Server::start(app().rate_limit_per_address(limit)).await;
    let (mut other, _) = Page::plain(server.addr, "").await;
    // It has used the turns of 20 s.
    other.send(json!({"type": "nothing", "data": "x".repeat(2_000)})).await;
    until(|| server.app.stats().limited("rate_limit_per_address") == 1).await;
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    page.send(json!({"type": "ws:hello", "received": 0})).await;
    pass(Duration::from_secs(25)).await;
    assert_eq!(page.receive().await["type"], "ws:welcome");
    // A client that sends none is late all the same.
    other.send(json!({"type": "nothing", "data": "x".repeat(2_000)})).await;
    until(|| server.app.stats().limited("rate_limit_per_address") == 3).await;
    let mut late = Page::open(server.addr, "", crate::OTHER, VIEW).await;
    pass(Duration::from_secs(35)).await;
    assert_eq!(late.closed().await.0, 4408);
}
