//! The message timeout and the write timeout: a client must complete each message in time, and read in time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::testing::{self, TestApp};
use ws_core::{Handler, Route};
use ws_tests::notes::Notes;
use ws_tests::raw::{CONTINUATION, PING, PONG, Raw, TEXT, frame};
use ws_tests::{Server, pass, until};

/// The rest of a minute after `NEARLY`.
const MOMENT: Duration = Duration::from_millis(500);
const MINUTE: Duration = Duration::from_secs(60);
/// Half a second less than a minute.
const NEARLY: Duration = Duration::from_millis(59_500);

struct Resume;

/// Echoes, or runs the command that a text names.
struct Subject {
    notes: Notes,
    gate: Arc<Notify>,
}

#[websocket]
impl Subject {
    #[init]
    fn new(State(notes): State<Notes>, State(gate): State<Arc<Notify>>) -> Self {
        Self { notes, gate }
    }

    #[text]
    async fn received(&mut self, words: String) -> Message {
        match words.as_str() {
            "wait" => self.gate.notified().await,
            "large" => return Message::from(vec![7; 64 << 20]),
            _ => {}
        }
        Message::from(words.as_str())
    }

    #[ping]
    fn pinged(&mut self, words: &[u8], cx: &mut Context<Self>) {
        if words == b"pause" {
            cx.pause_for(3 * MINUTE);
        }
    }

    #[info]
    fn resume(&mut self, _: Resume, cx: &mut Context<Self>) {
        cx.resume();
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(format!("{}: {reason}", reason.kind()));
    }
}

/// A route with the default limits, but without idle timeout and heartbeat, so that nothing else ends the connection.
fn route<H: Handler>() -> Route {
    Route::new::<H>("/").idle_timeout(None).heartbeat(None)
}

struct Setting {
    server: Server,
    notes: Notes,
    gate: Arc<Notify>,
    client: Raw,
}

impl Setting {
    async fn new(route: Route) -> Self {
        let (notes, gate) = (Notes::default(), Arc::new(Notify::new()));
        let app = App::new().state(notes.clone()).state(gate.clone()).route(route);
        let server = Server::start(app).await;
        let client = Raw::connect(server.addr, "/").await;
        Self { server, notes, gate, client }
    }

    /// Waits until the server has read everything that the client sent before.
    async fn answers_a_ping(&mut self) {
        self.client.frame(PING, b"?").await;
        assert_eq!(self.client.read().await.expect("a pong").opcode, PONG);
    }

    async fn expect_text(&mut self, words: &str) {
        assert_eq!(self.client.read().await.expect("a message").text(), words);
    }

    async fn is_closed_as_incomplete(&mut self) {
        let words = "message incomplete after 60s";
        assert_eq!(self.client.read().await.expect("a close").close(), (1008, words));
        self.notes.seen(&format!("policy: limit exceeded: {words}")).await;
    }
}

#[tokio::test]
async fn a_message_begun_is_whole_within_60_s_or_1008() {
    let whole = frame(true, TEXT, b"message");
    let beginnings =
        [frame(false, TEXT, b"mess"), whole[..9].to_vec(), whole[..6].to_vec(), whole[..1].to_vec()];
    for begun in beginnings {
        let mut setting = Setting::new(route::<Subject>()).await;
        setting.client.frame(TEXT, b"before").await;
        setting.expect_text("before").await;
        pass(2 * MINUTE).await;
        setting.client.send(&begun).await;
        // A ping cannot follow a partial frame, so wait until the server has read it.
        assert!(setting.client.is_silent_for(Duration::from_millis(50)).await);
        pass(NEARLY).await;
        assert!(setting.client.is_silent_for(Duration::from_millis(50)).await, "{begun:x?}");
        pass(MOMENT).await;
        setting.is_closed_as_incomplete().await;
    }
}

#[tokio::test]
async fn neither_more_of_it_nor_control_frames_are_progress() {
    let mut setting = Setting::new(route::<Subject>()).await;
    setting.client.send(&frame(false, TEXT, b"a")).await;
    for _ in 0..5 {
        setting.answers_a_ping().await;
        pass(MINUTE / 6).await;
        setting.client.send(&frame(false, CONTINUATION, b"b")).await;
    }
    setting.answers_a_ping().await;
    pass(MINUTE / 6).await;
    setting.is_closed_as_incomplete().await;
}

#[tokio::test]
async fn each_message_has_its_own_time() {
    let mut setting = Setting::new(route::<Subject>()).await;
    let halves = |words: &[u8]| (frame(false, TEXT, &words[..2]), frame(true, CONTINUATION, &words[2..]));
    setting.client.send(&halves(b"1st").0).await;
    for _ in 0..4 {
        setting.answers_a_ping().await;
        pass(NEARLY).await;
        // One write completes this message and begins the next.
        setting.client.send(&[halves(b"1st").1, halves(b"1st").0].concat()).await;
        setting.expect_text("1st").await;
    }
    setting.client.send(&halves(b"1st").1).await;
    setting.expect_text("1st").await;
    pass(2 * MINUTE).await;
    setting.answers_a_ping().await;
}

/// Each ping is completed in time, although each read ends within the next one.
#[tokio::test]
async fn control_frames_that_are_cut_are_not_one_message_that_never_ends() {
    let mut setting = Setting::new(route::<Subject>()).await;
    let ping = frame(true, PING, b"0123456789");
    let (first, second) = ping.split_at(8);
    setting.client.send(first).await;
    for _ in 0..6 {
        assert!(setting.client.is_silent_for(Duration::from_millis(20)).await);
        pass(MINUTE / 3).await;
        setting.client.send(&[second, first].concat()).await;
        assert_eq!(setting.client.read().await.expect("a pong").opcode, PONG);
    }
    assert_eq!(setting.notes.all(), [""; 0]);
}

#[tokio::test]
async fn time_without_reading_is_not_the_clients() {
    let mut setting = Setting::new(route::<Subject>()).await;
    setting.client.send(&frame(false, TEXT, b"paused, ")).await;
    setting.client.frame(PING, b"pause").await;
    assert_eq!(setting.client.read().await.expect("a pong").opcode, PONG);
    pass(2 * MINUTE).await;
    assert!(setting.server.app.sockets::<Subject>()[0].info(Resume).is_queued());
    setting.answers_a_ping().await;
    pass(NEARLY).await;
    setting.client.send(&frame(true, CONTINUATION, b"and whole")).await;
    setting.expect_text("paused, and whole").await;

    // The server reads one message ahead while a callback is pending. Part of the next message arrives with it.
    let (ahead, next) = (frame(true, TEXT, b"ahead"), frame(true, TEXT, b"next"));
    setting.client.send(&[frame(true, TEXT, b"wait"), ahead, next[..8].to_vec()].concat()).await;
    assert!(setting.client.is_silent_for(Duration::from_millis(50)).await);
    setting.client.send(&next[8..]).await;
    for _ in 0..3 {
        pass(MINUTE).await;
        assert!(setting.client.is_silent_for(Duration::from_millis(20)).await);
    }
    setting.gate.notify_one();
    for words in ["wait", "ahead", "next"] {
        setting.expect_text(words).await;
    }
}

#[tokio::test]
async fn the_message_timeout_can_be_set_and_turned_off() {
    let mut setting = Setting::new(route::<Subject>().message_timeout(None)).await;
    setting.client.send(&frame(false, TEXT, b"for ")).await;
    setting.answers_a_ping().await;
    pass(60 * MINUTE).await;
    setting.client.send(&frame(true, CONTINUATION, b"ever")).await;
    setting.expect_text("for ever").await;
    let mut setting = Setting::new(route::<Subject>().message_timeout(Duration::from_millis(50))).await;
    setting.client.send(&frame(false, TEXT, b"")).await;
    let reason = "message incomplete after 50ms";
    assert_eq!(setting.client.read().await.expect("a close").close(), (1008, reason));
}

#[tokio::test]
async fn a_client_that_takes_nothing_for_10_s_is_cut() {
    let mut setting = Setting::new(route::<Subject>()).await;
    setting.client.frame(TEXT, b"large").await;
    // Wait until the system's buffers are full and the server writes nothing more.
    let stats = || setting.server.app.stats();
    let mut written = 0;
    until(|| stats().bytes_out > 1 << 16).await;
    while std::mem::replace(&mut written, stats().bytes_out) != stats().bytes_out || written == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    pass(Duration::from_secs(9)).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(stats().open, 1);
    pass(Duration::from_secs(1)).await;
    setting.notes.seen("io: the socket failed: the client accepted no data for 10s").await;
    // The connection ends at once, without a close handshake.
    let cut = Instant::now();
    until(|| stats().open == 0).await;
    assert!(cut.elapsed() < Duration::from_secs(2));
    assert_eq!(stats().ended("io"), 1);
}

/// Connects in memory, on a paused clock, which advances only while all tasks are idle.
async fn in_memory(route: Route) -> (TestApp, Notes, testing::Client) {
    let notes = Notes::default();
    let app = App::new().state(notes.clone()).state(Arc::new(Notify::new())).route(route);
    let app = testing::start(app).expect("an app");
    let client = app.connect("/").await.expect("a handshake");
    (app, notes, client)
}

#[tokio::test(start_paused = true)]
async fn a_write_that_stalls_ends_exactly_in_its_time() {
    for (route, after) in [(route::<Subject>(), 10), (route::<Subject>().write_timeout(3 * MINUTE), 180)] {
        let (app, notes, mut client) = in_memory(route).await;
        client.send("large").await.expect("the server reads");
        client.stop_reading();
        let stalled = Instant::now();
        until_ended(&app).await;
        let after = Duration::from_secs(after);
        let took = stalled.elapsed();
        assert!(took >= after && took < after + Duration::from_millis(50), "{took:?}");
        assert_eq!(
            notes.all(),
            [format!("io: the socket failed: the client accepted no data for {after:?}")]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_took_all_there_was_does_not_count_as_stalled() {
    let (app, notes, mut client) = in_memory(route::<Subject>()).await;
    client.send("large").await.expect("the server reads");
    client.stop_reading();
    tokio::time::sleep(Duration::from_secs(9)).await;
    client.resume_reading();
    assert_eq!(client.binary().await.expect("all of it").len(), 64 << 20);
    client.stop_reading();
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(notes.all(), [""; 0]);
    assert_eq!(app.handle().stats().open, 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_write_timeout_a_client_may_take_its_time() {
    let (app, notes, mut client) = in_memory(route::<Subject>().write_timeout(None)).await;
    client.send("large").await.expect("the server reads");
    client.stop_reading();
    tokio::time::sleep(60 * MINUTE).await;
    assert_eq!(app.handle().stats().open, 1);
    client.resume_reading();
    assert_eq!(client.binary().await.expect("all of it").len(), 64 << 20);
    assert_eq!(notes.all(), [""; 0]);
}

async fn until_ended(app: &TestApp) {
    while app.handle().stats().open > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
