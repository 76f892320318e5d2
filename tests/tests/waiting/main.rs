//! A pending callback does not block its connection. Messages that it has sent go out, heartbeats continue, and pings
//! are answered, and so do the messages that [others](others) send. One data message is read ahead; after that, TCP
//! pushes back. If the connection [ends](ends) meanwhile, the callback is finished or cancelled, and `terminate` runs.

mod ends;
mod others;

use std::time::Duration;

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::{CloseCode, Delivery, Route};
use ws_tests::gate::Gate;
use ws_tests::notes::Notes;
use ws_tests::raw::{Frame, PING, PONG, Raw, TEXT};
use ws_tests::{Server, until};

struct Work;

/// Does slow work in any of its callbacks: it sends "working", waits for the gate, and sends "done".
struct Slow {
    opens_slowly: bool,
    notes: Notes,
    gate: Gate,
}

impl Slow {
    async fn work(&mut self, cx: &mut Context<Self>) -> &'static str {
        let _working = self.notes.on_drop("no longer working");
        cx.send("working");
        self.gate.passed().await;
        "done"
    }

    /// Notes that the callback is finished although its connection is closed.
    fn finish(&mut self, cx: &mut Context<Self>) {
        if !cx.socket().is_open() && !cx.app().is_draining() {
            assert_eq!(cx.send("late"), Delivery::Gone);
            self.notes.add("finished");
        }
    }
}

#[websocket]
impl Slow {
    #[init]
    fn new(State(notes): State<Notes>, State(gate): State<Gate>, upgrade: &mut Upgrade<Self>) -> Self {
        Self { opens_slowly: upgrade.path() == "/opens-slowly", notes, gate }
    }

    #[open]
    async fn open(&mut self, cx: &mut Context<Self>) -> Option<&'static str> {
        cx.subscribe("news");
        if self.opens_slowly { Some(self.work(cx).await) } else { None }
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> String {
        match words {
            "work" => {
                let done = self.work(cx).await;
                self.finish(cx);
                done.to_owned()
            }
            "work, then panic" => {
                self.work(cx).await;
                panic!("as the test wants it")
            }
            "work for 2 s" => {
                cx.send("working");
                tokio::time::sleep(Duration::from_secs(2)).await;
                "done".to_owned()
            }
            "close, then wait" => {
                cx.send("working");
                cx.close(CloseCode::NORMAL, "enough");
                self.gate.passed().await;
                self.notes.add("finished");
                "late".to_owned()
            }
            other => format!("echo {other}"),
        }
    }

    #[ping]
    fn pinged(&mut self) {
        self.notes.add("pinged");
    }

    #[info]
    async fn informed(&mut self, _: Work, cx: &mut Context<Self>) -> &'static str {
        self.work(cx).await
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.to_string());
    }
}

/// Returns an error after its work.
struct Fails {
    gate: Gate,
}

#[websocket]
impl Fails {
    #[init]
    fn new(State(gate): State<Gate>) -> Self {
        Self { gate }
    }

    #[text]
    async fn received(&mut self, cx: &mut Context<Self>) -> Result<(), &'static str> {
        cx.send("working");
        self.gate.passed().await;
        Err("the disk is full")
    }
}

/// Sees the messages that others send.
struct Sees {
    gate: Gate,
}

#[websocket]
impl Sees {
    #[init]
    fn new(State(gate): State<Gate>) -> Self {
        Self { gate }
    }

    #[text]
    async fn received(&mut self, cx: &mut Context<Self>) -> &'static str {
        cx.send("working");
        self.gate.passed().await;
        "done"
    }

    #[outgoing]
    fn outgoing(&mut self, message: Message) -> Message {
        match message {
            Message::Text(text) => format!("seen: {text}").into(),
            other => other,
        }
    }
}

struct Setting {
    server: Server,
    notes: Notes,
    gate: Gate,
}

impl Setting {
    async fn new() -> Self {
        let (notes, gate) = (Notes::default(), Gate::new());
        let app = App::new()
            .state(notes.clone())
            .state(gate.clone())
            .mount::<Slow>("/", ())
            .mount::<Slow>("/opens-slowly", ())
            .mount::<Sees>("/sees", ())
            .mount::<Fails>("/fails", ())
            .route(Route::new::<Slow>("/hasty").close_timeout(Duration::from_millis(100)))
            .route(Route::new::<Slow>("/beats").heartbeat(Duration::from_millis(50)))
            .route(Route::new::<Slow>("/idle").idle_timeout(Duration::from_millis(150)).heartbeat(None));
        Self { server: Server::start(app).await, notes, gate }
    }

    /// Connects a client whose handler has sent "working" and waits for the gate.
    async fn working(&self, path: &str) -> Raw {
        let mut client = Raw::connect(self.server.addr, path).await;
        client.frame(TEXT, b"work").await;
        expect_text(&mut client, "working").await;
        client
    }
}

async fn expect_text(client: &mut Raw, words: &str) {
    let frame = client.read().await.expect("a message");
    assert_eq!((frame.opcode, frame.text()), (TEXT, words));
}

async fn ponged(client: &mut Raw, payload: &[u8]) {
    client.frame(PING, payload).await;
    let pong = Frame { fin: true, opcode: PONG, payload: payload.to_vec() };
    assert_eq!(client.read().await, Some(pong));
}

// RFC 6455 5.5.2: "It SHOULD respond with Pong frame as soon as is practical."
#[tokio::test]
async fn a_callback_that_waits_2_s_can_send_and_is_pinged_meanwhile() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/").await;
    let begun = Instant::now();
    client.frame(TEXT, b"work for 2 s").await;
    expect_text(&mut client, "working").await;
    for _ in 0..10 {
        ponged(&mut client, b"alive?").await;
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "every pong came while the callback was pending");
    expect_text(&mut client, "done").await;
    assert!(begun.elapsed() >= Duration::from_secs(2));
    // The handler receives the pings after the callback returns.
    until(|| setting.notes.count("pinged") == 10).await;
}

#[tokio::test]
async fn open_and_info_do_not_freeze_it_either() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/opens-slowly").await;
    expect_text(&mut client, "working").await;
    ponged(&mut client, b"1").await;
    setting.gate.open();
    expect_text(&mut client, "done").await;

    let socket = setting.server.app.sockets::<Slow>().pop().expect("a connection");
    assert!(socket.info(Work).is_queued());
    expect_text(&mut client, "working").await;
    ponged(&mut client, b"2").await;
    setting.gate.open();
    expect_text(&mut client, "done").await;
}

#[tokio::test]
async fn one_data_message_is_read_ahead_and_handled_after_then_tcp_pushes_back() {
    let setting = Setting::new().await;
    let mut client = setting.working("/").await;
    for message in [TEXT, PING, TEXT] {
        client.frame(message, b"x").await;
    }
    let read = || setting.server.app.stats().messages_in;
    // The ping behind the first data message is answered, and the second one stays in the stream.
    let pong = client.read().await.expect("a pong");
    assert_eq!((pong.opcode, pong.text()), (PONG, "x"));
    assert!(client.is_silent_for(Duration::from_millis(200)).await);
    assert_eq!(read(), 3);
    setting.gate.open();
    for text in ["done", "echo x", "echo x"] {
        expect_text(&mut client, text).await;
    }
    assert_eq!(read(), 4);
}

#[tokio::test]
async fn z11_heartbeats_go_on_while_it_waits() {
    let setting = Setting::new().await;
    let mut client = Raw::connect(setting.server.addr, "/beats").await;
    client.frame(TEXT, b"work").await;
    // Skip the pings that arrived before the work began.
    while client.read().await.expect("a frame").opcode != TEXT {}
    for _ in 0..3 {
        assert_eq!(client.read().await.expect("a frame").opcode, PING);
    }
    setting.gate.open();
    let last = loop {
        let frame = client.read().await.expect("a frame");
        if frame.opcode != PING {
            break frame;
        }
    };
    assert_eq!(last.text(), "done");
}

#[tokio::test]
async fn c11_an_idle_client_is_closed_while_it_waits() {
    let setting = Setting::new().await;
    let mut client = setting.working("/idle").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
    setting.notes.seen("idle timeout").await;
    assert_eq!(setting.notes.all()[0], "no longer working");
}

#[tokio::test]
async fn c11_a_client_with_an_unread_message_is_not_idle() {
    let setting = Setting::new().await;
    let mut client = setting.working("/idle").await;
    client.frame(TEXT, b"next").await;
    assert!(client.is_silent_for(Duration::from_millis(600)).await, "the client is not idle");
    setting.gate.open();
    expect_text(&mut client, "done").await;
    expect_text(&mut client, "echo next").await;
    assert_eq!(client.read().await.expect("a close").close().0, 1001);
}
