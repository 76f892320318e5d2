//! A server that drains while pages are connected.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use ws_core::PageId;
use ws_tests::gate::Gate;
use ws_tests::{PATIENCE, Server, drained, until, within};

use crate::messages::functions::Numbers;
use crate::{Page, app};

#[tokio::test]
async fn functions_that_wait_are_finished_before_a_drain_ends() {
    let server = Server::start(app()).await;
    let mut pages = Vec::new();
    for (qos, lost) in [(0, false), (1, false), (2, true)] {
        let (mut page, welcome) = Page::attach(server.addr, "", 0).await;
        let mut later = json!({"type": "later", "id": 1, "data": qos});
        if qos > 0 {
            (later["seq"], later["qos"]) = (1.into(), qos.into());
        }
        page.send(later).await;
        if qos > 0 {
            assert_eq!(page.receive().await["type"], "ws:ack");
        }
        page.send(json!({"type": "ws:ping"})).await;
        assert_eq!(page.receive().await["type"], "ws:pong");
        let session = server.app.page(PageId::parse(welcome["page"].as_str().unwrap()).unwrap()).unwrap();
        if lost {
            drop(page);
            until(|| !session.is_connected()).await;
        } else {
            pages.push(page);
        }
    }
    let app = server.app.clone();
    let mut drain = tokio::spawn(async move { app.drain(PATIENCE).await });
    let gate = server.app.state::<Arc<Gate>>().unwrap();
    // The gate lets them pass in the order in which they came, and the one without a connection is the last.
    (0..2).for_each(|_| gate.open());
    for page in &mut pages {
        assert_eq!(page.closed().await.0, 1001);
    }
    drop(pages);
    until(|| server.app.stats().open == 0).await;
    assert!(timeout(Duration::from_millis(300), &mut drain).await.is_err(), "one function waits");
    gate.open();
    assert_eq!(drained(&within(drain).await.unwrap()), (2, 0, 0));
    let Numbers(numbers) = server.app.state::<Numbers>().unwrap();
    assert_eq!(*numbers.lock().unwrap(), [0, 1, 2]);
}
