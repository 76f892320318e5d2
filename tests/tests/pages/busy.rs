//! Acknowledgements that wait behind a function that is pending.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use ws_core::{PageId, Qos};
use ws_tests::gate::Gate;
use ws_tests::{Server, pass};

use crate::{PAGE, Page, app};

#[tokio::test]
async fn z9_a_client_whose_acknowledgement_waits_behind_a_function_stays_connected() {
    for qos in [0, 2] {
        let server = Server::start(app()).await;
        let (mut page, _) = Page::attach(server.addr, "", 0).await;
        let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
        let mut later = json!({"type": "later", "id": 1, "data": 7});
        if qos > 0 {
            (later["seq"], later["qos"]) = (1.into(), qos.into());
        }
        page.send(later).await;
        if qos > 0 {
            assert_eq!(page.receive().await["type"], "ws:ack");
        }
        session.with_qos(Qos::ExactlyOnce).send_event("n", &"a");
        assert_eq!(page.receive().await["data"], "a");
        page.send(json!({"type": "ws:ack", "seq": 1})).await;
        pass(Duration::from_secs(25)).await;
        server.app.state::<Arc<Gate>>().unwrap().open();
        let answer = page.receive().await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("later"), &json!(1)), "{answer}");
        if qos > 0 {
            page.send(json!({"type": "ws:ack", "seq": 2})).await;
        }
        // Everything is acknowledged now, so nothing is sent again.
        pass(Duration::from_secs(12)).await;
        page.send(json!({"type": "echo", "data": "x"})).await;
        loop {
            let message = page.receive().await;
            match message["type"].as_str() {
                Some("ws:ack") => {}
                other => break assert_eq!(other, Some("echo"), "{message}"),
            }
        }
    }
}
