//! The commands that a handler has for its own connection (C8): pause and resume reading, set the idle timeout, set the
//! maximum message size.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use ws_core::Route;
use ws_core::prelude::*;
use ws_tests::notes::Notes;
use ws_tests::raw::{BINARY, Frame, PING, PONG, Raw, TEXT, frame};
use ws_tests::{PATIENCE, Server, pass, until};

/// Long enough for an unwanted frame to arrive.
const WHILE: Duration = Duration::from_millis(150);

struct Resume;
struct Word(&'static str);

/// Runs the command that each text names.
struct Commanded {
    notes: Notes,
    gate: Arc<Notify>,
}

#[websocket]
impl Commanded {
    #[init]
    fn new(State(notes): State<Notes>, State(gate): State<Arc<Notify>>) -> Self {
        Self { notes, gate }
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> String {
        match words {
            "pause" => cx.pause(),
            "pause for 300 ms" => cx.pause_for(Duration::from_millis(300)),
            "pause, then wait" => {
                cx.pause();
                cx.send("waiting");
                self.gate.notified().await;
                cx.resume();
            }
            "for ever" => {
                cx.set_idle_timeout(Duration::MAX);
                cx.notify_after(Duration::MAX, Resume);
                cx.pause_for(Duration::MAX);
            }
            "idle after 100 ms" => cx.set_idle_timeout(Duration::from_millis(100)),
            "idle for ever" => cx.set_idle_timeout(None),
            "at most 4 bytes" => cx.set_max_message_size(4),
            "at most 40 bytes" => cx.set_max_message_size(40),
            _ => {}
        }
        words.to_owned()
    }

    #[info]
    fn resume(&mut self, Resume: Resume, cx: &mut Context<Self>) -> &'static str {
        cx.resume();
        "resumed"
    }

    #[info]
    fn word(&mut self, Word(word): Word) -> &'static str {
        word
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

struct Setting {
    server: Server,
    notes: Notes,
    gate: Arc<Notify>,
    client: Raw,
    socket: Socket<Commanded>,
}

impl Setting {
    async fn new(route: Route) -> Self {
        let (notes, gate) = (Notes::default(), Arc::new(Notify::new()));
        let server = Server::start(App::new().route(route).state(notes.clone()).state(gate.clone())).await;
        let client = Raw::connect(server.addr, "/").await;
        let socket = server.app.sockets::<Commanded>().pop().expect("a connection");
        Self { server, notes, gate, client, socket }
    }

    async fn expect_text(&mut self, words: &str) {
        let frame = self.client.read().await.expect("a message");
        assert_eq!((frame.opcode, frame.text()), (TEXT, words));
    }

    async fn echoes(&mut self, words: &str) {
        self.client.frame(TEXT, words.as_bytes()).await;
        self.expect_text(words).await;
    }

    async fn ponged(&mut self) {
        let pong = Frame { fin: true, opcode: PONG, payload: b"?".to_vec() };
        assert_eq!(self.client.read().await, Some(pong));
    }

    async fn closed(&mut self) -> u16 {
        self.client.read().await.expect("a close").close().0
    }
}

fn route() -> Route {
    Route::new::<Commanded>("/")
}

#[tokio::test]
async fn c8_a_pause_stops_reading_and_a_resume_ends_it() {
    let mut setting = Setting::new(route()).await;
    // The pause also holds back frames that arrived together with the message that caused it.
    let together = [frame(true, TEXT, b"pause"), frame(true, PING, b"?"), frame(true, TEXT, b"after")];
    setting.client.send(&together.concat()).await;
    setting.expect_text("pause").await;
    assert!(setting.client.is_silent_for(WHILE).await);
    // Infos and sent messages are still delivered.
    assert!(setting.socket.info(Word("an info")).is_queued());
    assert!(setting.socket.send("a message").is_queued());
    setting.expect_text("an info").await;
    setting.expect_text("a message").await;
    assert_eq!(setting.server.app.stats().messages_in, 1);
    assert!(setting.socket.info(Resume).is_queued());
    setting.expect_text("resumed").await;
    setting.ponged().await;
    setting.expect_text("after").await;
}

#[tokio::test]
async fn c8_a_pause_ends_by_itself() {
    let mut setting = Setting::new(route()).await;
    let begun = Instant::now();
    setting.echoes("pause for 300 ms").await;
    setting.client.frame(PING, b"?").await;
    setting.ponged().await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    setting.echoes("and reads on").await;
}

#[tokio::test]
async fn c8_a_pause_ends_after_60_s_by_default() {
    let mut setting = Setting::new(route()).await;
    setting.echoes("pause").await;
    setting.client.frame(PING, b"?").await;
    pass(Duration::from_secs(59)).await;
    assert!(setting.client.is_silent_for(WHILE).await);
    pass(Duration::from_secs(1)).await;
    setting.ponged().await;
}

#[tokio::test]
async fn c8_a_pause_suspends_idle_and_heartbeat() {
    let (idle, heartbeat) = (Duration::from_millis(250), Duration::from_millis(100));
    let mut setting = Setting::new(route().idle_timeout(idle).heartbeat(heartbeat)).await;
    let begun = Instant::now();
    setting.echoes("pause for 300 ms").await;
    assert_eq!(setting.client.read().await.expect("a ping").opcode, PING);
    assert!(begun.elapsed() >= Duration::from_millis(400), "both timers restart when the pause ends");
    let last = loop {
        let frame = setting.client.read().await.expect("a close");
        if frame.opcode != PING {
            break frame;
        }
    };
    assert_eq!(last.close().0, 1001);
    assert!(begun.elapsed() >= Duration::from_millis(550));
}

#[tokio::test]
async fn c8_a_pause_holds_at_once_while_the_callback_still_waits() {
    let mut setting = Setting::new(route()).await;
    setting.client.frame(TEXT, b"pause, then wait").await;
    setting.expect_text("waiting").await;
    setting.client.frame(PING, b"?").await;
    assert!(setting.client.is_silent_for(WHILE).await);
    setting.gate.notify_one();
    setting.expect_text("pause, then wait").await;
    setting.ponged().await;
}

#[tokio::test]
async fn c8_a_drain_ends_a_paused_connection() {
    let mut setting = Setting::new(route()).await;
    setting.echoes("pause").await;
    let app = setting.server.app.clone();
    let draining = tokio::spawn(async move { app.drain(PATIENCE).await });
    assert_eq!(setting.closed().await, 1001);
    setting.client.close(1001, "").await;
    drop(setting.client);
    assert_eq!(ws_tests::within(draining).await.expect("no panic").ended, 1);
}

#[tokio::test]
async fn c8_the_idle_timeout_can_be_set_while_it_lives() {
    let mut setting = Setting::new(route().heartbeat(None)).await;
    let begun = Instant::now();
    setting.echoes("idle after 100 ms").await;
    assert_eq!(setting.closed().await, 1001);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    setting.notes.seen("timeout").await;
}

#[tokio::test]
async fn c8_the_idle_timeout_can_be_turned_off_while_it_lives() {
    let mut setting = Setting::new(route().idle_timeout(Duration::from_millis(200)).heartbeat(None)).await;
    setting.echoes("idle for ever").await;
    assert!(setting.client.is_silent_for(Duration::from_millis(500)).await);
    pass(Duration::from_secs(3600)).await;
    setting.echoes("still there").await;
}

#[tokio::test]
async fn c8_the_largest_message_can_be_set_while_it_lives() {
    let mut setting = Setting::new(route().max_message_size(20)).await;
    setting.echoes("at most 40 bytes").await;
    setting.echoes(&"x".repeat(40)).await;
    setting.echoes("at most 4 bytes").await;
    setting.echoes("four").await;
    setting.client.frame(BINARY, b"fives").await;
    assert_eq!(setting.closed().await, 1009);
    until(|| setting.notes.count("bad_size") == 1).await;
}

#[tokio::test]
async fn c8_times_too_long_to_pass_are_for_ever() {
    let mut setting = Setting::new(route()).await;
    setting.echoes("for ever").await;
    setting.client.frame(PING, b"?").await;
    assert!(setting.client.is_silent_for(WHILE).await);
    assert!(setting.socket.info(Resume).is_queued());
    setting.expect_text("resumed").await;
    setting.ponged().await;
}

#[tokio::test]
async fn z11_an_interval_too_long_to_pass_is_for_ever() {
    for route in [
        route().heartbeat(Duration::MAX).idle_timeout(None),
        route().heartbeat(Duration::MAX).idle_timeout(Duration::MAX),
        route().heartbeat(None).idle_timeout(Duration::MAX),
    ] {
        let Setting { mut client, .. } = Setting::new(route).await;
        client.frame(TEXT, b"still there").await;
        assert_eq!(client.read().await.expect("an answer").text(), "still there");
    }
}
