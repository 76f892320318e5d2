//! User types that panic in unexpected places while logging is enabled, and panics that coincide with another end of
//! the connection.
//!
//! The tests run one at a time. Their callsites log for the first time here, and `tracing` may permanently disable a
//! callsite that is registered while another thread begins to capture.

use std::fmt;
use std::time::Duration;

use tokio::sync::Mutex;
use ws_core::prelude::*;
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{CLOSE, Raw, TEXT};
use ws_tests::{Server, until};

static ALONE: Mutex<()> = Mutex::const_new(());

/// More than a socket accepts in one write.
const A_LOT: usize = 8 << 20;

/// Calls a function that panics when it is dropped. Panics at one place are logged only once in 10 s, so each test has a
/// function of its own.
struct Bomb(fn());

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0();
    }
}

/// Panics when it is formatted.
#[derive(Debug)]
struct Unshowable;

impl fmt::Display for Unshowable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("not to be shown")
    }
}

impl std::error::Error for Unshowable {}

struct Filler;

/// Has types that panic, and spawned work that panics.
struct Careless(Notes);

#[websocket]
impl Careless {
    #[init]
    fn new(State(notes): State<Notes>) -> Self {
        Self(notes)
    }

    #[text]
    fn received(&mut self, words: &str, cx: &mut Context<Self>) -> Result<Reply, Unshowable> {
        let socket = cx.socket();
        let fill = move || while socket.info(Filler).is_queued() {};
        match words {
            "a bomb in the mailbox" => {
                assert!(cx.socket().info(Bomb(|| panic!("the bomb went off"))).is_queued());
                return Ok(Reply::new().close(CloseCode::NORMAL, ""));
            }
            "a bomb in a timer" => {
                cx.notify_after(Duration::from_secs(60), Bomb(|| panic!("the bomb went off")));
                return Ok(Reply::new().close(CloseCode::NORMAL, ""));
            }
            "a bomb in a timer, after a lot" => {
                cx.notify_after(Duration::from_secs(60), Bomb(|| panic!("the bomb went off")));
                return Ok(Reply::new().with(vec![7; A_LOT]).close(CloseCode::NORMAL, ""));
            }
            "an error that cannot be shown" => return Err(Unshowable),
            "a reason that cannot be shown" => return Ok(Reply::new().close_as(Unshowable)),
            "an overflow, then a panic" => {
                cx.spawn(async move {
                    fill();
                    assert!(!words_are_enough(), "the work went wrong");
                    Filler
                });
            }
            "a panic, then an overflow" => {
                cx.spawn(async {
                    assert!(!words_are_enough(), "the work went wrong");
                    Filler
                });
                cx.spawn(async move {
                    fill();
                    Filler
                });
            }
            other => panic!("{other}"),
        }
        Ok(Reply::new())
    }

    #[info]
    fn bomb(&mut self, bomb: Bomb) {
        std::mem::forget(bomb);
    }

    #[info]
    fn filler(&mut self, Filler: Filler) {}

    #[terminate]
    fn gone(&mut self, reason: &Terminate) {
        self.0.add(reason.kind());
    }
}

const fn words_are_enough() -> bool {
    true
}

/// Returns the code of the close frame, the reasons that `terminate` received, and the log. Asserts that another
/// connection stays open.
async fn ending_after(words: &str) -> (u16, Vec<String>, Log) {
    let (log, _guard) = Log::capture();
    let notes = Notes::default();
    let server = Server::start(App::new().state(notes.clone()).mount::<Careless>("/", ())).await;
    let _neighbour = Raw::connect(server.addr, "/").await;
    let mut client = Raw::connect(server.addr, "/").await;
    client.frame(TEXT, words.as_bytes()).await;
    let mut received = 0;
    let code = loop {
        let frame = client.read().await.unwrap_or_else(|| panic!("{words}: no close frame"));
        if frame.opcode == CLOSE {
            break frame.close().0;
        }
        received += frame.payload.len();
    };
    assert_eq!(received, if words.ends_with("after a lot") { A_LOT } else { 0 }, "{words}");
    client.close(code, "").await;
    assert_eq!(client.read().await, None, "{words}");
    drop(client);
    until(|| server.app.stats().open == 1).await;
    let ended: Vec<_> = notes.all();
    for kind in &ended {
        assert_eq!(server.app.stats().ended(kind), 1, "{words}");
    }
    (code, ended, log)
}

#[tokio::test]
async fn c12_an_info_that_panics_when_dropped_does_not_keep_terminate_from_running_once() {
    let _alone = ALONE.lock().await;
    for words in ["a bomb in the mailbox", "a bomb in a timer"] {
        let (code, ended, log) = ending_after(words).await;
        assert_eq!((code, ended), (1000, vec!["stop".to_owned()]), "{words}");
        assert_eq!(log.lines_with(&["ERROR", "the bomb went off"]).len(), 1, "{words}: {}", log.text());
    }
}

#[tokio::test]
async fn c12_an_info_that_panics_when_dropped_does_not_cut_off_queued_messages() {
    let _alone = ALONE.lock().await;
    let (code, ended, _) = ending_after("a bomb in a timer, after a lot").await;
    assert_eq!((code, ended), (1000, vec!["stop".to_owned()]));
}

#[tokio::test]
async fn c12_an_error_that_panics_when_shown_does_not_keep_terminate_from_running_once() {
    let _alone = ALONE.lock().await;
    let (code, ended, log) = ending_after("an error that cannot be shown").await;
    assert_eq!((code, ended), (1011, vec!["failed".to_owned()]));
    assert_eq!(log.lines_with(&["ERROR", "not to be shown"]).len(), 1, "{}", log.text());
    let (code, ended, _) = ending_after("a reason that cannot be shown").await;
    assert_eq!((code, ended), (1000, vec!["stop_as".to_owned()]));
}

#[tokio::test]
async fn c14_work_that_panics_while_its_connection_overflows_is_logged() {
    let _alone = ALONE.lock().await;
    let (code, ended, log) = ending_after("an overflow, then a panic").await;
    assert_eq!((code, ended), (1013, vec!["overflow".to_owned()]));
    assert_eq!(log.lines_with(&["ERROR", "`received`", "the work went wrong"]).len(), 1, "{}", log.text());
}

#[tokio::test]
async fn c14_work_that_panics_before_its_connection_overflows_is_logged() {
    let _alone = ALONE.lock().await;
    let (_, ended, log) = ending_after("a panic, then an overflow").await;
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert_eq!(log.lines_with(&["ERROR", "the work went wrong"]).len(), 1, "{ended:?}: {}", log.text());
}
