//! Timers, which deliver an info later, and spawned work, whose result comes back as an info (Z5).

use std::time::Duration;

use tokio::time::Instant;
use ws_core::prelude::*;
use ws_core::{CloseCode, Timer};
use ws_tests::notes::{Notes, OnDrop};
use ws_tests::raw::{Raw, TEXT};
use ws_tests::{Server, pass, until};

struct Word(&'static str);

/// An info that leaves a note when it is dropped.
struct Guarded(OnDrop);

/// Sets and cancels timers, and spawns work.
struct Timing {
    notes: Notes,
    timer: Option<Timer>,
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[websocket]
impl Timing {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self { notes, timer: None }
    }

    #[text]
    async fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Reply {
        match words {
            "in order" => {
                cx.notify_after(ms(90), Word("third"));
                cx.notify_after(ms(30), Word("first"));
                cx.notify_after(ms(30), Word("second"));
                cx.notify_after(ms(90), Word("fourth"));
                cx.notify_after(Duration::ZERO, Word("at once"));
                Reply::new().with("set")
            }
            "cancel" => {
                self.timer = Some(cx.notify_after(ms(20), Word("came")));
                let cancelled = cx.notify_after(ms(10), Word("never"));
                let answers = [cx.cancel(cancelled), cx.cancel(cancelled)];
                Reply::new().with(format!("{answers:?}"))
            }
            "cancel what came" => {
                Reply::new().with(format!("{:?}", self.timer.map(|timer| cx.cancel(timer))))
            }
            "wait" => {
                cx.notify_after(ms(10), Word("after the callback"));
                tokio::time::sleep(ms(100)).await;
                Reply::new().with("waited")
            }
            "later" => {
                cx.notify_after(Duration::from_secs(3600), Word("an hour later"));
                cx.notify_after(Duration::from_secs(7200), Guarded(self.notes.on_drop("timer dropped")));
                Reply::new().with("set")
            }
            "spawn" => {
                cx.spawn(async {
                    tokio::time::sleep(ms(10)).await;
                    Word("the result")
                });
                Reply::new().with("spawned")
            }
            "spawn two" => {
                let (first, second) = tokio::sync::oneshot::channel();
                cx.spawn(async move { Word(second.await.unwrap_or("lost")) });
                cx.spawn(async move {
                    let _ = first.send("two");
                    Word("one")
                });
                Reply::new().with("spawned")
            }
            "spawn for ever" => {
                let dropped = self.notes.on_drop("work cancelled");
                cx.spawn(async move {
                    let _dropped = dropped;
                    std::future::pending::<Word>().await
                });
                Reply::new().with("spawned")
            }
            "spawn and panic" => {
                cx.spawn(async {
                    assert!(std::hint::black_box(false), "boom");
                    Word("never")
                });
                Reply::new()
            }
            _ => Reply::new().close(CloseCode::NORMAL, ""),
        }
    }

    #[info]
    fn word(&mut self, Word(word): Word) -> &'static str {
        word
    }

    #[info]
    fn guarded(&mut self, guarded: Guarded) {
        drop(guarded.0);
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.notes.add(reason.kind());
    }
}

async fn connected() -> (Server, Notes, Raw) {
    let notes = Notes::default();
    let app = App::new().mount::<Timing>("/", ()).state(notes.clone());
    let server = Server::start(app.idle_timeout(None).heartbeat(None)).await;
    let client = Raw::connect(server.addr, "/").await;
    (server, notes, client)
}

async fn recv_text(client: &mut Raw) -> String {
    let frame = client.read().await.expect("a message");
    assert_eq!(frame.opcode, TEXT, "{frame:?}");
    frame.text().to_owned()
}

#[tokio::test]
async fn z5_timers_come_in_the_order_of_their_time_then_of_their_setting() {
    let (_server, _, mut client) = connected().await;
    let begun = Instant::now();
    client.frame(TEXT, b"in order").await;
    for word in ["set", "at once", "first", "second"] {
        assert_eq!(recv_text(&mut client).await, word);
    }
    assert!(begun.elapsed() >= ms(30));
    for word in ["third", "fourth"] {
        assert_eq!(recv_text(&mut client).await, word);
    }
    assert!(begun.elapsed() >= ms(90));
}

#[tokio::test]
async fn z5_a_cancelled_timer_never_comes() {
    let (_server, _, mut client) = connected().await;
    client.frame(TEXT, b"cancel").await;
    assert_eq!(recv_text(&mut client).await, "[true, false]");
    assert_eq!(recv_text(&mut client).await, "came");
    assert!(client.is_silent_for(ms(100)).await);
    client.frame(TEXT, b"cancel what came").await;
    assert_eq!(recv_text(&mut client).await, "Some(false)");
}

#[tokio::test]
async fn z5_a_timer_that_is_due_waits_for_the_callback() {
    let (_server, _, mut client) = connected().await;
    client.frame(TEXT, b"wait").await;
    assert_eq!(recv_text(&mut client).await, "waited");
    assert_eq!(recv_text(&mut client).await, "after the callback");
}

#[tokio::test]
async fn z5_a_timer_waits_its_time_and_is_dropped_with_its_connection() {
    let (_server, notes, mut client) = connected().await;
    client.frame(TEXT, b"later").await;
    assert_eq!(recv_text(&mut client).await, "set");
    pass(Duration::from_secs(3599)).await;
    assert!(client.is_silent_for(ms(100)).await);
    pass(Duration::from_secs(1)).await;
    assert_eq!(recv_text(&mut client).await, "an hour later");
    assert_eq!(notes.count("timer dropped"), 0);
    drop(client);
    notes.seen("timer dropped").await;
}

#[tokio::test]
async fn the_result_of_spawned_work_comes_back_as_an_info() {
    let (_server, _, mut client) = connected().await;
    client.frame(TEXT, b"spawn").await;
    assert_eq!(recv_text(&mut client).await, "spawned");
    assert_eq!(recv_text(&mut client).await, "the result");
    client.frame(TEXT, b"spawn two").await;
    assert_eq!(recv_text(&mut client).await, "spawned");
    assert_eq!(recv_text(&mut client).await, "one");
    assert_eq!(recv_text(&mut client).await, "two");
}

#[tokio::test]
async fn spawned_work_is_cancelled_with_its_connection() {
    for leave in ["close", "cut"] {
        let (server, notes, mut client) = connected().await;
        client.frame(TEXT, b"spawn for ever").await;
        assert_eq!(recv_text(&mut client).await, "spawned");
        assert_eq!(notes.count("work cancelled"), 0);
        if leave == "close" {
            client.frame(TEXT, b"close").await;
            assert_eq!(client.read().await.expect("a close").close().0, 1000);
            client.close(1000, "").await;
        }
        drop(client);
        notes.seen("work cancelled").await;
        until(|| server.app.stats().open == 0).await;
    }
}

#[tokio::test]
async fn c14_a_panic_in_spawned_work_ends_the_connection() {
    let (log, _capturing) = ws_tests::log::Log::capture();
    let (_server, notes, mut client) = connected().await;
    client.frame(TEXT, b"spawn and panic").await;
    assert_eq!(client.read().await.expect("a close").close(), (1011, ""));
    notes.seen("panic").await;
    assert_eq!(log.lines_with(&["ERROR", "callback=\"received\"", "boom"]).len(), 1, "{}", log.text());
}
