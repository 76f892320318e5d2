//! The client script's own messages while a function is pending.

use std::sync::Arc;

use serde_json::{Value, json};
use ws_core::{Delivery, PageId, Qos};
use ws_tests::Server;
use ws_tests::gate::Gate;

use crate::{PAGE, Page, app};

/// Sends an event whose function is pending until the gate opens, and `behind` others.
async fn pending(page: &mut Page, qos: u8, behind: u64) {
    let mut later = json!({"type": "later", "id": 0, "data": 0});
    if qos > 0 {
        (later["seq"], later["qos"]) = (1.into(), qos.into());
    }
    page.send(later).await;
    if qos > 0 {
        assert_eq!(page.receive().await, json!({"type": "ws:ack", "seq": 1}));
    }
    for number in 1..=behind {
        page.send(json!({"type": "number", "id": number, "data": number})).await;
    }
}

#[tokio::test]
async fn a_ping_of_the_script_is_answered_while_a_function_is_pending() {
    for qos in [0, 2] {
        let server = Server::start(app()).await;
        let (mut page, _) = Page::attach(server.addr, "", 0).await;
        pending(&mut page, qos, 90).await;
        for _ in 0..2 {
            page.send(json!({"type": "ws:ping"})).await;
            assert_eq!(page.receive().await, json!({"type": "ws:pong"}), "QoS {qos}");
        }
        server.app.state::<Arc<Gate>>().unwrap().open();
        let mut answers = Vec::new();
        while answers.len() <= 90 {
            let answer = page.receive().await;
            assert_ne!(answer["type"], "ws:pong", "once for each ping");
            if let Value::Number(id) = &answer["id"] {
                answers.push(id.as_u64().unwrap());
            }
        }
        if qos == 0 {
            assert_eq!(answers, (0..=90).collect::<Vec<_>>(), "in order");
        }
    }
}

#[tokio::test]
async fn z9_an_acknowledgement_counts_while_a_function_is_pending() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap().with_qos(Qos::ExactlyOnce);
    pending(&mut page, 0, 10).await;
    for number in 1..=100 {
        assert_eq!(session.send_event("n", &number), Delivery::Queued);
        page.receive().await;
    }
    assert_eq!(session.send_event("n", &101), Delivery::Dropped);
    page.send(json!({"type": "ws:ack", "seq": 100})).await;
    page.send(json!({"type": "ws:ping"})).await;
    assert_eq!(page.receive().await["type"], "ws:pong");
    assert_eq!(session.send_event("n", &102), Delivery::Queued);
}

/// More events than are read ahead wait in the sockets, and none is lost.
#[tokio::test]
async fn events_behind_a_pending_function_are_bounded_and_not_lost() {
    let server = Server::start(app()).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    pending(&mut page, 0, 500).await;
    server.app.state::<Arc<Gate>>().unwrap().open();
    for number in 0..=500 {
        assert_eq!(page.receive().await["id"], number);
    }
}
