//! A handler of the user's at the path of pages: the client script speaks its protocol with the page session, and the
//! handler receives the events.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use ws_core::prelude::*;
use ws_core::{Delivery, History, PageId, Qos};
use ws_tests::gate::Gate;
use ws_tests::{Server, pass, until};

use crate::{KEY, OTHER, PAGE, Page, VIEW};

type Texts = Arc<Mutex<Vec<String>>>;

/// Keeps the texts that it receives.
struct Own {
    texts: Texts,
    gate: Arc<Gate>,
}

#[websocket]
impl Own {
    #[init]
    fn init(page: PageSession, State(texts): State<Texts>, State(gate): State<Arc<Gate>>) -> Self {
        page.subscribe("room");
        Self { texts, gate }
    }

    #[text]
    async fn received(&mut self, text: &str) -> Option<String> {
        if text == "wait" {
            self.gate.passed().await;
        }
        self.texts.lock().unwrap().push(text.to_owned());
        text.contains("echo").then(|| text.to_owned())
    }
}

async fn server() -> Server {
    let app = App::new().pages(Pages::new().key(KEY)).mount::<Own>("/websocket", ());
    let app = app.history("room", History::new().stamp_json());
    Server::start(app.state(Texts::default()).state(Arc::new(Gate::new()))).await
}

fn texts(server: &Server) -> Vec<String> {
    server.app.state::<Texts>().unwrap().lock().unwrap().clone()
}

fn session(server: &Server) -> PageSession {
    server.app.page(PageId::parse(PAGE).unwrap()).unwrap()
}

fn numbered(seq: u64, data: u64) -> Value {
    json!({"seq": seq, "qos": 2, "type": "n", "data": data})
}

#[tokio::test]
async fn z9_a_page_with_a_handler_of_the_users_receives_exactly_once() {
    let server = server().await;
    let (mut page, welcome) = Page::attach(server.addr, "", 0).await;
    assert_eq!((&welcome["type"], &welcome["resumed"]), (&json!("ws:welcome"), &json!(false)));
    let surely = session(&server).with_qos(Qos::ExactlyOnce);
    for number in 1..=3 {
        assert_eq!(surely.send_event("n", &number), Delivery::Queued);
        assert_eq!(page.receive().await, numbered(number, number));
    }
    page.send(json!({"type": "ws:ack", "seq": 1})).await;
    page.send(json!({"type": "ws:ping"})).await;
    assert_eq!(page.receive().await, json!({"type": "ws:pong"}));
    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session(&server).is_connected()).await;
    let (mut page, welcome) = Page::attach(server.addr, &cookie, 2).await;
    assert_eq!(welcome["resumed"], true);
    assert_eq!(page.receive().await, numbered(3, 3), "the client has handled the second");
    // Again after 10 s, and a client that never acknowledges is closed.
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.receive().await, numbered(3, 3));
    // The second answer comes after the server has the pong, since the ping is before the first one.
    for _ in 0..2 {
        page.send(json!({"type": "ws:ping"})).await;
        assert_eq!(page.receive().await, json!({"type": "ws:pong"}));
    }
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.closed().await, (1013, "no acknowledgement; retry=0".into()));
    assert_eq!(texts(&server), [""; 0], "the handler receives nothing of it");
}

#[tokio::test]
async fn z9_a_handler_of_the_users_receives_an_event_once() {
    let server = server().await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    for seq in [1, 1, 2] {
        page.send(numbered(seq, seq)).await;
        assert_eq!(page.receive().await, json!({"type": "ws:ack", "seq": seq}));
    }
    let cookie = page.cookie.clone();
    drop(page);
    let (mut page, welcome) = Page::attach(server.addr, &cookie, 0).await;
    assert_eq!(welcome["received"], 2);
    page.send(numbered(2, 2)).await;
    assert_eq!(page.receive().await, json!({"type": "ws:ack", "seq": 2}));
    let wanted = [numbered(1, 1), numbered(2, 2)].map(|event| event.to_string());
    assert_eq!(texts(&server), wanted);
    page.send(numbered(4, 4)).await;
    assert_eq!(page.closed().await, (4400, "a message before this one is missing".into()));
}

#[tokio::test]
async fn a_client_of_the_users_handler_that_sends_no_hello_is_closed() {
    let server = server().await;
    let (mut greeted, _) = Page::attach(server.addr, "", 0).await;
    let mut page = Page::open(server.addr, "", OTHER, VIEW).await;
    pass(Duration::from_secs(11)).await;
    assert_eq!(page.closed().await, (4408, "`ws:hello` did not arrive in time".into()));
    greeted.send(json!({"type": "ws:ping"})).await;
    assert_eq!(greeted.receive().await, json!({"type": "ws:pong"}));
}

/// The time of the hello begins with the connection, not while the join waits.
#[tokio::test]
async fn a_client_that_a_busy_service_keeps_waiting_is_not_late() {
    let server = slow().await;
    let (mut first, _) = Page::attach(server.addr, "", 0).await;
    first.send(numbered(1, 1)).await;
    assert_eq!(first.receive().await, json!({"type": "ws:ack", "seq": 1}));
    let addr = server.addr;
    let second = tokio::spawn(async move { Page::open(addr, "", OTHER, VIEW).await });
    until(|| server.app.stats().pages == 2).await;
    pass(Duration::from_secs(6)).await;
    open_gate(&server);
    let mut second = second.await.unwrap();
    pass(Duration::from_secs(6)).await;
    assert_eq!(second.hello(0).await["type"], "ws:welcome");
    pass(Duration::from_secs(15)).await;
    second.send(json!({"type": "ws:ping"})).await;
    assert_eq!(second.receive().await, json!({"type": "ws:pong"}));
}

#[tokio::test]
async fn the_protocol_goes_on_while_a_callback_of_the_users_is_pending() {
    let server = server().await;
    let mut page = Page::open(server.addr, "", PAGE, VIEW).await;
    page.raw.frame(ws_tests::raw::TEXT, b"wait").await;
    assert_eq!(page.hello(0).await["type"], "ws:welcome");
    session(&server).with_qos(Qos::AtLeastOnce).send_event("n", &1);
    assert_eq!(page.receive().await["seq"], 1);
    page.send(numbered(1, 1)).await;
    page.send(json!({"type": "ws:ack", "seq": 1})).await;
    page.send(json!({"type": "ws:ping"})).await;
    assert_eq!(page.receive().await, json!({"type": "ws:pong"}));
    assert_eq!(texts(&server), [""; 0]);
    server.app.state::<Arc<Gate>>().unwrap().open();
    assert_eq!(page.receive().await, json!({"type": "ws:ack", "seq": 1}), "when the callback receives it");
    until(|| texts(&server).len() == 2).await;
}

#[tokio::test]
async fn a_page_with_a_handler_of_the_users_recovers_its_topics() {
    let server = server().await;
    let hub = server.app.hub();
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    hub.publish_event("room", "said", &1).unwrap();
    let position = page.receive().await["position"].clone();
    let cookie = page.cookie.clone();
    drop(page);
    until(|| !session(&server).is_connected()).await;
    for number in 2..=4 {
        hub.publish_event("room", "said", &number).unwrap();
    }
    let mut page = Page::open(server.addr, &cookie, PAGE, VIEW).await;
    let welcome = page.hello_at(0, json!({"room": position})).await;
    assert_eq!(welcome["topics"]["room"]["recovered"], true, "{welcome}");
    for number in 2..=4 {
        assert_eq!(page.receive().await["data"], number);
    }
}

/// A client without a page id may have a protocol of its own.
#[tokio::test]
async fn a_client_without_a_page_talks_to_the_handler_alone() {
    let server = server().await;
    let mut client = Page::to(server.addr, "/websocket", "").await.expect("a successful handshake");
    for text in [json!({"type": "ws:hello", "echo": 1}), json!({"seq": 9, "echo": 2})] {
        client.send(text.clone()).await;
        assert_eq!(client.receive().await, text);
    }
}

/// A service that handles an event when the gate opens.
struct Slow {
    texts: Texts,
    gate: Arc<Gate>,
}

#[service]
impl Slow {
    #[init]
    fn init(State(texts): State<Texts>, State(gate): State<Arc<Gate>>) -> Self {
        Self { texts, gate }
    }

    #[join]
    fn join(&mut self, _page: PageSession) {}

    #[incoming]
    async fn asked(&mut self, text: &str) {
        self.gate.passed().await;
        self.texts.lock().unwrap().push(text.to_owned());
    }
}

/// A server with a service that has an inbox of one message.
async fn slow() -> Server {
    let route = ws_core::Route::service::<Slow>("/websocket").inbox_messages(1);
    let app = App::new().pages(Pages::new().key(KEY)).route(route).state(Texts::default());
    Server::start(app.state(Arc::new(Gate::new()))).await
}

fn open_gate(server: &Server) {
    for _ in 0..40 {
        server.app.state::<Arc<Gate>>().unwrap().open();
    }
}

/// While its inbox is full, the connection reads ahead, and drops only pings.
#[tokio::test]
async fn z9_a_service_that_is_busy_receives_every_event_once() {
    let server = slow().await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    for seq in 1..=40 {
        page.send(numbered(seq, seq)).await;
        page.raw.frame(ws_tests::raw::PING, b"").await;
    }
    page.send(json!({"type": "ws:ping"})).await;
    while !page.raw.read().await.expect("an open connection").text().contains("ws:pong") {}
    open_gate(&server);
    until(|| texts(&server).len() == 40).await;
    let wanted: Vec<_> = (1..=40).map(|seq| numbered(seq, seq).to_string()).collect();
    assert_eq!(texts(&server), wanted);
}

/// One event is with the callback, one in the inbox, and one waits for room in it.
#[tokio::test]
async fn z9_a_busy_service_receives_what_was_acknowledged_before_the_connection_ended() {
    for replaced in [false, true] {
        let server = slow().await;
        let (mut page, _) = Page::attach(server.addr, "", 0).await;
        for seq in 1..=5 {
            page.send(numbered(seq, seq)).await;
        }
        for seq in 1..=3 {
            assert_eq!(page.receive().await, json!({"type": "ws:ack", "seq": seq}));
        }
        let (addr, cookie, session) = (server.addr, page.cookie.clone(), session(&server));
        let old = replaced.then_some(page);
        if !replaced {
            until(|| !session.is_connected()).await;
        }
        // Its join waits for the service.
        let again = tokio::spawn(async move { Page::attach(addr, &cookie, 0).await });
        if let Some(mut page) = old {
            assert_eq!(page.closed().await.0, 4409);
        }
        open_gate(&server);
        let (_page, welcome) = again.await.unwrap();
        let received = welcome["received"].as_u64().unwrap();
        until(|| texts(&server).len() as u64 >= received).await;
        let wanted: Vec<_> = (1..=received).map(|seq| numbered(seq, seq).to_string()).collect();
        assert!(received >= 3);
        assert_eq!(texts(&server), wanted, "replaced: {replaced}");
    }
}

/// Reads text as it arrives.
struct Streaming {
    texts: Texts,
}

#[websocket]
impl Streaming {
    #[init]
    fn init(_page: PageSession, State(texts): State<Texts>) -> Self {
        Self { texts }
    }

    #[text]
    async fn received(&mut self, mut body: MessageStream) {
        let mut text = Vec::new();
        while let Some(Ok(part)) = body.next().await {
            text.extend_from_slice(&part);
        }
        self.texts.lock().unwrap().push(String::from_utf8(text).unwrap());
    }
}

#[tokio::test]
async fn z9_a_handler_that_reads_text_as_it_arrives_receives_an_event_once() {
    let app = App::new().pages(Pages::new().key(KEY)).mount::<Streaming>("/websocket", ());
    let server = Server::start(app.state(Texts::default())).await;
    let (mut page, _) = Page::attach(server.addr, "", 0).await;
    let long = json!({"seq": 1, "qos": 2, "type": "n", "data": "x".repeat(500_000)});
    for _ in 0..2 {
        page.send(long.clone()).await;
        assert_eq!(page.receive().await, json!({"type": "ws:ack", "seq": 1}));
    }
    assert_eq!(texts(&server), [long.to_string()]);
}
