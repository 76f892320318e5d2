//! Z9: messages that are acknowledged, both ways.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use ws_core::{Delivery, PageId, PageSession, Qos};
use ws_tests::gate::Gate;
use ws_tests::raw::{HEADERS, Raw, TEXT, frame};
use ws_tests::{Server, pass, until};

use crate::messages::functions::Numbers;
use crate::{PAGE, Page, VIEW, app};

async fn attached() -> (Server, Page, PageSession) {
    let server = Server::start(app()).await;
    let (page, _) = Page::attach(server.addr, "", 0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap();
    (server, page, session)
}

fn numbered(seq: u64, qos: u8, data: impl serde::Serialize) -> Value {
    json!({"seq": seq, "qos": qos, "type": "n", "data": data})
}

fn ack(seq: u64) -> Value {
    json!({"type": "ws:ack", "seq": seq})
}

#[tokio::test]
async fn z9_a_message_is_sent_again_after_10_s_until_it_is_acknowledged() {
    let (_server, mut page, session) = attached().await;
    let session = session.with_qos(Qos::AtLeastOnce);
    session.send_event("n", &"a");
    session.send_event("n", &"b");
    for data in ["a", "b"] {
        assert_eq!(page.receive().await["data"], data);
    }
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.receive().await, numbered(1, 1, "a"));
    assert_eq!(page.receive().await, numbered(2, 1, "b"));
    page.send(ack(1)).await;
    page.send(json!({"type": "echo", "data": "x"})).await;
    assert_eq!(page.receive().await["type"], "echo");
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.receive().await, numbered(2, 1, "b"), "the first is acknowledged");
    page.send(ack(2)).await;
    page.send(json!({"type": "echo", "data": "x"})).await;
    assert_eq!(page.receive().await["type"], "echo");
    pass(Duration::from_secs(25)).await;
    session.send_event("n", &"c");
    assert_eq!(page.receive().await, numbered(3, 1, "c"), "nothing is sent again");
}

#[tokio::test]
async fn z9_a_client_that_never_acknowledges_is_closed() {
    let (_server, mut page, session) = attached().await;
    session.with_qos(Qos::ExactlyOnce).send_event("n", &1);
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.receive().await, numbered(1, 2, 1));
    assert_eq!(page.receive().await, numbered(1, 2, 1));
    // The second answer comes after the server has the pong, since the ping is before the first one.
    for _ in 0..2 {
        page.send(json!({"type": "echo", "data": "x"})).await;
        assert_eq!(page.receive().await["type"], "echo");
    }
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.closed().await, (1013, "no acknowledgement; retry=0".into()));
}

/// The answer to the ping shows that the client has read the first message, whatever was sent behind the ping.
#[tokio::test]
async fn z9_a_client_that_never_acknowledges_is_closed_although_more_is_sent() {
    let (_server, mut page, session) = attached().await;
    let surely = session.with_qos(Qos::ExactlyOnce);
    surely.send_event("n", &1);
    assert_eq!(page.receive().await, numbered(1, 2, 1));
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.receive().await, numbered(1, 2, 1));
    surely.send_event("n", &2);
    assert_eq!(page.receive().await, numbered(2, 2, 2), "the ping is before it");
    for _ in 0..2 {
        page.send(json!({"type": "echo", "data": "x"})).await;
        assert_eq!(page.receive().await["type"], "echo");
    }
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.closed().await, (1013, "no acknowledgement; retry=0".into()));
}

#[tokio::test]
async fn z9_what_is_not_acknowledged_is_sent_again_on_the_next_connection() {
    let (server, mut page, session) = attached().await;
    let surely = session.with_qos(Qos::ExactlyOnce);
    for number in 1..=3 {
        surely.send_event("n", &number);
        assert_eq!(page.receive().await, numbered(number, 2, number));
    }
    page.send(ack(1)).await;
    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session.is_connected()).await;
    session.send_event("n", &"at most once");
    surely.send_event("n", &4);
    // The client has handled the second one, but its acknowledgement was lost.
    let (mut page, welcome) = Page::attach(server.addr, &cookie, 2).await;
    assert_eq!(welcome["resumed"], true);
    assert_eq!(page.receive().await, numbered(3, 2, 3));
    assert_eq!(page.receive().await, json!({"type": "n", "data": "at most once"}));
    assert_eq!(page.receive().await, numbered(4, 2, 4));
    page.send(ack(4)).await;
    page.send(json!({"type": "echo", "data": "x"})).await;
    assert_eq!(page.receive().await["type"], "echo");
    drop(page);
    let (mut page, _) = Page::attach(server.addr, &cookie, 4).await;
    surely.send_event("n", &5);
    assert_eq!(page.receive().await, numbered(5, 2, 5));
}

#[tokio::test]
async fn z9_what_was_answered_queued_does_not_give_way() {
    let (_server, mut page, session) = attached().await;
    let surely = session.with_qos(Qos::AtLeastOnce);
    for number in 1..=100 {
        assert_eq!(surely.send_event("n", &number), Delivery::Queued);
    }
    assert_eq!(surely.send_event("n", &101), Delivery::Dropped);
    assert_eq!(session.send_event("other", &()), Delivery::Queued, "it needs no room");
    for number in 1..=100 {
        assert_eq!(page.receive().await, numbered(number, 1, number));
    }
    assert_eq!(page.receive().await["type"], "other");
    // A client cannot acknowledge more than it was sent.
    page.send(ack(1000)).await;
    page.send(json!({"type": "echo", "data": "x"})).await;
    assert_eq!(page.receive().await["type"], "echo");
    assert_eq!(surely.send_event("n", &102), Delivery::Queued);
    assert_eq!(page.receive().await, numbered(101, 1, 102), "a dropped message has no number");
}

#[tokio::test]
async fn z9_an_event_of_the_client_is_handled_once() {
    let (server, mut page, _) = attached().await;
    let Numbers(numbers) = server.app.state::<Numbers>().unwrap();
    let sent = |seq: u64| json!({"type": "number", "id": seq, "data": seq * 10, "seq": seq, "qos": 2});
    page.send(sent(1)).await;
    let (one, two) = (page.receive().await, page.receive().await);
    let answer = json!({"seq": 1, "qos": 2, "type": "number", "id": 1, "data": 20});
    assert!([&one, &two].contains(&&answer) && [&one, &two].contains(&&ack(1)), "{one} {two}");
    page.send(sent(1)).await;
    assert_eq!(page.receive().await, ack(1), "it is acknowledged again");
    let cookie = page.cookie.clone();
    drop(page);
    let (mut page, welcome) = Page::attach(server.addr, &cookie, 1).await;
    assert_eq!(welcome["received"], 1);
    page.send(sent(1)).await;
    assert_eq!(page.receive().await, ack(1));
    page.send(sent(2)).await;
    page.receive().await;
    assert_eq!(*numbers.lock().unwrap(), [10, 20]);
    page.send(sent(4)).await;
    assert_eq!(page.closed().await, (4400, "a message before this one is missing".into()));
}

#[tokio::test]
async fn z9_a_burst_is_acknowledged_together() {
    let (_server, mut page, _) = attached().await;
    let burst: Vec<u8> = (1..=200)
        .flat_map(|seq| {
            let event = json!({"type": "nothing", "seq": seq, "qos": 1});
            frame(true, TEXT, event.to_string().as_bytes())
        })
        .collect();
    page.raw.send(&burst).await;
    let mut acks = 0;
    loop {
        let message = page.receive().await;
        assert_eq!(message["type"], "ws:ack");
        acks += 1;
        if message["seq"] == 200 {
            break;
        }
    }
    assert!(acks <= 20, "{acks} acknowledgements");
}

#[tokio::test]
async fn z9_a_function_is_finished_if_the_connection_is_lost() {
    let (server, mut page, session) = attached().await;
    page.send(json!({"type": "later", "id": 1, "data": 7, "seq": 1, "qos": 2})).await;
    assert_eq!(page.receive().await, ack(1), "before the function returns");
    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session.is_connected()).await;
    server.app.state::<Arc<Gate>>().unwrap().open();
    let Numbers(numbers) = server.app.state::<Numbers>().unwrap();
    until(|| *numbers.lock().unwrap() == [7]).await;
    let (mut page, _) = Page::attach(server.addr, &cookie, 0).await;
    assert_eq!(
        page.receive().await,
        json!({"seq": 1, "qos": 2, "type": "later", "id": 1}),
        "the answer waits"
    );
}

#[tokio::test]
async fn z9_a_function_that_outlives_its_connection_holds_back_the_next_one() {
    for qos in [0, 2] {
        let (server, mut page, session) = attached().await;
        page.send(json!({"type": "later", "id": 1, "data": 1, "seq": 1, "qos": 2})).await;
        assert_eq!(page.receive().await, ack(1));
        let cookie = page.cookie.clone();
        drop(page);
        until(|| !session.is_connected()).await;
        let (mut page, _) = Page::attach(server.addr, &cookie, 0).await;
        let mut next = json!({"type": "number", "id": 2, "data": 2});
        if qos > 0 {
            (next["seq"], next["qos"]) = (2.into(), qos.into());
        }
        page.send(next).await;
        // The server reads on.
        page.send(json!({"type": "ws:ping"})).await;
        assert_eq!(page.receive().await["type"], "ws:pong");
        server.app.state::<Arc<Gate>>().unwrap().open();
        while page.receive().await["id"] != 2 {}
        assert_eq!(*server.app.state::<Numbers>().unwrap().0.lock().unwrap(), [1, 2], "{qos}");
    }
}

/// Its event is acknowledged, so it is not sent again.
#[tokio::test]
async fn z9_a_call_whose_function_panics_gets_an_error() {
    for wait in [false, true] {
        let (server, mut page, session) = attached().await;
        for (seq, name) in [(1, "nothing"), (2, if wait { "panics" } else { "panics at once" })] {
            page.send(json!({"type": name, "id": seq, "data": wait, "seq": seq, "qos": 2})).await;
        }
        assert_eq!(page.closed().await.0, 1011);
        let cookie = page.cookie.clone();
        drop(page);
        until(|| !session.is_connected()).await;
        let (mut page, welcome) = Page::attach(server.addr, &cookie, 1).await;
        assert_eq!(welcome["received"], 2);
        let answer = page.receive().await;
        assert_eq!((&answer["type"], &answer["id"], &answer["seq"]), (&json!("error"), &json!(2), &json!(2)));
        assert_eq!(answer["error"]["code"], "failed");
    }
}

/// It reads all the time, and cannot acknowledge a message before it has all of it.
#[tokio::test]
async fn z9_a_client_on_a_slow_network_is_not_closed() {
    let server = Server::start(app().heartbeat(None)).await;
    let mut raw = Raw::open_with_small_buffers(server.addr).await;
    let response = raw.request("GET", &format!("/websocket?page={PAGE}&view={VIEW}"), &HEADERS).await;
    assert_eq!(response.status, 101);
    let mut page = Page { raw, cookie: String::new() };
    page.hello(0).await;
    let session = server.app.page(PageId::parse(PAGE).unwrap()).unwrap().with_qos(Qos::AtLeastOnce);
    session.send_event("n", &"x".repeat(1_000_000));
    let mut slow = vec![0; 900_000];
    for part in slow.chunks_mut(30_000) {
        page.raw.stream.read_exact(part).await.unwrap();
        pass(Duration::from_secs(1)).await;
    }
    assert!(session.is_connected());
}
