//! Text of clients cannot forge lines of the log, nor of other output that displays public types.
//!
//! These tests have a program of their own and run one at a time, for the reason that `logs.rs` gives.

use tokio::sync::Mutex;
use ws_core::prelude::*;
use ws_core::{BadPayload, Reason, UrlError, client};
use ws_tests::log::Log;
use ws_tests::notes::Notes;
use ws_tests::raw::{HEADERS, Raw, TEXT};
use ws_tests::{Server, until};

static ALONE: Mutex<()> = Mutex::const_new(());

/// Control characters that a terminal or a log viewer takes for a new line, or interprets.
const FORGED: &str = "bye\n2026-01-01 ERROR forged\r\u{1b}[2J\u{85}\u{2028}\u{202e}end";
const ESCAPED: &str = "bye\\n2026-01-01 ERROR forged\\r\\u{1b}[2J\\u{85}\\u{2028}\\u{202e}end";

/// Ends as the text that it receives demands, and keeps the display of its reason.
#[websocket("/ends")]
#[derive(Default)]
struct Ends;

#[websocket]
impl Ends {
    #[text]
    fn received(&mut self, text: &str) -> Result<(), ws_core::BoxError> {
        match text.split_at(5) {
            ("panic", rest) => panic!("{rest}"),
            (_, rest) => Err(rest.into()),
        }
    }

    #[terminate]
    fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) {
        cx.state::<Notes>().add(reason.to_string());
    }
}

/// Rejects every text, and quotes it.
#[websocket("/codec")]
#[derive(Default)]
struct Codec;

struct Never;

impl ws_core::FromText<'_> for Never {
    fn from_text(text: &mut ws_core::IncomingText<'_>) -> Result<Self, BadPayload> {
        Err(BadPayload::new(&**text))
    }
}

#[websocket]
impl Codec {
    #[text]
    fn notified(&mut self, _: Never) {}

    #[terminate]
    fn gone(&mut self, reason: &Terminate, cx: &mut Context<Self>) {
        cx.state::<Notes>().add(reason.to_string());
    }
}

#[tokio::test]
async fn reasons_panics_and_errors_with_text_of_a_client_stay_on_one_line() {
    let _alone = ALONE.lock().await;
    let (log, _capture) = Log::capture();
    let notes = Notes::default();
    let server = Server::start(App::discover_in(module_path!()).state(notes.clone())).await;
    for (number, (path, start, words)) in [
        ("/ends", None, "closed by the client with 1000 "),
        ("/ends", Some("panic"), "panicked: "),
        ("/ends", Some("error"), "failed: "),
        ("/codec", Some(""), "invalid data: "),
    ]
    .into_iter()
    .enumerate()
    {
        let mut client = Raw::connect(server.addr, path).await;
        match start {
            None => client.close(1000, FORGED).await,
            Some(start) => client.frame(TEXT, format!("{start}{FORGED}").as_bytes()).await,
        }
        until(|| notes.all().len() == number + 1).await;
        let reason = notes.all().pop().unwrap();
        assert!(reason.contains(words) && reason.contains(ESCAPED), "{reason}");
        assert!(!reason.contains(char::is_control), "{reason}");
    }
    until(|| log.lines_with(&[ESCAPED]).len() >= 4).await;
    let forged = log.text().lines().filter(|line| line.starts_with("2026-01-01")).count();
    assert_eq!(forged, 0, "{}", log.text());
}

#[tokio::test]
async fn rejected_requests_stay_on_one_line() {
    let _alone = ALONE.lock().await;
    let (log, _capture) = Log::capture();
    let server = Server::start(App::discover_in(module_path!()).state(Notes::default())).await;
    // C1 control characters, as HTTP allows them in a header: NEL is a new line for some viewers.
    let origin = "http://a\u{85}2026 ERROR forged";
    let headers = [&HEADERS[..], &[("Origin", origin)]].concat();
    let response = Raw::open(server.addr).await.request("GET", "/ends", &headers).await;
    assert_eq!(response.status, 403, "{response:?}");
    until(|| log.lines_with(&["handshake rejected", "`http://a\\u{85}2026 ERROR forged`"]).len() == 1).await;
    assert!(!log.text().contains('\u{85}'), "{}", log.text());
    // tracing-subscriber escapes some of these too; other subscribers do not.
    assert!(response.body.contains("`http://a\\u{85}2026 ERROR forged`"), "{response:?}");
}

#[test]
fn the_display_of_public_types_is_one_line() {
    let reason = Reason::truncated(FORGED);
    let close = Close::new(CloseCode::NORMAL, reason.clone());
    assert_eq!(reason.as_str(), FORGED);
    assert_eq!(close.reason(), FORGED);
    assert_eq!(reason.to_string(), ESCAPED);
    let closed = client::Error::Closed { waiting_for: "x", close: Some((1000, FORGED.to_owned())) };
    let unknown = UrlError::UnknownName { name: FORGED.to_owned(), names: Vec::new() };
    for text in [
        close.to_string(),
        Terminate::Remote(Some(close.clone())).to_string(),
        Terminate::StopAs(Box::new(FORGED)).to_string(),
        Terminate::Io(std::io::Error::other(FORGED)).to_string(),
        Control::stop(FORGED).to_string(),
        BadPayload::new(FORGED).to_string(),
        closed.to_string(),
        client::Error::Protocol(FORGED.to_owned()).to_string(),
        unknown.to_string(),
    ] {
        assert!(text.contains(ESCAPED), "{text}");
    }
}

#[tokio::test]
async fn pages_without_a_key_are_a_warning_unless_a_random_one_is_chosen() {
    let _alone = ALONE.lock().await;
    for (pages, warnings) in
        [(Pages::new(), 1), (Pages::new().random_key(), 0), (Pages::new().key([7; 32]), 0)]
    {
        let (log, _capture) = Log::capture();
        let app = App::new().pages(pages);
        let line = app.routes().to_string();
        assert!(
            line.starts_with("/websocket  page sessions (App::pages)  tests/tests/log_lines.rs:"),
            "{line}"
        );
        let _server = Server::start(app).await;
        assert_eq!(log.lines_with(&["WARN"]).len(), warnings, "{}", log.text());
        assert_eq!(log.lines_with(&["WARN", "`.random_key()`"]).len(), warnings, "{}", log.text());
        assert!(!log.text().contains("PageHandler"), "{}", log.text());
    }
}
